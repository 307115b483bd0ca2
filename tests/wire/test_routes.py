"""Paths, methods and headers that all routes have in common (WIRE 1, 2)."""

import re

import pytest

import live
from wire import basic, bearer

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOBODY = "0" * 32


@pytest.mark.parametrize("path", ["/a/b", "/a/b/c/d", "//", "//a", "/{id}//meta", "/{id}/nothing", "/{id}/trust/a/b/c",
                                  "/{id}/subscriptions/a/b/c/d", "/{id}/services", "/{id}/devtest/ping"])
def test_what_is_not_there_is_404(server, actor, path):
    reply = server.ask("GET", path.replace("{id}", actor.id), auth=actor.owner)
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("method, path, allow", [
    ("PUT", "/", "GET, HEAD, POST"),
    ("DELETE", "/", "GET, HEAD, POST"),
    ("POST", "/login", "GET, HEAD"),
    ("POST", "/{id}", "GET, HEAD, DELETE"),
    ("PUT", "/{id}", "GET, HEAD, DELETE"),
    ("POST", "/{id}/meta", "GET, HEAD"),
    ("DELETE", "/{id}/meta/id", "GET, HEAD"),
    ("PUT", "/{id}/properties", "GET, HEAD, POST, DELETE"),
    ("PATCH", "/{id}/properties/a", "GET, HEAD, POST, PUT, DELETE"),
    ("PUT", "/{id}/trust", "GET, HEAD, POST"),
    ("DELETE", "/{id}/trust", "GET, HEAD, POST"),
    ("PUT", "/{id}/subscriptions", "GET, HEAD, POST"),
    ("DELETE", "/{id}/subscriptions/p", "GET, HEAD, POST"),
    ("POST", "/{id}/subscriptions/p/s", "GET, HEAD, PUT, DELETE"),
    ("PUT", "/{id}/subscriptions/p/s/1", "GET, HEAD"),
    ("GET", "/{id}/callbacks/subscriptions/p/s", "POST, PUT, DELETE"),
])
def test_other_methods_are_405_with_allow(server, actor, method, path, allow):
    reply = server.ask(method, path.replace("{id}", actor.id), auth=actor.owner)
    assert reply.status == 405 and reply.error == "method_not_allowed"
    assert reply.headers["allow"] == allow


@pytest.mark.parametrize("path, allow", [
    ("/", "GET, HEAD, POST"), ("/bot", "POST"), ("/{id}", "GET, HEAD, DELETE"), ("/{id}/meta/id", "GET, HEAD"),
    ("/{id}/trust/friend", "GET, HEAD, POST, PUT, DELETE"), ("/{id}/callbacks/subscriptions/p/s", "POST, PUT, DELETE"),
    ("/{id}/methods", "GET, HEAD, POST, PUT"), ("/{id}/trust/", "GET, HEAD, POST"),
])
def test_options_are_told_to_everybody(server, actor, path, allow):
    reply = server.ask("OPTIONS", path.replace("{id}", actor.id))
    assert reply.status == 204 and reply.body == b""
    assert reply.headers["allow"] == allow + ", OPTIONS"
    assert reply.headers["x-request-id"]


def test_options_of_what_is_not_there(server, actor):
    for path in ("/a/b", f"/{actor.id}/nothing", f"/{actor.id}/devtest"):
        reply = server.ask("OPTIONS", path)
        assert reply.status == 404 and reply.error == "not_found" and "allow" not in reply.headers


def test_a_slash_at_the_end_is_redirected(server, actor):
    reply = actor.get("/trust/?type=a%20b")
    assert reply.status == 307
    assert reply.headers["location"] == f"{actor.url}/trust?type=a%20b"
    assert actor.ask("POST", "/subscriptions/", {"a": 1}).status == 307
    assert actor.get("/").headers["location"] == actor.url
    assert actor.get("/nothing/").status == 404
    assert server.ask("GET", "//example.com/").status == 404  # never to a host of the client's choosing


def test_a_slash_at_the_end_of_any_path_below_is_passed_over(actor):
    assert actor.post("/properties/", {"a": {"b": 1}}).status == 201
    assert actor.get("/properties/").json == actor.get("/properties").json == {"a": {"b": 1}}
    assert actor.get("/properties/a/b/").json == 1
    assert actor.get("/meta/id/").text == actor.id
    assert actor.get("/meta/").json["id"] == actor.id


def test_head_is_get_without_a_body(actor):
    got, headed = actor.get("/meta"), actor.ask("HEAD", "/meta")
    assert headed.status == 200 and headed.body == b""
    assert headed.headers["content-length"] == str(len(got.body))


def test_request_ids_are_echoed_or_made(server):
    assert server.ask("GET", "/", X_Request_ID="abc-123").headers["x-request-id"] == "abc-123"
    assert UUID4.fullmatch(server.ask("GET", "/").headers["x-request-id"])
    for unfit in ("x" * 129, "two words", "caf\xe9"):
        assert UUID4.fullmatch(server.ask("GET", "/", X_Request_ID=unfit).headers["x-request-id"])
    assert UUID4.fullmatch(server.ask("GET", "/nothing/here").headers["x-request-id"])


@pytest.mark.parametrize("path, status", [
    ("/" + "a/" * 40 + "b", 414),
    ("/" + "a" * 5000, 414),
    ("/%zz", 400),
    ("/{id}/properties/%00", 400),
    ("/{id}/properties/%ff", 400),
])
def test_bad_paths(server, actor, path, status):
    reply = server.ask("GET", path.replace("{id}", actor.id), auth=actor.owner)
    assert reply.status == status and reply.error


def test_a_body_over_the_limit_is_413(server, actor):
    # Only announced: the server does not read on, so a client that sends all of it may never see the answer.
    answer = server.raw(f"PUT /{actor.id}/properties/big HTTP/1.1\r\nHost: a\r\nAuthorization: {actor.owner}\r\n"
                        f"Content-Length: {1024 * 1024 + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ") and b'{"error":{"code":"too_large","message":' in answer
    assert actor.put("/properties/big", b"x" * (1024 * 1024)).status == 204


@pytest.mark.parametrize("method, path", [
    ("GET", ""), ("DELETE", ""), ("GET", "/meta"), ("GET", "/meta/id"), ("GET", "/properties"),
    ("PUT", "/properties/a"), ("POST", "/properties"), ("DELETE", "/properties/a"), ("GET", "/trust"),
    ("POST", "/trust/friend"), ("GET", "/trust/friend/p"), ("DELETE", "/trust/friend/p"), ("GET", "/subscriptions"),
    ("GET", "/subscriptions/p"), ("POST", "/subscriptions/p"), ("PUT", "/subscriptions/p/s"),
    ("DELETE", "/callbacks/subscriptions/p/s"),
])
@pytest.mark.parametrize("auth", [None, basic("a", "b"), bearer("c")])
def test_an_unknown_actor_is_404(server, method, path, auth):
    reply = server.ask(method, f"/{NOBODY}{path}", {} if method in ("PUT", "POST") else None, auth)
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("actor_id", ["..", ".", "a%20b", "a%2Fb", "%27--", "a" * 300])
def test_ids_that_no_actor_has(server, actor_id):
    reply = server.raw(f"GET /{actor_id}/meta HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    above_the_root = actor_id == ".." and live.BEHIND_NGINX  # which nginx knows to be wrong
    assert reply.startswith(b"HTTP/1.1 400 " if above_the_root else b"HTTP/1.1 404 ")


PROTECTED = [("GET", ""), ("DELETE", ""), ("GET", "/properties"), ("GET", "/properties/a"), ("PUT", "/properties/a"),
             ("POST", "/properties"), ("DELETE", "/properties/a"), ("GET", "/trust"), ("GET", "/subscriptions")]


@pytest.mark.parametrize("method, path", PROTECTED)
def test_without_credentials_401(server, actor, method, path):
    reply = actor.ask(method, path, {"a": 1} if method in ("PUT", "POST") else None)
    assert reply.status == 401 and reply.error == "unauthorized"
    assert reply.headers["www-authenticate"] == f'Basic realm="localhost:{server.port}"'
    assert actor.get("/meta").status == 200


@pytest.mark.parametrize("auth", [basic("alice@example.com", "wrong"), basic("someone", "correct-horse"),
                                  basic("alice@example.com", ""), basic("", ""), bearer("0" * 40),
                                  bearer("correct-horse"), "basic YWxpY2U6eA==", "Bearer  aw_x"])
@pytest.mark.parametrize("method, path", PROTECTED)
def test_wrong_credentials_403(actor, method, path, auth):
    reply = actor.ask(method, path, {"a": 1} if method in ("PUT", "POST") else None, auth)
    assert reply.status == 403 and reply.error == "forbidden"
    assert "www-authenticate" not in reply.headers


@pytest.mark.parametrize("auth", ["Basic !!!", "Basic YWxpY2U=", "Basic YQBiOmM=", "Basic", "Basic ", "Bearer",
                                  "Bearer ", "Digest a=b", "junk"])
def test_credentials_that_cannot_be_read_401(actor, auth):
    reply = actor.ask("GET", "/properties", auth=auth)
    assert reply.status == 401 and reply.error == "unauthorized"


def test_colons_in_name_and_passphrase(server):
    actor = server.make_actor("urn:someone:else", "a:b:c")
    assert actor.get("").status == 200


def test_the_cookie_is_a_bearer_token(actor, peer):
    secret = peer("friend").split()[1]
    assert actor.ask("GET", "/properties", Cookie=f"x=1; oauth_token={secret}").status == 200
    assert actor.ask("GET", "/properties", Cookie="oauth_token=nonsense").status == 403
    # A header goes before the cookie.
    assert actor.ask("GET", "/properties", auth=bearer("nonsense"), Cookie=f"oauth_token={secret}").status == 403


def test_credentials_are_of_one_actor(server, actor, peer):
    other = server.make_actor("mallory@example.com", "other")
    assert other.get("", auth=actor.owner).status == 403
    assert other.get("/properties", auth=peer("admin")).status == 403


@pytest.mark.parametrize("relationship", ["admin", "friend", "creator", "trustee", "owner"])
@pytest.mark.parametrize("method, path", PROTECTED)
def test_an_unapproved_peer_has_no_access(actor, peer, relationship, method, path):
    actor.put("/properties/a", "1")
    reply = actor.ask(method, path, {"a": 2} if method in ("PUT", "POST") else None, peer(relationship, approved=False))
    assert reply.status == 403 and reply.error == "forbidden"
    assert actor.get("/properties/a").json == 1


@pytest.mark.parametrize("relationship", ["creator", "trustee", "owner", "stranger"])
@pytest.mark.parametrize("method, path", PROTECTED)
def test_a_relationship_of_that_name_is_no_role(actor, peer, relationship, method, path):
    """Approved, but of a word that grants nothing."""
    reply = actor.ask(method, path, {"a": 1} if method in ("PUT", "POST") else None, peer(relationship))
    assert reply.status == 403


def test_the_log_holds_no_secret(server, actor, peer):
    secret = peer("friend").split()[1]
    actor.get("/properties", auth=bearer(secret))
    log = server.err
    assert secret not in log and actor.passphrase not in log
