"""A publisher suspends what it tells, changes much, and resumes: its subscriber is told once to fetch it anew."""
import pytest

import live
from parties import OursInApp


@pytest.fixture
def subscribed(app_friends):
    """Alice subscribes to Bob, who can suspend. What both have is blue."""
    alice, bob = app_friends
    bob.set("colour", "blue")
    subscription = alice.subscribe_to(bob)
    assert alice.kept(bob) == {"colour": {"value": "blue"}}
    return alice, bob, subscription


def test_nothing_is_told_until_it_ends(subscribed):
    alice, bob, subscription = subscribed
    bob.suspend()
    bob.set("colour", "red")
    bob.set("size", 3)
    assert bob.subscriptions(alice)[subscription]["sequence"] == 0
    assert alice.kept(bob) == {"colour": {"value": "blue"}}
    assert bob.resume() == 1
    alice.wait_for_kept(bob, "colour", "red")
    alice.wait_for_kept(bob, "size", 3)


def test_it_goes_on_afterwards(subscribed):
    """Diffs follow the resync without a gap."""
    alice, bob, subscription = subscribed
    for number in (1, 2):
        bob.suspend()
        bob.set("colour", f"red {number}")
        bob.resume()
        alice.wait_for_kept(bob, "colour", f"red {number}")
        bob.set("size", number)
        alice.wait_for_kept(bob, "size", number)
    assert bob.subscriptions(alice)[subscription]["sequence"] == 4


def test_deleted_meanwhile(subscribed):
    """What is gone at the publisher is gone at ours; the reference keeps what a baseline does not name."""
    alice, bob, _ = subscribed
    bob.set("size", 3)
    alice.wait_for_kept(bob, "size", 3)
    bob.suspend()
    assert bob.delete("properties/colour").status == 204
    bob.set("size", 4)
    bob.resume()
    alice.wait_for_kept(bob, "size", 4)
    assert ("colour" in alice.kept(bob)) == alice.keeps_what_is_gone


def test_lists(subscribed):
    alice, bob, _ = subscribed
    if isinstance(bob, OursInApp):
        bob.change_list("notes", "create", "what")
    bob.change_list("notes", "append", {"id": 1})
    live.wait_until(lambda: alice.kept_list(bob, "notes") == [{"id": 1}], "the first item")
    bob.suspend()
    bob.change_list("notes", "extend", [{"id": 2}, {"id": 3}])
    assert alice.kept_list(bob, "notes") == [{"id": 1}]
    bob.resume()
    live.wait_until(lambda: alice.kept_list(bob, "notes") == [{"id": 1}, {"id": 2}, {"id": 3}], "the resync")
    bob.change_list("notes", "append", {"id": 4})
    live.wait_until(lambda: len(alice.kept_list(bob, "notes")) == 4, "the item after it")


@pytest.mark.parametrize("value", ["red", {"name": "red", "rgb": [255, 0, 0]}])
def test_one_property(subscribed, value):
    """All others are told meanwhile, and stay as they are."""
    alice, bob, _ = subscribed
    bob.suspend("colour")
    bob.set("colour", value)
    bob.set("size", 3)
    alice.wait_for_kept(bob, "size", 3)
    assert alice.kept(bob)["colour"] == {"value": "blue"}
    assert bob.resume("colour") == 1
    alice.wait_for_kept(bob, "colour", value)
    assert alice.kept(bob).keys() == {"colour", "size"} and alice.kept(bob)["size"] == {"value": 3}


def test_one_list(subscribed):
    alice, bob, _ = subscribed
    if isinstance(bob, OursInApp):
        bob.change_list("notes", "create", "what")
    bob.change_list("notes", "append", 1)
    bob.suspend("notes")
    bob.change_list("notes", "extend", [2, 3])
    bob.set("colour", "red")
    alice.wait_for_kept(bob, "colour", "red")
    assert alice.kept_list(bob, "notes") == [1]
    assert bob.resume("notes") == 1
    live.wait_until(lambda: alice.kept_list(bob, "notes") == [1, 2, 3], "the resync")


def test_nothing_to_resume(subscribed):
    _, bob, _ = subscribed
    assert bob.resume() == 0
