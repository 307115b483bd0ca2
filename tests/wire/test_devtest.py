"""/{id}/devtest: attributes, for tests (WIRE 9). Who is let in is in test_access.py."""
import json
import re
import urllib.parse

import pytest


@pytest.fixture
def actor(keeper):
    return keeper.make_actor()


@pytest.mark.parametrize("path", ["", "/ping", "/attributes/a", "/attributes/a/b"])
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


@pytest.mark.parametrize("path", ["", "/nothing", "/proxy/create", "/attributes", "/attribute", "/attributes/a/b/c"])
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
    assert re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", reply.json["timestamp"])
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
    assert reply.status == 400 and reply.error == "bad_request"
    assert actor.get("/devtest/attributes/a").status == 404


def test_a_value_needs_a_name(actor):
    reply = actor.put("/devtest/attributes/a", "1")
    assert reply.status == 400 and reply.error == "bad_request"
    assert actor.get("/devtest/attributes/a").status == 404
