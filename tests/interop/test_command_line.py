"""The command-line client for an actor of the reference: it speaks the protocol, whoever serves it."""
import json

import pytest

import live


@pytest.fixture
def alice(make_theirs):
    return make_theirs("alice")


def actingweb(actor, *words):
    """What the client prints, as JSON where it is."""
    done = live.run(live.program("actingweb"), "--json", *words, env=actor.env)
    assert done.returncode == 0, done
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_properties(alice):
    assert actingweb(alice, "meta")["id"] == alice.id
    actingweb(alice, "set", "home", '{"city":"Oslo"}')
    actingweb(alice, "set", "home/zip", "150")
    assert actingweb(alice, "get", "home") == {"city": "Oslo", "zip": 150}
    actingweb(alice, "unset", "home/city")
    assert actingweb(alice, "get") == {"home": {"zip": 150}}


def test_lists(alice):
    actingweb(alice, "list", "make", "songs", "What to sing")
    for song in ("Yesterday", '{"title":"Help!"}', "Michelle"):
        actingweb(alice, "list", "add", "songs", song)
    actingweb(alice, "list", "set", "songs", "1", "Girl")
    actingweb(alice, "list", "remove", "songs", "0")
    assert actingweb(alice, "list", "show", "songs") == ["Girl", "Michelle"]
    assert actingweb(alice, "list", "show", "songs", "1") == "Michelle"
    actingweb(alice, "list", "describe", "songs", "New songs", "In the choir")
    shown = actingweb(alice, "list", "describe", "songs")
    assert (shown["description"], shown["explanation"], shown["count"]) == ("New songs", "In the choir", 2)
    actingweb(alice, "list", "delete", "songs")
    assert alice.get("properties/songs").status == 404


def test_permissions(alice, make_ours):
    bob = make_ours("bob")
    actingweb(bob, "trust", "request", alice.url, "--relationship", "associate")
    actingweb(alice, "trust", "approve", bob.id)
    alice.set("mood", "good")
    actingweb(alice, "permissions", "set", bob.id, '{"properties":{"patterns":["mood"],"operations":["read"]}}')
    assert actingweb(alice, "permissions", "show", bob.id)["properties"]["patterns"] == ["mood"]
    assert actingweb(bob, "peer", "get", alice.id, "properties/mood") == "good"
    actingweb(alice, "permissions", "reset", bob.id)
    assert actingweb(alice, "permissions", "show", bob.id)["properties"]["patterns"] != ["mood"]
    assert actingweb(alice, "trust", "show", bob.id)["approved"] is True
    assert actingweb(alice, "trust", "types")


def test_a_relationship(alice, make_ours):
    bob = make_ours("bob")
    actingweb(alice, "trust", "request", bob.url)
    actingweb(bob, "trust", "approve", alice.id)
    assert alice.half(bob)["peer_approved"] is True
    bob.set("colour", "blue")
    made = actingweb(alice, "subscribe", bob.id)
    assert made["url"].startswith(bob.url) and alice.kept(bob) == {"colour": {"value": "blue"}}
    actingweb(alice, "unsubscribe", bob.id, made["url"].rsplit("/", 1)[1])
    assert alice.subscriptions(bob) == bob.subscriptions(alice) == {}
    actingweb(alice, "trust", "delete", bob.id)
    assert alice.half(bob) is None and bob.half(alice) is None


def test_approving(alice, make_ours):
    bob = make_ours("bob")
    actingweb(bob, "trust", "request", alice.url)
    actingweb(alice, "trust", "approve", bob.id)
    assert bob.half(alice)["peer_approved"] is True
    alice.set("colour", "blue")
    assert actingweb(bob, "peer", "get", alice.id, "properties/colour") == "blue"
    actingweb(bob, "peer", "put", alice.id, "properties/colour", '"red"')
    assert alice.value("colour") == "red"


def test_an_actor(reference):
    made = actingweb(live.Actor(reference.root + "none", "carol", ""), "create", reference.root, "--creator", "carol")
    carol = live.Actor(made["url"], made["creator"], made["passphrase"])
    assert carol.get("meta").json["id"] == carol.id
    actingweb(carol, "delete")
    assert carol.get("meta").status == 404
