"""POST /{id}/trust/{relationship}: a peer asks for a relationship (WIRE 6)."""
import re
import threading
import urllib.parse

import pytest

from played import CLOSE, HANG, closed_url

KEYS = ["baseuri", "type", "relationship", "secret", "approved", "peer_approved", "verified", "verification_token",
        "desc", "id", "peerid"]


def rows(actor):
    return actor.get("/trust").json


def test_asking(actor, play):
    peer = play()
    reply = peer.ask_for_trust(actor, "friend", desc="hello")
    assert reply.status == 202 and list(reply.json) == KEYS
    assert reply.headers["location"] == f"{actor.url}/trust/friend/{peer.id}"
    assert reply.headers["content-type"] == "application/json"
    answer = reply.json
    assert re.fullmatch("[0-9a-f]{40}", answer.pop("verification_token"))
    assert answer == {"baseuri": peer.url, "type": "urn:actingweb:test:played", "relationship": "friend",
                      "secret": peer.secret, "approved": "false", "peer_approved": "true", "verified": "true",
                      "desc": "hello", "id": actor.id, "peerid": peer.id}
    verification, = peer.received
    assert (verification.method, verification.path) == ("GET", f"trust/friend/{actor.id}")
    assert verification.auth == peer.auth
    row, = rows(actor)
    assert (row["approved"], row["peer_approved"], row["verified"]) == (False, True, True)


def test_credentials_do_not_matter(actor, play):
    for auth in (actor.owner, "Bearer nonsense", "Basic !!!"):
        reply = actor.ask("POST", "/trust/friend", play().request_body(), auth)
        assert reply.status == 202 and reply.json["approved"] == "false"


def test_a_form_will_do(actor, play):
    peer = play()
    reply = actor.form("POST", "/trust/friend", peer.request_body())
    assert reply.status == 202 and reply.json["verified"] == "true" and reply.json["peerid"] == peer.id


@pytest.mark.parametrize("relationship", ["admin", "creator", "trustee", "Freund Åse", "a/b?c#d", "%41", "100%"])
def test_any_word_is_a_relationship(actor, play, relationship):
    peer = play()
    path = "/trust/" + urllib.parse.quote(relationship, safe="")
    reply = actor.ask("POST", path, peer.request_body())
    assert reply.status == 202 and reply.json["relationship"] == relationship and reply.json["verified"] == "true"
    location = reply.headers["location"]
    assert location == f"{actor.url}{path}/{peer.id}"
    assert actor.get(location[len(actor.url):]).json["relationship"] == relationship
    assert rows(actor)[0]["approved"] is False


@pytest.mark.parametrize("name", ["a", "A-b_c.d~e", "0" * 255])
def test_any_id_is_a_name(actor, play, name):
    peer = play()
    reply = peer.ask_for_trust(actor, id=name)
    assert reply.status == 202 and reply.headers["location"] == f"{actor.url}/trust/friend/{name}"
    assert actor.get(f"/trust/friend/{name}").json["peerid"] == name
    assert actor.delete(f"/trust/friend/{name}").status == 204


@pytest.mark.parametrize("missing", ["type", "desc"])
def test_what_may_be_missing(actor, play, missing):
    peer = play()
    for value in (None, ""):
        reply = peer.ask_for_trust(actor, **{missing: value})
        assert reply.status == 202 and reply.json[missing] == "" and reply.json["verified"] == "true"
        assert actor.delete(f"/trust/friend/{peer.id}").status == 204


@pytest.mark.parametrize("secret", [None, ""])
def test_a_secret_is_made_when_there_is_none(actor, play, secret):
    peer = play()
    reply = peer.ask_for_trust(actor, secret=secret)
    assert reply.status == 202 and reply.json["verified"] == "false"
    assert re.fullmatch("[0-9a-f]{40}", reply.json["secret"])
    assert peer.received == []
    peer.secret = reply.json["secret"]
    assert peer.ask(actor, "POST", f"/trust/friend/{peer.id}", {"approved": True}).status == 204


# ---- verification ----


@pytest.mark.parametrize("verify", [None, "", "another token"])
def test_what_was_not_announced_is_not_verified(actor, play, verify):
    reply = play().ask_for_trust(actor, verify=verify)
    assert reply.status == 202 and reply.json["verified"] == "false"


@pytest.mark.parametrize("answer", [
    (200, {"verification_token": "another"}), (200, {"verification_token": None}), (200, {"verification_token": 1}),
    (200, {}), (200, []), (200, b"garbage"), (200, b""), 204, 500, CLOSE, (200, b"x" * (20 << 20)),
], ids=lambda answer: str(answer)[:40])
def test_a_peer_that_does_not_confirm_stays_unverified(actor, play, answer):
    peer = play()
    peer.on("GET", "trust/.*", answer)
    reply = peer.ask_for_trust(actor)
    assert reply.status == 202 and reply.json["verified"] == "false"
    row, = rows(actor)
    assert row["verified"] is False and row["secret"] == peer.secret


def test_a_redirected_verification_takes_the_secret_nowhere(actor, play):
    peer, other = play(), play()
    other.token = peer.token
    peer.on("GET", "trust/.*", (302, None, {"Location": f"{other.url}/trust/friend/{actor.id}"}))
    reply = peer.ask_for_trust(actor)
    assert reply.status == 202 and reply.json["verified"] == "false"
    assert other.received == []


def test_the_status_of_the_confirmation_does_not_matter(actor, play):
    """A reference that has not approved yet says 403."""
    peer = play()
    peer.on("GET", "trust/.*", (403, {"verification_token": peer.token}))
    assert peer.ask_for_trust(actor).json["verified"] == "true"


def test_a_peer_that_is_not_there_stays_unverified(actor, play):
    peer = play()
    reply = peer.ask_for_trust(actor, baseuri=closed_url())
    assert reply.status == 202 and reply.json["verified"] == "false"


def test_hanging_peers_keep_nobody_waiting(server, actor, play):
    """They are unverified when their time is up; it takes ten seconds."""
    hanging = [play() for _ in range(8)]
    replies = []
    for peer, answer in zip(hanging, [HANG, (200, b'{"verification_token":"tok', {"Content-Length": "99"})] * 4):
        peer.on("GET", "trust/.*", answer)
    asking = [threading.Thread(target=lambda peer=peer: replies.append(peer.ask_for_trust(actor))) for peer in hanging]
    for thread in asking:
        thread.start()
    for peer in hanging:
        peer.wait_for("GET", "trust/.*")
    assert not replies
    assert play().ask_for_trust(actor).json["verified"] == "true"
    assert len(rows(actor)) == 9
    for thread in asking:
        thread.join()
    assert [(one.status, one.json["verified"]) for one in replies] == [(202, "false")] * 8


def test_private_addresses_are_not_called_from_a_public_server(start, play):
    server = start("--root", "https://actors.example.com/")
    actor, peer = server.make_actor(), play()
    reply = peer.ask_for_trust(actor)
    assert reply.status == 202 and reply.json["verified"] == "false"
    assert peer.received == []
    assert reply.headers["location"] == f"https://actors.example.com/{actor.id}/trust/friend/{peer.id}"


# ---- acceptance ----


def test_a_service_accepts_its_default_relationship(start, play):
    server = start("--auto-accept", "--default-relationship", "lodger")
    actor, lodger, admin = server.make_actor(), play(), play()
    reply = lodger.ask_for_trust(actor, "lodger")
    assert reply.status == 201 and reply.json["approved"] == "true"
    assert lodger.ask(actor, "GET", f"/trust/lodger/{lodger.id}").json["approved"] is True
    reply = admin.ask_for_trust(actor, "admin")
    assert reply.status == 202 and reply.json["approved"] == "false"


# ---- refusals ----


@pytest.mark.parametrize("changes", [
    {"baseuri": None}, {"id": None}, {"baseuri": ""}, {"id": ""}, {"baseuri": 1}, {"id": 1}, {"id": ["a"]},
    {"id": True},
    {"secret": 5}, {"secret": {}}, {"verify": 1}, {"desc": 7}, {"type": []}, {"baseuri": "nonsense"}, {"baseuri": "/a"},
    {"baseuri": "ftp://127.0.0.1/a"}, {"baseuri": "file:///etc/passwd"}, {"baseuri": "http://127.0.0.1/a?b"},
    {"baseuri": "http://user:pass@127.0.0.1/a"}, {"baseuri": "http://127.0.0.1:99999/a"}, {"id": "a\u0001b"},
    {"id": "."}, {"id": ".."}, {"id": "a/b"}, {"id": "a b"}, {"id": "a?b"}, {"id": "a%41"}, {"id": "a:b"},
    {"id": "Åse"}, {"id": "a" * 256}, {"secret": "s" * 256}, {"secret": "a\nb"}, {"verify": "v" * 256},
    {"desc": "d" * 3000}, {"type": "t" * 256}, {"type": "a\r\nb"},
], ids=lambda changes: str(changes)[:40])
def test_requests_that_are_refused(actor, play, changes):
    peer = play()
    reply = peer.ask_for_trust(actor, **changes)
    assert reply.status == 400 and reply.error == "bad_request"
    assert "location" not in reply.headers
    assert rows(actor) == [] and peer.received == []


@pytest.mark.parametrize("form, status, code", [
    ("baseuri=%zz&id=a", 400, "bad_request"), ("baseuri=http%3A%2F%2Flocalhost%2F&id=%ff", 400, "bad_request"),
    ("&".join(f"f{number}=" for number in range(600)), 413, "too_large"),
], ids=["a broken escape", "no UTF-8", "too many fields"])
def test_forms_that_cannot_be_read(actor, form, status, code):
    reply = actor.ask("POST", "/trust/friend", form, Content_Type="application/x-www-form-urlencoded")
    assert reply.status == status and reply.error == code
    assert rows(actor) == []


def test_a_query_that_cannot_be_read(actor, play):
    """Half of it must not count: without peer=true the peer would be told."""
    peer = play().befriend(actor)
    reply = actor.delete(f"/trust/friend/{peer.id}?peer=true&x=%zz")
    assert reply.status == 400 and reply.error == "bad_request"
    assert rows(actor) and not peer.heard("DELETE", ".*")


@pytest.mark.parametrize("relationship", ["%2e", "%2e%2e", "a" * 256, "a%0ab"])
def test_words_that_are_none(actor, play, relationship):
    reply = play().ask_for_trust(actor, relationship)
    assert reply.status == 400 and reply.error == "bad_request"
    assert rows(actor) == []


def test_nobody_asks_in_the_actors_own_name(actor, play):
    reply = play().ask_for_trust(actor, id=actor.id)
    assert reply.status == 400 and reply.error == "bad_request"


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "unapproved"])
@pytest.mark.parametrize("relationship", ["friend", "admin"])
def test_a_repeated_request_replaces_nothing(actor, play, approved, relationship):
    """Whoever asks: a stranger who knows a peer's name must not get its place."""
    peer, thief = play().befriend(actor, approved=approved), play()
    before = rows(actor)
    for repeated in (thief.request_body(id=peer.id), thief.request_body(id=peer.id, secret=peer.secret),
                     peer.request_body(secret=None), peer.request_body(secret="a guess")):
        reply = actor.ask("POST", f"/trust/{relationship}", repeated)
        assert reply.status == 409 and reply.error == "exists"
        assert peer.secret not in reply.text
    assert rows(actor) == before
    assert peer.ask(actor, "POST", f"/trust/friend/{peer.id}", {"approved": True}).status == 204
    assert thief.ask(actor, "GET", f"/trust/friend/{peer.id}").status == 403


@pytest.mark.parametrize("approved, status", [(True, 201), (False, 202)], ids=["approved", "unapproved"])
def test_a_peer_that_missed_the_answer_asks_again(actor, play, approved, status):
    """With its secret it is answered as it was, with what is so by now."""
    peer = play()
    peer.on("GET", "trust/.*", 500)
    first = peer.ask_for_trust(actor, desc="hello").json
    if approved:
        actor.put(f"/trust/friend/{peer.id}", {"approved": True})
    peer.ask(actor, "POST", f"/trust/friend/{peer.id}", {"approved": False})
    before = rows(actor)
    peer.on("GET", "trust/.*", (200, {"verification_token": "tomorrow's"}))
    reply = peer.ask_for_trust(actor, desc="another", type="urn:other", verify="tomorrow's")
    assert reply.status == status and list(reply.json) == KEYS
    assert reply.headers["location"] == f"{actor.url}/trust/friend/{peer.id}"
    assert reply.json == {**first, "verified": "true", "approved": str(approved).lower()}
    row, = rows(actor)
    assert row == {**before[0], "verified": True, "peer_approved": True}
    # Once more, and unverifiable: it stays what it is.
    peer.on("GET", "trust/.*", CLOSE)
    assert peer.ask_for_trust(actor).json == reply.json
    assert rows(actor) == [row]


def test_asking_again_for_something_else(actor, play):
    peer = play().befriend(actor)
    before = rows(actor)
    reply = peer.ask_for_trust(actor, "admin")
    assert reply.status == 409 and reply.error == "exists"
    assert rows(actor) == before


def test_asking_again_takes_no_approval_for_granted(start, play):
    """What the owner took back stays so, also where the relationship is accepted from everybody."""
    actor = start("--auto-accept").make_actor()
    peer = play()
    assert peer.ask_for_trust(actor, "associate").status == 201
    assert actor.put(f"/trust/associate/{peer.id}", {"approved": False}).status == 204
    reply = peer.ask_for_trust(actor, "associate")
    assert reply.status == 202 and reply.json["approved"] == "false"


def test_two_peers_never_share_a_secret(actor, play):
    peer, other = play().befriend(actor), play()
    reply = other.ask_for_trust(actor, secret=peer.secret)
    assert reply.status == 403 and reply.error == "forbidden"
    assert [one["peerid"] for one in rows(actor)] == [peer.id]


def test_requests_at_once_make_one_trust(actor, play):
    peer, replies = play(), []
    bodies = [peer.request_body(secret=f"{number:040x}") for number in range(10)]
    asking = [threading.Thread(target=lambda body=body: replies.append(actor.ask("POST", "/trust/friend", body)))
              for body in bodies]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sorted(one.status for one in replies) == [202] + [409] * 9
    accepted = next(one.json for one in replies if one.status == 202)
    row, = rows(actor)
    assert row["secret"] == accepted["secret"]
