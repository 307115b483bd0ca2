"""What a trusted peer reads and writes with the other library's proxy."""
import pytest

VALUES = ["blue", "", "\u00e6\u00f8\u00e5 \U0001f600", 0, -1.5, 123456789012, True, [1, "two", None], {"lat": 59.9, "lon": 10.7},
          {"deep": {"deeper": {"list": [{}]}}}]


@pytest.mark.parametrize("value", [value for value in VALUES if isinstance(value, dict)], ids=repr)
def test_reading_an_object(friends, value):
    alice, bob = friends
    assert bob.put("properties/thing", value).status == 204
    assert alice.ask(bob, "GET", "properties/thing") == (200, value)


def test_reading_all(friends):
    alice, bob = friends
    every = {f"value{at}": value for at, value in enumerate(VALUES)}
    for name, value in every.items():
        assert bob.put(f"properties/{name}", value).status == 204, name
    assert alice.ask(bob, "GET", "properties") == (200, every)


def test_reading_a_part(friends):
    alice, bob = friends
    bob.put("properties/home", {"address": {"city": "Oslo", "zip": 150}})
    assert alice.ask(bob, "GET", "properties/home/address") == (200, {"city": "Oslo", "zip": 150})
    assert alice.ask(bob, "GET", "properties/home/nothing").status == 404


@pytest.mark.parametrize("value", [value for value in VALUES if value != ""], ids=repr)
def test_writing(friends, value):
    alice, bob = friends
    assert alice.ask(bob, "PUT", "properties/thing", value).status in (200, 204)
    assert bob.get("properties/thing").json == value


def test_writing_a_part(friends):
    alice, bob = friends
    bob.put("properties/home", {"city": "Oslo", "zip": 150})
    assert alice.ask(bob, "PUT", "properties/home/zip", 151).status in (200, 204)
    assert bob.get("properties/home").json == {"city": "Oslo", "zip": 151}


def test_writing_several(friends):
    alice, bob = friends
    answer = alice.ask(bob, "POST", "properties", {"colour": "blue", "size": {"height": 2}})
    assert answer.status in (200, 201) and answer.answer == {"colour": "blue", "size": {"height": 2}}
    assert bob.get("properties").json == {"colour": "blue", "size": {"height": 2}}


def test_what_a_friend_may_not(friends):
    alice, bob = friends
    bob.put("properties/colour", "blue")
    bob.put("properties/private", {"diary": "secret"})
    assert alice.ask(bob, "DELETE", "properties/colour").status == 403
    assert alice.ask(bob, "GET", "properties/private/diary").status == 403
    assert bob.get("properties/colour").json == "blue"


def test_what_an_admin_may(pair):
    alice, bob = pair
    alice.befriend(bob, "admin")
    bob.put("properties/colour", "blue")
    assert alice.ask(bob, "DELETE", "properties/colour").status in (200, 204)
    assert bob.get("properties/colour").status == 404


def test_what_an_associate_may(pair):
    alice, bob = pair
    alice.befriend(bob, "associate")
    bob.put("properties/public", {"name": "Bob"})
    bob.put("properties/colour", "blue")
    assert alice.ask(bob, "GET", "properties/public/name").status == 200
    assert alice.ask(bob, "GET", "properties/colour").status == 403
    assert alice.ask(bob, "PUT", "properties/colour", "red").status == 403
    assert bob.get("properties/colour").json == "blue"
