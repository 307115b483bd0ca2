"""actingwebd resync: peers that subscribe to what was restored from an old copy come to what is there now."""
import pytest

import live
from subscribing import FLAGS, befriend, sequence, subscribe, wait_for
from wire import Server

FIRST = 1000000  # where numbers go on, at least


def daemon(*argv):
    done = live.run(live.program("actingwebd"), *argv)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["once", "durable"])
def couple(request, start, tmp_path):
    """A publisher, in one process on SQLite, and its subscriber, who is at a server of its own and knows a copy of what was."""
    here = start(*FLAGS, name="here")
    publisher = start_publisher(start, "there", request.param, f"sqlite:{tmp_path}/there.db").make_actor()
    subscriber = here.make_actor()
    befriend(subscriber, publisher)
    publisher.put("/properties/a", '"old"')
    subscriber.subscription = subscribe(subscriber, publisher)
    publisher.put("/properties/b", "1")
    wait_for(subscriber, publisher, {"a": "old", "b": 1})
    publisher.delivery = request.param
    return publisher, subscriber


def start_publisher(start, name, delivery, store, *flags):
    return start("--delivery", delivery, *flags, name=name, store=store, alone=True)


def put_back(start, publisher, copy, *commands):
    """The copy, and what else is to be done before the publisher's server is there again, at the same port."""
    server = publisher.server
    assert server.stop() == 0
    done = [daemon(command, "--store", server.store, *argv) for command, *argv in (("restore", copy), *commands)]
    publisher.server = start_publisher(start, "again", publisher.delivery, server.store, "--listen",
                                       f"localhost:{server.port}")
    return done


def test_a_subscriber_comes_to_what_was_restored(start, couple, tmp_path):
    publisher, subscriber = couple
    daemon("backup", "--store", publisher.server.store, tmp_path / "copy.db")
    for value in range(10):
        publisher.put("/properties/a", str(value))
    publisher.put("/properties/later", "true")
    wait_for(subscriber, publisher, {"a": 9, "b": 1, "later": True})
    restored, told = put_back(start, publisher, tmp_path / "copy.db", ["resync"])
    assert "actingwebd resync" in restored
    assert told == "1 subscription, whose peer will be told to fetch anew\n"
    wait_for(subscriber, publisher, {"a": "old", "b": 1})
    later = sequence(subscriber)
    assert later > FIRST
    publisher.put("/properties/a", '"new"')
    wait_for(subscriber, publisher, {"a": "new", "b": 1})
    assert sequence(subscriber) == later + 1
    assert daemon("verify", "--store", publisher.server.store) == "nothing is wrong\n"


def test_without_it_the_next_change_would_not_be_seen(start, couple, tmp_path):
    """Which is why docs/operations.md says to do it."""
    publisher, subscriber = couple
    daemon("backup", "--store", publisher.server.store, tmp_path / "copy.db")
    publisher.put("/properties/a", '"lost"')
    wait_for(subscriber, publisher, {"a": "lost", "b": 1})
    put_back(start, publisher, tmp_path / "copy.db")
    publisher.put("/properties/a", '"passed over"')
    publisher.put("/properties/b", "2")  # the second one has a number that was not seen
    wait_for(subscriber, publisher, {"a": "lost", "b": 2})


@pytest.mark.parametrize("delivery", ["once", "durable"])
def test_a_server_that_runs_finds_it(start, play, delivery):
    server = start("--delivery", delivery)
    actor = server.make_actor()
    peer = play().befriend(actor)
    subscription = peer.subscribe(actor, "high")
    polled = peer.subscribe(actor, "none")
    assert daemon("resync", "--store", server.store).startswith("1 subscription, ")
    called, = peer.wait_for("POST", f"callbacks/.*/{subscription}")
    assert called.json["type"] == "resync" and called.json["sequence"] > FIRST
    later = called.json["sequence"]
    assert called.json["url"] == f"{actor.url}/properties"
    actor.put("/properties/a", "1")
    called = peer.wait_for("POST", f"callbacks/.*/{subscription}", 2)[1]
    assert called.json["sequence"] == later + 1 and called.json["data"] == {"a": 1}
    assert peer.ask(actor, "GET", f"/subscriptions/{peer.id}/{polled}").json["data"][0]["sequence"] > FIRST
    assert not peer.heard("POST", f"callbacks/.*/{polled}")


def test_what_cannot_be_told(tmp_path):
    done = live.run(live.program("actingwebd"), "resync", "--store", f"sqlite:{tmp_path}/none.db")
    assert done.returncode == 3 and "none.db" in done.stderr and done.stdout == ""
    assert list(tmp_path.iterdir()) == []
    server = Server(tmp_path)
    assert daemon("resync", "--store", server.store).startswith("0 subscriptions, ")
    assert server.stop() == 0
