"""Verified trust across implementations: whoever is asked asks back whether the one who asks is who it says."""
import secrets

import pytest

import live


def ask(bob, url, peer_id, **more):
    """A request for a relationship, by whoever it is."""
    body = {"baseuri": url, "id": peer_id, "type": "urn:actingweb:example.com:interop", "secret": secrets.token_hex(20),
            "desc": "", "verify": secrets.token_hex(20), **more}
    return live.request("POST", f"{bob.url}/trust/friend", body)


@pytest.fixture
def asked(pair):
    """Alice has asked Bob, and Bob has lost his half. The secret, and the token that Alice's half has."""
    alice, bob = pair
    assert alice.post("trust", {"url": bob.url, "relationship": "friend"}).status == 201
    assert bob.delete(f"trust/friend/{alice.id}?peer=true").status == 204  # without telling
    half = alice.half(bob)
    return alice, bob, half["secret"], half["verification_token"]


def test_the_call(asked):
    """What a server does with a request, called by an owner: the peer shows the token of its half."""
    alice, bob, secret, token = asked
    assert bob.create_verified(alice, secret, token) == {"verified": True, "approved": False}
    half = bob.half(alice)
    assert half["verified"] is True and half["secret"] == secret and half["baseuri"] == alice.url


def test_the_call_approves(asked):
    alice, bob, secret, token = asked
    assert bob.create_verified(alice, secret, token, approved=True) == {"verified": True, "approved": True}
    bob.set("colour", "blue")
    assert alice.ask(bob, "GET", "properties/colour") == (200, "blue")


def test_another_token(asked):
    alice, bob, secret, _ = asked
    assert bob.create_verified(alice, secret, secrets.token_hex(20))["verified"] is False
    assert bob.half(alice)["verified"] is False


def test_another_secret(asked):
    """The peer shows nothing to whoever does not know its secret."""
    alice, bob, _, token = asked
    assert bob.create_verified(alice, secrets.token_hex(20), token)["verified"] is False
    assert bob.half(alice)["verified"] is False


def test_a_request_in_anothers_name(pair):
    """Somebody asks Bob, and says to be Alice, who knows nothing of it."""
    alice, bob = pair
    assert ask(bob, alice.url, alice.id).status == 202
    half = bob.half(alice)
    assert half["verified"] is False and half["approved"] is False
    assert alice.half(bob) is None


def test_a_request_without_a_secret(pair):
    alice, bob = pair
    answer = ask(bob, alice.url, alice.id, secret="")
    assert answer.status in (202, 400)
    half = bob.half(alice)
    assert half is None if answer.status == 400 else half["verified"] is False


def test_approval_by_a_call(pair):
    """The other way to approve: the library's."""
    alice, bob = pair
    alice.post("trust", {"url": bob.url, "relationship": "friend"})
    assert bob.approve(alice) is True
    assert bob.half(alice)["approved"] is True
    assert alice.half(bob)["peer_approved"] is True


@pytest.mark.parametrize("first", ["who asked", "who was asked"])
def test_either_approves_first(pair, first):
    """Two halves that were made with a secret both know, and that nobody has approved yet."""
    alice, bob = pair
    secret = secrets.token_hex(20)
    for one, other in ((alice, bob), (bob, alice)):
        assert one.create_verified(other, secret, secrets.token_hex(20))["approved"] is False
    order = [(alice, bob), (bob, alice)] if first == "who asked" else [(bob, alice), (alice, bob)]
    for one, other in order:
        assert one.approve(other) is True
        assert one.half(other)["approved"] is True and other.half(one)["peer_approved"] is True
    for one, other in order:
        one.set("colour", "blue")
        assert other.ask(one, "GET", "properties/colour") == (200, "blue")
