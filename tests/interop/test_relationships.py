"""Trust across implementations: request, verification, approval on both sides, and its notice."""
import pytest

from parties import Ours, Theirs, make_party


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


def test_asking_the_reference_again(make_ours, make_theirs):
    """Here a relationship that is there is not asked for again; so the reference is not made to replace its half."""
    alice, bob = make_ours("alice"), make_theirs("bob")
    alice.befriend(bob)
    before = alice.half(bob)
    assert alice.post("trust", {"url": bob.url, "relationship": "friend"}).status == 409
    assert alice.half(bob) == before and bob.half(alice)["secret"] == before["secret"]
    assert alice.ask(bob, "GET", "properties").status == 200


def test_the_reference_asks_again(make_ours, make_theirs):
    """It is refused, and then forgets its own half (as after any refusal); actingwebd keeps its half until its owner
    ends it, and then both can begin anew."""
    alice, bob = make_theirs("alice"), make_ours("bob")
    alice.befriend(bob)
    before = bob.half(alice)
    assert alice.post("trust", {"url": bob.url, "relationship": "friend"}).status == 408
    assert bob.half(alice) == before and alice.half(bob) is None
    assert bob.delete(f"trust/friend/{alice.id}").status == 204
    alice.befriend(bob)


@pytest.fixture(params=["theirs to ours", "ours to theirs"])
def accepting(request, start_server, start_reference, make_ours, make_theirs):
    """Alice, and Bob, whose server approves whoever asks to be a friend."""
    if request.param == "theirs to ours":
        server = start_server("--auto-accept", "--default-relationship", "friend", "--devtest")
        return make_theirs("alice"), make_party(Ours, server, "bob")
    return make_ours("alice"), make_party(Theirs, start_reference("--auto-accept"), "bob")


def test_accepted_at_once(accepting):
    alice, bob = accepting
    assert alice.post("trust", {"url": bob.url, "relationship": "friend"}).status == 201
    for half in (alice.half(bob), bob.half(alice)):
        assert half["approved"] is True and half["peer_approved"] is True
    assert alice.ask(bob, "PUT", "properties/colour", "blue").status in (200, 204)
    alice.subscribe_to(bob)


def test_only_one_relationship_is_accepted_at_once(accepting):
    alice, bob = accepting
    assert alice.post("trust", {"url": bob.url, "relationship": "admin"}).status == 201
    assert bob.half(alice, "admin")["approved"] is False and alice.half(bob, "admin")["peer_approved"] is False
    assert alice.ask(bob, "GET", "subscriptions").status == 403


def test_both_have_many(pair, make_ours, make_theirs):
    """Secrets, ids and halves of several relationships of the same two servers are kept apart."""
    alice, bob = pair
    others = [make_ours("carol"), make_theirs("dave")]
    for other in [bob, *others]:
        alice.befriend(other)
    assert {row["peerid"] for row in alice.get("trust").json} == {bob.id, *(other.id for other in others)}
    assert len({alice.half(other)["secret"] for other in [bob, *others]}) == 3
