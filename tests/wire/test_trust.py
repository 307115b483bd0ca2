"""/{id}/trust and /{id}/trust/{relationship}/{peer}: relationships that there are, seen, changed and ended (WIRE 6).
How they come to be is in test_trust_request.py and test_trust_initiate.py; who may do what in test_access.py."""
import re
import threading

import pytest

from played import CLOSE, HANG, closed_url
from wire import basic

KEYS = ["id", "peerid", "baseuri", "type", "relationship", "secret", "desc", "approved", "peer_approved", "verified",
        "verification_token", "established_via", "created_at", "last_accessed", "last_connected_at"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")


def path_of(peer, relationship="friend"):
    return f"/trust/{relationship}/{peer.id}"


def shown(actor, peer, relationship="friend"):
    return actor.get(path_of(peer, relationship)).json


# ---- seeing ----


def test_none_at_first(actor):
    reply = actor.get("/trust")
    assert reply.status == 200 and reply.json == []
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"


def test_what_the_owner_sees(actor, play):
    peer = play()
    peer.ask_for_trust(actor, desc="A friend of Åse's")
    row, = actor.get("/trust").json
    assert list(row) == KEYS
    assert re.fullmatch("[0-9a-f]{40}", row.pop("verification_token"))
    for moment in ("created_at", "last_accessed", "last_connected_at"):
        assert MOMENT.fullmatch(row.pop(moment))
    assert row == {"id": actor.id, "peerid": peer.id, "baseuri": peer.url, "type": "urn:actingweb:test:played",
                   "relationship": "friend", "secret": peer.secret, "desc": "A friend of Åse's", "approved": False,
                   "peer_approved": True, "verified": True, "established_via": "trust"}
    reply = actor.get(path_of(peer))
    assert reply.status == 202  # as long as it is not approved
    assert reply.json == actor.get("/trust").json[0]
    assert reply.headers["cache-control"] == "no-store"
    actor.put(path_of(peer), {"approved": True})
    reply = actor.get(path_of(peer))
    assert reply.status == 200 and reply.json["approved"] is True and list(reply.json) == KEYS


def test_what_the_peer_itself_sees(actor, play):
    peer = play().befriend(actor)
    reply = peer.ask(actor, "GET", path_of(peer))
    assert reply.status == 200 and list(reply.json) == KEYS
    assert reply.json == shown(actor, peer)


def test_what_an_admin_sees_has_no_secrets(actor, play):
    peer, admin = play().befriend(actor), play().befriend(actor, "admin")
    token = shown(actor, peer)["verification_token"]
    for path in (path_of(peer), "/trust", "/trust?peerid=" + peer.id):
        text = admin.ask(actor, "GET", path).text
        assert peer.id in text and peer.secret not in text and token not in text
    row = admin.ask(actor, "GET", path_of(peer)).json
    assert list(row) == [key for key in KEYS if key not in ("secret", "verification_token")]
    # Its own is shown whole, also among the others.
    rows = {one["peerid"]: one for one in admin.ask(actor, "GET", "/trust").json}
    assert rows[admin.id]["secret"] == admin.secret and "secret" not in rows[peer.id]


def test_an_admin_sees_what_is_not_approved_yet(actor, play):
    peer, admin = play().befriend(actor, approved=False), play().befriend(actor, "admin")
    assert admin.ask(actor, "GET", path_of(peer)).status == 202


def test_choosing_among_all(actor, play):
    friends, admin = [play().befriend(actor) for _ in range(2)], play().befriend(actor, "admin")
    stranger = play()
    stranger.ask_for_trust(actor, "friend", type="urn:other")
    everybody = sorted(one.id for one in (*friends, admin, stranger))

    def chosen(query):
        return sorted(one["peerid"] for one in actor.get(f"/trust{query}").json)

    assert chosen("") == everybody
    assert chosen("?relationship=admin") == [admin.id]
    assert chosen("?relationship=nobody") == []
    assert chosen("?type=urn:other") == [stranger.id]
    assert chosen("?type=urn%3Aactingweb%3Atest%3Aplayed") == sorted(one.id for one in (*friends, admin))
    assert chosen(f"?peerid={friends[0].id}") == [friends[0].id]
    assert chosen(f"?relationship=admin&peerid={friends[0].id}") == []
    assert chosen("?unknown=1") == everybody


def test_permissions_are_shown_when_asked_for(actor, play):
    peer = play().befriend(actor)
    assert actor.get(path_of(peer) + "?permissions=true").json["permissions"] is None
    for query in ("", "?permissions=false", "?permissions"):
        assert "permissions" not in actor.get(path_of(peer) + query).json


@pytest.mark.parametrize("auth", ["Bearer junk", basic("alice", "wrong")])
def test_no_stranger_learns_who_is_trusted(actor, play, auth):
    replies = [actor.delete(path, auth=auth) for path in (path_of(play().befriend(actor)), "/trust/friend/nobody")]
    assert [one.status for one in replies] == [404, 404] and replies[0].body == replies[1].body
    assert len(actor.get("/trust").json) == 1


@pytest.mark.parametrize("method, body", [("GET", None), ("PUT", {"desc": "x"}), ("DELETE", None)])
def test_the_path_names_the_relationship_too(actor, play, method, body):
    peer = play().befriend(actor)
    for path in (path_of(peer, "admin"), path_of(peer, "Friend"), "/trust/friend/nobody"):
        reply = actor.ask(method, path, body, actor.owner)
        assert reply.status == 404 and reply.error == "not_found"
    # The peer itself, too, has but one.
    assert peer.ask(actor, "GET", path_of(peer, "admin")).status == 404
    assert peer.ask(actor, "POST", path_of(peer, "admin"), {"approved": True}).status == 404
    assert shown(actor, peer)["desc"] == ""


def test_the_trusts_of_a_relationship(actor, play):
    friends, admin = [play().befriend(actor) for _ in range(2)], play().befriend(actor, "admin")
    reply = actor.get("/trust/friend")
    assert reply.status == 200 and reply.headers["cache-control"] == "no-store"
    assert reply.json == [shown(actor, peer) for peer in sorted(friends, key=lambda peer: peer.id)]
    assert actor.get("/trust/lodger").json == []
    assert [one["peerid"] for one in actor.get(f"/trust/friend?peerid={friends[1].id}").json] == [friends[1].id]
    assert actor.get("/trust/friend?type=urn:other").json == []
    # The path goes before the query; and an admin is shown no secrets.
    assert len(actor.get("/trust/friend?relationship=admin").json) == 2
    text = admin.ask(actor, "GET", "/trust/friend").text
    assert friends[0].id in text and friends[0].secret not in text


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "unapproved"])
def test_a_peer_asks_whether_its_trust_is_still_there(actor, play, approved):
    """By its id alone, as the reference does before it gives up a trust."""
    peer, other = play().befriend(actor, approved=approved), play().befriend(actor)
    row, = peer.ask(actor, "GET", f"/trust/{peer.id}").json
    assert (row["peerid"], row["approved"], row.get("secret")) == (peer.id, approved, peer.secret if approved else None)
    assert peer.ask(actor, "GET", f"/trust/{other.id}").status == 403
    assert peer.ask(actor, "GET", "/trust/friend").status == 403
    actor.delete(f"/trust/friend/{peer.id}?peer=true")
    assert peer.ask(actor, "GET", f"/trust/{peer.id}").status == 403


def test_a_peer_asks_whether_it_is_approved(actor, play):
    """Until then it is shown nothing by which one who asks in another's name could pass for that one elsewhere."""
    peer = play().befriend(actor, approved=False)
    reply = peer.ask(actor, "GET", path_of(peer))
    assert reply.status == 202
    assert list(reply.json) == [key for key in KEYS if key not in ("secret", "verification_token")]
    assert reply.json["approved"] is False
    actor.put(path_of(peer), {"approved": True})
    reply = peer.ask(actor, "GET", path_of(peer))
    assert reply.status == 200 and reply.json == shown(actor, peer)


# ---- changing ----


@pytest.mark.parametrize("approved", [True, "true", "True"])
def test_approval_is_told_to_the_peer(actor, play, approved):
    peer = play().befriend(actor, approved=False)
    reply = actor.put(path_of(peer), {"approved": approved})
    assert reply.status == 204 and reply.body == b""
    assert shown(actor, peer)["approved"] is True
    notice, = peer.heard("POST", f"trust/friend/{actor.id}")
    assert notice.json == {"approved": True} and notice.auth == peer.auth
    assert notice.headers["content-type"] == "application/json"


@pytest.mark.parametrize("approved", [False, "false"])
def test_approval_is_taken_back(actor, play, approved):
    peer = play().befriend(actor)
    told = len(peer.received)
    assert actor.put(path_of(peer), {"approved": approved}).status == 204
    assert shown(actor, peer)["approved"] is False
    assert peer.ask(actor, "GET", "/properties").status == 403
    assert peer.ask(actor, "GET", path_of(peer)).status == 202
    assert len(peer.received) == told


def test_desc_and_baseuri_change(actor, play):
    peer, moved = play().befriend(actor), play()
    assert actor.put(path_of(peer), {"desc": "Åse's", "baseuri": moved.url + "/"}).status == 204
    row = shown(actor, peer)
    assert row["desc"] == "Åse's" and row["baseuri"] == moved.url and row["approved"] is True
    assert actor.put(path_of(peer), {"desc": ""}).status == 204
    assert shown(actor, peer)["desc"] == ""
    assert actor.put(path_of(peer), {"approved": True}).status == 204
    assert moved.heard("POST", f"trust/friend/{actor.id}")


def test_a_form_will_do(actor, play):
    peer = play().befriend(actor, approved=False)
    assert actor.form("PUT", path_of(peer), {"approved": "true", "desc": "by form"}, actor.owner).status == 204
    assert shown(actor, peer)["approved"] is True and shown(actor, peer)["desc"] == "by form"


@pytest.mark.parametrize("body", [
    {"desc": 1}, {"desc": ["x"]}, {"desc": "a\u0000b"}, {"desc": "d" * 3000}, {"baseuri": 1}, {"baseuri": ""},
    {"baseuri": "nonsense"}, {"baseuri": "ftp://127.0.0.1/x"}, {"baseuri": "http://127.0.0.1/a?b=c"},
    {"baseuri": "http://127.0.0.1/\r\nX: y"}, {"approved": "maybe"}, {"approved": {}}, {"approved": []},
    {"approved": ""}, {"desc": "new", "approved": "perhaps"}, {"desc": "new", "baseuri": "nonsense"},
])
def test_what_cannot_be_changed_changes_nothing(actor, play, body):
    peer = play().befriend(actor)
    before = shown(actor, peer)
    reply = actor.put(path_of(peer), body)
    assert reply.status == 400 and reply.error in ("bad_request", "bad_json")
    assert shown(actor, peer) == before


def test_an_admin_does_not_move_a_peer(actor, play):
    """The peer's secret would follow."""
    peer, admin, elsewhere = play().befriend(actor), play().befriend(actor, "admin"), play()
    for moved in (peer, admin):
        path = path_of(moved, "friend" if moved is peer else "admin")
        before = actor.get(path).json
        reply = admin.ask(actor, "PUT", path, {"baseuri": elsewhere.url, "approved": True, "desc": "moved"})
        assert reply.status == 403 and reply.error == "forbidden"
        assert actor.get(path).json == before
    assert admin.ask(actor, "PUT", path_of(peer), {"approved": False, "desc": "by an admin"}).status == 204
    assert shown(actor, peer)["approved"] is False and elsewhere.received == []


@pytest.mark.parametrize("body", [{}, {"desc": None, "baseuri": None, "approved": None}, {"secret": "mine", "id": "x"}])
def test_what_is_not_named_stays(actor, play, body):
    peer = play().befriend(actor)
    before = shown(actor, peer)
    assert actor.put(path_of(peer), body).status == 204
    assert shown(actor, peer) == before


@pytest.mark.parametrize("answer", [500, 404, 403, CLOSE, (302, None, {"Location": "/elsewhere"})], ids=str)
def test_a_peer_that_does_not_want_to_know_is_approved_all_the_same(actor, play, answer):
    peer = play().befriend(actor, approved=False)
    peer.on("POST", "trust/.*", answer)
    assert actor.put(path_of(peer), {"approved": True}).status == 204
    assert shown(actor, peer)["approved"] is True
    assert peer.heard("POST", "trust/.*")


def test_a_peer_that_is_not_there_is_approved_all_the_same(actor, play):
    peer = play()
    peer.ask_for_trust(actor, baseuri=closed_url())
    assert actor.put(path_of(peer), {"approved": True}).status == 204
    assert shown(actor, peer)["approved"] is True


def test_nobody_waits_for_a_peer_that_hangs(actor, play):
    peer = play().befriend(actor, approved=False)
    peer.on("POST", "trust/.*", HANG)
    replies = []
    putting = threading.Thread(target=lambda: replies.append(actor.put(path_of(peer), {"approved": True})))
    putting.start()
    peer.wait_for("POST", "trust/.*")
    assert shown(actor, peer)["approved"] is True
    assert peer.ask(actor, "GET", "/properties").status == 200  # it may have a look already
    assert not replies
    peer.release()
    putting.join()
    assert replies[0].status == 204


# ---- the peer's notice ----


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "unapproved"])
def test_the_peer_says_whether_it_has_approved(actor, play, approved):
    peer = play().befriend(actor, approved=approved)
    told = len(peer.received)
    for said, expected in ((False, False), (True, True), ("false", False), ("true", True)):
        reply = peer.ask(actor, "POST", path_of(peer), {"approved": said})
        assert reply.status == 204 and reply.body == b""
        assert shown(actor, peer)["peer_approved"] is expected
        assert shown(actor, peer)["approved"] is approved
    assert len(peer.received) == told


@pytest.mark.parametrize("body", [{}, {"approved": None}, {"approved": "perhaps"}, {"approved": []},
                                  {"peer_approved": True}])
def test_notices_that_say_nothing(actor, play, body):
    peer = play().befriend(actor)
    before = shown(actor, peer)
    reply = peer.ask(actor, "POST", path_of(peer), body)
    assert reply.status == 400 and reply.error == "bad_request"
    assert shown(actor, peer) == before


# ---- ending ----


def test_the_peer_ends_it(actor, play):
    for approved in (True, False):
        peer = play().befriend(actor, approved=approved)
        told = len(peer.received)
        assert peer.ask(actor, "DELETE", path_of(peer)).status == 204
        assert actor.get("/trust").json == []
        assert len(peer.received) == told  # it knows
        assert peer.ask(actor, "DELETE", path_of(peer)).status == 404
        assert actor.get(path_of(peer)).status == 404


@pytest.mark.parametrize("answer", [204, (200, {}), 404], ids=str)
def test_the_owner_ends_it_on_both_sides(actor, play, answer):
    peer = play().befriend(actor)
    peer.on("DELETE", "trust/.*", answer)
    reply = actor.delete(path_of(peer))
    assert reply.status == 204 and reply.body == b""
    request, = peer.heard("DELETE", ".*")
    assert request.path == f"trust/friend/{actor.id}" and request.auth == peer.auth
    assert actor.get("/trust").json == []
    assert peer.ask(actor, "GET", "/properties").status == 403


@pytest.mark.parametrize("answer, word", [
    (500, "peer_refused"), (403, "peer_refused"), (405, "peer_refused"), (CLOSE, "peer_unreachable"),
    ((302, None, {"Location": "/elsewhere"}), "peer_refused"),
], ids=str)
def test_a_peer_that_will_not_let_go_keeps_both_halves(actor, play, answer, word):
    peer = play().befriend(actor)
    before = shown(actor, peer)
    peer.on("DELETE", "trust/.*", answer)
    reply = actor.delete(path_of(peer))
    assert reply.status == 502 and reply.error == word
    assert shown(actor, peer) == before
    assert actor.delete(path_of(peer) + "?peer=true").status == 204
    assert actor.get("/trust").json == []


def test_the_peers_wish_to_be_asked_later_is_passed_on(actor, play):
    peer = play().befriend(actor)
    peer.on("DELETE", "trust/.*", (503, {"error": {"code": 503, "message": "away"}}, {"Retry-After": "7"}))
    reply = actor.delete(path_of(peer))
    assert reply.status == 502 and reply.error == "peer_refused" and reply.headers["retry-after"] == "7"
    assert "away" in reply.json["error"]["message"]


def test_ending_it_here_alone(actor, play):
    peer = play().befriend(actor)
    told = len(peer.received)
    assert actor.delete(path_of(peer) + "?peer=false").status == 204
    assert len(peer.received) == told + 1
    peer = play().befriend(actor)
    told = len(peer.received)
    assert actor.delete(path_of(peer) + "?peer=true").status == 204
    assert len(peer.received) == told
    assert actor.get("/trust").json == []


def test_there_is_no_trust_with_oneself(actor):
    reply = actor.delete(f"/trust/friend/{actor.id}")
    assert reply.status == 400 and reply.error == "bad_request"


def test_what_came_of_it_ends_with_it(keeper, play):
    actor, peer = keeper.make_actor(), play()
    peer.properties = {"a": 1}
    peer.befriend(actor)
    peer.subscribe(actor)
    assert actor.post("/subscriptions", {"peerid": peer.id, "target": "properties"}).status == 204
    assert actor.get(f"/devtest/attributes/remote:{peer.id}").status == 200
    assert len(actor.get("/subscriptions").json["data"]) == 2
    assert actor.delete(path_of(peer)).status == 204
    assert actor.get("/subscriptions").json["data"] == []
    for bucket in (f"remote:{peer.id}", "_callback_state"):
        assert actor.get(f"/devtest/attributes/{bucket}").status == 404
    # And can begin anew.
    peer.befriend(actor)
    assert shown(actor, peer)["approved"] is True
