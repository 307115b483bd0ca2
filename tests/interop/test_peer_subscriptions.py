"""Subscriptions across implementations: the baseline, diffs of each granularity, and the end from either side."""
import pytest

import live
from parties import Ours


def test_baseline(friends):
    alice, bob = friends
    bob.set("colour", "blue")
    bob.set("home", {"city": "Oslo", "zip": 150})
    subscription = alice.subscribe_to(bob)
    assert alice.kept(bob) == {"colour": {"value": "blue"}, "home": {"city": "Oslo", "zip": 150}}
    one, other = alice.subscriptions(bob)[subscription], bob.subscriptions(alice)[subscription]
    assert one["callback"] is True and other["callback"] is False
    assert one["granularity"] == other["granularity"] == "high"
    assert one["target"] == other["target"] == "properties"


def test_high_granularity(friends):
    alice, bob = friends
    bob.set("colour", "blue")
    alice.subscribe_to(bob)
    for value in ("red", 7, 1.5, True, False, [1, {"two": 2}], [], {"rgb": [255, 0, 0]}, {"name": "blue", "hex": {}}):
        bob.set("colour", value)
        alice.wait_for_kept(bob, "colour", value)


def test_a_text_without_quotes(friends):
    alice, bob = friends
    assert bob.put("properties/colour", "light blue").status == 204
    alice.subscribe_to(bob)
    assert alice.kept(bob) == {"colour": {"value": "light blue"}}
    assert bob.put("properties/colour", "dark red").status == 204
    alice.wait_for_kept(bob, "colour", "dark red")


def test_several_at_once(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    bob.post("properties", {"colour": "blue", "size": 3, "home": {"city": "Oslo"}})
    alice.wait_for_kept(bob, "colour", "blue")
    alice.wait_for_kept(bob, "size", 3)
    alice.wait_for_kept(bob, "home", {"city": "Oslo"})


def test_many_one_after_the_other(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    for count in range(1, 21):
        bob.set("count", count)
    alice.wait_for_kept(bob, "count", 20)
    assert bob.subscriptions(alice)[subscription]["sequence"] == 20


def test_a_property_is_deleted(friends):
    alice, bob = friends
    bob.set("colour", "blue")
    bob.set("size", 3)
    alice.subscribe_to(bob)
    assert bob.delete("properties/colour").status == 204
    alice.wait_for_kept(bob, "colour", None)
    assert alice.kept(bob) == {"size": {"value": 3}}


def test_what_the_subscriber_writes_comes_back(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    assert alice.ask(bob, "PUT", "properties/colour", "green").status in (200, 204)
    alice.wait_for_kept(bob, "colour", "green")


def test_private_properties_are_not_told(make_ours, make_theirs):
    """To a friend. (The reference tells them when they are stored below their parent's name.)"""
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    alice.subscribe_to(bob)
    bob.set("private/diary", "secret")
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    assert alice.kept(bob) == {"colour": {"value": "blue"}}


def test_low_granularity(friends):
    """The callback is a link: the subscriber fetches what changed, and the publisher learns that it has."""
    alice, bob = friends
    subscription = alice.subscribe_to(bob, granularity="low")
    for colour in ("blue", "red"):
        bob.set("colour", colour)
        alice.wait_for_kept(bob, "colour", colour)
    live.wait_until(lambda: not bob.get(f"subscriptions/{alice.id}/{subscription}").json["data"], "the acknowledgement")


def test_no_callbacks_but_diffs(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob, granularity="none")
    path = f"subscriptions/{alice.id}/{subscription}"
    bob.set("colour", "blue")
    bob.set("colour", "red")
    status, state = alice.ask(bob, "GET", path)
    assert status == 200 and state["sequence"] == 2
    assert [(diff["sequence"], diff["data"]) for diff in state["data"]] == [(1, {"colour": "blue"}),
                                                                           (2, {"colour": "red"})]
    assert alice.ask(bob, "PUT", path, {"sequence": 1}).status in (200, 204)
    assert [diff["sequence"] for diff in alice.ask(bob, "GET", path).answer["data"]] == [2]
    assert alice.ask(bob, "PUT", path, {"sequence": 2}).status in (200, 204)
    assert alice.ask(bob, "GET", path).answer["data"] == []


def test_one_property_only(friends):
    """The same is told of it; how what is below a property is kept is each one's own."""
    alice, bob = friends
    bob.set("colour", {"name": "blue"})
    bob.set("size", 3)
    subscription = alice.subscribe_to(bob, subtarget="colour")
    bob.set("size", 4)
    bob.set("colour", {"name": "red"})
    kept = {"colour": {"name": "red"}} if isinstance(alice, Ours) else {"name": {"value": "red"}}
    for name, value in kept.items():
        alice.wait_for_kept(bob, name, value)
    assert alice.kept(bob) == kept
    assert bob.subscriptions(alice)[subscription]["sequence"] == 1


def test_a_part_is_changed(make_ours, make_theirs):
    """actingwebd tells the whole property, so that the reference has it as it is."""
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    bob.set("home", {"address": {"city": "Oslo", "zip": 150}, "rooms": 3})
    alice.subscribe_to(bob)
    bob.set("home/address/zip", 151)
    alice.wait_for_kept(bob, "home", {"address": {"city": "Oslo", "zip": 151}, "rooms": 3})
    assert bob.delete("properties/home/rooms").status == 204
    alice.wait_for_kept(bob, "home", {"address": {"city": "Oslo", "zip": 151}})


def test_the_reference_polls(make_ours, make_theirs):
    """Its sync_peer() finds what no callback has told, and clears it."""
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    subscription = alice.subscribe_to(bob, granularity="none")
    for count in (1, 2):
        bob.set("colour", {"count": count})
        assert alice.sync(bob) == {"success": True, "error": None}
        assert alice.kept(bob)["colour"] == {"count": count}
    assert bob.get(f"subscriptions/{alice.id}/{subscription}").json["data"] == []
    assert alice.half(bob) and bob.half(alice)


def test_both_subscribe(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    bob.subscribe_to(alice)
    alice.set("colour", "blue")
    bob.set("colour", "red")
    alice.wait_for_kept(bob, "colour", "red")
    bob.wait_for_kept(alice, "colour", "blue")


def test_the_subscriber_ends_it(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    alice.unsubscribe(bob, subscription)
    assert alice.subscriptions(bob) == {} and bob.subscriptions(alice) == {}
    assert alice.kept(bob) == {}
    bob.set("colour", "red")


def test_the_publisher_ends_it(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    bob.revoke(alice, subscription)
    assert alice.subscriptions(bob) == {} and bob.subscriptions(alice) == {}


@pytest.mark.parametrize("where", ["subscriptions", "callbacks/subscriptions"])
def test_both_addresses_end_it(friends, where):
    """The specification's address and the reference's: every publisher serves both."""
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    answer = live.request("DELETE", f"{bob.url}/{where}/{alice.id}/{subscription}", bearer=alice.half(bob)["secret"])
    assert answer.status == 204
    assert bob.subscriptions(alice) == {}


def test_by_the_owners_request(friends):
    """DELETE by the owner means the same at both, whoever subscribed."""
    alice, bob = friends
    first, second = alice.subscribe_to(bob), bob.subscribe_to(alice)
    assert alice.delete(f"subscriptions/{bob.id}/{first}").status == 204
    assert alice.delete(f"subscriptions/{bob.id}/{second}").status == 204
    assert alice.subscriptions(bob) == {} and bob.subscriptions(alice) == {}


def test_after_a_suspension(make_ours, make_theirs):
    """The reference sends no diffs while it is suspended, and then a resync: everything is fetched again."""
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    bob.set("colour", "blue")
    alice.subscribe_to(bob)
    bob.suspend()
    bob.set("colour", "red")
    bob.set("size", 3)
    assert bob.resume() == 1
    alice.wait_for_kept(bob, "colour", "red")
    alice.wait_for_kept(bob, "size", 3)
    bob.set("colour", "green")
    alice.wait_for_kept(bob, "colour", "green")
