"""One database, two implementations: what either has written the other serves with the same answers, and both at once."""
import json
import re

import pytest

import live
from parties import Ours, make_party
from shared import FLAGS, TABLES, Questions, a_service

TEXTS = {"colour": "blue", "size": 3, "ratio": -1.5, "on": True, "off": False, "empty": "", "none": [], "nothing": {},
         "words": ["one", "two", None, {"three": 3}], "home": {"address": {"city": "Oslo", "zip": 150}, "rooms": 3},
         "public": {"name": "Alice"}, "private": {"diary": "secret"}, "strange": "æøå 😀 \" \\ \n", "name with space": 1,
         "long": "x" * 20000, "email": "alice@example.com", "exact": 0.1}
SONGS = ["Yesterday", {"title": "Help!", "year": 1965}, ["nested", 1, None], 7, {"deep": {"er": [{}]}}, "æøå"]


@pytest.fixture(scope="module")
def elsewhere(start_server):
    """The peers' service: it is neither of the two."""
    return start_server(*FLAGS)


@pytest.fixture
def service(request, tmp_path, python_library, postgres, start_reference, start_server):
    schema = "one_" + re.sub(r"\W", "_", request.node.name.lower())[:40]
    with a_service(schema, tmp_path, python_library, postgres, start_reference, start_server) as one:
        yield one


class World:
    """What is written: an actor with all that one can have, and its peers."""

    def __init__(self, service, server, elsewhere):
        self.alice = service.make_actor(server, "alice@example.com")
        self.peers = {name: make_party(Ours, elsewhere, name)
                      for name in ("bob", "carol", "dave", "erin", "frank", "gina")}
        self.sub = {}
        self.fill_properties()
        self.fill_lists()
        self.fill_relationships()
        self.fill_subscriptions()
        self.fill_attributes()

    def fill_properties(self):
        for name, value in TEXTS.items():
            self.alice.set(name.replace(" ", "%20"), value)
        assert self.alice.put("properties/raw", "light blue").status == 204
        assert self.alice.put("properties/looks", "{not json").status == 204

    def fill_lists(self):
        for name, description in (("songs", "What to sing"), ("void", "Nothing"), ("numbers", "Many")):
            wish = {name: {"_type": "list", "description": description, "explanation": f"of {name}"}}
            assert self.alice.post("properties", wish).status == 201
        for song in SONGS:
            self.item("songs", action="add", item_value=song)
        for number in range(60):
            self.item("numbers", action="add", item_value=number)
        self.item("numbers", action="update", item_index=3, item_value="three")
        for _ in range(20):
            self.item("numbers", action="delete", item_index=10)

    def item(self, name, **wish):
        answer = self.alice.post(f"properties/{name}/items", wish)
        assert answer.status in (201, 204), (wish, answer)

    def fill_relationships(self):
        alice, peers = self.alice, self.peers
        peers["bob"].befriend(alice)
        alice.befriend(peers["carol"])
        peers["erin"].befriend(alice, "admin")
        peers["frank"].befriend(alice, "associate")
        assert peers["dave"].post("trust", {"url": alice.url, "relationship": "friend", "desc": "waits"}).status == 201
        assert alice.post("trust", {"url": peers["gina"].url, "relationship": "partner"}).status == 201
        alice.permit(peers["bob"], properties={"patterns": ["*"], "operations": ["read", "write", "delete"],
                                               "excluded_patterns": ["size"]})
        alice.permit(peers["frank"], "associate", properties={"patterns": ["mood"], "operations": ["read"]},
                     methods={"allowed": ["sing"], "denied": ["dance"]})

    def fill_subscriptions(self):
        alice, bob, carol = self.alice, self.peers["bob"], self.peers["carol"]
        for name, wish in (("high", {}), ("low", {"granularity": "low"}), ("none", {"granularity": "none"}),
                           ("one", {"subtarget": "colour", "granularity": "none"}),
                           ("part", {"subtarget": "home", "resource": "address", "granularity": "none"})):
            self.sub[name] = bob.subscribe_to(alice, **wish)
        alice.set("colour", "red")
        alice.set("home/address", {"city": "Bergen", "zip": 5003})
        alice.set("shape", {"corners": 3})
        self.item("songs", action="add", item_value="Michelle")
        assert alice.delete("properties/shape").status == 204
        carol.set("mood", "good")
        carol.set("place", {"lat": 59.9})
        self.sub["outbound"] = alice.subscribe_to(carol)
        carol.set("mood", "better")
        alice.wait_for_kept(carol, "mood", "better")
        carol.permit(alice, methods={"allowed": ["told"]})
        live.wait_until(lambda: "told" in json.dumps(alice.granted(carol)), "the permission callback")
        alice.suspend("quiet")

    def fill_attributes(self):
        for name, value in (("one", {"a": 1}), ("two", "text"), ("three", [1, {"b": None}])):
            answer = self.alice.put(f"devtest/attribute/things/{name}", value if isinstance(value, dict)
                                    else json.dumps(value), headers={"Content-Type": "application/json"})
            assert answer.status == 204, answer

    # ---- what is asked ----

    def paths(self):
        alice, sub = self.alice, self.sub
        lists, names = ("songs", "void", "numbers"), [*TEXTS, "raw", "looks", "shape", "absent"]
        yield from ("", "meta", "properties", "properties?metadata=true", "properties?format=full", "trust",
                    "trust?relationship=friend", "subscriptions", "subscriptions?target=properties", "methods", "actions",
                    "devtest/attributes/things", "devtest/attributes/things/one", "devtest/attributes/absent")
        for part in ("id", "type", "trustee_root", "specification", "actingweb/version", "actingweb/formats"):
            yield f"meta/{part}"
        for name in names:
            yield f"properties/{name.replace(' ', '%20')}"
        for path in ("home/address", "home/address/city", "home/absent", "private/diary", "public/name", "words/0"):
            yield f"properties/{path}"
        for name in lists:
            for more in ("", "?index=0", "?index=-1", "?index=99", "?format=short", "/items", "/metadata"):
                yield f"properties/{name}{more}"
        for name, peer in self.peers.items():
            relationship = {"erin": "admin", "frank": "associate", "gina": "partner"}.get(name, "friend")
            for more in ("", "?permissions=true", "/permissions"):
                yield f"trust/{relationship}/{peer.id}{more}"
            yield f"trust?peerid={peer.id}"
            yield f"permissions/{peer.id}"
            yield f"subscriptions/{peer.id}"
        for name in ("high", "low", "none", "one", "part"):
            yield f"subscriptions/{self.peers['bob'].id}/{sub[name]}"
        yield f"subscriptions/{self.peers['carol'].id}/{sub['outbound']}"
        for bucket in (f"remote:{self.peers['carol'].id}", "_trust_permissions", "_peer_permissions"):
            yield f"devtest/attributes/{bucket}"


def differences(service, world):
    questions = Questions(service, world.alice)
    found = [difference for path in world.paths() for difference in questions.ask(path)]
    assert questions.asked > 500
    return found


def test_written_by_python(service, elsewhere):
    service.migrate()
    service.start_theirs()
    world = World(service, service.theirs, elsewhere)
    service.start_ours()
    found = differences(service, world)
    assert not found, "\n" + "\n".join(found)


def test_written_by_c(service, elsewhere):
    service.start_ours()
    world = World(service, service.ours, elsewhere)
    service.start_theirs()
    found = differences(service, world)
    assert not found, "\n" + "\n".join(found)
