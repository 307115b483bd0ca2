"""What the owner sets of one trust (/trust/{relationship}/{peer}/permissions), what comes of it, and what the peer is told
of it (WIRE 6, 8, 12). Who may ask is in test_access.py too, with the other routes of trust."""
import json

import pytest

from played import HANG
from wire import basic

CATEGORIES = ("properties", "methods", "actions", "tools", "resources", "prompts")
OWN = {"properties": {"patterns": ["diary/*"], "operations": ["read"], "excluded_patterns": ["diary/secret"]},
       "methods": {"allowed": ["ping"]}}


@pytest.fixture
def actor(keeper):
    actor = keeper.make_actor()
    for name, value in {"public": {"x": 1}, "diary": {"today": "good", "secret": "bad"}, "mood": "fine"}.items():
        assert actor.put(f"/properties/{name}", value).status == 204
    return actor


@pytest.fixture
def peer(actor, play):
    return play().befriend(actor, "associate")


def of(peer, relationship="associate", part="permissions"):
    return f"/trust/{relationship}/{peer.id}/{part}"


def stored(actor, peer):
    """The row as the reference keeps it, or None."""
    reply = actor.get(f"/devtest/attributes/_trust_permissions/{actor.id}:{peer.id}")
    return json.loads(reply.json["data"]) if reply.status == 200 else None


def told(actor, peer, count=1):
    return [one.json for one in peer.wait_for("POST", f"callbacks/permissions/{actor.id}", count)]


# ---- setting ----


def test_the_rules_of_the_type_until_some_are_set(actor, peer):
    reply = actor.get(of(peer))
    assert reply.status == 200
    shown = reply.json
    assert shown["actor_id"] == actor.id and shown["peer_id"] == peer.id and shown["trust_type"] == "associate"
    assert shown["is_custom"] is False and shown["source"] == "trust_type_default"
    assert shown["properties"] == {"patterns": ["public/*"], "operations": ["read"]}
    assert shown["actions"] == shown["tools"] == {"allowed": [], "denied": ["*"]}
    assert shown["prompts"] == {} and shown["updated_at"] is None and shown["created_by"] == "system"


def test_set_change_and_take_back(actor, peer):
    reply = actor.put(of(peer), {**OWN, "notes": "for the doctor"})
    assert reply.status == 201 and reply.body == b""
    shown = actor.get(of(peer)).json
    assert shown["is_custom"] is True and shown["source"] == "custom_override" and shown["notes"] == "for the doctor"
    assert shown["properties"] == OWN["properties"] and shown["actions"] is None and shown["trust_type"] == "associate"
    assert actor.put(of(peer), {"actions": {"allowed": ["go"]}, "methods": None}).status == 200
    shown = actor.get(of(peer)).json
    assert shown["properties"] == OWN["properties"] and shown["actions"] == {"allowed": ["go"]}
    assert shown["methods"] is None and shown["notes"] == "for the doctor"
    for _ in range(2):
        assert actor.delete(of(peer)).status == 204
        assert actor.get(of(peer)).json["source"] == "trust_type_default"
    assert stored(actor, peer) is None


def test_the_row_is_the_reference_s(actor, peer):
    """It gives the row's members to a function by their names, so there must be these and no others."""
    actor.put(of(peer), OWN)
    row = stored(actor, peer)
    assert row.pop("updated_at").endswith("+00:00")
    assert row == {"actor_id": actor.id, "peer_id": peer.id, "trust_type": "associate", **OWN, "actions": None,
                   "tools": None, "resources": None, "prompts": None, "created_by": "system", "notes": None}


def test_what_was_read_can_be_sent_back(actor, peer):
    actor.put(of(peer), OWN)
    before = stored(actor, peer)
    assert actor.put(of(peer), actor.get(of(peer)).json).status == 200
    after = stored(actor, peer)
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}


def test_a_list_of_properties_is_what_may_be_read(actor, peer):
    assert actor.put(of(peer), {"properties": ["mood", "diary/today"]}).status == 201
    assert stored(actor, peer)["properties"] == {"patterns": ["mood", "diary/today"], "operations": ["read"]}
    assert peer.ask(actor, "GET", "/properties/mood").json == "fine"


@pytest.mark.parametrize("body", [
    {"properties": "all"}, {"properties": 1}, {"properties": ["a", 1]}, {"properties": {"patterns": "a"}},
    {"properties": {"patterns": [None]}}, {"properties": {"operations": ["fly"]}}, {"properties": {"operations": "read"}},
    {"properties": {"excluded": ["a"]}}, {"methods": ["get_*"]}, {"methods": {"allow": []}}, {"actions": {"denied": {}}},
    {"notes": 1}, {"created_by": ["me"]}, {"propertes": {}}, {"permissions": {}}, {"prompts": False},
])
def test_shapes_that_are_none(actor, peer, body):
    actor.put(of(peer), OWN)
    before, heard = stored(actor, peer), len(told(actor, peer))
    for path, sent in ((of(peer), body), (f"/trust/associate/{peer.id}", {"desc": "new", "permissions": body})):
        reply = actor.put(path, sent)
        assert reply.status == 400 and reply.error == "bad_request", path
    assert stored(actor, peer) == before and actor.get(f"/trust/associate/{peer.id}").json["desc"] == ""
    assert len(told(actor, peer)) == heard


@pytest.mark.parametrize("rules", [{"patterns": ["a"] * 1001}, {"allowed": ["a" * 1025]}, {"denied": ["a" * 1000] * 66}],
                         ids=["many", "long", "much"])
def test_limits(actor, peer, rules):
    assert actor.put(of(peer), {"properties": rules}).status == 413
    assert stored(actor, peer) is None


@pytest.mark.parametrize("part", ["permissions", "shared_properties"])
@pytest.mark.parametrize("path", ["/trust/friend/{peer}/", "/trust/associate/nobody/"])
def test_trusts_that_there_are_not(actor, peer, path, part):
    path = path.replace("{peer}", peer.id) + part
    if part == "permissions":
        for method, body in (("GET", None), ("PUT", OWN), ("DELETE", None)):
            reply = actor.ask(method, path, body, actor.owner)
            assert reply.status == 404 and reply.error == "not_found"
    else:
        assert peer.ask(actor, "GET", path).status in (403, 404)


def test_with_the_trust(actor, peer):
    one = f"/trust/associate/{peer.id}"
    assert actor.get(one + "?permissions=true").json["permissions"] is None
    assert actor.put(one, {"desc": "d", "permissions": OWN}).status == 204
    shown = actor.get(one + "?permissions=true").json
    assert shown["desc"] == "d" and shown["permissions"]["properties"] == OWN["properties"]
    assert set(shown["permissions"]) == {*CATEGORIES, "created_by", "updated_at", "notes"}
    assert "permissions" not in actor.get(one).json
    assert actor.put(one, {"permissions": None}).status == 204
    assert stored(actor, peer)["methods"] == OWN["methods"]


def test_they_end_with_the_trust(actor, peer, play):
    actor.put(of(peer), OWN)
    assert actor.delete(f"/trust/associate/{peer.id}").status == 204
    assert stored(actor, peer) is None
    peer.befriend(actor, "associate")
    assert actor.get(of(peer)).json["source"] == "trust_type_default"


# ---- what they do ----


def test_they_open_what_the_type_keeps_closed(actor, peer):
    assert peer.ask(actor, "GET", "/properties/diary/today").status == 403
    actor.put(of(peer), OWN)
    assert peer.ask(actor, "GET", "/properties/diary/today").json == "good"
    assert peer.ask(actor, "GET", "/properties/public/x").json == 1
    assert peer.ask(actor, "GET", "/properties/diary/secret").status == 403
    assert peer.ask(actor, "PUT", "/properties/diary/today", "bad").status == 403
    actor.delete(of(peer))
    assert peer.ask(actor, "GET", "/properties/diary/today").status == 403


def test_they_close_what_the_type_opens(actor, play):
    friend = play().befriend(actor)
    assert friend.ask(actor, "GET", "/properties/mood").status == 200
    actor.put(of(friend, "friend"), {"properties": {"excluded_patterns": ["diary/*"], "operations": ["read"]}})
    assert friend.ask(actor, "GET", "/properties").json == {"public": {"x": 1}, "mood": "fine"}
    assert friend.ask(actor, "GET", "/properties/diary/today").status == 403
    assert friend.ask(actor, "PUT", "/properties/mood", "mine").status == 403
    actor.put(of(friend, "friend"), {"properties": {"denied": ["*"]}})
    assert friend.ask(actor, "GET", "/properties").json == {}


@pytest.mark.parametrize("rules", [{"excluded_patterns": ["diary/secret"]}, {"denied": ["diary/secret"]}])
def test_closing_what_is_below_a_name_closes_the_name(actor, play, rules):
    """Its value would show it."""
    friend = play().befriend(actor)
    actor.put(of(friend, "friend"), {"properties": rules})
    assert friend.ask(actor, "GET", "/properties/diary/today").json == "good"
    assert friend.ask(actor, "GET", "/properties").json == {"public": {"x": 1}, "mood": "fine"}
    for method, body in (("GET", None), ("PUT", {"secret": "mine"})):
        for name in ("diary", "diary/secret"):
            assert friend.ask(actor, method, f"/properties/{name}", body).status == 403
    assert actor.get("/properties/diary").json == {"today": "good", "secret": "bad"}


def test_not_for_the_unapproved(actor, play):
    peer = play().befriend(actor, approved=False)
    assert actor.put(of(peer, "friend"), {"properties": {"allowed": ["*"]}}).status == 201
    for path in ("/properties", "/properties/mood", f"/permissions/{peer.id}", of(peer, "friend", "shared_properties")):
        assert peer.ask(actor, "GET", path).status == 403
    assert peer.ask(actor, "GET", f"/trust/friend/{peer.id}?permissions=true").status == 403
    assert peer.heard("POST", "callbacks/permissions/.*") == []


def test_the_notes_are_the_owners(actor, peer):
    actor.put(of(peer), {**OWN, "notes": "talks too much"})
    one = f"/trust/associate/{peer.id}?permissions=true"
    assert actor.get(one).json["permissions"]["notes"] == "talks too much"
    shown = peer.ask(actor, "GET", one).json["permissions"]
    assert shown["properties"] == OWN["properties"] and "notes" not in shown


def test_callbacks_are_of_what_may_be_read_then(actor, play):
    friend = play().befriend(actor)
    friend.subscribe(actor)
    actor.put(of(friend, "friend"), {"properties": {"denied": ["diary*"]}})
    actor.put("/properties/diary/today", "bad")
    actor.put("/properties/mood", "so so")
    heard, = friend.wait_for("POST", "callbacks/subscriptions/.*")
    assert heard.json["data"] == {"mood": "so so"}


@pytest.mark.parametrize("part, status", [
    ({}, 201), ({"subtarget": "public"}, 201), ({"subtarget": "public", "resource": "x"}, 201),
    ({"subtarget": "diary"}, 403), ({"subtarget": "mood"}, 403), ({"subtarget": "diary", "resource": "today"}, 403),
])
def test_subscriptions_need_something_to_read(actor, peer, part, status):
    body = {"target": "properties", "granularity": "none", **part}
    reply = peer.ask(actor, "POST", f"/subscriptions/{peer.id}", body)
    assert reply.status == status
    if status == 403:
        assert reply.error == "forbidden" and actor.get("/subscriptions").json["data"] == []
        actor.put(of(peer), {"properties": {"patterns": ["diary/*", "mood"], "operations": ["subscribe"]}})
        assert peer.ask(actor, "POST", f"/subscriptions/{peer.id}", body).status == 201


def test_a_relationship_without_rules_subscribes_to_nothing(actor, play):
    lodger = play().befriend(actor, "lodger")
    reply = lodger.ask(actor, "POST", f"/subscriptions/{lodger.id}", {"target": "properties"})
    assert reply.status == 403 and reply.error == "forbidden"


# ---- what the peer is told ----


def test_the_peer_is_told_all_of_it(actor, peer):
    actor.put(of(peer), OWN)
    heard, = told(actor, peer)
    assert heard.pop("timestamp").endswith("+00:00")
    data = heard.pop("data")
    assert heard == {"id": actor.id, "target": "permissions", "type": "permission"}
    assert data["properties"] == {"patterns": ["public/*", "diary/*"], "operations": ["read"],
                                  "excluded_patterns": ["diary/secret"]}
    assert data["methods"]["allowed"] == ["ping"] and data["prompts"] == {} and set(data) == set(CATEGORIES)
    actor.delete(of(peer))
    assert told(actor, peer, 2)[1]["data"]["properties"] == {"patterns": ["public/*"], "operations": ["read"]}
    request, = peer.heard("POST", "callbacks/permissions/.*")[:1]
    assert request.auth == peer.auth


def test_with_its_approval(actor, play):
    """What the type grants it knows; what was set before, nobody told it."""
    peer, other = play().befriend(actor, approved=False), play().befriend(actor, approved=False)
    actor.put(of(peer, "friend"), OWN)
    for one in (peer, other):
        assert actor.put(f"/trust/friend/{one.id}", {"approved": True}).status == 204
    heard, = told(actor, peer)
    assert "diary/*" in heard["data"]["properties"]["patterns"]
    assert other.heard("POST", "callbacks/permissions/.*") == []


@pytest.mark.parametrize("answer", [HANG, 500, 404, (200, {"error": "x"})])
def test_a_peer_that_cannot_be_told_disturbs_nobody(actor, peer, answer):
    peer.on("POST", "callbacks/permissions/.*", answer)
    assert actor.put(of(peer), OWN).status == 201
    told(actor, peer)
    assert actor.put(of(peer), {"notes": "n"}).status == 200
    assert actor.delete(of(peer)).status == 204
    peer.release()


def test_from_one_server_to_another(keeper, server):
    alice, bob = keeper.make_actor(), server.make_actor()
    assert bob.post("/trust", {"url": alice.url, "relationship": "friend"}).status == 201
    assert alice.put(f"/trust/friend/{bob.id}", {"approved": True}).status == 204
    assert alice.put(f"/trust/friend/{bob.id}/permissions", OWN).status == 201


# ---- what the peer asks ----


def test_the_peer_asks(actor, peer):
    reply = peer.ask(actor, "GET", f"/permissions/{peer.id}")
    assert reply.status == 200
    assert reply.json == {"actor_id": actor.id, "peer_id": peer.id, "trust_type": "associate",
                          "source": "trust_type_default", "permissions": reply.json["permissions"]}
    assert set(reply.json["permissions"]) == set(CATEGORIES)
    actor.put(of(peer), OWN)
    reply = peer.ask(actor, "GET", f"/permissions/{peer.id}")
    assert reply.json["source"] == "custom_override"
    assert reply.json["permissions"] == told(actor, peer)[0]["data"]


def test_a_relationship_that_is_no_type(actor, play):
    peer = play().befriend(actor, "lodger")
    nothing = {category: {} for category in CATEGORIES}
    assert peer.ask(actor, "GET", f"/permissions/{peer.id}").json["permissions"] == nothing
    assert actor.get(of(peer, "lodger")).json["source"] == "trust_type_default"
    actor.put(of(peer, "lodger"), {"properties": ["mood"]})
    assert peer.ask(actor, "GET", "/properties/mood").json == "fine"


def test_what_is_shared(actor, play):
    friend = play().befriend(actor)
    actor.put("/properties/blood_pressure", 120)
    assert actor.post("/properties", {"notes": {"_type": "list", "description": "d"}}).status == 201
    for item in ("a", "b"):
        assert actor.post("/properties/notes/items", {"action": "add", "item_value": item}).status == 201
    reply = friend.ask(actor, "GET", of(friend, "friend", "shared_properties"))
    assert reply.status == 200
    shared = {one["name"]: one for one in reply.json["shared_properties"]}
    assert set(shared) == {"public", "diary", "mood", "blood_pressure", "notes"}
    assert shared["notes"]["item_count"] == 2
    assert shared["blood_pressure"] == {"name": "blood_pressure", "display_name": "Blood Pressure", "item_count": 0,
                                        "operations": ["read", "subscribe"]}
    assert (reply.json["actor_id"], reply.json["peer_id"], reply.json["relationship"]) == (actor.id, friend.id, "friend")
    actor.put(of(friend, "friend"), {"properties": {"denied": ["m*", "diary*"]}})
    reply = friend.ask(actor, "GET", of(friend, "friend", "shared_properties"))
    assert {one["name"] for one in reply.json["shared_properties"]} == {"public", "blood_pressure", "notes"}
    assert reply.json["excluded_properties"] == []  # their names are nothing for it


# ---- who may ----

CALLERS = ("nobody", "wrong", "unreadable", "owner", "trustee", "itself", "itself, unapproved", "another", "an admin")
PERMISSIONS, SHARED = "/trust/friend/{peer}/permissions", "/trust/friend/{peer}/shared_properties"
TABLE = [
    ("GET", PERMISSIONS, None, 401, 403, 401, 200, 200, 403, 403, 403, 200),
    ("PUT", PERMISSIONS, OWN, 401, 403, 401, 201, 201, 403, 403, 403, 201),
    ("DELETE", PERMISSIONS, None, 401, 403, 401, 204, 204, 403, 403, 403, 204),
    ("PUT", "/trust/friend/{peer}", {"permissions": OWN}, 401, 403, 401, 204, 204, 403, 403, 403, 204),
    ("GET", SHARED, None, 401, 403, 401, 403, 403, 200, 403, 403, 403),
    ("GET", "/permissions/{peer}", None, 401, 403, 401, 403, 403, 200, 403, 403, 403),
    ("GET", "/permissions/nobody", None, 401, 403, 401, 403, 403, 403, 403, 403, 403),
]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_who_may_do_what(keeper, play, row, caller):
    method, path, body, *statuses = row
    made = keeper.ask("POST", "/", {"creator": "trustee", "passphrase": "correct-horse-battery",
                                    "trustee_root": "https://example.com/"}).json
    actor = keeper.actor_of(made)
    friend, another, admin = play(), play(), play()
    friend.befriend(actor, approved=caller != "itself, unapproved")
    another.befriend(actor)
    admin.befriend(actor, "admin")
    auth = {"nobody": None, "wrong": basic("trustee", "wrong"), "unreadable": "Basic !!!", "owner": actor.owner,
            "trustee": "Bearer correct-horse-battery", "itself": friend.auth, "itself, unapproved": friend.auth,
            "another": another.auth, "an admin": admin.auth}[caller]
    status = statuses[CALLERS.index(caller)]
    reply = actor.ask(method, path.replace("{peer}", friend.id), body, auth)
    assert reply.status == status, reply
    if status >= 400:
        assert reply.error == {401: "unauthorized", 403: "forbidden"}[status]
        assert stored(actor, friend) is None


def test_rules_bind_an_admin_too(actor, play):
    """It changes those of others, but cannot free itself of its own."""
    admin = play().befriend(actor, "admin")
    path = of(admin, "admin")
    assert actor.put(path, {"properties": {"denied": ["diary*"]}}).status == 201
    for method, where, body in (("PUT", path, {"properties": {"denied": []}}), ("DELETE", path, None),
                                ("PUT", f"/trust/admin/{admin.id}", {"permissions": {"properties": {"denied": []}}})):
        assert admin.ask(actor, method, where, body).status == 403
    assert admin.ask(actor, "GET", "/properties/diary").status == 403
    assert admin.ask(actor, "GET", path).status == 200
