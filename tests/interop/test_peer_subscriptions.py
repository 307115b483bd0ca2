"""Subscriptions across implementations: the baseline, diffs of each granularity, and the end from either side."""
import live


def test_baseline(friends):
    alice, bob = friends
    bob.put("properties/colour", "blue")
    bob.put("properties/home", {"city": "Oslo", "zip": 150})
    subscription = alice.subscribe_to(bob)
    assert alice.kept(bob) == {"colour": {"value": "blue"}, "home": {"city": "Oslo", "zip": 150}}
    one, other = alice.subscriptions(bob)[subscription], bob.subscriptions(alice)[subscription]
    assert one["callback"] is True and other["callback"] is False
    assert one["granularity"] == other["granularity"] == "high"
    assert one["target"] == other["target"] == "properties"


def test_high_granularity(friends):
    alice, bob = friends
    bob.put("properties/colour", "blue")
    alice.subscribe_to(bob)
    bob.put("properties/colour", "red")
    alice.wait_for_kept(bob, "colour", "red")
    for value in (7, 1.5, True, [1, 2], {"rgb": [255, 0, 0]}, {"rgb": [0, 0, 255], "name": "blue"}):
        bob.put("properties/colour", value)
        if not isinstance(value, list):  # what becomes of a list is the lists' test
            alice.wait_for_kept(bob, "colour", value)


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
        assert bob.put("properties/count", count).status == 204
    alice.wait_for_kept(bob, "count", 20)
    assert bob.subscriptions(alice)[subscription]["sequence"] == 20


def test_a_property_is_deleted(friends):
    alice, bob = friends
    bob.put("properties/colour", "blue")
    bob.put("properties/size", 3)
    alice.subscribe_to(bob)
    assert bob.delete("properties/colour").status == 204
    alice.wait_for_kept(bob, "colour", None)
    assert alice.kept(bob) == {"size": {"value": 3}}


def test_what_the_subscriber_writes_comes_back(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    assert alice.ask(bob, "PUT", "properties/colour", "green").status in (200, 204)
    alice.wait_for_kept(bob, "colour", "green")


def test_private_properties_are_not_told(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    bob.put("properties/private/diary", "secret")
    bob.put("properties/colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    assert "private/diary" not in str(alice.kept(bob)) and "secret" not in str(alice.kept(bob))


def test_low_granularity(friends):
    """The callback is a link: the subscriber fetches what changed, and the publisher learns that it has."""
    alice, bob = friends
    subscription = alice.subscribe_to(bob, granularity="low")
    for colour in ("blue", "red"):
        bob.put("properties/colour", colour)
        alice.wait_for_kept(bob, "colour", colour)
    live.wait_until(lambda: not bob.get(f"subscriptions/{alice.id}/{subscription}").json["data"], "the acknowledgement")


def test_no_callbacks_but_diffs(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob, granularity="none")
    path = f"subscriptions/{alice.id}/{subscription}"
    bob.put("properties/colour", "blue")
    bob.put("properties/colour", "red")
    status, state = alice.ask(bob, "GET", path)
    assert status == 200 and state["sequence"] == 2
    assert [(diff["sequence"], diff["data"]) for diff in state["data"]] == [(1, {"colour": "blue"}),
                                                                           (2, {"colour": "red"})]
    assert alice.ask(bob, "PUT", path, {"sequence": 1}).status in (200, 204)
    assert [diff["sequence"] for diff in alice.ask(bob, "GET", path).answer["data"]] == [2]
    assert alice.ask(bob, "PUT", path, {"sequence": 2}).status in (200, 204)
    assert alice.ask(bob, "GET", path).answer["data"] == []


def test_one_property_only(friends):
    alice, bob = friends
    bob.put("properties/colour", {"name": "blue"})
    bob.put("properties/size", 3)
    subscription = alice.subscribe_to(bob, subtarget="colour")
    bob.put("properties/size", 4)
    bob.put("properties/colour", {"name": "red"})
    state = live.wait_until(lambda: bob.subscriptions(alice)[subscription]["sequence"] == 1)
    assert state and "size" not in alice.kept(bob)


def test_both_subscribe(friends):
    alice, bob = friends
    alice.subscribe_to(bob)
    bob.subscribe_to(alice)
    alice.put("properties/colour", "blue")
    bob.put("properties/colour", "red")
    alice.wait_for_kept(bob, "colour", "red")
    bob.wait_for_kept(alice, "colour", "blue")


def test_the_subscriber_ends_it(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    bob.put("properties/colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    alice.unsubscribe(bob, subscription)
    assert alice.subscriptions(bob) == {} and bob.subscriptions(alice) == {}
    assert alice.kept(bob) == {}
    assert bob.put("properties/colour", "red").status == 204


def test_the_publisher_ends_it(friends):
    alice, bob = friends
    subscription = alice.subscribe_to(bob)
    bob.revoke(alice, subscription)
    assert alice.subscriptions(bob) == {} and bob.subscriptions(alice) == {}


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
    bob.put("properties/colour", "blue")
    alice.subscribe_to(bob)
    bob.suspend()
    bob.put("properties/colour", "red")
    bob.put("properties/size", 3)
    assert bob.resume() == 1
    alice.wait_for_kept(bob, "colour", "red")
    alice.wait_for_kept(bob, "size", 3)
    bob.put("properties/colour", "green")
    alice.wait_for_kept(bob, "colour", "green")


def test_lists_of_the_reference(make_ours, make_theirs):
    """actingwebd has no list properties of its own, and keeps those of its peers."""
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    bob.post("properties", {"notes": {"_type": "list", "description": "", "explanation": ""}})
    bob.post("properties/notes/items", {"action": "add", "item_value": "one"})
    alice.subscribe_to(bob)
    assert "one" in str(alice.kept(bob))
    assert bob.post("properties/notes/items", {"action": "add", "item_value": "two"}).status == 201
    live.wait_until(lambda: "two" in str(alice.kept(bob)), "the second note")
