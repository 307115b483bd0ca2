"""--delivery durable: what changed while somebody was away arrives when they are back (WIRE 7)."""
import time

import pytest

import live
from played import CLOSE, HANG
from subscribing import FLAGS, befriend, kept, sequence, subscribe, wait_for, waiting
from wire import Server


class Restartable:
    """A server that goes and comes back at the same port, with the same database."""

    def __init__(self, folder, name, *flags):
        self.folder, self.name, self.flags = folder, name, flags
        self.port = live.free_port()
        self.server = None
        self.starts = 0
        self.start()

    def start(self):
        # The last --listen counts. Another name each time, for another log, but one database.
        self.starts += 1
        self.server = Server(self.folder, *self.flags, "--listen", f"localhost:{self.port}", "--store",
                             live.store_at(self.folder, self.name), name=f"{self.name}{self.starts}")
        return self.server

    def stop(self):
        assert self.server.stop() == 0, self.server.err

    def make_actor(self):
        actor = self.server.make_actor()
        actor.server = self  # its requests go to whichever server runs
        return actor

    def ask(self, *args, **more):
        return self.server.ask(*args, **more)


@pytest.fixture
def restartable(tmp_path):
    started = []

    def begin(name, *flags):
        started.append(Restartable(tmp_path, name, *FLAGS, "--delivery", "durable", *flags))
        return started[-1]

    yield begin
    for one in started:
        one.stop()


@pytest.fixture
def couple(restartable):
    """A publisher and its subscriber, at a server each."""
    publishing, subscribing = restartable("publishing"), restartable("subscribing")
    publisher, subscriber = publishing.make_actor(), subscribing.make_actor()
    befriend(subscriber, publisher)
    publisher.put("/properties/a", "0")
    return publisher, subscriber


@pytest.mark.parametrize("granularity", ["high", "low"])
def test_changes_survive_both_sides_restarts(couple, granularity):
    publisher, subscriber = couple
    sub = subscribe(subscriber, publisher, granularity=granularity)
    wait_for(subscriber, publisher, {"a": 0})
    subscriber.server.stop()
    for value in range(1, 6):
        assert publisher.put("/properties/a", str(value)).status == 204
        assert publisher.put(f"/properties/p{value}", {"n": value}).status == 204
    assert publisher.delete("/properties/p2").status == 204
    publisher.server.stop()
    publisher.server.start()
    assert publisher.put("/properties/last", "true").status == 204
    subscriber.server.start()
    wait_for(subscriber, publisher,
             {"a": 5, "p1": {"n": 1}, "p3": {"n": 3}, "p4": {"n": 4}, "p5": {"n": 5}, "last": True})
    assert sequence(subscriber, sub) == 12


def test_they_come_in_order_and_once(couple, play):
    """As a subscriber sees them that is away, comes back failing, and then well."""
    publisher, _ = couple
    peer = play().befriend(publisher)
    peer.on("POST", "callbacks/.*", 503)
    sub = peer.subscribe(publisher, "high")
    for value in range(1, 6):
        publisher.put("/properties/a", str(value))
    peer.wait_for("POST", "callbacks/.*")
    publisher.server.stop()
    time.sleep(0.3)  # the peer notes what was sent at the end
    failed = len(peer.heard("POST", "callbacks/.*"))
    assert {one.json["sequence"] for one in peer.heard("POST", "callbacks/.*")} == {1}
    peer.on("POST", "callbacks/.*", 500, (429, None, {"Retry-After": "1"}), 204)
    publisher.server.start()
    live.wait_until(lambda: [one.json["sequence"] for one in peer.heard("POST", "callbacks/.*")][failed:][-1:] == [5],
                    "the last callback")
    heard = peer.heard("POST", "callbacks/.*")[failed:]
    assert [one.json["sequence"] for one in heard] == [1, 1, 1, 2, 3, 4, 5]
    assert [one.json["data"]["a"] for one in heard] == [1, 1, 1, 2, 3, 4, 5]
    assert all(one.path.endswith(sub) and one.auth == peer.auth for one in heard)


def test_a_subscriber_that_shows_itself_is_tried_again_soon(couple, play):
    """After so many failures it would be left alone for a minute."""
    publisher, _ = couple
    peer = play().befriend(publisher)
    peer.on("POST", "callbacks/.*", *[503] * 5, 204)
    for name in "abcde":
        peer.subscribe(publisher, "high", subtarget=name)
        publisher.put(f"/properties/{name}", "1")
    peer.wait_for("POST", "callbacks/.*", 5)

    def delivered():
        assert peer.ask(publisher, "GET", "/properties").status == 200
        return len(peer.heard("POST", "callbacks/.*")) == 10

    live.wait_until(delivered, "the second try", timeout=40)


def test_what_has_ended_meanwhile_is_not_delivered(couple, play):
    publisher, subscriber = couple
    sub = subscribe(subscriber, publisher)
    subscriber.server.stop()
    publisher.put("/properties/a", "1")
    assert publisher.delete(f"/trust/friend/{subscriber.id}?peer=true").status == 204
    subscriber.server.start()
    # Another subscription is served meanwhile, and the ended one stays as it was.
    peer = play().befriend(publisher)
    peer.subscribe(publisher, "high")
    publisher.put("/properties/a", "2")
    peer.wait_for("POST", "callbacks/.*")
    assert kept(subscriber, publisher) == {"a": 0}
    assert [row["subscriptionid"] for row in subscriber.get("/subscriptions").json["data"]] == [sub]


def test_a_gap_is_closed_after_a_restart(restartable, play):
    """What waited is still there, and the next callback sees how long it has."""
    keeping, peer = restartable("keeping", "--gap-timeout-s", "3"), play()
    actor = keeping.make_actor()
    peer.befriend(actor)
    sub = subscribe(actor, peer)
    assert peer.callback(actor, sub, 2, {"a": 2}).status == 204
    keeping.stop()
    time.sleep(3.1)  # what waited must have waited too long
    keeping.start()
    assert waiting(actor, peer, sub) == [2]
    peer.properties, peer.sequence = {"a": 3, "b": 1}, 3
    assert peer.callback(actor, sub, 3, {"a": 3}).status == 204
    wait_for(actor, peer, {"a": 3, "b": 1})
    assert sequence(actor, sub) == 3


def test_an_actor_may_end_while_its_callbacks_are_tried(couple, play):
    publisher, subscriber = couple
    peers = [play().befriend(publisher) for _ in range(3)]
    for peer, answer in zip(peers, (HANG, 503, CLOSE)):
        peer.on("POST", "callbacks/.*", answer)
        peer.subscribe(publisher, "high")
    publisher.put("/properties/a", "1")
    for peer in peers:
        peer.wait_for("POST", "callbacks/.*")
    assert publisher.delete("").status == 204
    for peer in peers:
        assert len(peer.heard("DELETE", f"trust/friend/{publisher.id}")) == 1
    publisher.server.stop()
    time.sleep(0.3)
    told = [len(peer.received) for peer in peers]
    publisher.server.start()
    # Somebody else's callbacks go out, and none of the ended actor's.
    other, peer = publisher.server.make_actor(), play()
    peer.befriend(other).subscribe(other, "high")
    other.put("/properties/a", "1")
    peer.wait_for("POST", "callbacks/.*")
    assert [len(peer.received) for peer in peers] == told
