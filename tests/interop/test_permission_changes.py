"""What a peer may, changed by the owner of either side: the peer is told, can ask, and is let in and sent accordingly."""
import json

import live
from parties import Ours

READ = {"patterns": ["*"], "operations": ["read"], "excluded_patterns": ["private/*", "security/*", "_internal/*"]}


def only(*names):
    """Rules that allow these names and nothing beside them, whatever the relationship allows."""
    return {"patterns": list(names), "operations": ["read"]}


def test_what_a_relationship_is_granted(friends):
    """Asked before anything is changed: the rules of a friend."""
    alice, bob = friends
    granted = alice.permissions(bob)
    assert granted["fetch_error"] is None
    assert granted["actor_id"] == alice.id and granted["peer_id"] == bob.id
    assert granted["properties"]["patterns"] == ["*"]
    assert {"read", "write"} <= set(granted["properties"]["operations"])
    assert "private/*" in granted["properties"]["excluded_patterns"]
    assert "delete_*" in granted["methods"]["denied"] and granted["methods"]["allowed"] == ["*"]


def test_the_peer_is_told(friends):
    alice, bob = friends
    bob.permit(alice, methods={"allowed": ["get_*"], "denied": ["get_secret"]})
    live.wait_until(lambda: (alice.granted(bob) or {}).get("methods", {}).get("denied"), "the permission callback")
    granted = alice.granted(bob)
    assert "get_secret" in granted["methods"]["denied"]
    assert granted["actor_id"] == alice.id and granted["peer_id"] == bob.id and granted["fetched_at"]
    assert granted["properties"]["patterns"] == ["*"]  # all of it is told, not the change alone


def test_the_last_change_is_what_counts(friends):
    alice, bob = friends
    for number in range(5):
        bob.permit(alice, methods={"allowed": [f"get_{number}"]})
        live.wait_until(lambda name=f"get_{number}": name in json.dumps(alice.granted(bob)), "the permission callback")


def test_what_is_told_is_what_is_answered(friends):
    """The callback and the question bring the same."""
    alice, bob = friends
    bob.permit(alice, properties={"patterns": ["*"], "operations": ["read"]}, actions={"allowed": ["wave"]})
    live.wait_until(lambda: "wave" in json.dumps(alice.granted(bob)), "the permission callback")
    told, asked = alice.granted(bob), alice.permissions(bob)
    for category in ("properties", "methods", "actions", "tools", "resources", "prompts"):
        assert (told[category] or {}) == (asked[category] or {}), category


def test_rights_are_given_and_taken_back(pair):
    """An associate that may read one thing more, until it may not."""
    alice, bob = pair
    alice.befriend(bob, "associate")
    bob.set("mood", "good")
    assert alice.ask(bob, "GET", "properties/mood").status == 403
    bob.permit(alice, "associate", properties=only("mood"))
    assert alice.ask(bob, "GET", "properties/mood") == (200, "good")
    assert alice.ask(bob, "PUT", "properties/mood", "bad").status == 403
    bob.take_back(alice, "associate")
    assert alice.ask(bob, "GET", "properties/mood").status == 403


def test_rights_are_narrowed(friends):
    alice, bob = friends
    bob.set("mood", "good")
    bob.set("colour", "blue")
    bob.permit(alice, properties={**READ, "excluded_patterns": ["colour"]})
    assert alice.ask(bob, "GET", "properties/mood") == (200, "good")
    assert alice.ask(bob, "GET", "properties/colour").status == 403
    bob.take_back(alice)
    assert alice.ask(bob, "GET", "properties/colour") == (200, "blue")


def test_what_is_sent_follows(friends):
    """A subscriber is told what it may read when it happens, and nothing else. The reference's sequence counts what it
    has left out, so that a subscriber of its misses that and asks: then it is shown after all."""
    alice, bob = friends
    alice.subscribe_to(bob)
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    bob.permit(alice, properties={**READ, "excluded_patterns": ["colour"]})
    bob.set("colour", "red")
    bob.set("size", 3)
    alice.wait_for_kept(bob, "size", 3)
    assert not isinstance(bob, Ours) or "red" not in json.dumps(alice.kept(bob))
    bob.take_back(alice)
    bob.set("colour", "green")
    alice.wait_for_kept(bob, "colour", "green")


def test_each_peer_by_itself(friends, make_ours, make_theirs):
    """Rules of one peer are none of another's."""
    alice, bob = friends
    others = [make_ours("carol"), make_theirs("dave")]
    for other in others:
        other.befriend(bob)
    bob.set("colour", "blue")
    bob.permit(alice, properties={**READ, "excluded_patterns": ["colour"]})
    assert alice.ask(bob, "GET", "properties/colour").status == 403
    for other in others:
        assert other.ask(bob, "GET", "properties/colour") == (200, "blue")
