"""Callbacks for which something has to be fetched: links, of low granularity, and resyncs (WIRE 8)."""
import http.client
import json

import pytest

import live
from played import CLOSE, HANG, closed_url
from subscribing import FLAGS, kept, send, sequence, state, subscriber_at
from wire import Server


@pytest.fixture
def publisher(play):
    return play()


@pytest.fixture
def subscriber(keeper, publisher):
    """An actor that subscribes to all properties of the publisher."""
    return subscriber_at(keeper, publisher)


# ---- resync ----


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A server that waits but a second for a missing callback."""
    server = Server(tmp_path_factory.mktemp("impatient"), *FLAGS, "--gap-timeout-s", "1")
    yield server
    assert server.stop() == 0, server.err


def test_a_gap_that_lasts_is_closed_by_a_resync(impatient, publisher):
    actor = subscriber_at(impatient, publisher)
    send(publisher, actor, 1, {"a": 1, "gone": 1})
    publisher.properties = {"a": 3, "b": {"c": 3}}
    publisher.sequence = 3
    asked = len(publisher.heard("GET", "properties"))
    assert send(publisher, actor, 3, {"a": 3}).status == 204
    live.wait_until(lambda: sequence(actor) == 3, "the resync")
    assert state(actor, publisher) == ({"a": 3, "b": {"c": 3}}, [], 3)
    assert len(publisher.heard("GET", "properties")) == asked + 1
    assert publisher.heard("GET", "subscriptions/.*")[-1].auth == publisher.auth
    # The missing one is old news now.
    assert send(publisher, actor, 2, {"a": 2}).status == 204
    assert send(publisher, actor, 4, {"a": 4}).status == 204
    assert state(actor, publisher) == ({"a": 4, "b": {"c": 3}}, [], 4)


def test_a_gap_that_closes_in_time_needs_no_resync(impatient, publisher):
    actor, other = subscriber_at(impatient, publisher), subscriber_at(impatient, publisher)
    asked = len(publisher.heard("GET", ".*"))
    for number in (2, 1):
        assert send(publisher, actor, number, {"a": number}).status == 204
    # Another one's gap begins later, so that the first one's time is up when this one's is.
    assert send(publisher, other, 2, {"a": 2}).status == 204
    publisher.sequence = 2
    live.wait_until(lambda: sequence(other) == 2, "the other one's resync")
    assert kept(actor, publisher) == {"a": 2}
    assert {one.path for one in publisher.heard("GET", ".*")[asked:]} == \
        {f"subscriptions/{other.id}/{other.subscription}", "properties"}


def test_a_resync_is_tried_again(impatient, publisher):
    actor = subscriber_at(impatient, publisher)
    publisher.properties, publisher.sequence = {"a": 2}, 2
    publisher.on("GET", "properties", 500, CLOSE, (200, {"a": 2}))
    send(publisher, actor, 2, {"a": 2})
    live.wait_until(lambda: sequence(actor) == 2, "the resync")
    assert state(actor, publisher) == ({"a": 2}, [], 2)


def test_callbacks_during_a_resync_are_not_lost(impatient, publisher):
    actor = subscriber_at(impatient, publisher)
    publisher.sequence = 2

    def answer(_):
        properties = {"a": publisher.sequence, "b": 2}
        while publisher.sequence < 4:
            publisher.sequence += 1
            assert send(publisher, actor, publisher.sequence, {"a": publisher.sequence}).status == 204
        return 200, properties

    publisher.on("GET", "properties", answer)
    send(publisher, actor, 2, {"a": 2})
    live.wait_until(lambda: sequence(actor) == 4, "the resync")
    assert state(actor, publisher) == ({"a": 4, "b": 2}, [], 4)


def test_the_publisher_may_ask_for_a_resync(subscriber, publisher):
    send(publisher, subscriber, 1, {"a": 1, "gone": 1})
    send(publisher, subscriber, 3, {"a": 3})
    publisher.properties = {"a": 9}
    reply = send(publisher, subscriber, 9, type="resync", url=f"{publisher.url}/properties")
    assert reply.status == 204
    assert state(subscriber, publisher) == ({"a": 9}, [], 9)
    assert send(publisher, subscriber, 10, {"b": 10}).status == 204
    assert state(subscriber, publisher) == ({"a": 9, "b": 10}, [], 10)


def test_a_resync_may_begin_anew(subscriber, publisher):
    """After the publisher's restart, say."""
    for number in range(1, 4):
        send(publisher, subscriber, number, {"a": number})
    publisher.properties = {"a": "new"}
    assert send(publisher, subscriber, 0, type="resync", url=f"{publisher.url}/properties").status == 204
    assert sequence(subscriber) == 0
    assert send(publisher, subscriber, 1, {"a": "newer"}).status == 204
    assert kept(subscriber, publisher) == {"a": "newer"}


@pytest.mark.parametrize("answer", [500, CLOSE, (200, b"garbage"), 401], ids=str)
def test_a_resync_that_fails_changes_nothing(subscriber, publisher, answer):
    send(publisher, subscriber, 1, {"a": 1})
    publisher.on("GET", "properties", answer)
    reply = send(publisher, subscriber, 9, type="resync", url=f"{publisher.url}/properties")
    assert reply.status == 503 and reply.error == "peer_unreachable" and int(reply.headers["retry-after"]) >= 1
    assert state(subscriber, publisher) == ({"a": 1}, [], 1)
    publisher.on("GET", "properties", (200, {"a": 9}))
    assert send(publisher, subscriber, 9, type="resync", url=f"{publisher.url}/properties").status == 204
    assert state(subscriber, publisher) == ({"a": 9}, [], 9)


def test_a_resync_of_a_part(keeper, publisher):
    actor = subscriber_at(keeper, publisher, subtarget="profile")
    publisher.properties = {"profile": {"name": "Bob"}, "other": 1}
    assert send(publisher, actor, 4, type="resync", subtarget="profile",
                url=f"{publisher.url}/properties/profile").status == 204
    assert kept(actor, publisher) == {"profile": {"name": "Bob"}} and sequence(actor) == 4


# ---- low granularity ----


def link(publisher, actor, number):
    return f"{publisher.url}/subscriptions/{actor.id}/{actor.subscription}/{number}"


def send_link(publisher, actor, number, url=None):
    return send(publisher, actor, number, granularity="low", url=url or link(publisher, actor, number))


def test_a_link_is_followed_and_acknowledged(subscriber, publisher):
    publisher.on("GET", "subscriptions/.*/1", (200, {"sequence": 1, "data": {"a": 1}}))
    assert send_link(publisher, subscriber, 1).status == 204
    assert state(subscriber, publisher) == ({"a": 1}, [], 1)
    fetch, = publisher.heard("GET", "subscriptions/.*/1")
    cleared, = publisher.heard("PUT", ".*")
    assert fetch.auth == publisher.auth and cleared.auth == publisher.auth
    assert cleared.path == f"subscriptions/{subscriber.id}/{subscriber.subscription}"
    assert cleared.json == {"sequence": 1}
    # A duplicate is only acknowledged again.
    assert send_link(publisher, subscriber, 1).status == 204
    assert len(publisher.heard("GET", "subscriptions/.*/1")) == 1 and len(publisher.heard("PUT", ".*")) == 2


def test_what_waits_is_not_acknowledged(subscriber, publisher):
    publisher.on("GET", "subscriptions/.*/2", (200, {"sequence": 2, "data": {"a": 2}}))
    assert send_link(publisher, subscriber, 2).status == 204
    assert state(subscriber, publisher) == ({}, [2], 0)
    assert publisher.heard("PUT", ".*") == []
    assert send(publisher, subscriber, 1, {"a": 1}).status == 204
    assert state(subscriber, publisher) == ({"a": 2}, [], 2)


def test_what_waited_is_acknowledged_with_what_it_waited_for(subscriber, publisher):
    for number in (3, 2, 1):
        publisher.on("GET", f"subscriptions/.*/{number}", (200, {"sequence": number, "data": {"a": number}}))
        assert send_link(publisher, subscriber, number).status == 204
    assert state(subscriber, publisher) == ({"a": 3}, [], 3)
    assert [one.json for one in publisher.heard("PUT", ".*")] == [{"sequence": 3}]


def test_an_acknowledgement_that_fails_is_no_failure(subscriber, publisher):
    publisher.on("GET", "subscriptions/.*/1", (200, {"data": {"a": 1}}))
    publisher.on("PUT", ".*", 500)
    assert send_link(publisher, subscriber, 1).status == 204
    assert sequence(subscriber) == 1


@pytest.mark.parametrize("answer", [500, 404, 403, CLOSE, (200, b"garbage"), (200, []), (200, {}),
                                    (200, {"data": None}), (200, b"x" * (20 << 20)),
                                    (302, None, {"Location": "/elsewhere"})],
                         ids=lambda answer: str(answer)[:40])
def test_a_link_that_cannot_be_followed_loses_nothing(subscriber, publisher, answer):
    publisher.on("GET", "subscriptions/.*/1", answer)
    reply = send_link(publisher, subscriber, 1)
    assert reply.status == 503 and reply.error == "peer_unreachable" and int(reply.headers["retry-after"]) >= 1
    assert state(subscriber, publisher) == ({}, [], 0) and publisher.heard("PUT", ".*") == []
    publisher.on("GET", "subscriptions/.*/1", (200, {"data": {"a": 1}}))
    assert send_link(publisher, subscriber, 1).status == 204
    assert state(subscriber, publisher) == ({"a": 1}, [], 1)


def test_a_redirect_takes_the_secret_nowhere(subscriber, publisher, play):
    other = play()
    publisher.on("GET", "subscriptions/.*/1", (302, None, {"Location": f"{other.url}/trap"}))
    assert send_link(publisher, subscriber, 1).status == 503
    assert other.received == []


@pytest.mark.parametrize("url", ["{other}/subscriptions/x", "{other}", "{stage}", "{url}x/a", "{url}/../{name}/a",
                                 "{url}/%2e%2e/{name}/a", "{closed}/a", "ftp://127.0.0.1/a", "/relative", "",
                                 "http://user@127.0.0.1/a", "https{rest}/a"])
def test_a_foreign_link_is_refused(subscriber, publisher, play, url):
    """It would take the secret there."""
    other = play()
    url = url.format(other=other.url, stage=publisher.stage.root, url=publisher.url, name=other.id, closed=closed_url(),
                     rest=publisher.url[4:])
    told = len(publisher.received)
    reply = send(publisher, subscriber, 1, granularity="low", url=url)
    assert reply.status == 400 and reply.error == "bad_request"
    assert other.received == [] and len(publisher.received) == told
    assert state(subscriber, publisher) == ({}, [], 0)


def test_a_link_to_a_foreign_host_is_refused(subscriber, publisher):
    trap = live.SilentPeer()
    reply = send(publisher, subscriber, 1, granularity="low", url=f"http://127.0.0.1:{trap.port}/{publisher.id}/x")
    assert reply.status == 400 and reply.error == "bad_request"
    assert trap.connections == []
    trap.close()


def test_data_goes_before_a_link(subscriber, publisher, play):
    """And a link that is not followed leads nowhere."""
    other = play()
    assert send(publisher, subscriber, 1, {"a": 1}, url=other.url).status == 204
    assert kept(subscriber, publisher) == {"a": 1} and other.received == []


def test_a_client_that_hangs_up_while_its_link_is_followed(keeper, subscriber, publisher):
    publisher.on("GET", "subscriptions/.*/1", HANG)
    connection = http.client.HTTPConnection("localhost", keeper.port, timeout=live.LONG_S)
    connection.request("POST", f"/{subscriber.id}/callbacks/subscriptions/{publisher.id}/{subscriber.subscription}",
                       json.dumps({"sequence": 1, "url": link(publisher, subscriber, 1)}),
                       {"Authorization": publisher.auth, "Content-Type": "application/json"})
    publisher.wait_for("GET", "subscriptions/.*/1")
    connection.close()
    publisher.release()
    publisher.on("GET", "subscriptions/.*/1", (200, {"data": {"a": 1}}))
    assert send_link(publisher, subscriber, 1).status == 204
    assert state(subscriber, publisher) == ({"a": 1}, [], 1)
