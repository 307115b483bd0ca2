"""/{id}/meta: what everybody may know (WIRE 4)."""

import pytest


def test_all_of_it(actor):
    reply = actor.ask("GET", "/meta")
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    meta = reply.json
    assert list(meta) == ["id", "type", "version", "desc", "info", "trustee_root", "specification", "aw_version",
                          "aw_supported", "aw_formats", "aw_trust_types"]
    assert meta["id"] == actor.id
    assert meta["aw_version"] == "1.0" and meta["aw_formats"] == "json"
    assert {"associate", "friend", "admin"} <= set(meta["aw_trust_types"])
    tags = meta["aw_supported"].split(",")
    assert tags == sorted(tags) and {"trust", "subscriptions", "callbacks", "listproperties", "nestedproperties"} <= set(tags)


def test_each_part_is_plain_text(actor):
    meta = actor.ask("GET", "/meta").json
    parts = {"id": meta["id"], "type": meta["type"], "version": meta["version"], "desc": meta["desc"] + actor.id,
             "info": meta["info"], "trustee_root": "", "specification": "", "actingweb/version": meta["aw_version"],
             "actingweb/supported": meta["aw_supported"], "actingweb/formats": meta["aw_formats"]}
    for part, text in parts.items():
        reply = actor.ask("GET", f"/meta/{part}")
        assert reply.status == 200 and reply.text == text, part
        assert "content-type" not in reply.headers


def test_trust_types(actor):
    names = actor.ask("GET", "/meta").json["aw_trust_types"]
    listed = actor.ask("GET", "/meta/actingweb/trust_types").json
    assert [one["name"] for one in listed] == names
    assert all(set(one) == {"name", "display_name", "description", "created_by"} for one in listed)
    by_name = actor.ask("GET", "/meta/trusttypes").json
    assert set(by_name) == {"trust_types", "default_trust_type"}
    assert set(by_name["trust_types"]) == set(names)
    assert by_name["default_trust_type"] == names[0] == "associate"
    assert all(set(one) == {"display_name", "description"} for one in by_name["trust_types"].values())


@pytest.mark.parametrize("part", ["raml", "id/more", "actingweb", "actingweb/other", "actingweb/version/x", "ID"])
def test_there_is_nothing_else(actor, part):
    reply = actor.ask("GET", f"/meta/{part}")
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("auth", ["Basic !!!", "Bearer nonsense"])
def test_credentials_do_not_matter(actor, auth):
    assert actor.get("/meta", auth=auth).status == 200


def test_settings_are_shown(start):
    server = start("--type", "urn:actingweb:example.com:lamp", "--root", "https://lamps.example.com/base")
    actor = server.make_actor()
    assert actor.ask("GET", "/meta/type").text == "urn:actingweb:example.com:lamp"
    reply = server.ask("POST", "/", {})
    assert reply.headers["location"] == f"https://lamps.example.com/base/{reply.json['id']}"
    reply = actor.ask("GET", "/properties")
    assert reply.headers["www-authenticate"] == 'Basic realm="lamps.example.com"'
    assert actor.get("/trust/").headers["location"] == f"https://lamps.example.com/base/{actor.id}/trust"
