"""Subscriptions to list properties: each granularity, one list or all, every operation of both libraries and of HTTP.

test_our_lists.py and test_peer_lists.py compare what both keep of the same publisher; here either is the publisher.
"""
import pytest

import live
from parties import Ours, OursInApp

GRANULARITIES = ["high", "low"]


def make_list(bob, items=()):
    """A list that Bob's library makes."""
    if isinstance(bob, OursInApp):
        bob.change_list("notes", "create", "what")
    else:
        bob.change_list("notes", "set_description", "what")
    if items:
        bob.change_list("notes", "extend", list(items))


def make_list_over_http(bob):
    wish = {"notes": {"_type": "list", "description": "what", "explanation": "why"}}
    assert bob.post("properties", wish).status == 201


def wait_for_items(alice, bob, items):
    assert (bob.value("notes") or []) == items
    try:
        live.wait_until(lambda: alice.kept_list(bob, "notes") == items)
    except AssertionError as late:
        raise AssertionError(f"not {items} but {alice.kept(bob)}; {alice.service.err[-2000:]}") from late


def operations_of(bob):
    """Every operation that changes a list in the library of Bob's, with the items after it."""
    if isinstance(bob, Ours):
        return [("append", [{"id": 1}], [{"id": 1}]),
                ("extend", [["two", 3]], [{"id": 1}, "two", 3]),
                ("insert", [0, {"id": 0}], [{"id": 0}, {"id": 1}, "two", 3]),
                ("set", [1, {"id": 9}], [{"id": 0}, {"id": 9}, "two", 3]),
                ("remove", [0], [{"id": 9}, "two", 3]),
                ("describe", ["other"], [{"id": 9}, "two", 3]),
                ("remove", [2], [{"id": 9}, "two"]),
                ("clear", [], []),
                ("append", [5], [5]),
                ("delete", [], [])]
    return [("append", [{"id": 1}], [{"id": 1}]),
            ("extend", [["two", 3]], [{"id": 1}, "two", 3]),
            ("insert", [0, {"id": 0}], [{"id": 0}, {"id": 1}, "two", 3]),
            ("__setitem__", [1, {"id": 9}], [{"id": 0}, {"id": 9}, "two", 3]),
            ("pop", [0], [{"id": 9}, "two", 3]),
            ("set_description", ["other"], [{"id": 9}, "two", 3]),
            ("remove", [3], [{"id": 9}, "two"]),
            ("__delitem__", [0], ["two"]),
            ("pop", [], []),
            ("append", [5], [5]),
            ("clear", [], []),
            ("append", [6], [6]),
            ("delete", [], [])]


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_baseline(app_friends, granularity):
    alice, bob = app_friends
    make_list(bob, [{"id": 1}, "two"])
    alice.subscribe_to(bob, granularity=granularity)
    assert alice.kept_list(bob, "notes") == [{"id": 1}, "two"]


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_each_operation(app_friends, granularity):
    alice, bob = app_friends
    make_list(bob)
    alice.subscribe_to(bob, granularity=granularity)
    for method, arguments, items in operations_of(bob):
        bob.change_list("notes", method, *arguments)
        wait_for_items(alice, bob, items)
    assert alice.kept(bob) == {}


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_one_list_alone(make_ours, make_in_their_app, granularity):
    """Nothing else is told, and the list is kept under its name."""
    alice, bob = make_ours("alice"), make_in_their_app("bob")
    alice.befriend(bob)
    make_list(bob, [1])
    bob.set("colour", "blue")
    subscription = alice.subscribe_to(bob, subtarget="notes", granularity=granularity)
    bob.set("colour", "red")
    for number in (2, 3):
        bob.change_list("notes", "append", number)
        live.wait_until(lambda: bob.subscriptions(alice)[subscription]["sequence"] >= 1, "the diff")
        wait_for_items(alice, bob, list(range(1, number + 1)))
    assert "colour" not in alice.kept(bob)
    assert bob.subscriptions(alice)[subscription]["sequence"] == 2


def test_the_reference_and_one_list(make_theirs, make_in_our_app, make_in_their_app):
    """It cannot follow one list alone, whoever publishes it: it keeps the change, and not the items."""
    kept = []
    for make_bob in (make_in_their_app, make_in_our_app):
        alice, bob = make_theirs("alice"), make_bob("bob")
        alice.befriend(bob)
        make_list(bob, [1])
        wish = {"peerid": bob.id, "target": "properties", "subtarget": "notes", "granularity": "high"}
        assert alice.post("subscriptions", wish).status == 500
        assert list(alice.subscriptions(bob)) == list(bob.subscriptions(alice)) != []
        bob.change_list("notes", "append", 2)
        alice.wait_for_kept(bob, "item", 2)
        kept.append(alice.kept(bob))
    assert kept[0] == kept[1]


def test_without_callbacks(app_friends):
    """Whoever polls finds each operation."""
    alice, bob = app_friends
    make_list(bob)
    subscription = alice.subscribe_to(bob, granularity="none")
    operations = operations_of(bob)
    for method, arguments, _ in operations:
        bob.change_list("notes", method, *arguments)
    path = f"subscriptions/{alice.id}/{subscription}"
    status, state = alice.ask(bob, "GET", path)
    assert status == 200 and state["sequence"] == len(state["data"]) >= len(operations)
    told = [next(iter(diff["data"].values())) for diff in state["data"]]
    assert {"append", "extend", "insert", "update", "delete"} <= {change["operation"] for change in told} | {"delete"}
    assert all(change["list"] == "notes" for change in told)
    assert alice.ask(bob, "PUT", path, {"sequence": len(told)}).status in (200, 204)
    assert alice.ask(bob, "GET", path).answer["data"] == []


def test_changes_over_http(friends):
    """Not by the owner's library but by the owner's client."""
    alice, bob = friends
    make_list_over_http(bob)
    alice.subscribe_to(bob)
    add, change, drop = ({"action": "add", "item_value": {"id": 1}},
                         {"action": "update", "item_index": 0, "item_value": {"id": 2}},
                         {"action": "delete", "item_index": 0})
    for wish, items in ((add, [{"id": 1}]), (add, [{"id": 1}, {"id": 1}]), (change, [{"id": 2}, {"id": 1}]),
                        (drop, [{"id": 1}])):
        assert bob.post("properties/notes/items", wish).status in (201, 204)
        wait_for_items(alice, bob, items)


def test_many_edits_over_http(friends):
    alice, bob = friends
    make_list_over_http(bob)
    for number in range(4):
        assert bob.post("properties/notes/items", {"action": "add", "item_value": {"id": number}}).status == 201
    alice.subscribe_to(bob)
    edits = {"notes": {"items": [{"index": 0, "id": "first"}, {"index": 2}]}}
    assert bob.post("properties", edits).status == 201
    wait_for_items(alice, bob, bob.value("notes"))
    assert len(bob.value("notes")) == 3
    assert bob.delete("properties/notes").status == 204
    live.wait_until(lambda: alice.kept_list(bob, "notes") == [], "the end of the list")


def test_an_item_is_put_over_http(friends):
    alice, bob = friends
    make_list_over_http(bob)
    alice.subscribe_to(bob)
    for index, value in ((0, '"zero"'), (1, '"one"'), (0, {"id": 0})):
        assert bob.put(f"properties/notes?index={index}", value).status == 204
    wait_for_items(alice, bob, [{"id": 0}, "one"])
