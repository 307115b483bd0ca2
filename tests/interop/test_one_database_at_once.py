"""One database, and both implementations at once: what is written at one is there at the other, and neither undoes it."""
import json

import pytest

import live
from parties import Ours, make_party
from shared import FLAGS, OursAt, a_service

WRITES = 15


@pytest.fixture(scope="module")
def elsewhere(start_server):
    """The peers' service: it is neither of the two."""
    return start_server(*FLAGS)


@pytest.fixture(scope="module")
def service(tmp_path_factory, python_library, postgres, start_reference, start_server):
    """Both serve it, for the whole module."""
    with a_service("at_once", tmp_path_factory.mktemp("at_once"), python_library, postgres, start_reference,
                   start_server) as one:
        one.migrate()
        one.start_theirs()
        one.start_ours()
        yield one


@pytest.fixture(params=["made by ours", "made by theirs"])
def alice(request, service):
    """One actor, asked at either server: [where it was made, where it was not]."""
    servers = [service.ours, service.theirs] if request.param == "made by ours" else [service.theirs, service.ours]
    made = service.make_actor(servers[0], "alice")
    return made, service.at(servers[1], made)


@pytest.fixture
def bob(elsewhere):
    return make_party(Ours, elsewhere, "bob")


def make_list(actor, name="songs"):
    wish = {name: {"_type": "list", "description": "what", "explanation": "why"}}
    assert actor.post("properties", wish).status == 201


def item(actor, name="songs", **wish):
    answer = actor.post(f"properties/{name}/items", wish)
    assert answer.status in (201, 204), (wish, answer)


def test_properties(alice):
    """Each sees at once what the other has written, and deleted."""
    one, other = alice
    for number in range(5):
        one.set("count", number)
        assert other.value("count") == number
        other.set("home", {"rooms": number})
        other.set("home/zip", 150)
        assert one.value("home") == {"rooms": number, "zip": 150}
    assert one.delete("properties/count").status == other.delete("properties/home").status == 204
    assert one.value() == other.value() == {}


def test_a_list_in_turns(alice):
    one, other = alice
    make_list(one)
    for number in range(6):
        item(one if number % 2 else other, action="add", item_value=number)
    item(other, action="update", item_index=0, item_value="first")
    item(one, action="delete", item_index=1)
    assert one.value("songs") == other.value("songs") == ["first", 2, 3, 4, 5]
    assert other.delete("properties/songs").status == 204
    assert one.value("songs") is None and other.value("songs") is None


def test_a_list_at_once(alice):
    """Every item is there once, in the order in which each has added its own, and both show the same."""
    one, other = alice
    make_list(one)

    def add(actor, word):
        for number in range(WRITES):
            item(actor, action="add", item_value=f"{word} {number}")

    live.at_once(lambda: add(one, "one"), lambda: add(other, "other"))
    items = one.value("songs")
    assert items == other.value("songs") and len(items) == 2 * WRITES
    for word in ("one", "other"):
        assert [text for text in items if text.startswith(f"{word} ")] == [f"{word} {n}" for n in range(WRITES)]


def test_parts_of_one_property_at_once(alice):
    """Ours is told by the database when its value was changed meanwhile, and begins anew: it undoes nothing of theirs. (The
    Python library may undo ours.)"""
    one, other = alice
    ours, theirs = (one, other) if isinstance(one, OursAt) else (other, one)
    ours.set("home", {"rooms": 0, "zip": 0})

    def write_theirs():
        for number in range(WRITES):
            theirs.set("home/zip", number)
            assert theirs.value("home")["zip"] == number

    live.at_once(write_theirs, lambda: [ours.set("home/rooms", number) for number in range(WRITES)])
    assert one.value("home") == other.value("home")


def test_properties_at_once(alice):
    """Different ones: none is lost."""
    one, other = alice

    def write(actor, word):
        for number in range(WRITES):
            actor.set(f"{word}{number}", number)

    live.at_once(lambda: write(one, "one"), lambda: write(other, "other"))
    assert one.value() == other.value() == {f"{word}{n}": n for word in ("one", "other") for n in range(WRITES)}


def test_a_relationship(service, alice, bob):
    """Asked for at one, approved at the other, used at both, ended at one."""
    one, other = alice
    one.set("colour", "blue")
    secret = bob.post("trust", {"url": one.url, "relationship": "friend"}).json["secret"]
    assert one.put(f"trust/friend/{bob.id}", {"approved": True}).status == 204
    assert bob.half(one)["peer_approved"] is True
    for actor in (one, other):
        answer = actor.get("properties/colour", auth=None, bearer=secret)
        assert answer.status == 200 and answer.json == "blue"
    assert other.half(bob)["secret"] == one.half(bob)["secret"] == secret
    assert other.delete(f"trust/friend/{bob.id}").status == 204
    assert bob.half(one) is None
    for actor in (one, other):
        assert actor.get("properties/colour", auth=None, bearer=secret).status == 403
        assert actor.half(bob) is None


def test_a_relationship_that_is_asked_for(alice, bob):
    """Begun at the one, and its notice comes to the other: either verifies, either hears of the approval."""
    one, other = alice
    assert one.post("trust", {"url": bob.url, "relationship": "friend"}).status == 201
    assert bob.half(one)["verified"] is True
    assert bob.put(f"trust/friend/{one.id}", {"approved": True}).status == 204
    assert one.half(bob)["peer_approved"] is True and other.half(bob)["peer_approved"] is True
    bob.set("colour", "red")
    for actor in (one, other):
        assert actor.ask(bob, "GET", "properties/colour") == (200, "red")


def test_a_subscriber_of_both(alice, bob):
    """Made at the one; changes of either are told, with one sequence."""
    one, other = alice
    bob.befriend(one)
    one.set("colour", "blue")
    subscription = bob.subscribe_to(one)
    for number in range(1, 11):
        (one if number % 2 else other).set("count", number)
        bob.wait_for_kept(one, "count", number)
    assert one.subscriptions(bob)[subscription]["sequence"] == 10
    assert other.subscriptions(bob)[subscription]["sequence"] == 10
    assert bob.subscriptions(one)[subscription]["sequence"] == 10


def test_changes_at_once_with_a_subscriber(alice, bob):
    """No write fails, and each of ours is told. The Python library counts without a lock: it may lose diffs of its own then,
    as two of its processes do. That is why a balancer should give each actor's requests to one server."""
    one, other = alice
    ours, theirs = (one, other) if isinstance(one, OursAt) else (other, one)
    bob.befriend(one)
    subscription = bob.subscribe_to(one, granularity="none")

    def write(actor, word):
        for number in range(2 * WRITES):
            actor.set(word, number)

    live.at_once(lambda: write(ours, "ours"), lambda: write(theirs, "theirs"))
    data = one.get(f"subscriptions/{bob.id}/{subscription}").json["data"]
    assert [diff["data"]["ours"] for diff in data if "ours" in diff["data"]] == list(range(2 * WRITES))
    assert [diff["sequence"] for diff in data] == list(range(1, len(data) + 1))
    for actor in (theirs, ours, theirs, ours):
        actor.set("last", actor.service.port)
    assert one.value("last") == other.value("last") == ours.service.port


def test_a_list_of_both_is_followed(alice, bob):
    one, other = alice
    make_list(one)
    bob.befriend(one)
    bob.subscribe_to(one)
    items = []
    for number in range(6):
        item(one if number % 2 else other, action="add", item_value=number)
        items.append(number)
        live.wait_until(lambda: bob.kept_list(one, "songs") == items, "the item")


def test_diffs_are_read_and_cleared_at_either(alice, bob):
    one, other = alice
    bob.befriend(one)
    subscription = bob.subscribe_to(one, granularity="none")
    path = f"subscriptions/{bob.id}/{subscription}"
    one.set("colour", "blue")
    other.set("colour", "red")
    for actor in (one, other):
        data = actor.get(path).json["data"]
        assert [(diff["sequence"], diff["data"]) for diff in data] == [(1, {"colour": "blue"}), (2, {"colour": "red"})]
    assert one.put(path, {"sequence": 1}).status == 204
    assert [diff["sequence"] for diff in other.get(path).json["data"]] == [2]
    assert other.put(path, {"sequence": 2}).status == 204
    assert one.get(path).json["data"] == []


def test_callbacks_come_to_either(service, alice, bob):
    """The balancer gives each callback to the other server; what is kept is what the publisher has."""
    one, other = alice
    one.befriend(bob)
    subscription = one.subscribe_to(bob)
    before = dict(service.balancer.counts)
    for number in range(1, 13):
        bob.set(f"count{number % 3}", number)
    for name, number in (("count0", 12), ("count1", 10), ("count2", 11)):
        one.wait_for_kept(bob, name, number)
    assert one.kept(bob) == other.kept(bob)
    assert one.subscriptions(bob)[subscription]["sequence"] == 12
    assert len(service.balancer.ports) == 2
    assert all(service.balancer.counts[port] > before.get(port, 0) for port in service.balancer.ports)


def test_suspended_at_one(alice, bob):
    """Nobody is told by the other either, until it is resumed."""
    one, other = alice
    theirs = one if hasattr(one, "resume") else other
    bob.befriend(one)
    bob.subscribe_to(one)
    theirs.suspend()
    one.set("colour", "blue")
    other.set("size", 3)
    assert bob.kept(one) == {}
    assert theirs.resume() == 1
    bob.wait_for_kept(one, "colour", "blue")
    bob.wait_for_kept(one, "size", 3)


def test_an_actor_that_is_deleted(alice, bob):
    one, other = alice
    bob.befriend(one)
    bob.subscribe_to(one)
    one.set("colour", "blue")
    bob.wait_for_kept(one, "colour", "blue")
    assert one.delete().status == 204
    assert other.get("properties").status == 404 and one.get("properties").status == 404
    assert bob.half(one) is None and bob.kept(one) == {}


def test_what_is_left_of_a_deleted_actor(service, alice, bob):
    """No row of the tables that are shared, whoever has deleted it, but the note that it has been."""
    one, other = alice
    make_list(one)
    item(other, action="add", item_value=1)
    one.set("email", "alice@example.com")
    bob.befriend(one)
    bob.subscribe_to(other, granularity="none")
    other.set("colour", "blue")
    one.permit(bob, methods={"allowed": ["sing"]})
    assert one.delete().status == 204
    for table in ("actors", "attributes", "peertrustees", "properties", "subscriptions", "subscription_diffs",
                  "subscription_suspensions", "trusts"):
        assert service.sql(f"SELECT * FROM {table} WHERE id = '{one.id}'") == [], table
    assert service.sql(f"SELECT * FROM property_lookup WHERE actor_id = '{one.id}'") == []


def test_finding_an_actor_by_its_address(service):
    """As the Python library does when somebody logs in: what ours has changed leads to the actor, what was leads nowhere."""
    here = service.make_actor(service.ours, "alice")

    def find(address):
        answer = live.request("POST", f"{service.theirs.root}interop/{here.id}/find",
                              {"name": "email", "value": json.dumps(address)})
        assert answer.status == 200, answer
        return answer.json

    here.set("email", f"{here.id}@example.com")
    assert find(f"{here.id}@example.com") == here.id
    here.set("email", f"{here.id}@example.org")
    assert find(f"{here.id}@example.org") == here.id and find(f"{here.id}@example.com") is None
    assert here.delete("properties/email").status == 204
    assert find(f"{here.id}@example.org") is None


# ---- what one does not see of the other at once ----


def known(service, actor, peer, what):
    """What the Python process has in its memory of a peer: it looks there first."""
    answer = live.request("POST", f"{service.theirs.root}interop/{actor.id}/known", {"peer": peer.id, "what": what})
    assert answer.status == 200, answer
    return json.dumps(answer.json)


def test_what_a_peer_grants_is_told_to_ours(service, bob):
    """The Python process goes on with what it knew; its own requests are decided by the peer anyway."""
    here = service.make_actor(service.ours, "alice")
    bob.befriend(here)
    service.balancer.ports = [service.ours.port]
    bob.permit(here, methods={"allowed": ["sing"]})
    live.wait_until(lambda: "sing" in json.dumps(here.granted(bob)), "the permission callback")
    assert "sing" in known(service, here, bob, "permissions")  # the first look
    bob.permit(here, methods={"allowed": ["dance"]})
    live.wait_until(lambda: "dance" in json.dumps(here.granted(bob)), "the permission callback")
    assert "sing" in known(service, here, bob, "permissions")
    service.restart_theirs()
    assert "dance" in known(service, here, bob, "permissions")


def test_permissions_that_ours_has_changed(service, bob):
    """The Python process keeps those that it has looked at, for as long as it runs."""
    here = service.make_actor(service.ours, "alice")
    there = service.at(service.theirs, here)
    secret = bob.befriend(here)["secret"]
    here.set("colour", "blue")

    def reads(actor):
        return actor.get("properties/colour", auth=None, bearer=secret).status

    here.permit(bob, properties={"patterns": ["*"], "operations": ["read"], "excluded_patterns": ["colour"]})
    assert reads(here) == reads(there) == 403  # nobody had asked there before
    here.take_back(bob)
    assert reads(here) == 200
    assert reads(there) == 403  # it has looked, and does not look again
    service.restart_theirs()
    assert reads(service.at(service.theirs, here)) == 200


def test_permissions_that_theirs_has_changed(service, bob):
    here = service.make_actor(service.ours, "alice")
    there = service.at(service.theirs, here)
    secret = bob.befriend(here)["secret"]
    here.set("colour", "blue")
    assert here.get("properties/colour", auth=None, bearer=secret).status == 200
    there.permit(bob, properties={"patterns": ["*"], "operations": ["read"], "excluded_patterns": ["colour"]})
    assert here.get("properties/colour", auth=None, bearer=secret).status == 403
    there.take_back(bob)
    assert here.get("properties/colour", auth=None, bearer=secret).status == 200


# ---- the package's own tools ----


def test_migrations_go_on_working(service):
    assert "e5f6a7b8c9d0 (head)" in service.alembic("current")
    service.alembic("upgrade", "head")
    assert "e5f6a7b8c9d0 (head)" in service.alembic("current")
    alice = service.make_actor(service.theirs, "alice")
    assert service.at(service.ours, alice).get("meta").json["id"] == alice.id
