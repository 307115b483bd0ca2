"""List properties of ours, followed by a subscriber of each implementation, and read by the other library's proxy."""
import json

import live
import pytest

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def bob(make_ours):
    """Bob is ours, and has a list."""
    party = make_ours("bob")
    answer = party.post("properties", json.dumps({"notes": {"_type": "list", "description": "what"}}), headers=JSON)
    assert answer.status == 201
    return party


@pytest.fixture
def subscribers(bob, make_ours, make_theirs):
    both = [make_ours("alice"), make_theirs("carol")]
    for one in both:
        one.befriend(bob)
        one.subscribe_to(bob)
    return both


def act(bob, **wish):
    answer = bob.post("properties/notes/items", json.dumps(wish), headers=JSON)
    assert answer.status in (201, 204), answer


def wait_for(bob, subscribers, items):
    assert bob.value("notes") == items
    for one in subscribers:
        try:
            live.wait_until(lambda one=one: one.kept_list(bob, "notes") == items)
        except AssertionError as late:
            raise AssertionError(f"not {items} but {one.kept(bob)} with {one.service.root}") from late


def test_a_baseline(bob, make_ours, make_theirs):
    for number in (1, 2):
        act(bob, action="add", item_value={"id": number})
    both = [make_ours("alice"), make_theirs("carol")]
    for one in both:
        one.befriend(bob)
        one.subscribe_to(bob)
    wait_for(bob, both, [{"id": 1}, {"id": 2}])


def test_each_change(bob, subscribers):
    act(bob, action="add", item_value={"id": 1})
    wait_for(bob, subscribers, [{"id": 1}])
    act(bob, action="add", item_value="two")
    wait_for(bob, subscribers, [{"id": 1}, "two"])
    act(bob, action="update", item_index=0, item_value=[1])
    wait_for(bob, subscribers, [[1], "two"])
    assert bob.post("properties/notes", json.dumps({"id": 3}), headers=JSON).status == 201
    wait_for(bob, subscribers, [[1], "two", {"id": 3}])
    act(bob, action="delete", item_index=1)
    wait_for(bob, subscribers, [[1], {"id": 3}])
    edits = {"notes": {"items": [{"index": 0, "id": 0}, {"index": 2, "id": 2}, {"index": 1}]}}
    assert bob.post("properties", json.dumps(edits), headers=JSON).status == 201
    wait_for(bob, subscribers, [{"id": 0}, {"id": 2}])
    assert bob.delete("properties/notes/0").status == 204
    wait_for(bob, subscribers, [{"id": 2}])
    assert bob.delete("properties/notes").status == 204
    for one in subscribers:
        live.wait_until(lambda one=one: one.kept(bob) == {})


def test_all_properties_deleted(bob, subscribers):
    act(bob, action="add", item_value=1)
    bob.set("colour", "blue")
    wait_for(bob, subscribers, [1])
    assert bob.delete("properties").status == 204
    for one in subscribers:
        live.wait_until(lambda one=one: one.kept(bob) == {})


def test_a_list_read_by_the_other_librarys_proxy(bob, make_theirs):
    act(bob, action="add", item_value={"id": 1})
    carol = make_theirs("carol")
    carol.befriend(bob)
    reply = carol.ask(bob, "GET", "properties/notes?format=short")
    assert reply.status == 200
    assert reply.answer == {"_list": True, "count": 1, "description": "what", "explanation": ""}
