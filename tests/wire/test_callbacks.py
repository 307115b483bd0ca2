"""/{id}/callbacks/subscriptions: what publishers send to this actor, and that it is kept in order (WIRE 8). What has to
be fetched for it is in test_callbacks_fetched.py, who is listened to in test_access.py."""
import gzip
import json

import pytest

import live
from subscribing import kept, send, sequence, state, stored, subscribe, subscriber_at, waiting
from wire import bearer


@pytest.fixture
def publisher(play):
    return play()


@pytest.fixture
def subscriber(keeper, publisher):
    """An actor that subscribes to all properties of the publisher."""
    return subscriber_at(keeper, publisher)


# ---- in order ----


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_comes_is_kept(subscriber, publisher, method):
    reply = send(publisher, subscriber, 1, {"a": 1, "b": {"c": [2]}}, method=method)
    assert reply.status == 204 and reply.body == b""
    assert stored(subscriber, publisher) == {"a": {"value": 1}, "b": {"c": [2]}}
    assert sequence(subscriber) == 1
    assert send(publisher, subscriber, 2, {"b": {"d": 3}}, method=method).status == 204
    assert kept(subscriber, publisher) == {"a": 1, "b": {"d": 3}}
    assert send(publisher, subscriber, 3, {"a": ""}, method=method).status == 204
    assert kept(subscriber, publisher) == {"b": {"d": 3}}
    assert sequence(subscriber) == 3


def test_a_form_of_texts_for_numbers(subscriber, publisher):
    """The sequence may be a text of digits."""
    assert send(publisher, subscriber, "1", {"a": 1}).status == 204
    assert sequence(subscriber) == 1


@pytest.mark.parametrize("part, data, expected", [
    ({"subtarget": "a"}, 5, {"a": 5}),
    ({"subtarget": "a"}, "text", {"a": "text"}),
    ({"subtarget": "a"}, False, {"a": False}),
    ({"subtarget": "a"}, {"x": 1}, {"a": {"x": 1}}),
    ({"subtarget": "a"}, "", {}),
    ({"subtarget": "a", "resource": "x/y"}, 7, {"a": {"x": {"y": 7}}}),
])
def test_parts_may_be_any_value(keeper, publisher, part, data, expected):
    actor = subscriber_at(keeper, publisher, **part)
    assert send(publisher, actor, 1, data).status == 204
    assert kept(actor, publisher) == expected


def test_a_duplicate_is_dropped(subscriber, publisher):
    send(publisher, subscriber, 1, {"a": 1})
    send(publisher, subscriber, 2, {"a": 2})
    for number in (1, 2, 1):
        assert send(publisher, subscriber, number, {"a": "again"}).status == 204
    assert state(subscriber, publisher) == ({"a": 2}, [], 2)


def test_subscriptions_count_for_themselves(subscriber, publisher):
    other = subscribe(subscriber, publisher, subtarget="b")
    send(publisher, subscriber, 1, {"a": 1})
    send(publisher, subscriber, 2, {"a": 2})
    assert publisher.callback(subscriber, other, 1, 9).status == 204
    assert kept(subscriber, publisher) == {"a": 2, "b": 9}
    assert sequence(subscriber) == 2 and sequence(subscriber, other) == 1


# ---- out of order ----


def test_a_gap_is_waited_for_and_drained(subscriber, publisher):
    send(publisher, subscriber, 1, {"a": 1})
    for number in (4, 3, 4):
        assert send(publisher, subscriber, number, {"a": number, f"k{number}": 1}).status == 204
    assert state(subscriber, publisher) == ({"a": 1}, [3, 4], 1)
    assert send(publisher, subscriber, 2, {"a": 2}).status == 204
    assert state(subscriber, publisher) == ({"a": 4, "k3": 1, "k4": 1}, [], 4)


def test_draining_stops_at_the_next_gap(subscriber, publisher):
    for number in (2, 4, 5):
        send(publisher, subscriber, number, {"a": number})
    assert waiting(subscriber, publisher) == [2, 4, 5]
    send(publisher, subscriber, 1, {"a": 1})
    assert state(subscriber, publisher) == ({"a": 2}, [4, 5], 2)
    send(publisher, subscriber, 3, {"a": 3})
    assert state(subscriber, publisher) == ({"a": 5}, [], 5)


def test_a_full_queue_is_429(subscriber, publisher):
    """Of a server with --max-pending 3."""
    for number in (2, 3, 4):
        assert send(publisher, subscriber, number, {"a": number}).status == 204
    reply = send(publisher, subscriber, 5, {"a": 5})
    assert reply.status == 429 and reply.error == "busy" and int(reply.headers["retry-after"]) >= 1
    assert send(publisher, subscriber, 3, {"a": "again"}).status == 204  # a duplicate needs no room
    assert state(subscriber, publisher) == ({}, [2, 3, 4], 0)
    assert send(publisher, subscriber, 1, {"a": 1}).status == 204
    assert send(publisher, subscriber, 5, {"a": 5}).status == 204
    assert state(subscriber, publisher) == ({"a": 5}, [], 5)


def test_what_waited_ends_with_the_subscription(subscriber, publisher):
    send(publisher, subscriber, 2, {"a": 2})
    assert publisher.ask(subscriber, "DELETE", f"/subscriptions/{publisher.id}/{subscriber.subscription}").status == 204
    assert subscriber.get("/devtest/attributes/_callback_state").status == 404


# ---- what leaves something open ----


@pytest.mark.parametrize("before, data, now", [
    ({"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}, {"a": {"x": 3, "y": 2}}),  # a part
    ({"a": {"x": 1, "y": 2}}, {"a": {"y": ""}}, {"a": {"x": 1}}),  # a part that is gone
    ({"l": [1, 2]}, {"l": "[Bulk update: 1 items updated, 0 items deleted]"}, {"l": [1, 3]}),
    ({"l": [1, 2]}, {"l": {"action": "add", "index": 7, "value": 8}}, {"l": [1, 2, 8]}),
    ({"l": [1]}, {"l": {"list": "l", "operation": "append", "length": 5, "item": 2}}, {"l": [5, 4, 3, 2, 1]}),
])
def test_what_is_not_enough_is_fetched(start, publisher, before, data, now):
    """From a publisher that does not say that its values are whole."""
    def as_property(value):
        return {"_list": True, "items": value} if isinstance(value, list) else value

    server = start("--devtest", "--subscription-processing", "--gap-timeout-s", "1")
    publisher.properties = {name: as_property(value) for name, value in before.items()}
    actor = subscriber_at(server, publisher)
    publisher.properties = {name: as_property(value) for name, value in now.items()}
    publisher.sequence = 1
    assert send(publisher, actor, 1, data, whole=False).status == 204

    def has_it():
        rows = stored(actor, publisher)
        items = [rows[name] for name in sorted(rows) if name.startswith("list:l:") and name != "list:l:meta"]
        return rows == now or items == now.get("l", None)

    live.wait_until(has_it, "the baseline")
    assert sequence(actor) == 1


# ---- refusals ----


def filled(body, publisher):
    return {key: value.replace("{url}", publisher.url) if isinstance(value, str) else value
            for key, value in body.items()}

@pytest.mark.parametrize("body", [
    {}, {"sequence": 1}, {"sequence": 1, "data": None}, {"data": {"a": 1}}, {"sequence": "x", "data": {"a": 1}},
    {"sequence": 0, "data": {"a": 1}}, {"sequence": -1, "data": {"a": 1}}, {"sequence": 1.5, "data": {"a": 1}},
    {"sequence": [], "data": {"a": 1}}, {"sequence": True, "data": {"a": 1}}, {"sequence": None, "data": {"a": 1}},
    {"sequence": 1, "data": 5}, {"sequence": 1, "data": "text"}, {"sequence": 1, "data": [1]},
    {"sequence": 1, "url": 5},
    {"type": "resync"}, {"type": "resync", "sequence": -1}, {"url": "{url}/x"},
], ids=str)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_callbacks_that_are_none(subscriber, publisher, body, method):
    body = filled(body, publisher)
    told = len(publisher.received)
    path = f"/callbacks/subscriptions/{publisher.id}/{subscriber.subscription}"
    reply = publisher.ask(subscriber, method, path, body)
    assert reply.status == 400 and reply.error == "bad_request"
    assert state(subscriber, publisher) == ({}, [], 0) and len(publisher.received) == told


@pytest.mark.parametrize("more", [{"data": {"a": 1}}, {"type": "resync"}, {"url": "{url}/x"}], ids=str)
def test_subscriptions_that_are_not_ours(subscriber, publisher, play, more):
    """Unknown, another peer's, and one in the other direction."""
    other = play().befriend(subscriber)
    theirs = publisher.subscribe(subscriber)
    more = filled(more, publisher)
    for peer, subscription in ((publisher, "0" * 32), (other, subscriber.subscription), (publisher, theirs)):
        reply = peer.callback(subscriber, subscription, 1, **more)
        assert reply.status == 404 and reply.error == "not_found"
    assert kept(subscriber, publisher) == {} and kept(subscriber, other) == {}


def test_the_names_in_the_path_count(subscriber, publisher):
    """Not those in the body."""
    reply = send(publisher, subscriber, 1, {"a": 1}, id="someone", subscriptionid="other", target="elsewhere")
    assert reply.status == 204 and kept(subscriber, publisher) == {"a": 1}


# ---- without processing ----


def test_without_processing_nothing_is_kept(actor, publisher, play):
    publisher.befriend(actor)
    actor.subscription = subscribe(actor, publisher)
    for number in (1, 1, 5):
        reply = send(publisher, actor, number, {"a": 1})
        assert reply.status == 204
    assert send(publisher, actor, 9, type="resync").status == 204
    assert send(publisher, actor, 6, granularity="low", url=f"{publisher.url}/subscriptions/x").status == 204
    assert sequence(actor) == 0 and not publisher.heard("GET", "subscriptions/x")
    assert send(publisher, actor, 6, granularity="low", url=play().url).status == 400
    assert publisher.callback(actor, "0" * 32, 1, {"a": 1}).status == 404
    reply = publisher.ask(actor, "POST", f"/callbacks/subscriptions/{publisher.id}/{actor.subscription}", {})
    assert reply.status == 400


def test_anybodys_callback_is_refused(subscriber, publisher, play):
    """With junk, another peer's secret, or none: the reference listens to all of them."""
    other = play().befriend(subscriber)
    path = f"/callbacks/subscriptions/{publisher.id}/{subscriber.subscription}"
    body = {"sequence": 1, "data": {"a": "forged"}}
    for auth, status in ((None, 401), (bearer("junk"), 403), (other.auth, 403), (subscriber.owner, 403)):
        for method in ("POST", "PUT"):
            assert subscriber.ask(method, path, body, auth).status == status
    assert state(subscriber, publisher) == ({}, [], 0)


# ---- packed bodies ----


def packed(publisher, subscriber, body, coding="gzip"):
    path = f"/callbacks/subscriptions/{publisher.id}/{subscriber.subscription}"
    return publisher.ask(subscriber, "POST", path, body, Content_Type="application/json", Content_Encoding=coding)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_a_callback_in_gzip(subscriber, publisher, coding):
    body = json.dumps({"sequence": 1, "data": {"long": "x" * 100_000}}).encode()
    assert packed(publisher, subscriber, gzip.compress(body), coding).status == 204
    assert kept(subscriber, publisher) == {"long": "x" * 100_000}
    assert send(publisher, subscriber, 2, {"long": "short"}).status == 204  # both ways at any time
    assert kept(subscriber, publisher) == {"long": "short"}


@pytest.mark.parametrize("body, coding, status", [
    (gzip.compress(b'{"sequence":1,"data":{"a":1}}')[:-4], "gzip", 400),
    (b'{"sequence":1,"data":{"a":1}}', "gzip", 400),
    (gzip.compress(b'{"sequence":1,'), "gzip", 400),
    (gzip.compress(b" " * 3_000_000), "gzip", 413),
    (gzip.compress(gzip.compress(b'{"sequence":1,"data":{"a":1}}')), "gzip, gzip", 415),
    (b"anything", "br", 415),
    (b"anything", "deflate", 415),
], ids=["cut", "none", "bad JSON", "bomb", "twice", "br", "deflate"])
def test_packed_bodies_that_are_refused(subscriber, publisher, body, coding, status):
    reply = packed(publisher, subscriber, body, coding)
    assert reply.status == status and reply.error
    assert (reply.headers.get("accept-encoding") == "gzip") == (status == 415)
    assert state(subscriber, publisher) == ({}, [], 0)


def test_other_bodies_in_gzip(actor):
    reply = actor.put("/properties/a", gzip.compress(b'{"b":1}'), Content_Encoding="gzip")
    assert reply.status == 204 and actor.get("/properties/a").json == {"b": 1}
    assert actor.put("/properties/a", b"", Content_Encoding="gzip").status == 204  # nothing is nothing
    assert actor.get("/properties/a", Content_Encoding="br").status == 404
