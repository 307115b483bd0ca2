"""/{id}/devtest: attributes and a twin, for tests (WIRE 9). Who is let in is in test_access.py."""
import json
import re
import urllib.parse

import pytest

import live
from wire import basic


@pytest.fixture
def actor(keeper):
    return keeper.make_actor()


@pytest.mark.parametrize("path", ["", "/ping", "/attributes", "/attributes/a", "/attributes/a/b", "/proxy/create",
                                  "/proxy/properties"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_it_is_off_unless_it_was_switched_on(server, method, path):
    actor = server.make_actor()
    reply = actor.ask(method, f"/devtest{path}", "{}" if method in ("PUT", "POST") else None, actor.owner)
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("method, status", [("GET", 204), ("PUT", 204), ("DELETE", 204), ("POST", 404)])
def test_ping(actor, method, status):
    reply = actor.ask(method, "/devtest/ping", None, actor.owner)
    assert reply.status == status
    assert reply.body == b"" if status == 204 else reply.error == "not_found"


@pytest.mark.parametrize("path", ["", "/nothing", "/proxy", "/proxy/other", "/proxy/create/x", "/attributes/a/b/c"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_there_is_nothing_else(actor, method, path):
    actor.put("/devtest/attributes/a/b", "1")
    reply = actor.ask(method, f"/devtest{path}", "{}" if method in ("PUT", "POST") else None, actor.owner)
    assert reply.status == 404 and reply.error == "not_found"
    assert actor.get("/devtest/attributes/a/b").json["data"] == 1


@pytest.mark.parametrize("value", [1, -1.5, True, None, "text", "", [], [1, {"a": []}], {}, {"Åse": {"b": None}}])
@pytest.mark.parametrize("method, status", [("PUT", 204), ("POST", 200)])
@pytest.mark.parametrize("word", ["attributes", "attribute"])
def test_what_is_set_is_got(actor, word, method, status, value):
    path = f"/devtest/{word}/bucket/name"
    reply = actor.ask(method, path, json.dumps(value), actor.owner)
    assert reply.status == status and reply.body == b""
    reply = actor.get(path)
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    assert list(reply.json) == ["data", "timestamp"]
    assert reply.json["data"] == value and type(reply.json["data"]) is type(value)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", reply.json["timestamp"])
    assert actor.get(f"/devtest/{word}/bucket").json == {"name": reply.json}


def test_buckets(actor):
    for bucket in ("one", "two"):
        for name in ("a", "b", "Å/ö"):
            path = f"/devtest/attributes/{bucket}/{urllib.parse.quote(name, safe='')}"
            assert actor.put(path, json.dumps(bucket)).status == 204
    assert actor.put("/devtest/attributes/one/a", "2").status == 204
    assert {name: one["data"] for name, one in actor.get("/devtest/attributes/one").json.items()} == \
        {"a": 2, "b": "one", "Å/ö": "one"}
    for _ in range(2):  # what is absent may be deleted
        assert actor.delete("/devtest/attributes/one/a").status == 204
    assert sorted(actor.get("/devtest/attributes/one").json) == ["b", "Å/ö"]
    for _ in range(2):
        assert actor.delete("/devtest/attributes/one").status == 204
    for path in ("one", "one/b", "two/c", "three"):
        reply = actor.get(f"/devtest/attributes/{path}")
        assert reply.status == 404 and reply.error == "not_found"
    assert len(actor.get("/devtest/attributes/two").json) == 3


def test_attributes_are_of_one_actor(keeper, actor):
    other = keeper.make_actor("mallory@example.com", "other")
    actor.put("/devtest/attributes/a/b", "1")
    assert other.get("/devtest/attributes/a/b").status == 404
    assert actor.get("/devtest/attributes/a/b", auth=other.owner).status == 403


@pytest.mark.parametrize("path", ["a/b", "a"])
@pytest.mark.parametrize("body", [b"", b"{", b"words", b"\xff", b"[" * 5000])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_values_that_are_refused(actor, method, path, body):
    reply = actor.ask(method, f"/devtest/attributes/{path}", body, actor.owner)
    assert reply.status == 400 and reply.error in ("bad_request", "bad_json")
    assert actor.get("/devtest/attributes/a").status == 404


@pytest.mark.parametrize("method, path", [("PUT", "/a"), ("PUT", ""), ("POST", "")])
def test_a_value_needs_a_name(actor, method, path):
    reply = actor.ask(method, f"/devtest/attributes{path}", "1", actor.owner)
    assert reply.status == 400 and reply.error == "bad_request"
    assert actor.get("/devtest/attributes/a").status == 404


@pytest.mark.parametrize("word", ["attributes", "attribute"])
def test_a_bucket_is_filled_at_once(actor, word):
    actor.put(f"/devtest/{word}/bucket/old", "1")
    reply = actor.post(f"/devtest/{word}/bucket", {"a": {"b": [1]}, "Å": None})
    assert reply.status == 200 and reply.json == {"a": {"b": [1]}, "Å": None}
    kept = actor.get(f"/devtest/{word}/bucket").json
    assert {name: one["data"] for name, one in kept.items()} == {"old": 1, "a": {"b": [1]}, "Å": None}
    reply = actor.post(f"/devtest/{word}/bucket", {})
    assert reply.status == 200 and reply.json == {}
    for body in ([1], "text", b"1"):
        assert actor.post(f"/devtest/{word}/bucket", body).status == 400
    assert actor.get(f"/devtest/{word}/bucket").json == kept


@pytest.mark.parametrize("word", ["attributes", "attribute"])
def test_all_buckets(keeper, actor, word):
    other = keeper.make_actor("bob@example.com", "other")
    other.put("/devtest/attributes/a/b", "1")
    assert actor.get(f"/devtest/{word}").status == 404
    actor.put("/trust/trustee", {"trustee_root": "urn:a"})
    actor.put("/devtest/attributes/one/a", "1")
    actor.put("/devtest/attributes/one/b", "2")
    reply = actor.get(f"/devtest/{word}")
    assert reply.status == 200
    assert {bucket: {name: one["data"] for name, one in rows.items()} for bucket, rows in reply.json.items()} == \
        {"_internal": {"trustee_root": "urn:a"}, "one": {"a": 1, "b": 2}}
    # What the server keeps for itself goes too; another actor's does not, nor does what is no attribute.
    actor.put("/properties/kept", "1")
    assert actor.delete(f"/devtest/{word}").status == 204
    assert actor.get(f"/devtest/{word}").status == 404
    assert "trustee_root" not in actor.get("").json
    assert actor.get("/properties/kept").json == 1
    assert other.get("/devtest/attributes/a/b").json["data"] == 1


# ---- the twin: an actor that this one makes at the same server ----


@pytest.fixture
def twin(actor):
    """The actor's twin, whose passphrase nobody has but the actor."""
    reply = actor.post("/devtest/proxy/create", {"colour": "red"})
    assert reply.status == 200, reply
    return reply.json["id"]


def shown(keeper, twin):
    return keeper.ask("GET", f"/{twin}/meta").json


def test_a_twin_is_made(keeper, actor):
    reply = actor.post("/devtest/proxy/create", {"colour": "red", "a": {"b": 1}})
    assert reply.status == 200
    twin = reply.json["id"]
    assert reply.json == shown(keeper, twin)
    assert reply.headers["location"] == f"{keeper.root}{twin}"
    assert reply.json["trustee_root"] == actor.url
    trust, = actor.get("/trust").json
    assert (trust["peerid"], trust["relationship"]) == (twin, "friend")
    assert trust["approved"] is True and trust["peer_approved"] is True
    assert actor.get("/devtest/proxy/properties").json == {"colour": "red", "a": {"b": 1}}


@pytest.mark.parametrize("body", [None, {}])
def test_there_is_one_twin(keeper, actor, twin, body):
    reply = actor.post("/devtest/proxy/create", body)
    assert reply.status == 200 and reply.json["id"] == twin
    assert len(actor.get("/trust").json) == 1
    assert actor.get("/devtest/proxy/properties").json == {"colour": "red"}


def test_the_twins_properties(actor, twin):
    reply = actor.put("/devtest/proxy/properties/a%20b/c", {"d": [1]})
    assert reply.status == 204 and reply.body == b""
    assert actor.get("/devtest/proxy/properties/a%20b/c/d").json == [1]
    assert actor.get("/devtest/proxy/properties").json == {"colour": "red", "a b": {"c": {"d": [1]}}}
    # A friend may not delete; a trustee may.
    assert actor.delete("/devtest/proxy/properties/colour").status == 204
    reply = actor.get("/devtest/proxy/properties/colour")
    assert reply.status == 404 and reply.error == "peer_refused"
    assert actor.delete("/devtest/proxy/properties").status == 204
    assert actor.get("/devtest/proxy/properties").json == {}


def test_whoever_asks_first_makes_it(actor):
    assert actor.get("/devtest/proxy/properties").json == {}
    assert len(actor.get("/trust").json) == 1


@pytest.mark.parametrize("method, path, body", [
    ("POST", "create", b"["), ("POST", "create", b"[]"), ("PUT", "properties/a", b""), ("PUT", "properties/a", b"{"),
])
def test_bodies_that_make_no_twin(actor, method, path, body):
    reply = actor.ask(method, f"/devtest/proxy/{path}", body, actor.owner)
    assert reply.status == 400 and reply.error == "bad_json"
    assert actor.get("/trust").json == []


@pytest.mark.parametrize("method, path", [
    ("GET", "create"), ("PUT", "create"), ("DELETE", "create"), ("POST", "properties"), ("POST", "properties/a"),
    ("PUT", "properties"), ("POST", "other"),
])
def test_what_the_proxy_has_not(actor, method, path):
    reply = actor.ask(method, f"/devtest/proxy/{path}", {} if method in ("POST", "PUT") else None, actor.owner)
    assert reply.status == 404 and reply.error == "not_found"
    assert actor.get("/trust").json == []


def test_the_twin_ends_with_its_actor(keeper, actor, twin):
    assert actor.delete("").status == 204
    assert keeper.ask("GET", f"/{twin}/meta").status == 404


def test_a_service_that_cannot_reach_itself(start):
    server = start("--devtest", "--root", f"http://127.0.0.1:{live.free_port()}/")
    actor = server.make_actor()
    reply = actor.post("/devtest/proxy/create", {"a": 1})
    assert reply.status == 502 and reply.error == "peer_unreachable"
    assert actor.get("/trust").json == []


def test_nobody_who_is_not_let_in_makes_a_twin(keeper, actor, play):
    pending = play().befriend(actor, approved=False)
    for auth, status in ((None, 401), (basic(actor.creator, "wrong"), 403), (pending.auth, 403)):
        for method, path in (("POST", "create"), ("GET", "properties"), ("DELETE", "properties")):
            assert actor.ask(method, f"/devtest/proxy/{path}", None, auth).status == status
    assert len(actor.get("/trust").json) == 1
