"""/{id}/subscriptions: what peers subscribe to here, and what this actor subscribes to at peers (WIRE 7). What becomes
of changes is in test_diffs.py; who may do what in test_access.py."""
import re
import threading

import pytest

import live
from played import CLOSE, HANG
from subscribing import stored


ROW = ["id", "peerid", "subscriptionid", "granularity", "target", "subtarget", "resource", "sequence", "callback"]


def rows(actor, query=""):
    return actor.get(f"/subscriptions{query}").json["data"]


# ---- a peer subscribes ----


def test_subscribing(actor, play):
    peer = play().befriend(actor)
    reply = peer.ask(actor, "POST", f"/subscriptions/{peer.id}", {"id": peer.id, "target": "properties"})
    assert reply.status == 201
    made = reply.json
    assert list(made) == ["subscriptionid", "target", "subtarget", "resource", "granularity", "sequence"]
    assert re.fullmatch("[0-9a-f]{32}", made["subscriptionid"])
    assert reply.headers["location"] == f"{actor.url}/subscriptions/{peer.id}/{made['subscriptionid']}"
    assert made == {"subscriptionid": made["subscriptionid"], "target": "properties", "subtarget": None,
                    "resource": None, "granularity": "none", "sequence": 0}
    row, = rows(actor)
    assert list(row) == ROW
    assert row == {"id": actor.id, "peerid": peer.id, "subscriptionid": made["subscriptionid"], "granularity": "none",
                   "target": "properties", "subtarget": "", "resource": "", "sequence": 0, "callback": False}


@pytest.mark.parametrize("granularity", ["none", "low", "high"])
def test_subscribing_to_a_part(actor, play, granularity):
    peer = play().befriend(actor)
    wanted = {"target": "properties", "subtarget": "profile", "resource": "address/city", "granularity": granularity}
    reply = peer.ask(actor, "POST", f"/subscriptions/{peer.id}", wanted)
    assert reply.status == 201
    assert reply.json == {"subscriptionid": reply.json["subscriptionid"], **wanted, "sequence": 0}
    row, = rows(actor)
    assert {key: row[key] for key in wanted} == wanted


def test_a_peer_may_have_many(actor, play):
    peer = play().befriend(actor)
    ids = [peer.subscribe(actor) for _ in range(5)]
    assert len(set(ids)) == 5
    assert sorted(row["subscriptionid"] for row in rows(actor)) == sorted(ids)


def test_a_form_will_do(actor, play):
    peer = play().befriend(actor)
    reply = actor.form("POST", f"/subscriptions/{peer.id}", {"target": "properties", "granularity": "low"}, peer.auth)
    assert reply.status == 201 and reply.json["granularity"] == "low"


@pytest.mark.parametrize("body", [
    {}, {"target": ""}, {"target": None}, {"target": 1}, {"target": ["properties"]},
    {"target": "properties", "granularity": "often"}, {"target": "properties", "granularity": 1},
    {"target": "properties", "subtarget": 1}, {"target": "properties", "subtarget": "a", "resource": {}},
    {"target": "properties", "resource": "b"}, {"target": "t" * 256}, {"target": "properties", "subtarget": "s" * 256},
], ids=lambda body: str(body)[:50])
def test_subscriptions_that_are_refused(actor, play, body):
    peer = play().befriend(actor)
    reply = peer.ask(actor, "POST", f"/subscriptions/{peer.id}", body)
    assert reply.status == 400 and reply.error == "bad_request"
    assert rows(actor) == [] and "location" not in reply.headers


# ---- seeing them ----


def test_none_at_first(actor, play):
    peer = play().befriend(actor)
    assert actor.get("/subscriptions").json == {"id": actor.id, "data": []}
    for auth in (actor.owner, peer.auth):
        reply = actor.get(f"/subscriptions/{peer.id}", auth=auth)
        assert reply.status == 200 and reply.json == {"id": actor.id, "peerid": peer.id, "data": []}


def test_choosing_among_all(actor, play):
    peer, other = play().befriend(actor), play().befriend(actor)
    all_of_it = peer.subscribe(actor)
    part = peer.subscribe(actor, subtarget="a", resource="b")
    resources = other.subscribe(actor, target="resources", subtarget="a")

    def chosen(path):
        return sorted(row["subscriptionid"] for row in actor.get(f"/subscriptions{path}").json["data"])

    assert chosen("") == sorted([all_of_it, part, resources])
    assert chosen(f"?peerid={peer.id}") == chosen(f"/{peer.id}") == sorted([all_of_it, part])
    assert chosen("?target=resources") == [resources]
    assert chosen("?target=properties&subtarget=a") == [part]
    assert chosen("?subtarget=a") == sorted([part, resources])
    assert chosen("?resource=b") == [part]
    assert chosen("?target=nothing") == []
    assert chosen(f"/{peer.id}?subtarget=a") == [part]
    assert chosen(f"/{peer.id}?target=resources") == []
    # A peer sees its own.
    own = other.ask(actor, "GET", f"/subscriptions/{other.id}").json["data"]
    assert [row["subscriptionid"] for row in own] == [resources]


def test_one_of_them(actor, play):
    peer = play().befriend(actor)
    sub = peer.subscribe(actor, subtarget="a")
    for auth in (actor.owner, peer.auth):
        reply = actor.get(f"/subscriptions/{peer.id}/{sub}", auth=auth)
        assert reply.status == 200
        assert list(reply.json) == ["id", "peerid", "subscriptionid", "target", "subtarget", "resource", "sequence",
                                    "data"]
        assert reply.json == {"id": actor.id, "peerid": peer.id, "subscriptionid": sub, "target": "properties",
                              "subtarget": "a", "resource": "", "sequence": 0, "data": []}


def test_what_is_not_there(actor, play):
    peer, other = play().befriend(actor), play().befriend(actor)
    sub = peer.subscribe(actor)
    for path in (f"{peer.id}/absent", f"{other.id}/{sub}", f"nobody/{sub}", f"{peer.id}/{sub}/1",
                 f"{peer.id}/absent/1"):
        reply = actor.get(f"/subscriptions/{path}")
        assert reply.status == 404 and reply.error == "not_found"
    for number in ("0", "-1", "x", "1.0", "99999999999999999999"):
        reply = actor.get(f"/subscriptions/{peer.id}/{sub}/{number}")
        assert reply.status == 404 and reply.error == "not_found"
    # Another peer's is not reached under one's own name either.
    assert other.ask(actor, "GET", f"/subscriptions/{other.id}/{sub}").status == 404
    assert other.ask(actor, "PUT", f"/subscriptions/{other.id}/{sub}", {"sequence": 0}).status == 404
    assert other.ask(actor, "DELETE", f"/subscriptions/{other.id}/{sub}").status == 204
    assert [row["subscriptionid"] for row in rows(actor)] == [sub]


# ---- ending them ----


@pytest.mark.parametrize("below", ["subscriptions", "callbacks/subscriptions"])
def test_the_subscriber_ends_it(actor, play, below):
    """At the specification's address, or the reference's."""
    peer = play().befriend(actor)
    sub, kept = peer.subscribe(actor), peer.subscribe(actor)
    told = len(peer.received)
    for _ in range(2):  # what is absent has ended already
        reply = peer.ask(actor, "DELETE", f"/{below}/{peer.id}/{sub}")
        assert reply.status == 204 and reply.body == b""
    assert [row["subscriptionid"] for row in rows(actor)] == [kept]
    assert len(peer.received) == told


def test_the_owner_ends_a_peers(actor, play):
    peer = play().befriend(actor)
    sub = peer.subscribe(actor)
    assert actor.delete(f"/subscriptions/{peer.id}/{sub}").status == 204
    request, = peer.heard("DELETE", ".*")
    assert request.path == f"callbacks/subscriptions/{actor.id}/{sub}" and request.auth == peer.auth
    assert rows(actor) == []
    assert actor.delete(f"/subscriptions/{peer.id}/{sub}").status == 204
    assert len(peer.heard("DELETE", ".*")) == 1


@pytest.mark.parametrize("unknown", [404, 405])
def test_a_reference_is_told_at_its_own_address(actor, play, unknown):
    peer = play().befriend(actor)
    peer.on("DELETE", "callbacks/.*", unknown)
    sub = peer.subscribe(actor)
    assert actor.delete(f"/subscriptions/{peer.id}/{sub}").status == 204
    assert [one.path for one in peer.heard("DELETE", ".*")] == [f"callbacks/subscriptions/{actor.id}/{sub}",
                                                               f"subscriptions/{actor.id}/{sub}"]
    assert rows(actor) == []


@pytest.mark.parametrize("answer, word", [(500, "peer_refused"), (403, "peer_refused"), (CLOSE, "peer_unreachable")],
                         ids=str)
def test_a_peer_that_will_not_let_go_keeps_it(actor, play, answer, word):
    peer = play().befriend(actor)
    peer.on("DELETE", ".*", answer)
    sub = peer.subscribe(actor)
    reply = actor.delete(f"/subscriptions/{peer.id}/{sub}")
    assert reply.status == 502 and reply.error == word
    assert [row["subscriptionid"] for row in rows(actor)] == [sub]


# ---- this actor subscribes ----


def subscribe(actor, peer, **more):
    return actor.post("/subscriptions", {"peerid": peer.id, "target": "properties", "granularity": "high", **more})


@pytest.fixture
def subscriber(keeper):
    return keeper.make_actor()


def test_subscribing_at_a_peer(subscriber, play):
    peer = play().befriend(subscriber)
    peer.properties = {"name": "Bob", "address": {"city": "Oslo"}}
    reply = subscribe(subscriber, peer)
    assert reply.status == 204 and reply.body == b""
    row, = rows(subscriber)
    assert reply.headers["location"] == f"{peer.url}/subscriptions/{subscriber.id}/{row['subscriptionid']}"
    assert list(row) == ROW
    assert row == {"id": subscriber.id, "peerid": peer.id, "subscriptionid": row["subscriptionid"],
                   "granularity": "high", "target": "properties", "subtarget": "", "resource": "", "sequence": 0,
                   "callback": True}
    request = peer.heard("POST", "subscriptions/.*")[0]
    assert request.path == f"subscriptions/{subscriber.id}" and request.auth == peer.auth
    assert request.json == {"id": subscriber.id, "target": "properties", "granularity": "high"}
    assert all(one.auth == peer.auth for one in peer.heard("GET", "(subscriptions|properties).*"))
    assert stored(subscriber, peer) == {"name": {"value": "Bob"}, "address": {"city": "Oslo"}}


def test_subscribing_to_a_part_at_a_peer(subscriber, play):
    peer = play().befriend(subscriber)
    peer.properties = {"profile": {"address": {"city": "Oslo"}}, "other": 1}
    part = {"subtarget": "profile", "resource": "address"}
    assert subscribe(subscriber, peer, granularity="low", **part).status == 204
    assert peer.heard("POST", "subscriptions/.*")[0].json == {"id": subscriber.id, "target": "properties", **part,
                                                             "granularity": "low"}
    assert peer.heard("GET", "properties/profile/address")
    assert stored(subscriber, peer) == {"profile": {"address": {"city": "Oslo"}}}


def test_lists_are_fetched_one_by_one(subscriber, play):
    peer = play().befriend(subscriber)
    peer.properties = {"n": {"_list": True, "count": 2}, "a": 1}
    peer.on("GET", "properties/n", (200, ["x", "y"]))
    assert subscribe(subscriber, peer).status == 204
    kept = stored(subscriber, peer)
    assert kept["a"] == {"value": 1} and kept["list:n:0"] == "x" and kept["list:n:1"] == "y"
    assert kept["list:n:meta"]["length"] == 2


def test_it_goes_on_from_the_peers_sequence(subscriber, play):
    peer = play().befriend(subscriber)
    peer.sequence = 41
    assert subscribe(subscriber, peer).status == 204
    row, = rows(subscriber)
    assert row["sequence"] == 41
    assert peer.callback(subscriber, row["subscriptionid"], 42, {"a": 1}).status == 204
    assert stored(subscriber, peer) == {"a": {"value": 1}}


@pytest.mark.parametrize("location", [None, "http://127.0.0.1:9/elsewhere", "{url}/subscriptions/{me}/../../x"])
def test_only_the_peer_itself_says_where_it_is(subscriber, play, location):
    peer = play().befriend(subscriber)
    location = location and location.replace("{url}", peer.url).replace("{me}", subscriber.id)
    peer.on("POST", "subscriptions/.*", (201, {"subscriptionid": "5" * 32}, {"Location": location} if location else {}))
    reply = subscribe(subscriber, peer)
    assert reply.headers["location"] == f"{peer.url}/subscriptions/{subscriber.id}/{'5' * 32}"


@pytest.mark.parametrize("ending", ["the publisher", "the owner", "the trust"])
def test_a_publisher_does_not_reach_another_peers_diffs(subscriber, play, ending):
    """By answering with the id of that peer's subscription here."""
    peer, thief = play().befriend(subscriber), play().befriend(subscriber)
    sub = peer.subscribe(subscriber, "none")
    subscriber.put("/properties/a", "1")
    diffs = subscriber.get(f"/subscriptions/{peer.id}/{sub}").json
    thief.on("POST", "subscriptions/.*", (201, {"subscriptionid": sub}))
    thief.on("GET", "subscriptions/.*", (200, {"sequence": 0}))
    subscribe(subscriber, thief)
    path = f"/subscriptions/{thief.id}/{sub}"
    assert thief.ask(subscriber, "GET", path + "/1").status in (403, 404)
    reply = thief.ask(subscriber, "GET", path)
    assert reply.status == 404 or reply.json["data"] == []
    thief.ask(subscriber, "PUT", path, {"sequence": 0})
    if ending == "the publisher":
        assert thief.ask(subscriber, "DELETE", path).status == 204
    elif ending == "the owner":
        assert subscriber.delete(path).status == 204
    else:
        assert subscriber.delete(f"/trust/friend/{thief.id}").status == 204
    assert diffs["data"] and subscriber.get(f"/subscriptions/{peer.id}/{sub}").json == diffs


@pytest.mark.parametrize("body, status", [
    ({}, 400), ({"peerid": "{peer}"}, 400), ({"target": "properties"}, 400),
    ({"peerid": "", "target": "properties"}, 400),
    ({"peerid": "{peer}", "target": ""}, 400), ({"peerid": 1, "target": "properties"}, 400),
    ({"peerid": "{peer}", "target": 1}, 400),
    ({"peerid": "{peer}", "target": "properties", "granularity": "often"}, 400),
    ({"peerid": "{peer}", "target": "properties", "granularity": 1}, 400),
    ({"peerid": "{peer}", "target": "properties", "subtarget": []}, 400),
    ({"peerid": "{peer}", "target": "properties", "resource": 7}, 400),
    ({"peerid": "{peer}", "target": "properties", "resource": "without/subtarget"}, 400),
    ({"peerid": "{peer}", "target": "..", "granularity": "high"}, 400),
    ({"peerid": "{peer}", "target": "properties", "subtarget": "a", "resource": "../../x"}, 400),
    ({"peerid": "nobody", "target": "properties"}, 404),
], ids=str)
def test_what_cannot_be_subscribed_to(subscriber, play, body, status):
    peer = play().befriend(subscriber)
    told = len(peer.received)
    body = {key: peer.id if value == "{peer}" else value for key, value in body.items()}
    reply = subscriber.post("/subscriptions", body)
    assert reply.status == status and reply.error == {400: "bad_request", 404: "not_found"}[status]
    assert rows(subscriber) == [] and len(peer.received) == told


@pytest.mark.parametrize("answer, word, withdrawn", [
    (403, "peer_refused", False), (500, "peer_refused", False), (CLOSE, "peer_unreachable", False),
    ((200, {"subscriptionid": "5" * 32}), "peer_refused", False), ((201, b"garbage"), "peer_protocol", False),
    ((201, {}), "peer_protocol", True), ((201, {"subscriptionid": "../x"}), "peer_protocol", True),
    ((302, None, {"Location": "/elsewhere"}), "peer_refused", False),
], ids=lambda value: str(value)[:40])
def test_trouble_when_asking(subscriber, play, answer, word, withdrawn):
    peer = play().befriend(subscriber)
    if withdrawn:
        answer = (*answer, {"Location": f"{peer.url}/subscriptions/{subscriber.id}/{'6' * 32}"})
    peer.on("POST", "subscriptions/.*", answer)
    reply = subscribe(subscriber, peer)
    assert reply.status == 408 and reply.error == word
    assert rows(subscriber) == [] and stored(subscriber, peer) == {}
    assert bool(peer.heard("DELETE", "subscriptions/.*")) == withdrawn


@pytest.mark.parametrize("path", ["subscriptions/.*", "properties", "properties/n"])
@pytest.mark.parametrize("answer", [500, CLOSE, (200, b"garbage")], ids=str)
def test_trouble_with_the_baseline(subscriber, play, path, answer):
    """All of it, or nothing on either side."""
    peer = play().befriend(subscriber)
    peer.properties = {"a": 1, "n": {"_list": True, "count": 1}}
    peer.on("GET", "properties/n", (200, ["x"]))
    peer.on("GET", path, answer)
    reply = subscribe(subscriber, peer)
    assert reply.status == 408
    assert reply.error in ("peer_refused", "peer_unreachable", "peer_protocol")
    assert rows(subscriber) == [] and stored(subscriber, peer) == {}
    assert len(peer.heard("DELETE", f"subscriptions/{subscriber.id}/.*")) == 1


def test_ending_it_at_the_peer(subscriber, play):
    peer = play().befriend(subscriber)
    peer.properties = {"a": 1}
    for part in ({}, {"subtarget": "a"}):
        subscribe(subscriber, peer, **part)
    first, last = (row["subscriptionid"] for row in rows(subscriber))
    assert subscriber.delete(f"/subscriptions/{peer.id}/{first}").status == 204
    assert [one.path for one in peer.heard("DELETE", ".*")] == [f"subscriptions/{subscriber.id}/{first}"]
    assert stored(subscriber, peer) == {"a": {"value": 1}}
    # With the last of them what is kept of the peer goes.
    peer.on("DELETE", "subscriptions/.*", 405)
    assert subscriber.delete(f"/subscriptions/{peer.id}/{last}").status == 204
    assert peer.heard("DELETE", ".*")[-1].path == f"callbacks/subscriptions/{subscriber.id}/{last}"
    assert rows(subscriber) == [] and stored(subscriber, peer) == {}
    assert subscriber.get("/devtest/attributes/_callback_state").status == 404


@pytest.mark.parametrize("below", ["subscriptions", "callbacks/subscriptions"])
def test_the_publisher_ends_it(subscriber, play, below):
    peer = play().befriend(subscriber)
    peer.properties = {"a": 1}
    subscribe(subscriber, peer)
    sub = rows(subscriber)[0]["subscriptionid"]
    told = len(peer.received)
    assert peer.ask(subscriber, "DELETE", f"/{below}/{peer.id}/{sub}").status == 204
    assert rows(subscriber) == [] and stored(subscriber, peer) == {}
    assert len(peer.received) == told


def test_one_that_is_cancelled_leaves_nothing(subscriber, play):
    """The owner ends the trust while the peer is still asked."""
    peer = play().befriend(subscriber)
    peer.on("GET", "properties", HANG)
    replies = []
    asking = threading.Thread(target=lambda: replies.append(subscribe(subscriber, peer)))
    asking.start()
    peer.wait_for("GET", "properties")
    assert subscriber.delete(f"/trust/friend/{peer.id}").status == 204
    peer.release()
    asking.join()
    assert replies[0].status in (404, 408)
    assert rows(subscriber) == [] and stored(subscriber, peer) == {}
    live.wait_until(lambda: subscriber.get("/devtest/attributes/_callback_state").status == 404, "the end of its state")
