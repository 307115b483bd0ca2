"""/{id}/methods and /{id}/actions without an application's routes (WIRE 9)."""
import pytest

KINDS = ["methods", "actions"]


def rpc(actor, body, path="/methods", **more):
    return actor.post(path, {"jsonrpc": "2.0", **body}, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_none(actor, kind):
    reply = actor.get(f"/{kind}")
    assert reply.status == 200 and reply.json == {kind: []}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["get_light", "a/b", "a%2Fb"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_name_is_there(actor, kind, method, name):
    reply = actor.ask(method, f"/{kind}/{name}", {"a": 1} if method in ("POST", "PUT") else None, actor.owner)
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("path", ["", "/x"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("body", [b"", b"{", b"words", b"[]", b"null", b"1", b'"text"', b"\xff", b"[" * 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_bodies_that_are_no_call(actor, kind, body, method, path):
    reply = actor.ask(method, f"/{kind}{path}", body, actor.owner)
    assert reply.status == 400 and reply.error == "bad_json"


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_needs_a_name(actor, kind, method):
    reply = actor.ask(method, f"/{kind}", {"a": 1}, actor.owner)
    assert reply.status == 400 and reply.error == "bad_request"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_deleted_as_a_whole(actor, kind):
    reply = actor.delete(f"/{kind}")
    assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD, POST, PUT"


# ---- JSON-RPC ----


@pytest.mark.parametrize("path", ["/methods", "/methods/get_light"])
@pytest.mark.parametrize("request_id", [1, "one", None, 1.5])
def test_rpc_of_a_method_that_is_not_there(actor, path, request_id):
    reply = rpc(actor, {"method": "get_light", "params": {"a": 1}, "id": request_id}, path)
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    assert reply.json == {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": request_id}


@pytest.mark.parametrize("body, path", [
    ({}, "/methods"), ({"method": None}, "/methods"), ({"method": 1}, "/methods"), ({"method": ["a"]}, "/methods"),
    ({"method": "another"}, "/methods/get_light"), ({"jsonrpc": "1.0", "method": "a"}, "/methods"),
    ({"jsonrpc": 2, "method": "a"}, "/methods/a"), ({"jsonrpc": None, "method": "a"}, "/methods/a"),
])
def test_rpc_that_is_none(actor, body, path):
    reply = rpc(actor, {**body, "id": 7}, path)
    assert reply.status == 200
    error = reply.json["error"]
    assert (error["code"], error["message"], reply.json["id"]) == (-32600, "Invalid Request", 7) and error["data"]


def test_rpc_without_an_id(actor):
    assert rpc(actor, {"method": "a"}).json["id"] is None


def test_actions_know_no_rpc(actor):
    reply = actor.post("/actions", {"jsonrpc": "2.0", "method": "a", "id": 1})
    assert reply.status == 400 and reply.error == "bad_request"
    assert actor.post("/actions/a", {"jsonrpc": "2.0", "method": "a", "id": 1}).status == 404


# ---- who may ----

# relationship: the collections, get_x, delete_x and other of methods, and of actions
REACH = {
    "creator of the actor": "yyyy yyyy",
    "associate": "nynn nnnn",
    "viewer": "nynn nnnn",
    "friend": "yyny yyny",
    "partner": "yyyy yyyy",
    "admin": "yyyy yyyy",
    "mcp_client": "nynn nnnn",
    "lodger": "nnnn nnnn",
    "trustee": "nnnn nnnn",
}


@pytest.mark.parametrize("relationship", REACH)
def test_what_each_relationship_reaches(actor, peer, relationship):
    auth = actor.owner if relationship.startswith("creator") else peer(relationship)
    for kind, reach in zip(KINDS, REACH[relationship].split()):
        for path, reached in zip(("", "/get_x", "/delete_x", "/other"), reach):
            missing = 404 if path else 200
            reply = actor.get(f"/{kind}{path}", auth=auth)
            assert reply.status == (missing if reached == "y" else 403), (kind, path)
            reply = actor.post(f"/{kind}{path}", {"a": 1}, auth=auth)
            assert reply.status == ((404 if path else 400) if reached == "y" else 403), (kind, path)


@pytest.mark.parametrize("relationship", ["friend", "admin", "associate"])
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_and_the_unapproved(actor, peer, kind, relationship):
    pending = peer(relationship, approved=False)
    for method in ("GET", "POST", "PUT", "DELETE"):
        for auth, status in ((None, 401), ("Basic !!!", 401), ("Bearer junk", 403), (pending, 403)):
            reply = actor.ask(method, f"/{kind}/get_x", {} if method in ("POST", "PUT") else None, auth)
            assert reply.status == status


def test_what_the_body_names_needs_permission_too(actor, peer):
    """A friend may not call what is called delete_..., wherever the name stands."""
    auth = peer("friend")
    assert rpc(actor, {"method": "get_x", "id": 1}, auth=auth).json["error"]["code"] == -32601
    assert rpc(actor, {"method": "delete_x", "id": 1}, auth=auth).status == 403
    assert rpc(actor, {"method": "delete_x", "id": 1}, "/methods/get_x", auth=auth).status == 403
    assert actor.post("/methods", [{"method": "delete_x"}], auth=auth).status == 403
    twice = actor.ask("POST", "/methods", b'{"jsonrpc":"2.0","method":"delete_x","method":"get_x","id":1}', auth)
    assert twice.status == 400 and twice.error == "bad_request"
