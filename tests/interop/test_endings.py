"""Ends: a relationship is deleted from either side, an actor is deleted, and the other side is told."""

import live


def forgotten(one, other):
    """Nothing of `other` is left with `one`."""
    return one.half(other) is None and one.get("trust").json == [] and not one.kept(other) \
        and one.get("subscriptions").json["data"] == []


def share(alice, bob):
    """Both subscribe to each other, so that there is something to forget."""
    alice.set("colour", "blue")
    bob.set("colour", "red")
    alice.subscribe_to(bob)
    bob.subscribe_to(alice)
    assert alice.kept(bob) and bob.kept(alice)


def test_who_asked_deletes(friends):
    alice, bob = friends
    share(alice, bob)
    assert alice.delete(f"trust/friend/{bob.id}").status == 204
    assert forgotten(alice, bob)
    assert forgotten(bob, alice)


def test_who_was_asked_deletes(friends):
    alice, bob = friends
    share(alice, bob)
    assert bob.delete(f"trust/friend/{alice.id}").status == 204
    assert forgotten(alice, bob)
    assert forgotten(bob, alice)


def test_a_request_is_withdrawn(pair):
    alice, bob = pair
    alice.post("trust", {"url": bob.url, "relationship": "friend"})
    assert alice.delete(f"trust/friend/{bob.id}").status == 204
    assert forgotten(alice, bob) and forgotten(bob, alice)


def test_a_request_is_refused(pair):
    alice, bob = pair
    alice.post("trust", {"url": bob.url, "relationship": "friend"})
    assert bob.delete(f"trust/friend/{alice.id}").status == 204
    assert forgotten(alice, bob) and forgotten(bob, alice)


def test_friends_again(friends):
    alice, bob = friends
    first = alice.half(bob)["secret"]
    assert bob.delete(f"trust/friend/{alice.id}").status == 204
    alice.befriend(bob)
    assert alice.half(bob)["secret"] == bob.half(alice)["secret"] != first


def test_one_half_is_lost(pair):
    """Whoever still has its half can end it, and begin anew."""
    alice, bob = pair
    alice.befriend(bob)
    assert alice.delete(f"trust/friend/{bob.id}?peer=true").status == 204  # without telling
    assert alice.half(bob) is None and bob.half(alice)
    assert bob.delete(f"trust/friend/{alice.id}").status == 204
    alice.befriend(bob)


def test_an_actor_is_deleted(friends):
    alice, bob = friends
    share(alice, bob)
    assert alice.delete().status == 204
    assert alice.get("properties").status == 404
    assert forgotten(bob, alice)
    bob.set("colour", "green")


def test_lost_subscriptions_cost_the_reference_no_relationship(make_ours, make_theirs):
    """When all that it subscribes to is gone it asks for /trust/{its id}, and gives the trust up unless it is shown."""
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    subscription = alice.subscribe_to(bob)
    live.sql(bob.service.store, f"DELETE FROM subscriptions WHERE id = '{bob.id}' AND subid = '{subscription}'")
    alice.sync(bob)
    assert alice.half(bob)["approved"] is True
