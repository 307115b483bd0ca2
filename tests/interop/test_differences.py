"""Where the two libraries behave differently, and what comes of it between them: docs/interoperation.md tells users."""
import json

import pytest

import live
from parties import Ours, Theirs, make_party


@pytest.fixture
def ours_and_theirs(make_ours, make_theirs):
    """Alice is ours, Bob is the reference's; they are friends."""
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    return alice, bob


@pytest.fixture
def theirs_and_ours(make_ours, make_theirs):
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    return alice, bob


def test_a_part_is_changed_at_the_reference(ours_and_theirs):
    """It tells the part alone; what ours keeps is the whole nevertheless."""
    alice, bob = ours_and_theirs
    bob.set("home", {"address": {"city": "Oslo", "zip": 150}, "rooms": 3})
    alice.subscribe_to(bob)
    bob.set("home/address/zip", 151)
    alice.wait_for_kept(bob, "home", {"address": {"city": "Oslo", "zip": 151}, "rooms": 3})
    assert bob.delete("properties/home/rooms").status == 204
    alice.wait_for_kept(bob, "home", {"address": {"city": "Oslo", "zip": 151}})


def test_a_part_is_changed_between_references(make_theirs):
    """What they keep of each other then is the changed part, as if it were all."""
    alice, bob = make_theirs("alice"), make_theirs("bob")
    alice.befriend(bob)
    bob.set("home", {"city": "Oslo", "rooms": 3})
    alice.subscribe_to(bob)
    bob.set("home/rooms", 4)
    alice.wait_for_kept(bob, "home", {"rooms": 4})


def test_a_deletion_that_the_reference_does_not_tell(ours_and_theirs):
    """Whoever subscribes to one property of the reference learns of its deletion with the next resync."""
    alice, bob = ours_and_theirs
    bob.set("colour", {"name": "blue"})
    subscription = alice.subscribe_to(bob, subtarget="colour")
    assert bob.delete("properties/colour").status == 204
    assert bob.subscriptions(alice)[subscription]["sequence"] == 0
    assert alice.kept(bob) == {"colour": {"name": "blue"}}


def test_a_deletion_that_ours_tells(theirs_and_ours):
    """The reference takes the empty text for nothing, so it keeps what it had; nor does it miss anything afterwards."""
    alice, bob = theirs_and_ours
    bob.set("colour", {"name": "blue"})
    subscription = alice.subscribe_to(bob, subtarget="colour")
    assert bob.delete("properties/colour").status == 204
    live.wait_until(lambda: alice.subscriptions(bob)[subscription]["sequence"] == 1, "the callback")
    assert alice.kept(bob) == {"name": {"value": "blue"}}
    bob.set("colour", {"name": "red"})
    alice.wait_for_kept(bob, "name", "red")


def test_approval_is_taken_back_by_ours(theirs_and_ours):
    """The reference has no such notice: it goes on, and is refused."""
    alice, bob = theirs_and_ours
    bob.set("colour", "blue")
    assert bob.put(f"trust/friend/{alice.id}", {"approved": False}).status == 204
    assert bob.half(alice)["approved"] is False
    assert alice.ask(bob, "GET", "properties/colour").status == 403
    assert bob.put(f"trust/friend/{alice.id}", {"approved": True}).status == 204
    assert alice.ask(bob, "GET", "properties/colour") == (200, "blue")
    assert alice.half(bob)["peer_approved"] is True


def test_approval_cannot_be_taken_back_by_the_reference(ours_and_theirs):
    alice, bob = ours_and_theirs
    assert bob.put(f"trust/friend/{alice.id}", {"approved": False}).status == 500
    assert bob.half(alice)["approved"] is True and alice.half(bob)["peer_approved"] is True


def test_rights_that_are_taken_back_by_ours(theirs_and_ours):
    """Told, as they were when they were given."""
    alice, bob = theirs_and_ours
    bob.permit(alice, methods={"allowed": ["only_this"]})
    live.wait_until(lambda: "only_this" in json.dumps(alice.granted(bob)), "the permission callback")
    bob.take_back(alice)
    live.wait_until(lambda: "only_this" not in json.dumps(alice.granted(bob)), "the permission callback")


def test_rights_that_are_taken_back_by_the_reference(ours_and_theirs):
    """Not told: what is kept here is what it was, until it is asked."""
    alice, bob = ours_and_theirs
    bob.permit(alice, methods={"allowed": ["only_this"]})
    live.wait_until(lambda: "only_this" in json.dumps(alice.granted(bob)), "the permission callback")
    bob.take_back(alice)
    assert "only_this" in json.dumps(alice.granted(bob))
    assert "only_this" not in json.dumps(alice.permissions(bob))
    assert "only_this" not in json.dumps(alice.granted(bob))


@pytest.mark.parametrize("relationship", ["associate", "partner", "admin"])
def test_who_may_subscribe(make_ours, make_theirs, relationship):
    """At the reference a friend; at ours whoever may read something."""
    ours, theirs = make_ours("alice"), make_theirs("bob")
    ours.befriend(theirs, relationship)
    wish = {"target": "properties", "granularity": "high"}
    refused = ours.post("subscriptions", {"peerid": theirs.id, **wish})
    assert refused.status == 408 and refused.json["error"]["message"] == "the peer answered 403"
    assert theirs.post("subscriptions", {"peerid": ours.id, **wish}).status == 204
    assert ours.subscriptions(theirs).keys() == theirs.subscriptions(ours).keys() != set()


def test_what_may_not_be_read_leaves_a_gap_at_the_reference(start_server, make_theirs):
    """Its sequence counts diffs that it tells nobody. Ours asks for the one that is missing, and is shown it."""
    server = start_server("--subscription-processing", "--devtest", "--gap-timeout-s", "1")
    alice, bob = make_party(Ours, server, "alice"), make_theirs("bob")
    alice.befriend(bob)
    subscription = alice.subscribe_to(bob)
    bob.permit(alice, properties={"patterns": ["*"], "operations": ["read"], "excluded_patterns": ["secret"]})
    bob.set("secret", "told")
    bob.set("size", 3)
    alice.wait_for_kept(bob, "size", 3)
    assert alice.ask(bob, "GET", "properties/secret").status == 403
    assert bob.subscriptions(alice)[subscription]["sequence"] == 2
    assert alice.kept(bob)["secret"] == {"value": "told"}


def test_the_peer_is_away_when_a_relationship_ends(tmp_path, start_reference):
    """Neither forgets its half while the other cannot be told; both do once it is back."""
    for kind in (Ours, Theirs):
        name = f"away{kind.__name__}"
        server, service = live.Server(tmp_path, name=name), start_reference()
        try:
            alice = make_party(*((Ours, server) if kind is Ours else (Theirs, service)), "alice")
            bob = make_party(*((Theirs, service) if kind is Ours else (Ours, server)), "bob")
            alice.befriend(bob)
            away = bob.service
            away.end()
            assert alice.delete(f"trust/friend/{bob.id}").status == 502
            assert alice.half(bob)["approved"] is True
            if kind is Ours:
                bob.service = service = start_reference(port=away.port)
            else:
                bob.service = server = live.Server(tmp_path, "--listen", f"localhost:{away.port}", name=name)
            assert alice.delete(f"trust/friend/{bob.id}").status == 204
            assert alice.half(bob) is None and bob.half(alice) is None
        finally:
            assert server.stop() == 0, server.err
            service.end()


def test_concurrent_callbacks(theirs_and_ours):
    """Ours sends one at a time for each subscription, so that the reference, which cannot take two at once, has all."""
    alice, bob = theirs_and_ours
    alice.subscribe_to(bob)
    for number in range(50):
        bob.set(f"count{number % 5}", number)
    for name in range(5):
        alice.wait_for_kept(bob, f"count{name}", 45 + name)


def test_a_resource_below_a_property(friends):
    """The deepest subscription: one part of one property."""
    alice, bob = friends
    bob.set("home", {"address": {"city": "Oslo"}, "rooms": 3})
    subscription = alice.subscribe_to(bob, subtarget="home", resource="address")
    row = bob.subscriptions(alice)[subscription]
    assert (row["target"], row["subtarget"], row["resource"]) == ("properties", "home", "address")
    bob.set("home/address", {"city": "Bergen"})
    live.wait_until(lambda: bob.subscriptions(alice)[subscription]["sequence"] == 1, "the diff")
    live.wait_until(lambda: "Bergen" in json.dumps(alice.kept(bob)), "the callback")
