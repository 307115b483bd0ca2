"""Trust across implementations: request, verification, approval on both sides, and its notice."""
import pytest


def test_a_request_is_verified_and_waits_for_approval(pair):
    alice, bob = pair
    answer = alice.post("trust", {"url": bob.url, "relationship": "friend", "desc": "from next door"})
    assert answer.status == 201
    assert answer.headers["Location"] == f"{alice.url}/trust/friend/{bob.id}"
    asked, received = alice.half(bob), bob.half(alice)
    assert asked["approved"] is True and asked["peer_approved"] is False
    assert received["approved"] is False and received["peer_approved"] is True
    assert received["verified"] is True
    assert received["baseuri"] == alice.url and asked["baseuri"] == bob.url
    assert received["relationship"] == asked["relationship"] == "friend"
    assert received["desc"] == "from next door"
    assert received["secret"] == asked["secret"] and len(asked["secret"]) >= 40
    assert received["type"] == alice.info(alice.url)["type"] and asked["type"] == alice.info(bob.url)["type"]


def test_approval_is_told(pair):
    alice, bob = pair
    alice.post("trust", {"url": bob.url, "relationship": "friend"})
    assert bob.put(f"trust/friend/{alice.id}", {"approved": True}).status == 204
    assert bob.half(alice)["approved"] is True
    assert alice.half(bob)["peer_approved"] is True


@pytest.mark.parametrize("relationship", ["associate", "partner", "admin"])
def test_other_relationships(pair, relationship):
    alice, bob = pair
    alice.befriend(bob, relationship)
    for half in (alice.half(bob, relationship), bob.half(alice, relationship)):
        assert half["approved"] is True and half["peer_approved"] is True


def test_a_request_to_nobody_leaves_nothing(pair):
    alice, bob = pair
    answer = alice.post("trust", {"url": bob.service.root + "0" * 32, "relationship": "friend"})
    assert answer.status >= 400
    assert alice.get("trust").json == []


def test_both_have_many(pair, make_ours, make_theirs):
    """Secrets, ids and halves of several relationships of the same two servers are kept apart."""
    alice, bob = pair
    others = [make_ours("carol"), make_theirs("dave")]
    for other in [bob, *others]:
        alice.befriend(other)
    assert {row["peerid"] for row in alice.get("trust").json} == {bob.id, *(other.id for other in others)}
    assert len({alice.half(other)["secret"] for other in [bob, *others]}) == 3
