"""What a subscriber is told of changes: diffs below /{id}/subscriptions/{peer}/{sub}, and callbacks (WIRE 7)."""
import datetime
import json
import re
import time

import pytest

import live
from played import CLOSE, HANG
from wire import Server

NOTHING = "nothing is told"


@pytest.fixture(scope="module")
def in_order(server, tmp_path_factory):
    """A server that sends callbacks in order: a single one always does, several do with --delivery durable."""
    if not live.BEHIND_NGINX:
        yield server
        return
    durable = Server(tmp_path_factory.mktemp("durable"), "--delivery", "durable", "--log-level", "trace")
    yield durable
    assert durable.stop() == 0, durable.err


@pytest.fixture
def actor(in_order):
    return in_order.make_actor()


@pytest.fixture
def peer(actor, play):
    return play().befriend(actor)


def diffs(actor, peer, sub):
    """The stored ones, as (sequence, data)."""
    return [(one["sequence"], one["data"]) for one in actor.get(f"/subscriptions/{peer.id}/{sub}").json["data"]]


def change(actor, method, path, body=None):
    reply = actor.ask(method, path, body if body is None else json.dumps(body), actor.owner)
    assert reply.status in (201, 204), reply


# ---- what a diff holds ----

BEFORE = {"a": 1, "b": {"c": {"d": 1, "e": 2}, "f": 3}, "t": "text"}
PUT_A, PUT_D = ("PUT", "/properties/a", 2), ("PUT", "/properties/b/c/d", 9)
CHANGES = [
    # method, path, body; what is told to a subscriber of everything, of a, of b, of b/c, of b/c/d
    ("PUT", "/properties/a", 2, [{"a": 2}], [2], NOTHING, NOTHING, NOTHING),
    ("PUT", "/properties/a", {"x": [None]}, [{"a": {"x": [None]}}], [{"x": [None]}], NOTHING, NOTHING, NOTHING),
    ("PUT", "/properties/a", "", [{"a": ""}], [""], NOTHING, NOTHING, NOTHING),
    ("PUT", "/properties/a", False, [{"a": False}], [False], NOTHING, NOTHING, NOTHING),
    ("PUT", "/properties/new", 1, [{"new": 1}], NOTHING, NOTHING, NOTHING, NOTHING),
    ("PUT", "/properties/b/c/d", 9, [{"b": {"c": {"d": 9, "e": 2}, "f": 3}}], NOTHING,
     [{"c": {"d": 9, "e": 2}, "f": 3}], [{"d": 9, "e": 2}], [9]),
    ("PUT", "/properties/b/f", 4, [{"b": {"c": {"d": 1, "e": 2}, "f": 4}}], NOTHING, [{"c": {"d": 1, "e": 2}, "f": 4}],
     NOTHING, NOTHING),
    ("PUT", "/properties/b", {"g": 1}, [{"b": {"g": 1}}], NOTHING, [{"g": 1}], [""], [""]),
    ("PUT", "/properties/b", {"c": {"d": {"x": 1}}}, [{"b": {"c": {"d": {"x": 1}}}}], NOTHING, [{"c": {"d": {"x": 1}}}],
     [{"d": {"x": 1}}], [{"x": 1}]),
    ("POST", "/properties", {"a": 2, "new": 3}, [{"a": 2, "new": 3}], [2], NOTHING, NOTHING, NOTHING),
    ("POST", "/properties", {"b": {"c": {"d": 7}}, "a": 2}, [{"b": {"c": {"d": 7}}, "a": 2}], [2], [{"c": {"d": 7}}],
     [{"d": 7}], [7]),
    ("POST", "/properties", {"a": "", "new": 3}, [{"a": ""}, {"new": 3}], [""], NOTHING, NOTHING, NOTHING),
    ("POST", "/properties", {"absent": "", "new": 3}, [{"new": 3}], NOTHING, NOTHING, NOTHING, NOTHING),
    ("POST", "/properties", {"absent": ""}, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    ("DELETE", "/properties/a", None, [{"a": ""}], [""], NOTHING, NOTHING, NOTHING),
    ("DELETE", "/properties/b", None, [{"b": ""}], NOTHING, [""], [""], [""]),
    ("DELETE", "/properties/b/c/d", None, [{"b": {"c": {"e": 2}, "f": 3}}], NOTHING, [{"c": {"e": 2}, "f": 3}],
     [{"e": 2}], [""]),
    ("DELETE", "/properties/b/c", None, [{"b": {"f": 3}}], NOTHING, [{"f": 3}], [""], [""]),
    ("DELETE", "/properties/absent", None, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    ("DELETE", "/properties", None, [{"a": ""}, {"b": ""}, {"t": ""}], [""], [""], [""], [""]),
]


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_what_is_told_of_a_change(actor, peer, row):
    method, path, body, *told = row
    actor.post("/properties", BEFORE)
    subs = [peer.subscribe(actor, "none", **part)
            for part in ({}, {"subtarget": "a"}, {"subtarget": "b"}, {"subtarget": "b", "resource": "c"},
                         {"subtarget": "b", "resource": "c/d"})]
    change(actor, method, path, body)
    for sub, expected in zip(subs, told):
        expected = [] if expected == NOTHING else expected
        assert diffs(actor, peer, sub) == list(enumerate(expected, 1))
        reply = actor.get(f"/subscriptions/{peer.id}/{sub}")
        assert reply.json["sequence"] == len(expected)


def test_what_is_refused_is_not_told(actor, peer):
    change(actor, "PUT", "/properties/a", 1)
    sub = peer.subscribe(actor, "none")
    for method, path, body in (("PUT", "/properties/a", b"null"), ("PUT", "/properties/a/b", b"1"),
                               ("DELETE", "/properties/a/b", None), ("POST", "/properties", b"{"),
                               ("POST", "/properties", b"{}")):
        assert actor.ask(method, path, body, actor.owner).status >= 400
    assert actor.put("/properties/a", "2", auth="Basic !!!").status == 401
    assert diffs(actor, peer, sub) == []


def test_a_text_without_quotes_is_told_as_text(actor, peer):
    all_of_it, part = peer.subscribe(actor, "none"), peer.subscribe(actor, "none", subtarget="a")
    assert actor.put("/properties/a", b"just words").status == 204
    assert diffs(actor, peer, all_of_it) == [(1, {"a": "just words"})]
    assert diffs(actor, peer, part) == [(1, "just words")]


def test_other_targets_are_told_nothing(actor, peer):
    sub = peer.subscribe(actor, "high", target="resources")
    change(actor, *PUT_A)
    assert diffs(actor, peer, sub) == []


def test_each_subscription_counts_for_itself(actor, peer, play):
    early, other = peer.subscribe(actor, "none"), play().befriend(actor)
    change(actor, *PUT_A)
    late, others = peer.subscribe(actor, "none"), other.subscribe(actor, "none")
    change(actor, *PUT_D)
    assert [sequence for sequence, _ in diffs(actor, peer, early)] == [1, 2]
    assert [sequence for sequence, _ in diffs(actor, peer, late)] == [1]
    assert [sequence for sequence, _ in diffs(actor, other, others)] == [1]


FOR_ALL_TO_SEE = {"a": 1, "public": {"x": 2}, "shared": {"y": 3}, "private": {"z": 4}, "_internal": {"w": 5}}


@pytest.mark.parametrize("relationship, told", [
    ("associate", [{"public": {"x": 2}}]),
    ("viewer", [{"public": {"x": 2}, "shared": {"y": 3}}]),
    ("friend", [{"a": 1, "public": {"x": 2}, "shared": {"y": 3}}]),
    ("partner", [{"a": 1, "public": {"x": 2}, "shared": {"y": 3}, "private": {"z": 4}}]),
    ("admin", [{"a": 1, "public": {"x": 2}, "shared": {"y": 3}, "private": {"z": 4}, "_internal": {"w": 5}}]),
])
def test_nobody_is_told_what_it_may_not_read(actor, play, relationship, told):
    peer = play().befriend(actor, relationship)
    sub = peer.subscribe(actor, "high")
    change(actor, "POST", "/properties", FOR_ALL_TO_SEE)
    assert [data for _, data in diffs(actor, peer, sub)] == told
    assert peer.wait_for("POST", "callbacks/.*")[0].json["data"] == told[0]


@pytest.mark.parametrize("part", [{}, {"subtarget": "_internal"}, {"subtarget": "_internal", "resource": "w"}], ids=str)
@pytest.mark.parametrize("relationship", ["associate", "viewer", "friend", "partner", "admin", "lodger"])
def test_nobody_subscribes_to_what_it_may_not_read(actor, play, relationship, part):
    peer = play().befriend(actor, relationship)
    body = {"target": "properties", "granularity": "none", **part}
    reply = peer.ask(actor, "POST", f"/subscriptions/{peer.id}", body)
    if relationship == "admin" or (relationship != "lodger" and not part):
        assert reply.status == 201
    else:
        assert reply.status == 403 and reply.error == "forbidden"
        assert actor.get("/subscriptions").json["data"] == []


@pytest.mark.parametrize("part", [{}, {"subtarget": "_internal"}, {"subtarget": "_internal", "resource": "w"}], ids=str)
def test_nobody_is_told_what_it_may_not_read_any_more(actor, play, part):
    peer = play().befriend(actor, "admin")
    sub = peer.subscribe(actor, "none", **part)
    rules = {"patterns": ["*"], "operations": ["read", "subscribe"], "excluded_patterns": ["_internal/*"]}
    assert actor.put(f"/trust/admin/{peer.id}/permissions", {"properties": rules}).status == 201
    change(actor, "PUT", "/properties/_internal", {"w": 5})
    assert diffs(actor, peer, sub) == []


def test_an_admin_is_told_of_everything_in_each_that_it_polls(actor, play):
    peer = play().befriend(actor, "admin")
    all_of_it = peer.subscribe(actor, "none")
    hidden = peer.subscribe(actor, "none", subtarget="_internal", resource="w")
    change(actor, "POST", "/properties", FOR_ALL_TO_SEE)
    assert [data for _, data in diffs(actor, peer, all_of_it)] == [FOR_ALL_TO_SEE]
    assert [data for _, data in diffs(actor, peer, hidden)] == [5]


def test_a_peer_that_is_not_approved_any_more_is_told_nothing(actor, peer):
    sub = peer.subscribe(actor, "high")
    actor.put(f"/trust/friend/{peer.id}", {"approved": False})
    change(actor, *PUT_A)
    actor.put(f"/trust/friend/{peer.id}", {"approved": True})
    assert diffs(actor, peer, sub) == []
    change(actor, "PUT", "/properties/a", 3)
    assert peer.wait_for("POST", "callbacks/.*")[0].json["data"] == {"a": 3}


# ---- reading and clearing ----


def test_what_is_not_granted_any_more(actor, peer):
    """What a peer may read is decided when it reads."""
    sub = peer.subscribe(actor)
    change(actor, "PUT", "/properties/a", 1)
    change(actor, "POST", "/properties", {"a": 2, "b": 2})
    rules = {"properties": {"patterns": ["*"], "operations": ["read"], "excluded_patterns": ["a"]}}
    change(actor, "PUT", f"/trust/friend/{peer.id}/permissions", rules)
    own = peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{sub}").json
    assert own["sequence"] == 2 and [(one["sequence"], one["data"]) for one in own["data"]] == [(2, {"b": 2})]
    assert peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{sub}/1").status == 404
    assert peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{sub}/2").json["data"] == {"b": 2}
    assert diffs(actor, peer, sub) == [(1, {"a": 1}), (2, {"a": 2, "b": 2})]  # the owner sees all


def test_one_callback_for_a_change(actor, peer):
    """The most specific of several subscriptions is told, and the others see no gap."""
    everything, one = peer.subscribe(actor, granularity="high"), peer.subscribe(actor, subtarget="config",
                                                                                granularity="high")
    for path in ("config", "profile", "config"):
        change(actor, "PUT", f"/properties/{path}", {"x": 1})
    assert diffs(actor, peer, everything) == [(1, {"profile": {"x": 1}})]
    assert diffs(actor, peer, one) == [(1, {"x": 1}), (2, {"x": 1})]


def test_reading_them(actor, peer):
    sub = peer.subscribe(actor, "none", subtarget="a")
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
    for value in (1, "two", {"three": 3}):
        change(actor, "PUT", "/properties/a", value)
    for auth in (actor.owner, peer.auth):
        reply = actor.get(f"/subscriptions/{peer.id}/{sub}", auth=auth)
        assert reply.json["sequence"] == 3
        assert [list(one) for one in reply.json["data"]] == [["sequence", "timestamp", "data"]] * 3
        assert [one["data"] for one in reply.json["data"]] == [1, "two", {"three": 3}]
    for one in reply.json["data"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", one["timestamp"])
        at = datetime.datetime.fromisoformat(one["timestamp"].replace("Z", "+00:00"))
        assert before <= at <= datetime.datetime.now(datetime.timezone.utc)
    for _ in range(2):  # reading deletes nothing
        single = peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{sub}/2")
        assert single.status == 200
        assert list(single.json) == ["id", "peerid", "subscriptionid", "timestamp", "target", "subtarget", "resource",
                                     "sequence", "data"]
        assert single.json == {"id": actor.id, "peerid": peer.id, "subscriptionid": sub, "target": "properties",
                               "subtarget": "a", "resource": "", **reply.json["data"][1]}
    for absent in (4, 0):
        assert actor.get(f"/subscriptions/{peer.id}/{sub}/{absent}").status == 404


@pytest.fixture
def three(actor, peer):
    """A subscription with three diffs."""
    sub = peer.subscribe(actor, "none")
    for value in (1, 2, 3):
        change(actor, "PUT", "/properties/a", value)
    return sub


@pytest.mark.parametrize("sequence, left", [(0, []), (1, [2, 3]), (2, [3]), (3, []), (99, [])])
@pytest.mark.parametrize("as_query", [True, False], ids=["query", "body"])
def test_clearing(actor, peer, three, sequence, left, as_query):
    path = f"/subscriptions/{peer.id}/{three}"
    for _ in range(2):
        if as_query:
            reply = actor.ask("PUT", f"{path}?sequence={sequence}", None, peer.auth)
        else:
            reply = peer.ask(actor, "PUT", path, {"sequence": sequence})
        assert reply.status == 204 and reply.body == b""
        assert [number for number, _ in diffs(actor, peer, three)] == left
    assert actor.get(path).json["sequence"] == 3
    change(actor, "PUT", "/properties/a", 4)
    assert diffs(actor, peer, three)[-1] == (4, {"a": 4})


@pytest.mark.parametrize("body", [{}, {"sequence": None}, {"sequence": "x"}, {"sequence": -1}, {"sequence": 1.5},
                                  {"sequence": []}, {"sequence": True}, {"sequence": ""}])
def test_what_clears_nothing(actor, peer, three, body):
    reply = peer.ask(actor, "PUT", f"/subscriptions/{peer.id}/{three}", body)
    assert reply.status == 400 and reply.error == "bad_request"
    assert len(diffs(actor, peer, three)) == 3


@pytest.mark.parametrize("sequence", ["", "x", "-1", "1.5", "99999999999999999999"])
def test_what_clears_nothing_by_query(actor, peer, three, sequence):
    reply = actor.ask("PUT", f"/subscriptions/{peer.id}/{three}?sequence={sequence}", None, peer.auth)
    assert reply.status == 400 and reply.error == "bad_request"
    assert len(diffs(actor, peer, three)) == 3


def test_clearing_what_is_not_there(actor, peer, three):
    for path in (f"{peer.id}/absent", f"nobody/{three}"):
        reply = actor.put(f"/subscriptions/{path}", {"sequence": 0})
        assert reply.status == 404 and reply.error == "not_found"
    assert len(diffs(actor, peer, three)) == 3


# ---- callbacks ----


def test_high_granularity_sends_the_data(actor, peer):
    sub = peer.subscribe(actor, "high")
    change(actor, *PUT_A)
    callback, = peer.wait_for("POST", "callbacks/.*")
    assert callback.path == f"callbacks/subscriptions/{actor.id}/{sub}"
    assert callback.auth == peer.auth and callback.headers["content-type"] == "application/json"
    body = callback.json
    assert list(body) == ["id", "subscriptionid", "target", "sequence", "timestamp", "granularity", "data"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", body.pop("timestamp"))
    assert body == {"id": actor.id, "subscriptionid": sub, "target": "properties", "sequence": 1, "granularity": "high",
                    "data": {"a": 2}}


def test_low_granularity_sends_a_link(actor, peer):
    sub = peer.subscribe(actor, "low", subtarget="a")
    change(actor, *PUT_A)
    callback, = peer.wait_for("POST", "callbacks/.*")
    body = callback.json
    assert list(body) == ["id", "subscriptionid", "target", "sequence", "timestamp", "granularity", "subtarget", "url"]
    assert body["url"] == f"{actor.url}/subscriptions/{peer.id}/{sub}/1"
    assert body["granularity"] == "low" and body["subtarget"] == "a"
    linked = peer.ask(actor, "GET", body["url"][len(actor.url):])
    assert linked.json["data"] == 2 and linked.json["timestamp"] == body["timestamp"].replace(" ", "T") + "Z"


def test_the_part_is_named(actor, peer):
    peer.subscribe(actor, "high", subtarget="b", resource="c/d")
    change(actor, *PUT_D)
    body = peer.wait_for("POST", "callbacks/.*")[0].json
    assert list(body) == ["id", "subscriptionid", "target", "sequence", "timestamp", "granularity", "subtarget",
                          "resource", "data"]
    assert (body["subtarget"], body["resource"], body["data"]) == ("b", "c/d", 9)


def test_no_granularity_sends_nothing(actor, peer):
    quiet, loud = peer.subscribe(actor, "none"), peer.subscribe(actor, "high")
    for _ in range(3):
        change(actor, *PUT_A)
    peer.wait_for("POST", f"callbacks/.*/{loud}", 3)
    assert not peer.heard("POST", f"callbacks/.*/{quiet}")
    assert len(diffs(actor, peer, quiet)) == 3


def test_each_peer_is_told_once_by_its_most_specific_subscription(actor, peer, play):
    other = play().befriend(actor)
    whole, part, deep = (peer.subscribe(actor, "high"), peer.subscribe(actor, "high", subtarget="b"),
                         peer.subscribe(actor, "low", subtarget="b", resource="c"))
    others = other.subscribe(actor, "high")
    changes = [PUT_D, PUT_A, ("PUT", "/properties/b/f", 3), ("DELETE", "/properties/b/c/d", None)]
    for row in changes:
        change(actor, *row)
    callbacks = other.wait_for("POST", f"callbacks/.*/{others}", 4)
    assert [one.json["sequence"] for one in callbacks] == [1, 2, 3, 4]
    assert callbacks[1].json["data"] == {"a": 2} and callbacks[0].auth == other.auth
    peer.wait_for("POST", f"callbacks/.*/{deep}", 2)
    told = [one.json for sub in (whole, part, deep) for one in peer.wait_for("POST", f"callbacks/.*/{sub}")]
    assert [(one["subscriptionid"], one["sequence"]) for one in told] == [(whole, 1), (part, 1), (deep, 1)]
    assert told[0]["data"] == {"a": 2} and told[1]["data"]["f"] == 3 and told[2]["url"].endswith(f"/{deep}/1")
    assert len(peer.heard("POST", "callbacks/.*")) == len(changes)


def test_they_come_one_by_one_and_in_order(actor, peer):
    peer.subscribe(actor, "high")
    at_once, most = [0], []

    def count(_):
        at_once[0] += 1
        most.append(at_once[0])
        time.sleep(0.002)
        at_once[0] -= 1
        return 204

    peer.on("POST", "callbacks/.*", count)
    for value in range(50):
        change(actor, "PUT", "/properties/a", value)
    callbacks = peer.wait_for("POST", "callbacks/.*", 50)
    assert [one.json["sequence"] for one in callbacks] == list(range(1, 51))
    assert [one.json["data"]["a"] for one in callbacks] == list(range(50))
    assert set(most) == {1}


@pytest.mark.parametrize("status", [200, 204, 500, 404])
def test_the_diff_stays_until_it_is_cleared(server, play, status):
    actor = server.make_actor()
    peer = play().befriend(actor)
    peer.on("POST", "callbacks/.*", status)
    sub = peer.subscribe(actor, "high")
    for value in (1, 2):
        change(actor, "PUT", "/properties/a", value)
    peer.wait_for("POST", "callbacks/.*", 2)
    assert diffs(actor, peer, sub) == [(1, {"a": 1}), (2, {"a": 2})]


@pytest.mark.parametrize("answer", [500, 429, 404, CLOSE, (302, None, {"Location": "/elsewhere"})], ids=str)
def test_once_is_one_try(server, play, answer):
    """Of a server with --delivery once, which is the default; the next one is sent all the same."""
    actor = server.make_actor()
    peer = play().befriend(actor)
    peer.on("POST", "callbacks/.*", answer, 204)
    peer.subscribe(actor, "high")
    change(actor, "PUT", "/properties/a", 1)
    live.wait_until(lambda: peer.heard("POST", "callbacks/.*"), "the first callback")
    change(actor, "PUT", "/properties/a", 2)
    live.wait_until(lambda: 2 in [one.json["sequence"] for one in peer.heard("POST", "callbacks/.*")], "the second")
    if answer != CLOSE:  # what was sent on a connection that was closed meanwhile may be sent again
        assert [one.json["sequence"] for one in peer.heard("POST", "callbacks/.*")] == [1, 2]


def test_nobody_waits_for_another_peer(actor, peer, play):
    other = play().befriend(actor)
    peer.on("POST", "callbacks/.*", HANG)
    peer.subscribe(actor, "high")
    other.subscribe(actor, "high")
    for value in range(5):
        change(actor, "PUT", "/properties/a", value)
    other.wait_for("POST", "callbacks/.*", 5)
    assert len(peer.heard("POST", "callbacks/.*")) == 1


def test_a_subscription_that_has_ended_is_not_called(actor, peer):
    ended, kept = peer.subscribe(actor, "high"), peer.subscribe(actor, "high")
    peer.ask(actor, "DELETE", f"/subscriptions/{peer.id}/{ended}")
    change(actor, *PUT_A)
    peer.wait_for("POST", f"callbacks/.*/{kept}")
    assert not peer.heard("POST", f"callbacks/.*/{ended}")


def test_a_peer_that_writes_is_told_too(actor, peer, play):
    """A change is a change, whoever made it."""
    other = play().befriend(actor)
    other.subscribe(actor, "high")
    assert peer.ask(actor, "PUT", "/properties/a", b"5").status == 204
    assert other.wait_for("POST", "callbacks/.*")[0].json["data"] == {"a": 5}
