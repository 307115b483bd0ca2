"""What a peer of the reference says of itself, and what it grants, as the library here asks for it and keeps it."""
import json

import pytest


@pytest.fixture
def alice_and_bob(make_ours, make_theirs):
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    return alice, bob


def test_profile(alice_and_bob):
    alice, bob = alice_and_bob
    bob.set("displayname", "Bob")
    bob.set("email", {"work": "bob@example.com"})
    profile = alice.profile(bob)
    assert profile["actor_id"] == alice.id and profile["peer_id"] == bob.id
    assert profile["displayname"] == "Bob"
    assert profile["email"] == {"work": "bob@example.com"}
    assert profile["description"] is None and profile["fetch_error"] is None


def test_permissions(alice_and_bob):
    alice, bob = alice_and_bob
    granted = alice.permissions(bob)
    assert granted["properties"]["patterns"] == ["*"]
    assert set(granted["properties"]["operations"]) >= {"read", "write"}
    assert granted["fetch_error"] is None


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
