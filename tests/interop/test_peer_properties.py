"""What a trusted peer reads and writes with the other library's proxy."""
from parties import Ours

VALUES = ["blue", "\u00e6\u00f8\u00e5 \U0001f600 \"\\\n", "", 0, -1.5, 123456789012, True, False, [1, "two", None], [],
          {"lat": 59.9, "lon": 10.7}, {"deep": {"deeper": {"list": [{}]}}}, {}]


def test_reading(friends):
    alice, bob = friends
    for value in VALUES:
        bob.set("thing", value)
        assert alice.ask(bob, "GET", "properties/thing") == (200, value)


def test_reading_all(friends):
    alice, bob = friends
    every = {f"value{at}": value for at, value in enumerate(VALUES)}
    for name, value in every.items():
        bob.set(name, value)
    assert alice.ask(bob, "GET", "properties") == (200, every)


def test_reading_a_part(friends):
    alice, bob = friends
    bob.set("home", {"address": {"city": "Oslo", "zip": 150}})
    assert alice.ask(bob, "GET", "properties/home/address") == (200, {"city": "Oslo", "zip": 150})
    assert alice.ask(bob, "GET", "properties/home/nothing").status == 404


def test_writing(friends):
    alice, bob = friends
    for value in VALUES:
        if value or isinstance(alice, Ours):  # the reference's proxy sends {} for all that Python takes as false
            assert alice.ask(bob, "PUT", "properties/thing", value).status in (200, 204)
            assert bob.value("thing") == value


def test_writing_a_part(friends):
    alice, bob = friends
    bob.set("home", {"city": "Oslo", "zip": 150})
    assert alice.ask(bob, "PUT", "properties/home/zip", 151).status in (200, 204)
    assert bob.value("home") == {"city": "Oslo", "zip": 151}


def test_writing_several(friends):
    alice, bob = friends
    answer = alice.ask(bob, "POST", "properties", {"colour": "blue", "size": {"height": 2}})
    assert answer.status in (200, 201) and answer.answer == {"colour": "blue", "size": {"height": 2}}
    assert bob.value() == {"colour": "blue", "size": {"height": 2}}


def test_what_a_friend_may_not(friends):
    alice, bob = friends
    bob.set("colour", "blue")
    bob.set("private", {"diary": "secret"})
    assert alice.ask(bob, "DELETE", "properties/colour").status == 403
    assert alice.ask(bob, "GET", "properties/private/diary").status == 403
    assert bob.value("colour") == "blue"


def test_what_an_admin_may(pair):
    alice, bob = pair
    alice.befriend(bob, "admin")
    bob.set("colour", "blue")
    assert alice.ask(bob, "DELETE", "properties/colour").status in (200, 204)
    assert bob.value("colour") is None


def test_what_an_associate_may(pair):
    alice, bob = pair
    alice.befriend(bob, "associate")
    bob.set("public", {"name": "Bob"})
    bob.set("colour", "blue")
    assert alice.ask(bob, "GET", "properties/public/name").status == 200
    assert alice.ask(bob, "GET", "properties/colour").status == 403
    assert alice.ask(bob, "PUT", "properties/colour", "red").status == 403
    assert bob.value("colour") == "blue"
