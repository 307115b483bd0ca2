"""Who may do what with relationships and subscriptions (WIRE 2.2, 6, 7, 8, 9), and that a refusal changes nothing.

The peer of the path has two subscriptions here (one with a diff) and is subscribed to."""
import types

import pytest

from played import closed_url
from wire import basic, bearer

NOTHING = {}
CALLERS = ("nobody", "wrong", "unreadable", "owner", "itself", "itself, unapproved", "another", "an admin")
# What each of them gets.
TABLE = [
    ("GET", "/trust", None, 401, 403, 401, 200, 403, 403, 403, 200),
    ("POST", "/trust", {"url": "{closed}"}, 401, 403, 401, 408, 403, 403, 403, 403),
    ("POST", "/trust/friend", NOTHING, 400, 400, 400, 400, 400, 400, 400, 400),
    ("GET", "/trust/friend", None, 401, 403, 401, 200, 403, 403, 403, 200),
    ("GET", "/trust/{peer}", None, 401, 403, 401, 200, 200, 200, 403, 200),
    ("PUT", "/trust/trustee", {"trustee_root": "x", "creator": "thief"}, 401, 403, 401, 204, 403, 403, 403, 403),
    ("DELETE", "/trust/trustee", None, 401, 403, 401, 204, 403, 403, 403, 403),
    ("PUT", "/trust/friend", {"creator": "thief"}, 401, 403, 401, 404, 403, 403, 403, 403),
    ("DELETE", "/trust/friend", None, 401, 403, 401, 404, 403, 403, 403, 403),
    # 202: not approved yet.
    ("GET", "/trust/friend/{peer}", None, 401, 403, 401, 200, 200, 202, 403, 200),
    ("PUT", "/trust/friend/{peer}", {"desc": "x"}, 401, 403, 401, 204, 403, 403, 403, 204),
    ("POST", "/trust/friend/{peer}", {"approved": True}, 401, 403, 401, 403, 204, 204, 403, 403),
    # 404 for credentials that are nobody's, whether the trust is there or not: a peer whose half was forgotten here can end
    # its own, and a stranger does not learn which peers there are.
    ("DELETE", "/trust/friend/{peer}", None, 401, 404, 401, 204, 204, 204, 403, 204),
    ("GET", "/trust/friend/absent", None, 401, 403, 401, 404, 403, 403, 403, 404),
    ("PUT", "/trust/friend/absent", {"desc": "x"}, 401, 403, 401, 404, 403, 403, 403, 404),
    ("POST", "/trust/friend/absent", {"approved": True}, 401, 403, 401, 403, 403, 403, 403, 403),
    ("DELETE", "/trust/friend/absent", None, 401, 404, 401, 404, 403, 403, 403, 404),
    ("GET", "/subscriptions", None, 401, 403, 401, 200, 403, 403, 403, 403),
    ("POST", "/subscriptions", {"peerid": "{peer}", "target": "properties"}, 401, 403, 401, 204, 403, 403, 403, 403),
    ("GET", "/subscriptions/{peer}", None, 401, 403, 401, 200, 200, 403, 403, 403),
    ("POST", "/subscriptions/{peer}", {"target": "properties"}, 401, 403, 401, 403, 201, 403, 403, 403),
    ("GET", "/subscriptions/{peer}/{sub}", None, 401, 403, 401, 200, 200, 403, 403, 403),
    ("PUT", "/subscriptions/{peer}/{sub}", {"sequence": 0}, 401, 403, 401, 204, 204, 403, 403, 403),
    ("DELETE", "/subscriptions/{peer}/{sub}", None, 401, 403, 401, 204, 204, 403, 403, 403),
    ("GET", "/subscriptions/{peer}/{sub}/1", None, 401, 403, 401, 200, 200, 403, 403, 403),
    ("POST", "/callbacks/subscriptions/{peer}/{out}", {"sequence": 1, "data": {"a": 1}},
     401, 403, 401, 403, 204, 403, 403, 403),
    ("PUT", "/callbacks/subscriptions/{peer}/{out}", {"sequence": 1, "data": {"a": 1}},
     401, 403, 401, 403, 204, 403, 403, 403),
    ("DELETE", "/callbacks/subscriptions/{peer}/{out}", None, 401, 403, 401, 403, 204, 403, 403, 403),
    ("DELETE", "/callbacks/subscriptions/{peer}/{sub}", None, 401, 403, 401, 403, 204, 403, 403, 403),
    ("POST", "/callbacks/permissions/{peer}", {"data": {}}, 401, 403, 401, 403, 204, 403, 403, 403),
    ("PUT", "/callbacks/permissions/{peer}", {"data": {}}, 401, 403, 401, 403, 204, 403, 403, 403),
    ("GET", "/devtest/ping", None, 401, 403, 401, 204, 204, 403, 204, 204),
    ("GET", "/devtest/attributes/bucket", None, 401, 403, 401, 200, 200, 403, 200, 200),
    ("PUT", "/devtest/attributes/bucket/b", {"c": 1}, 401, 403, 401, 204, 204, 403, 204, 204),
    ("DELETE", "/devtest/attributes/bucket", None, 401, 403, 401, 204, 204, 403, 204, 204),
]


@pytest.fixture
def scene(keeper, play):
    """An actor with the peer of the paths, the other callers, and the ids that paths name."""
    actor, friend, another, admin = keeper.make_actor(), play(), play(), play()
    friend.befriend(actor, "friend")
    another.befriend(actor, "friend")
    admin.befriend(actor, "admin")
    sub = friend.subscribe(actor, "none")
    actor.put("/properties/a", "1")
    actor.post("/subscriptions", {"peerid": friend.id, "target": "properties", "granularity": "low"})
    out, = [row["subscriptionid"] for row in actor.get("/subscriptions").json["data"] if row["callback"]]
    actor.put("/devtest/attributes/bucket/a", "1")
    return types.SimpleNamespace(actor=actor, friend=friend, another=another, admin=admin, sub=sub, out=out)


def credentials(scene, caller):
    if caller == "itself, unapproved":
        assert scene.actor.put(f"/trust/friend/{scene.friend.id}", {"approved": False}).status == 204
    return {"nobody": None, "wrong": basic(scene.actor.creator, "wrong"), "unreadable": "Basic !!!",
            "owner": scene.actor.owner, "itself": scene.friend.auth, "itself, unapproved": scene.friend.auth,
            "another": scene.another.auth, "an admin": scene.admin.auth}[caller]


def everything(actor, scene):
    """All that a request could have changed."""
    rows = actor.get("/trust").json
    subscriptions = actor.get("/subscriptions").json
    for row in rows:
        row.pop("last_accessed", None), row.pop("last_connected_at", None)
    return (rows, subscriptions, actor.get("").json, actor.get(f"/subscriptions/{scene.friend.id}/{scene.sub}").json,
            [actor.get(f"/devtest/attributes/{bucket}").text
             for bucket in ("bucket", "_callback_state", "_peer_permissions", f"remote:{scene.friend.id}")])


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_who_may_do_what(scene, row, caller):
    method, path, body, *statuses = row
    status = statuses[CALLERS.index(caller)]
    names = {"{peer}": scene.friend.id, "{sub}": scene.sub, "{out}": scene.out, "{closed}": closed_url()}
    for name, value in names.items():
        path = path.replace(name, value)
        body = body and {key: value if text == name else text for key, text in body.items()}
    auth = credentials(scene, caller)
    before = everything(scene.actor, scene)
    told = len(scene.friend.received)
    reply = scene.actor.ask(method, path, body, auth)
    assert reply.status == status, reply
    if status >= 400:
        assert reply.error == {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found",
                               408: "peer_unreachable"}[status]
        assert ("www-authenticate" in reply.headers) == (status == 401)
        assert everything(scene.actor, scene) == before
        assert len(scene.friend.received) == told


@pytest.fixture
def trustees(keeper, play):
    """An actor that was made for a trustee, a friend of it, and the trustee's credentials."""
    made = keeper.ask("POST", "/", {"creator": "trustee", "trustee_root": "https://example.com/"}).json
    actor = keeper.actor_of(made)
    return actor, play().befriend(actor), bearer(made["passphrase"])


def test_a_trustee_is_as_good_as_the_owner(trustees):
    actor, friend, auth = trustees
    assert [one["peerid"] for one in actor.get("/trust", auth=auth).json] == [friend.id]
    assert actor.get(f"/trust/friend/{friend.id}", auth=auth).json["secret"] == friend.secret
    assert actor.put(f"/trust/friend/{friend.id}", {"desc": "x"}, auth=auth).status == 204
    assert actor.post("/subscriptions", {"peerid": friend.id, "target": "properties"}, auth=auth).status == 204
    assert len(actor.get("/subscriptions", auth=auth).json["data"]) == 1
    assert actor.delete(f"/trust/friend/{friend.id}", auth=auth).status == 204
    assert actor.get("/trust", auth=auth).json == []


@pytest.mark.parametrize("relationship", ["associate", "viewer", "friend", "partner", "mcp_client", "admin", "lodger"])
def test_what_each_relationship_reaches_of_trust_and_subscriptions(actor, play, relationship):
    """Its own, whatever it is called; only an admin sees the others."""
    peer, other = play().befriend(actor, relationship), play().befriend(actor)
    of_others = 200 if relationship == "admin" else 403
    assert peer.ask(actor, "GET", f"/trust/{relationship}/{peer.id}").json["secret"] == peer.secret
    assert peer.ask(actor, "GET", "/trust").status == of_others
    assert peer.ask(actor, "GET", f"/trust/friend/{other.id}").status == of_others
    assert peer.ask(actor, "POST", "/trust", {"url": other.url}).status == 403
    # Of properties a lodger may read nothing, so it is told of none; what the protocol does not know is open to it.
    sub = peer.subscribe(actor, target="news" if relationship == "lodger" else "properties")
    assert peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{sub}").status == 200
    assert peer.ask(actor, "GET", f"/subscriptions/{other.id}").status == 403
    assert peer.ask(actor, "GET", "/subscriptions").status == 403
    assert peer.ask(actor, "DELETE", f"/subscriptions/{peer.id}/{sub}").status == 204
    assert peer.ask(actor, "DELETE", f"/trust/{relationship}/{peer.id}").status == 204
    assert peer.ask(actor, "GET", f"/trust/{relationship}/{peer.id}").status == 403


@pytest.mark.parametrize("relationship", ["creator", "trustee", "owner", "peer", "admin"])
def test_a_self_named_role_opens_nothing(actor, play, relationship):
    """An anonymous request may name any relationship; without approval it is worth nothing."""
    peer = play().befriend(actor, relationship, approved=False)
    for method, path in (("GET", "/trust"), ("GET", "/subscriptions"), ("GET", f"/trust/{relationship}"),
                         ("GET", f"/subscriptions/{peer.id}"), ("GET", ""), ("GET", "/properties")):
        assert peer.ask(actor, method, path).status == 403, path
    assert peer.ask(actor, "PUT", f"/trust/{relationship}/{peer.id}", {"approved": True}).status == 403
    assert peer.ask(actor, "POST", f"/subscriptions/{peer.id}", {"target": "properties"}).status == 403
    assert actor.get(f"/trust/{relationship}/{peer.id}").json["approved"] is False


@pytest.mark.parametrize("relationship", ["creator", "trustee", "owner", "peer"])
def test_not_even_with_approval(actor, play, relationship):
    peer = play().befriend(actor, relationship)
    for method, path in (("GET", "/trust"), ("GET", "/subscriptions"), ("GET", ""), ("GET", "/properties")):
        assert peer.ask(actor, method, path).status == 403, path
    assert peer.ask(actor, "PUT", f"/trust/{relationship}/{peer.id}", {"desc": "mine"}).status == 403
