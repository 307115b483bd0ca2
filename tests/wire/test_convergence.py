"""Eight concurrent writers at one actor, and a subscribed actor on another server: it ends with exactly the last values,
each diff applied once and in order, also when the network between them is bad."""
import collections
import functools
import time

import pytest

import live
from chaos import Chaos
from subscribing import FLAGS, befriend, kept, subscribe
from watching import watch, watched
from wire import Server

WRITERS = 8
WRITES = 60
PAUSE_S = 0.03  # of each writer between two writes, where the network is bad: what is lost costs the time of a try
SOON_S = live.LONG_S  # the figure itself is printed


class Pair:
    """Alice, who subscribes to Bob from another server. What goes to hers goes through `chaos`."""

    def __init__(self, start, chaos=None, *flags):
        self.chaos = chaos
        self.pause_s = PAUSE_S if chaos else 0
        root = ("--root", chaos.root) if chaos else ()
        self.there = start(*FLAGS, "--delivery", "durable", name="there")
        self.here = start(*FLAGS, *root, *(flags or ("--gap-timeout-s", "60")), name="here")
        if chaos:
            chaos.port = self.here.port
        self.bob = self.there.make_actor("bob@example.com", "bob")
        self.alice = self.here.make_actor("alice@example.com", "alice")
        befriend(self.alice, self.bob)
        watch(self.here.store)

    def watched(self):
        """[(name, value)]"""
        return watched(self.here.store)

    def converge(self, what):
        """Waits until Alice has what Bob has; prints how long that took."""
        began = time.monotonic()
        expected = self.bob.get("/properties?format=full").json
        expected = {name: value["items"] if isinstance(value, dict) and value.get("_list") else value
                    for name, value in expected.items()}
        live.wait_until(lambda: without_rows(kept(self.alice, self.bob)) == expected, "convergence", SOON_S)
        print(f"{what}: converged {time.monotonic() - began:.3f} s after the last write")
        return expected


def without_rows(rows):
    """What is kept, with lists as arrays."""
    lists = {name.split(":")[1]: [] for name in rows if name.startswith("list:")}
    for name, items in lists.items():
        items.extend(rows[f"list:{name}:{i}"] for i in range(rows[f"list:{name}:meta"]["length"]))
    return {name: value for name, value in rows.items() if not name.startswith("list:")} | lists


def write_at_once(write, pause_s=0.0, writers=WRITERS, writes=WRITES):
    """write(writer, number) by so many threads, each so often. Fails with the first that fails."""
    def run(writer):
        for number in range(1, writes + 1):
            write(writer, number)
            time.sleep(pause_s)

    live.at_once(*(functools.partial(run, writer) for writer in range(writers)))


@pytest.fixture(params=["plain", "chaos"])
def pair(request, start):
    chaos = Chaos(seed=20261126) if request.param == "chaos" else None
    yield Pair(start, chaos)
    if chaos:
        print(chaos.counts)
        assert all(chaos.counts.values()), f"the network was too good: {chaos.counts}"
        chaos.close()


def test_simple_properties(pair):
    """Each writer counts in a property of its own: every number arrives, once and in order."""
    def write(writer, number):
        assert pair.bob.put(f"/properties/w{writer}", str(number)).status == 204

    subscribe(pair.alice, pair.bob)
    write_at_once(write, pair.pause_s)
    expected = pair.converge("simple properties")
    assert expected == {f"w{writer}": WRITES for writer in range(WRITERS)}
    seen = collections.defaultdict(list)
    for name, value in pair.watched():
        seen[name].append(value)
    assert seen.pop("#")[-1] == WRITERS * WRITES
    assert seen == {f"w{writer}": list(range(1, WRITES + 1)) for writer in range(WRITERS)}


def test_one_property(pair):
    """All write the same one: what the last wrote is there, and no write is told twice."""
    def write(writer, number):
        assert pair.bob.put("/properties/same", f'"{writer} {number}"').status == 204

    subscribe(pair.alice, pair.bob)
    write_at_once(write, pair.pause_s)
    pair.converge("one property")
    values = [value for name, value in pair.watched() if name == "same"]
    assert sorted(values) == sorted(f"{writer} {number}" for writer in range(WRITERS)
                                    for number in range(1, WRITES + 1))


def test_nested_properties(pair):
    """Each writer counts inside of one property: no write is lost, and none is undone on the way."""
    def write(writer, number):
        assert pair.bob.put(f"/properties/nested/w{writer}", str(number)).status == 204

    subscribe(pair.alice, pair.bob, subtarget="nested")
    write_at_once(write, pair.pause_s)
    expected = pair.converge("nested properties")
    assert expected == {"nested": {f"w{writer}": WRITES for writer in range(WRITERS)}}
    values = [value for name, value in pair.watched() if name == "nested"]
    assert len(values) == WRITERS * WRITES
    for before, after in zip(values, values[1:]):
        changed = [name for name in after if after[name] != before.get(name, 0)]
        assert len(changed) == 1 and after[changed[0]] == before.get(changed[0], 0) + 1


def test_a_list(pair):
    """All append to one list, change what they appended, and delete some of it."""
    def write(writer, number):
        reply = pair.bob.post("/properties/things/items", {"action": "add", "item_value": f"{writer} {number}"})
        assert reply.status == 201
        if number % 4 == 0:
            assert pair.bob.delete("/properties/things/0").status == 204
        if number % 5 == 0:
            assert pair.bob.put("/properties/things/1", f'"{writer} {number} changed"').status in (201, 204)

    assert pair.bob.post("/properties", {"things": {"_type": "list", "description": "d"}}).status == 201
    subscribe(pair.alice, pair.bob)
    write_at_once(write, pair.pause_s, writes=20)
    assert len(pair.converge("a list")["things"]) == WRITERS * (20 - 5)


def test_a_network_that_lies(start):
    """Callbacks are accepted on the way and never come: what the publisher still has of them is fetched, once a gap has
    lasted, and applied like all others."""
    chaos = Chaos(seed=7, lie=True)
    pair = Pair(start, chaos, "--gap-timeout-s", "1")

    def write(writer, number):
        assert pair.bob.put(f"/properties/w{writer}", str(number)).status == 204

    subscribe(pair.alice, pair.bob)
    write_at_once(write, pair.pause_s)
    chaos.calm()
    assert pair.bob.put("/properties/end", "true").status == 204
    assert pair.converge("a network that lies") == {f"w{writer}": WRITES for writer in range(WRITERS)} | {"end": True}
    assert chaos.counts["swallow"] > 0
    seen = collections.defaultdict(list)
    for name, value in pair.watched():
        seen[name].append(value)
    for writer in range(WRITERS):
        assert seen[f"w{writer}"] == list(range(1, WRITES + 1))
    chaos.close()
