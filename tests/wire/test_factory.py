"""/ and /login: making actors (WIRE 3)."""

import re

import pytest

ID = re.compile(r"[0-9a-f]{32}")
SECRET = re.compile(r"[0-9a-f]{40}")


@pytest.mark.parametrize("path", ["/", "/login", "/?format=json"])
def test_the_page(server, path):
    reply = server.ask("GET", path, Accept="application/json")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert "<form" in reply.text


def test_an_actor_is_made(server):
    reply = server.ask("POST", "/", {"creator": "bob", "passphrase": "secret words"})
    made = reply.json
    assert reply.status == 201
    assert set(made) == {"id", "creator", "passphrase"}
    assert ID.fullmatch(made["id"]) and made["creator"] == "bob" and made["passphrase"] == "secret words"
    assert reply.headers["location"] == f"{server.root}{made['id']}"
    assert server.ask("GET", f"/{made['id']}/meta/id").text == made["id"]


@pytest.mark.parametrize("body, creator", [
    ({}, "creator"),
    ({"creator": ""}, "creator"),
    ({"creator": None}, "creator"),
    ({"creator": "  Bob "}, "Bob"),
    ({"creator": " Bob@Example.COM"}, "bob@example.com"),
    ({"creator": "Åse", "unknown": 1}, "Åse"),
])
def test_creators(server, body, creator):
    reply = server.ask("POST", "/", body)
    assert reply.status == 201 and reply.json["creator"] == creator
    assert SECRET.fullmatch(reply.json["passphrase"])


def test_json_is_compact_and_unescaped(server):
    body = server.ask("POST", "/", {"creator": "Åse"}).body
    assert b'"creator":"' + "Åse".encode() + b'","' in body


def test_ids_and_passphrases_are_never_the_same(server):
    made = [server.ask("POST", "/", {}).json for _ in range(20)]
    assert len({one["id"] for one in made}) == 20
    assert len({one["passphrase"] for one in made}) == 20


def test_a_trustee_root_is_kept(server):
    made = server.ask("POST", "/", {"creator": "trustee", "trustee_root": "https://example.com/proxy"}).json
    assert made["trustee_root"] == "https://example.com/proxy"
    assert server.ask("GET", f"/{made['id']}/meta/trustee_root").text == "https://example.com/proxy"


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"creator=bob", b'{"creator":1}', b'{"creator":["a"]}',
    b'{"creator":{}}', b'{"passphrase":7}', b'{"trustee_root":false}', b'{"creator":"' + b"a" * 256 + b'"}', b'{"creator":"a\\u0001b"}',
    b'{"creator":"   "}', b'{"creator":"\xff"}', b"[" * 5000, b'{"passphrase":"' + b"p" * 256 + b'"}',
])
def test_bad_bodies_make_nothing(server, body):
    reply = server.ask("POST", "/", body, Content_Type="application/json")
    assert reply.status == 400 and reply.error
    assert "location" not in reply.headers


def test_a_person_fills_in_the_form(server):
    reply = server.form("POST", "/", {"creator": "Eve <eve@example.com>", "passphrase": "a&b"})
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["location"].startswith(server.root)
    assert "eve &lt;eve@example.com&gt;" in reply.text and "a&amp;b" in reply.text


def test_a_form_without_a_name(server):
    reply = server.form("POST", "/", {"passphrase": "x"})
    assert reply.status == 400 and reply.headers["content-type"].startswith("text/html")


def test_a_form_may_ask_for_json(server):
    reply = server.form("POST", "/", {"creator": "bob"}, Accept="application/json")
    assert reply.status == 201 and reply.json["creator"] == "bob"


def test_creators_need_not_be_unique(server):
    first = server.ask("POST", "/", {"creator": "twice"}).json
    second = server.ask("POST", "/", {"creator": "twice"}).json
    assert first["id"] != second["id"]


def test_unique_creators(start):
    server = start("--unique-creator")
    made = server.ask("POST", "/", {"creator": "bob@example.com", "passphrase": "pass"}).json
    for body in ({"creator": "BOB@example.com"}, {"creator": "bob@example.com", "passphrase": "wrong"}):
        reply = server.ask("POST", "/", body)
        assert reply.status == 403 and reply.error == "creator_exists"
        assert made["id"] not in reply.text and "location" not in reply.headers
    reply = server.ask("POST", "/", {"creator": "bob@example.com", "passphrase": "pass"})
    assert reply.status == 201 and reply.json == made
    reply = server.form("POST", "/", {"creator": "bob@example.com"})
    assert reply.status == 403 and reply.headers["content-type"].startswith("text/html")


def test_actors_outlive_the_server(start, tmp_path):
    server = start()
    actor = server.make_actor()
    actor.put("/properties/kept", {"a": 1})
    assert server.stop() == 0
    again = start()
    assert again.ask("GET", f"/{actor.id}/properties/kept", auth=actor.owner).json == {"a": 1}


@pytest.mark.parametrize("body", ['{"creator":"zed"}', ' \n{"creator":"zed"}'])
def test_json_that_is_called_a_form(server, body):
    """What a client sends that was not told what it sends: curl -d, for one."""
    reply = server.ask("POST", "/", body, Content_Type="application/x-www-form-urlencoded")
    assert reply.status == 201
    assert reply.json["creator"] == "zed"
