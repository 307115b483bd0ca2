"""A subscriber that was away: what it missed it has soon after it is back."""
import live
from parties import Ours, Theirs, make_party

KEEPS = ["--subscription-processing", "--devtest"]


def test_ours_was_away(tmp_path, make_theirs):
    """The reference tries a callback once, so the next one shows a gap: actingwebd fetches everything again."""
    flags = [*KEEPS, "--gap-timeout-s", "1"]
    server = live.Server(tmp_path, *flags)
    try:
        alice, bob = make_party(Ours, server, "alice"), make_theirs("bob")
        alice.befriend(bob)
        alice.subscribe_to(bob)
        bob.set("colour", "blue")
        alice.wait_for_kept(bob, "colour", "blue")
        assert server.stop() == 0
        bob.set("colour", "red")
        bob.set("size", 3)
        server = alice.service = live.Server(tmp_path, "--listen", f"localhost:{server.port}", *flags)
        bob.set("shape", "round")
        for name, value in (("colour", "red"), ("size", 3), ("shape", "round")):
            alice.wait_for_kept(bob, name, value)
        bob.set("colour", "green")
        alice.wait_for_kept(bob, "colour", "green")
    finally:
        assert server.stop() == 0, server.err


def test_the_reference_was_away(start_reference, start_server):
    """With durable delivery every callback arrives, in order, after its return."""
    publisher, subscriber = start_server(*KEEPS, "--delivery", "durable"), start_reference()
    alice, bob = make_party(Theirs, subscriber, "alice"), make_party(Ours, publisher, "bob")
    alice.befriend(bob)
    alice.subscribe_to(bob)
    bob.set("colour", "blue")
    alice.wait_for_kept(bob, "colour", "blue")
    subscriber.end()
    for name, value in (("colour", "red"), ("size", 3), ("colour", "green")):
        bob.set(name, value)
    alice.service = start_reference(port=subscriber.port)
    for name, value in (("colour", "green"), ("size", 3)):
        alice.wait_for_kept(bob, name, value)
    bob.set("colour", "white")
    alice.wait_for_kept(bob, "colour", "white")
