"""/{id}/trust/trustee: who stands above an actor, and its owner's name (WIRE 6). Who else may is in test_access.py."""
import pytest

from wire import basic, bearer


def root_of(actor, **owner):
    return actor.get("", **owner).json.get("trustee_root")


def test_a_trustee_is_named(actor):
    reply = actor.put("/trust/trustee", {"trustee_root": "https://example.com/above"})
    assert reply.status == 204 and reply.body == b""
    assert root_of(actor) == "https://example.com/above"
    assert actor.ask("GET", "/meta/trustee_root").text == "https://example.com/above"
    reply = actor.delete("/trust/trustee")
    assert reply.status == 204 and reply.body == b""
    assert root_of(actor) is None
    assert actor.delete("/trust/trustee").status == 204


def test_an_actor_is_handed_over(actor):
    """From its creator's name to a trustee's, who then needs the passphrase alone."""
    given = {"trustee_root": "https://example.com/above", "creator": "trustee"}
    assert actor.ask("GET", "", auth=bearer(actor.passphrase)).status == 403
    assert actor.put("/trust/trustee", given).status == 204
    assert actor.get("").status == 403
    owner = basic("trustee", actor.passphrase)
    assert actor.get("", auth=owner).json == {"id": actor.id, "passphrase": actor.passphrase, **given}
    assert actor.get("/trust", auth=bearer(actor.passphrase)).json == []
    # And the trustee hands it on.
    reply = actor.put("/trust/trustee", {"creator": " Bob@Example.com "}, auth=bearer(actor.passphrase))
    assert reply.status == 204
    assert root_of(actor, auth=basic("bob@example.com", actor.passphrase)) == "https://example.com/above"
    assert actor.get("", auth=bearer(actor.passphrase)).status == 403


def test_a_form_will_do(actor):
    assert actor.form("PUT", "/trust/trustee", {"trustee_root": "urn:a"}, actor.owner).status == 204
    assert root_of(actor) == "urn:a"


@pytest.mark.parametrize("body", [{}, {"trustee_root": ""}, {"creator": None, "trustee_root": None}, {"other": 1}])
def test_what_is_not_named_stays(actor, body):
    actor.put("/trust/trustee", {"trustee_root": "urn:a"})
    assert actor.put("/trust/trustee", body).status == 204
    assert root_of(actor) == "urn:a"


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"text"', {"trustee_root": 1}, {"trustee_root": ["a"]}, {"trustee_root": "a" * 2049},
    {"creator": 1}, {"creator": "   "}, {"creator": "a" * 256}, {"creator": "a\u0001b"},
    {"creator": {}, "trustee_root": "urn:b"}, {"creator": "bob", "trustee_root": False},
], ids=lambda body: str(body)[:30])
def test_bodies_that_change_nothing(actor, body):
    actor.put("/trust/trustee", {"trustee_root": "urn:a"})
    before = actor.get("").json
    reply = actor.put("/trust/trustee", body)
    assert reply.status == 400 and reply.error in ("bad_request", "bad_json")
    assert actor.get("").json == before


def test_a_name_that_another_has(start):
    server = start("--unique-creator")
    actor, other = server.make_actor("alice"), server.make_actor("bob")
    reply = actor.put("/trust/trustee", {"creator": "bob", "trustee_root": "urn:a"})
    assert reply.status == 409 and reply.error == "exists"
    assert other.id not in reply.text
    assert actor.get("").json == {"id": actor.id, "creator": "alice", "passphrase": actor.passphrase}
    assert actor.put("/trust/trustee", {"creator": "alice", "trustee_root": "urn:a"}).status == 204


@pytest.mark.parametrize("method, body", [("PUT", {"trustee_root": "urn:a"}), ("DELETE", None)])
@pytest.mark.parametrize("relationship", ["friend", "Trustee", "trustee%20"])
def test_no_other_word(actor, relationship, method, body):
    reply = actor.ask(method, f"/trust/{relationship}", body, actor.owner)
    assert reply.status == 404 and reply.error == "not_found"
    assert root_of(actor) is None
