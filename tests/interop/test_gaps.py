"""Callbacks that are lost, repeated, overtaken or late on the way: the subscriber ends with what the publisher has."""
import itertools
import time

import pytest

import live
from chaos import Chaos
from parties import Ours, Theirs, make_party

FLAGS = ["--subscription-processing", "--devtest"]
WRITES = 40


@pytest.fixture
def network():
    chaos = Chaos(seed=20261126, share=0)
    yield chaos
    chaos.close()


@pytest.fixture
def ours_behind(network, start_server, make_theirs):
    """Alice is ours and behind the network, Bob is the reference's."""
    server = start_server(*FLAGS, "--root", network.root, "--gap-timeout-s", "1")
    network.port = server.port
    alice, bob = make_party(Ours, server, "alice"), make_theirs("bob")
    alice.befriend(bob)
    return alice, bob


@pytest.fixture
def theirs_behind(network, start_reference, start_server):
    """Alice is the reference's and behind the network, Bob is ours."""
    service = start_reference("--root", network.root)
    network.port = service.port
    server = start_server(*FLAGS, "--delivery", "durable")
    alice, bob = make_party(Theirs, service, "alice"), make_party(Ours, server, "bob")
    alice.befriend(bob)
    return alice, bob


def suffer(network, bob, fate, value):
    """Sets a property whose callback suffers this."""
    network.fates, network.share = (fate,), 1
    network.counts |= {fate: 0}
    bob.set("colour", value)
    live.wait_until(lambda: network.counts[fate], "the callback")
    network.calm()


def go_on(bob, condition, what):
    """Bob changes something again and again, until it is so: the reference notices with a callback what it misses."""
    tries = itertools.count()

    def tried():
        bob.set("tries", next(tries))
        time.sleep(0.1)
        return condition()
    live.wait_until(tried, what)


def follow(network, alice, bob, fate):
    """Alice has what Bob had before the callback that suffers, in it, and after it."""
    alice.subscribe_to(bob)
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    suffer(network, bob, fate, "red")
    bob.set("size", 3)
    for name, value in (("colour", "red"), ("size", 3)):
        alice.wait_for_kept(bob, name, value)
    bob.set("colour", "green")
    alice.wait_for_kept(bob, "colour", "green")


@pytest.mark.parametrize("fate", ["lose", "lose answer", "delay", "repeat", "reorder"])
def test_ours_follows_the_reference(network, ours_behind, fate):
    """The reference tries once. What is lost is noticed with the next callback, and asked for."""
    follow(network, *ours_behind, fate)


@pytest.mark.parametrize("fate", ["lose", "lose answer", "delay", "repeat", "reorder"])
def test_the_reference_follows_ours(network, theirs_behind, fate):
    """Durable delivery repeats what has not arrived."""
    follow(network, *theirs_behind, fate)


def settle(network, alice, bob, wanted):
    """Once the network is good again and something new is told, all is there."""
    network.calm()
    bob.set("end", True)
    alice.wait_for_kept(bob, "end", True)
    for name, value in wanted.items():
        alice.wait_for_kept(bob, name, value)


def write(bob):
    """What Bob has in the end."""
    wanted = {}
    for number in range(WRITES):
        wanted[f"count{number % 4}"] = number
        bob.set(f"count{number % 4}", number)
    return wanted


def test_a_bad_network_before_ours(network, ours_behind):
    alice, bob = ours_behind
    alice.subscribe_to(bob)
    network.share = 0.3
    settle(network, alice, bob, write(bob))
    assert sum(network.counts.values()) > WRITES, network.counts


def test_a_bad_network_before_the_reference(network, theirs_behind):
    alice, bob = theirs_behind
    alice.subscribe_to(bob)
    network.share = 0.3
    settle(network, alice, bob, write(bob))
    assert sum(network.counts.values()) > WRITES, network.counts


def test_a_list_in_a_bad_network_before_ours(network, ours_behind):
    alice, bob = ours_behind
    bob.change_list("notes", "append", 0)
    alice.subscribe_to(bob)
    network.share = 0.3
    for number in range(1, 20):
        bob.change_list("notes", "append", number)
        if number % 5 == 0:
            bob.change_list("notes", "pop", 0)
    network.calm()
    bob.change_list("notes", "append", "end")
    live.wait_until(lambda: alice.kept_list(bob, "notes") == [*range(3, 20), "end"], "the list")


def test_a_list_in_a_bad_network_before_the_reference(network, theirs_behind):
    alice, bob = theirs_behind
    assert bob.post("properties", {"notes": {"_type": "list", "description": "what"}}).status == 201
    alice.subscribe_to(bob)
    network.share = 0.3
    for number in range(20):
        assert bob.post("properties/notes/items", {"action": "add", "item_value": number}).status == 201
        if number % 5 == 4:
            assert bob.delete("properties/notes/0").status == 204
    network.calm()
    go_on(bob, lambda: alice.kept_list(bob, "notes") == list(range(4, 20)), "the list")


def test_the_reference_is_lied_to(network, theirs_behind):
    """A callback that was accepted and has not arrived: the reference notices it late, and fetches all."""
    alice, bob = theirs_behind
    alice.subscribe_to(bob)
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    suffer(network, bob, "swallow", "red")
    go_on(bob, lambda: alice.kept(bob).get("colour") == {"value": "red"}, "the reference's recovery")
    bob.set("colour", "green")
    alice.wait_for_kept(bob, "colour", "green")
