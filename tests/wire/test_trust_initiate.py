"""POST /{id}/trust: the owner has the actor ask a peer for a relationship (WIRE 6, 12)."""
import http.client
import json
import re
import threading
import urllib.parse

import pytest

import live
from played import CLOSE, HANG, closed_url
from wire import bearer

META = {"id": "someone", "type": "urn:x"}


def rows(actor):
    return actor.get("/trust").json


def ask(actor, peer, **more):
    return actor.post("/trust", {"url": peer.url, "relationship": "friend", **more})


# ---- as it should go ----


@pytest.mark.parametrize("status, approved", [(202, False), (201, True)])
def test_asking_a_peer(actor, play, status, approved):
    peer = play()
    peer.on("POST", "trust/friend", (status, {}))
    reply = ask(actor, peer, desc="Åse's")
    assert reply.status == 201
    assert reply.headers["location"] == f"{actor.url}/trust/friend/{peer.id}"
    row, = rows(actor)
    assert reply.json == row
    assert (row["approved"], row["peer_approved"], row["verified"]) == (True, approved, True)
    assert (row["id"], row["peerid"], row["baseuri"]) == (actor.id, peer.id, peer.url)
    assert (row["relationship"], row["type"], row["desc"]) == ("friend", "urn:actingweb:test:played", "Åse's")
    assert re.fullmatch("[0-9a-f]{40}", row["secret"]) and re.fullmatch("[0-9a-f]{40}", row["verification_token"])
    assert row["secret"] != row["verification_token"]


def test_what_the_peer_is_asked(actor, play):
    peer = play()
    row = ask(actor, peer, desc="hello").json
    meta, request = peer.received
    assert (meta.method, meta.path, meta.auth) == ("GET", "meta", None)
    assert (request.method, request.path, request.auth) == ("POST", "trust/friend", None)
    assert request.headers["content-type"] == "application/json"
    assert list(request.json) == ["baseuri", "id", "type", "secret", "desc", "verify"]
    assert request.json == {"baseuri": actor.url, "id": actor.id, "type": actor.get("/meta/type").text,
                            "secret": row["secret"], "desc": "hello", "verify": row["verification_token"]}


def test_the_peer_can_verify_before_it_answers(actor, play):
    peer = play()
    seen = []

    def verify(request):
        asked = request.json
        seen.append(actor.ask("GET", f"/trust/friend/{peer.id}", auth=bearer(asked["secret"])))
        assert seen[0].json["verification_token"] == asked["verify"]
        return 202, {}

    peer.on("POST", "trust/friend", verify)
    assert ask(actor, peer).status == 201
    assert seen[0].status == 200


def test_the_default_relationship(actor, play):
    peer = play()
    reply = actor.post("/trust", {"url": peer.url})
    assert reply.status == 201 and reply.json["relationship"] == "associate"
    assert peer.received[1].path == "trust/associate"


@pytest.mark.parametrize("relationship", ["Freund Åse", "a/b?c", "%41", "admin"])
def test_any_word_is_a_relationship(actor, play, relationship):
    peer = play()
    reply = ask(actor, peer, relationship=relationship)
    assert reply.status == 201 and peer.received[1].path == f"trust/{relationship}"
    assert reply.headers["location"] == f"{actor.url}/trust/{urllib.parse.quote(relationship, safe='')}/{peer.id}"


def test_a_form_will_do(actor, play):
    peer = play()
    reply = actor.form("POST", "/trust", {"url": peer.url + "/", "relationship": "friend"}, actor.owner)
    assert reply.status == 201 and reply.json["baseuri"] == peer.url


def test_the_peer_must_be_of_the_type_that_is_asked_for(actor, play):
    peer = play()
    reply = ask(actor, peer, type="urn:lamp")
    assert reply.status == 408 and reply.error == "peer_protocol"
    assert rows(actor) == [] and not peer.heard("POST", ".*")
    assert ask(actor, peer, type="urn:actingweb:test:played").status == 201


def test_answers_that_are_late_are_waited_for(actor, play):
    peer = play()
    go = threading.Event()
    peer.on("POST", "trust/friend", lambda _: go.wait(live.LONG_S) and (202, {}))
    replies = []
    asking = threading.Thread(target=lambda: replies.append(ask(actor, peer)))
    asking.start()
    peer.wait_for("POST", "trust/friend")
    assert actor.get("/meta").status == 200 and not replies
    go.set()
    asking.join()
    assert replies[0].status == 201


# ---- trouble with the peer ----


@pytest.mark.parametrize("answer, word", [
    (404, "peer_refused"), (500, "peer_refused"), (401, "peer_refused"), (CLOSE, "peer_unreachable"),
    ((302, None, {"Location": "/elsewhere"}), "peer_refused"), ((200, b"garbage"), "peer_protocol"),
    ((200, b""), "peer_protocol"), (204, "peer_protocol"), ((200, []), "peer_protocol"), ((200, {}), "peer_protocol"),
    ((200, {"id": "a"}), "peer_protocol"), ((200, {"type": "urn:x"}), "peer_protocol"),
    ((200, {"id": 1, "type": "urn:x"}), "peer_protocol"), ((200, {"id": "..", "type": "urn:x"}), "peer_protocol"),
    ((200, {"id": "a" * 300, "type": "urn:x"}), "peer_protocol"), ((200, b"[" * 10000), "peer_protocol"),
    ((200, {**META, "x": "x" * (20 << 20)}), "peer_protocol"),
], ids=lambda value: str(value)[:40])
def test_trouble_when_meeting_the_peer(actor, play, answer, word):
    peer = play()
    peer.on("GET", "meta", answer)
    reply = ask(actor, peer)
    assert reply.status == 408 and reply.error == word
    assert rows(actor) == [] and {one.method for one in peer.received} == {"GET"}


@pytest.mark.parametrize("answer, word, withdrawn", [
    (400, "peer_refused", False), (403, "peer_refused", False), (404, "peer_refused", False),
    (409, "peer_refused", True), (500, "peer_refused", True), (503, "peer_refused", True),
    ((302, None, {"Location": "/elsewhere"}), "peer_refused", False), ((200, {}), "peer_refused", True),
    (204, "peer_refused", True),
], ids=lambda value: str(value)[:40])
def test_trouble_when_asking_the_peer(actor, play, answer, word, withdrawn):
    """Where the peer may have kept its half, it is asked to forget it."""
    peer = play()
    peer.on("POST", "trust/friend", answer)
    reply = ask(actor, peer)
    assert reply.status == 408 and reply.error == word
    assert rows(actor) == []
    secret = peer.heard("POST", "trust/friend")[0].json["secret"]
    assert [(one.path, one.auth) for one in peer.heard("DELETE", ".*")] == \
        ([(f"trust/friend/{actor.id}", bearer(secret))] if withdrawn else [])
    # Nothing is in the way of the next attempt.
    peer.on("POST", "trust/friend", (202, {}))
    assert ask(actor, peer).status == 201


def test_a_peer_that_breaks_off_may_have_its_half_withdrawn(actor, play):
    peer = play()
    peer.on("POST", "trust/friend", CLOSE)
    reply = ask(actor, peer)
    assert reply.status == 408 and reply.error == "peer_unreachable"
    assert rows(actor) == [] and len(peer.heard("DELETE", f"trust/friend/{actor.id}")) == 1


def test_a_peer_that_breaks_off_and_is_asked_again(actor, play):
    """The request may be sent twice when the connection was an old one. Then the peer has its half already."""
    peer = play()
    peer.on("POST", "trust/friend", CLOSE, 409)
    assert ask(actor, peer).status == 408
    assert rows(actor) == [] and len(peer.heard("DELETE", f"trust/friend/{actor.id}")) == 1


def test_a_peer_that_is_not_there(actor):
    reply = actor.post("/trust", {"url": closed_url(), "relationship": "friend"})
    assert reply.status == 408 and reply.error == "peer_unreachable"
    assert rows(actor) == []


def test_what_speaks_no_http_is_no_peer(actor):
    peer = live.SilentPeer(reply=b"220 mail.example.com ESMTP\r\n")
    releasing = threading.Thread(target=lambda: (peer.wait_for_a_request(), peer.release()))
    releasing.start()
    reply = actor.post("/trust", {"url": peer.url})
    releasing.join()
    peer.close()
    assert reply.status == 408 and reply.error in ("peer_protocol", "peer_unreachable")
    assert rows(actor) == []


def test_the_peers_reason_is_told_but_not_the_secret(actor, play):
    peer = play()
    peer.on("POST", "trust/friend", lambda request: (403, {"error": {"code": 403, "message": "not you"}}))
    assert "not you" in ask(actor, peer).json["error"]["message"]
    peer.on("POST", "trust/friend", lambda request: (403, {"error": {"code": 403, "message": request.json["secret"]}}))
    assert peer.heard("POST", "trust/friend")[0].json["secret"] not in ask(actor, peer).text


def test_the_peers_wish_to_be_asked_later_is_passed_on(actor, play):
    peer = play()
    peer.on("POST", "trust/friend", (429, None, {"Retry-After": "30"}))
    reply = ask(actor, peer)
    assert reply.status == 408 and reply.headers["retry-after"] == "30"


def test_private_addresses_are_refused_on_a_public_server(start, play):
    peer = play()
    actor = start("--root", "https://actors.example.com/").make_actor()
    reply = ask(actor, peer)
    assert reply.status == 408 and reply.error == "peer_address"
    assert rows(actor) == [] and peer.received == []


def test_private_addresses_may_be_allowed(start, play):
    actor = start("--root", "https://actors.example.com/", "--allow-private-peers").make_actor()
    reply = ask(actor, play())
    assert reply.status == 201 and reply.json["baseuri"].startswith("http://127.0.0.1:")


def test_a_client_that_hangs_up_cancels_what_it_asked_for(server, actor, play):
    peer = play()
    peer.on("POST", "trust/friend", HANG)
    connection = http.client.HTTPConnection("localhost", server.port, timeout=live.LONG_S)
    connection.request("POST", f"/{actor.id}/trust", json.dumps({"url": peer.url, "relationship": "friend"}),
                       {"Authorization": actor.owner, "Content-Type": "application/json"})
    peer.wait_for("POST", "trust/friend")
    assert len(rows(actor)) == 1
    connection.close()
    live.wait_until(lambda: rows(actor) == [], "the end of the trust")
    peer.wait_for("DELETE", f"trust/friend/{actor.id}")


# ---- refusals ----


@pytest.mark.parametrize("body", [
    {}, {"url": ""}, {"url": None}, {"url": 1}, {"url": ["http://127.0.0.1/"]}, {"url": "nonsense"},
    {"url": "//host/a"},
    {"url": "ftp://127.0.0.1/a"}, {"url": "file:///etc/passwd"}, {"url": "http://127.0.0.1/a?b=c"},
    {"url": "http://user:pass@127.0.0.1/a"}, {"url": "http://127.0.0.1:0/"}, {"url": "http://127.0.0.1/" + "a" * 5000},
    {"url": "http://127.0.0.1/a\r\nX: y"}, {"url": "{peer}", "relationship": 1}, {"url": "{peer}", "desc": 1},
    {"url": "{peer}", "type": 1}, {"url": "{peer}", "relationship": ".."}, {"url": "{peer}", "relationship": "r" * 256},
    {"url": "{peer}", "relationship": "a\nb"}, {"url": "{peer}", "relationship": ""},
    {"url": "{peer}", "desc": "d" * 3000}, {"relationship": "friend"},
], ids=lambda body: str(body)[:50])
def test_what_cannot_be_asked(actor, play, body):
    peer = play()
    reply = actor.post("/trust", {key: peer.url if value == "{peer}" else value for key, value in body.items()})
    assert reply.status == 400 and reply.error == "bad_request"
    assert rows(actor) == [] and peer.received == []


def test_an_actor_is_no_peer_of_itself(actor):
    reply = actor.post("/trust", {"url": actor.url})
    assert reply.status == 400 and reply.error == "bad_request"
    assert rows(actor) == []


def test_a_repeated_request_replaces_nothing(actor, play):
    peer = play()
    ask(actor, peer)
    before = rows(actor)
    reply = ask(actor, peer, relationship="admin")
    assert reply.status == 409 and reply.error == "exists"
    assert rows(actor) == before
    assert len(peer.heard("POST", ".*")) == 1 and not peer.heard("DELETE", ".*")


def test_neither_when_the_peer_had_asked(actor, play):
    peer = play().befriend(actor, approved=False)
    before = rows(actor)
    assert ask(actor, peer).status == 409
    assert rows(actor) == before
