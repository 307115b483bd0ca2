"""What every route of relationships, subscriptions and callbacks does with input that nobody should send: it says so in
JSON, and changes nothing."""
import types

import pytest

from played import closed_url
from wire import basic

NOBODY = "0" * 32
LIMIT_BYTES = 1024 * 1024

# Who may use it, and a body that is fine.
WITH_BODY = [
    ("POST", "/trust", "owner", {"url": "{closed}"}),
    ("POST", "/trust/friend", "nobody", {"baseuri": "{closed}", "id": "new"}),
    ("PUT", "/trust/friend/{peer}", "owner", {"desc": "x"}),
    ("POST", "/trust/friend/{peer}", "peer", {"approved": True}),
    ("POST", "/subscriptions", "owner", {"peerid": "{peer}", "target": "properties"}),
    ("POST", "/subscriptions/{peer}", "peer", {"target": "properties"}),
    ("PUT", "/subscriptions/{peer}/{sub}", "peer", {"sequence": 0}),
    ("POST", "/callbacks/subscriptions/{peer}/{out}", "peer", {"sequence": 1, "data": {"a": 1}}),
    ("PUT", "/callbacks/subscriptions/{peer}/{out}", "peer", {"sequence": 1, "data": {"a": 1}}),
    ("POST", "/callbacks/permissions/{peer}", "peer", {"data": {"actions": {}}}),
    ("PUT", "/callbacks/permissions/{peer}", "peer", {"data": {"actions": {}}}),
]
WITHOUT_BODY = [
    ("GET", "/trust", "owner"), ("GET", "/trust/friend/{peer}", "peer"), ("DELETE", "/trust/friend/{peer}", "peer"),
    ("GET", "/subscriptions", "owner"), ("GET", "/subscriptions/{peer}", "peer"),
    ("GET", "/subscriptions/{peer}/{sub}", "peer"), ("DELETE", "/subscriptions/{peer}/{sub}", "peer"),
    ("GET", "/subscriptions/{peer}/{sub}/1", "peer"), ("DELETE", "/callbacks/subscriptions/{peer}/{out}", "peer"),
]
NOT_JSON = [b"", b"{", b'{"a":1', b"{'a':1}", b"a=1", b"\xff\xfe", b'{"a":"\xff"}', b"[" * 5000,
            b'{"a":' * 200 + b"1" + b"}" * 200, b'{"a":NaN}', b'{"a":1}{"b":2}', b"\0",
            b'{"target":"properties","target"']
NOT_AN_OBJECT = [b"[]", b"null", b"1", b'"text"', b"true", b'[{"a":1}]']


def name_of(row):
    return f"{row[0]} {row[1]}"


@pytest.fixture
def scene(keeper, play):
    actor, peer = keeper.make_actor(), play()
    peer.befriend(actor)
    sub = peer.subscribe(actor, "none")
    actor.put("/properties/a", "1")
    assert actor.post("/subscriptions", {"peerid": peer.id, "target": "properties"}).status == 204
    out, = [row["subscriptionid"] for row in actor.get("/subscriptions").json["data"] if row["callback"]]
    names = {"{peer}": peer.id, "{sub}": sub, "{out}": out}
    auth = {"owner": actor.owner, "peer": peer.auth, "nobody": None}
    return types.SimpleNamespace(actor=actor, peer=peer, names=names, auth=auth)


def filled(scene, path):
    for name, value in scene.names.items():
        path = path.replace(name, value)
    return path


def everything(scene):
    actor, peer = scene.actor, scene.peer
    return (actor.get("/trust").text, actor.get("/subscriptions").text, actor.get("/properties").text,
            actor.get(filled(scene, "/subscriptions/{peer}/{sub}")).text,
            [actor.get(f"/devtest/attributes/{bucket}").text for bucket in ("_callback_state", "_peer_permissions", f"remote:{peer.id}")],
            len(peer.received))


@pytest.mark.parametrize("row", WITH_BODY, ids=name_of)
def test_bodies_that_are_no_json_object(scene, row):
    method, path, who, _ = row
    before = everything(scene)
    for body in NOT_JSON + NOT_AN_OBJECT:
        reply = scene.actor.ask(method, filled(scene, path), body, scene.auth[who], Content_Type="application/json")
        assert reply.status == 400 and reply.error == "bad_json", body[:50]
        assert "location" not in reply.headers
    assert everything(scene) == before


@pytest.mark.parametrize("row", WITH_BODY, ids=name_of)
def test_bodies_over_the_limit(scene, row):
    """Only announced: the server does not read on."""
    method, path, who, _ = row
    before = everything(scene)
    auth = f"Authorization: {scene.auth[who]}\r\n" if scene.auth[who] else ""
    answer = scene.actor.server.raw(f"{method} /{scene.actor.id}{filled(scene, path)} HTTP/1.1\r\nHost: a\r\n{auth}"
                                    f"Content-Length: {LIMIT_BYTES + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ") and b'{"error":{"code":"too_large","message":' in answer
    assert everything(scene) == before


@pytest.mark.parametrize("row", WITH_BODY + WITHOUT_BODY, ids=name_of)
def test_actors_that_there_are_not(scene, row):
    method, path, who, *body = row
    body = {key: closed_url() if value == "{closed}" else value for key, value in body[0].items()} if body else None
    for auth in (scene.auth[who], None, basic("creator", "x"), "Basic !!!"):
        reply = scene.actor.server.ask(method, f"/{NOBODY}{filled(scene, path)}", body, auth)
        assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("path", ["/trust/{long}", "/trust/friend/{long}", "/subscriptions/{long}",
                                  "/subscriptions/a/{long}", "/callbacks/subscriptions/a/{long}"])
def test_names_that_are_too_long(scene, path):
    actor = scene.actor
    before = everything(scene)
    for method in ("GET", "PUT", "POST", "DELETE"):
        body = {"desc": "x"} if method in ("PUT", "POST") else None
        reply = actor.ask(method, path.replace("{long}", "a" * 300), body, actor.owner)
        assert reply.status in (400, 403, 404, 405) or (method == "GET" and b"[]" in reply.body)
        reply = actor.ask(method, path.replace("{long}", "a" * 5000), body, actor.owner)
        assert reply.status == 414 and reply.error == "too_long"
    assert everything(scene) == before


@pytest.mark.parametrize("path", ["/trust/%00", "/trust/friend/%ff", "/subscriptions/%zz",
                                  "/callbacks/subscriptions/%c3%28/x"])
def test_paths_that_cannot_be_read(scene, path):
    for method in ("GET", "PUT", "POST", "DELETE"):
        reply = scene.actor.ask(method, path, {} if method in ("PUT", "POST") else None, scene.actor.owner)
        assert reply.status == 400 and reply.error == "bad_request"


ROUTES = {
    "/trust": "GET, HEAD, POST",
    "/trust/friend/{peer}": "GET, HEAD, POST, PUT, DELETE",
    "/subscriptions": "GET, HEAD, POST",
    "/subscriptions/{peer}": "GET, HEAD, POST",
    "/subscriptions/{peer}/{sub}": "GET, HEAD, PUT, DELETE",
    "/subscriptions/{peer}/{sub}/1": "GET, HEAD",
    "/callbacks/subscriptions/{peer}/{out}": "POST, PUT, DELETE",
    "/callbacks/permissions/{peer}": "POST, PUT",
}


@pytest.mark.parametrize("path", ROUTES)
def test_other_methods_are_405(scene, path):
    before = everything(scene)
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        if method in ROUTES[path]:
            continue
        for auth in scene.auth.values():
            reply = scene.actor.ask(method, filled(scene, path), {} if method in ("PUT", "POST") else None, auth)
            assert reply.status == 405 and reply.error == "method_not_allowed", method
            assert reply.headers["allow"] == ROUTES[path]
    assert everything(scene) == before


@pytest.mark.parametrize("path", ["/trust/", "/trust/friend/{peer}/", "/subscriptions/",
                                  "/subscriptions/{peer}/{sub}/"])
def test_a_slash_at_the_end_is_redirected(scene, path):
    reply = scene.actor.get(filled(scene, path))
    assert reply.status == 307
    assert reply.headers["location"] == scene.actor.url + filled(scene, path).rstrip("/")


def test_the_log_holds_no_secret(scene):
    actor, peer = scene.actor, scene.peer
    row, = actor.get("/trust").json
    peer.ask(actor, "POST", f"/trust/friend/{peer.id}", {"approved": "nonsense"})
    actor.post("/trust", {"url": closed_url()})
    log = actor.server.err
    for secret in (row["secret"], row["verification_token"], peer.token, actor.passphrase):
        assert secret not in log
