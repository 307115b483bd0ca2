"""Kinds of relationship from a file (--trust-types): they are told of in /meta, and mean what they say."""
import json
import subprocess

import pytest

import live

TYPES = [
    {"name": "doctor", "display_name": "Doctor", "description": "Reads what concerns health", "access": "associate",
     "properties": {"patterns": ["health/*", "blood_pressure"], "operations": ["read", "subscribe"],
                    "excluded_patterns": ["health/mind"]},
     "methods": {"allowed": ["get_*"], "denied": ["get_secret"]}},
    {"name": "friend", "properties": {"patterns": ["mood"], "operations": ["read"]}, "access": "viewer"},
    {"name": "postman", "properties": ["letterbox"]},
]


@pytest.fixture
def actor(start, tmp_path):
    path = tmp_path / "types.json"
    path.write_text(json.dumps(TYPES))
    server = start("--trust-types", str(path), "--default-relationship", "doctor")
    actor = server.make_actor()
    for name, value in {"health": {"heart": "fine", "mind": "sad"}, "mood": "good", "letterbox": 1, "secret": 2}.items():
        assert actor.put(f"/properties/{name}", value).status == 204
    return actor


def test_meta_tells_of_them(actor):
    names = ["associate", "viewer", "friend", "partner", "admin", "mcp_client", "doctor", "postman"]
    assert actor.get("/meta").json["aw_trust_types"] == names
    listed = {one["name"]: one for one in actor.get("/meta/actingweb/trust_types").json}
    assert list(listed) == names
    assert listed["doctor"]["display_name"] == "Doctor" and listed["postman"]["display_name"] == "postman"
    types = actor.get("/meta/trusttypes").json
    assert types["default_trust_type"] == "doctor"
    assert types["trust_types"]["doctor"] == {"display_name": "Doctor", "description": "Reads what concerns health"}


def test_they_mean_what_they_say(actor, play):
    doctor, friend, postman = (play().befriend(actor, name) for name in ("doctor", "friend", "postman"))
    assert doctor.ask(actor, "GET", "/properties/health/heart").json == "fine"
    assert doctor.ask(actor, "GET", "/properties/health/mind").status == 403
    assert doctor.ask(actor, "PUT", "/properties/health/heart", "bad").status == 403
    assert doctor.ask(actor, "GET", "/properties").json == {}  # as an associate
    assert friend.ask(actor, "GET", "/properties/mood").json == "good"
    assert friend.ask(actor, "GET", "/properties/secret").status == 403
    assert postman.ask(actor, "GET", "/properties/letterbox").json == 1
    assert postman.ask(actor, "GET", "/properties").status == 403  # no access
    told = doctor.ask(actor, "GET", f"/permissions/{doctor.id}").json
    assert told["trust_type"] == "doctor" and told["permissions"]["properties"] == TYPES[0]["properties"]


@pytest.mark.parametrize("text, complaint", [
    ("", "line 1"), ("{}", "array"), ("[1]", "object"), ('[{"name":1}]', "texts"), ("[{}]", "name"),
    ('[{"name":"a b"}]', "one word"), ('[{"name":"creator"}]', "creator"), ('[{"name":"a"},{"name":"a"}]', "twice"),
    ('[{"name":"a","access":"king"}]', "access"), ('[{"name":"a","propertes":{}}]', "properties"),
    ('[{"name":"a","properties":{"patterns":"x"}}]', "a: properties.patterns"),
    ('[{"name":"a","properties":{"operations":["fly"]}}]', "operations"),
    (json.dumps([{"name": f"t{n}"} for n in range(65)]), "64"),
])
def test_files_that_are_wrong(tmp_path, text, complaint):
    path = tmp_path / "types.json"
    path.write_text(text)
    ended = subprocess.run([str(live.program("actingwebd")), "--trust-types", str(path), "--check-config"], capture_output=True, text=True,
                           timeout=60)
    assert ended.returncode == 2 and complaint in ended.stderr, ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_file_that_is_not_there(tmp_path):
    ended = subprocess.run([str(live.program("actingwebd")), "--trust-types", str(tmp_path / "none"), "--check-config"], timeout=60,
                           capture_output=True, text=True)
    assert ended.returncode == 2 and "none" in ended.stderr
