"""What a peer says of itself, as the other library asks for it; and that what both keep of a peer is the same rows."""
import json

import pytest


@pytest.fixture
def alice_and_bob(make_ours, make_theirs):
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    return alice, bob


def test_profile(friends):
    alice, bob = friends
    bob.set("displayname", "Bob")
    bob.set("email", {"work": "bob@example.com"})
    profile = alice.profile(bob)
    assert profile["actor_id"] == alice.id and profile["peer_id"] == bob.id
    assert profile["displayname"] == "Bob"
    assert profile["email"] == {"work": "bob@example.com"}
    assert profile["description"] is None and profile["fetch_error"] is None


def test_a_profile_that_may_not_be_read(pair):
    """A relationship with nothing to read gives none, and no error of the peer's."""
    alice, bob = pair
    alice.befriend(bob, "associate")
    bob.set("displayname", "Bob")
    assert alice.profile(bob)["displayname"] is None


def test_the_rows_are_the_references(alice_and_bob):
    """They hold what its own classes hold, in the same form: a text that is JSON."""
    alice, bob = alice_and_bob
    alice.profile(bob)
    alice.permissions(bob)
    profile, permissions = (
        json.loads(alice.get(f"devtest/attributes/{bucket}/{alice.id}:{bob.id}").json["data"])
        for bucket in ("_peer_profiles", "_peer_permissions"))
    times = {"fetched_at", "fetch_error"}
    assert set(profile) == {"actor_id", "peer_id", "displayname", "email", "description", "extra_attributes"} | times
    assert set(permissions) == {"actor_id", "peer_id", "properties", "methods", "actions", "tools", "resources",
                                "prompts", "extra_attributes"} | times
