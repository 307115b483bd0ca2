"""What the differential test calls a difference, and what a row of docs/deviations.toml explains. Needs no reference."""
import json
import types
from email.message import Message

import pytest

import live
from allowed import Allowance, Allowed
from compare import Names, compare_answers
from model import Actor, Step

OURS, THEIRS = "0" * 32, "1" * 32


def answer(status, value=None, **headers):
    message = Message()
    for name, text in {"Content-Type": "application/json", **headers}.items():
        message[name.replace("_", "-")] = text
    text = "" if value is None else json.dumps(value)
    return live.Answer(status, message, text, value)


@pytest.fixture
def pair():
    names = Names()
    sides = [types.SimpleNamespace(addresses=[(root, "«root»")], names_of_texts=known)
             for root, known in (("http://here/", names.here), ("http://there/", names.reference))]
    return types.SimpleNamespace(names=names, here=sides[0], reference=sides[1])


def places(pair, here, reference, method="GET"):
    return [one.what for one in compare_answers(here, reference, pair, method)]


def test_what_each_made_up_is_the_same(pair):
    ours = answer(201, {"id": OURS, "at": "2026-03-01T12:00:00.123456Z"}, Location=f"http://here/{OURS}")
    theirs = answer(201, {"id": THEIRS, "at": "2026-04-02T13:00:01.654321Z"}, Location=f"http://there/{THEIRS}")
    assert places(pair, ours, theirs) == []


def test_but_not_in_the_place_of_another(pair):
    assert places(pair, answer(200, {"id": OURS}), answer(200, {"id": THEIRS})) == []
    assert places(pair, answer(200, {"id": OURS}), answer(200, {"id": "2" * 32})) == ["body.id"]


@pytest.mark.parametrize("ours, theirs, what", [
    (answer(200, {"a": 1}), answer(204), ["status", "header Content-Type", "body"]),
    (answer(200, {"a": 1}), answer(200, {"a": 1.0}), ["body.a"]),
    (answer(200, {"a": 1}), answer(200, {"a": True}), ["body.a"]),
    (answer(200, {"a": {"b": 1}}), answer(200, {"a": {}}), ["body.a.b"]),
    (answer(200, [1, 2]), answer(200, [2, 1]), ["body[]", "body[]"]),
    (answer(200, {"at": "2026-03-01 12:00:00"}), answer(200, {"at": "2026-03-01T12:00:00Z"}), ["body.at"]),
    (answer(200, [{"peerid": "b"}, {"peerid": "a"}]), answer(200, [{"peerid": "a"}, {"peerid": "b"}]), []),
    (answer(400, {"error": {"code": "x", "message": "y"}}), answer(400), []),
    (answer(400, {"error": "x"}), answer(400), ["error"]),
    (answer(404, {"error": {"code": "x", "message": "y"}}), answer(403), ["status"]),
    (answer(405, {"error": {"code": "x", "message": "y"}}, Allow="GET, HEAD"), answer(405, Allow="PUT"),
     ["header Allow"])])
def test_differences(pair, ours, theirs, what):
    assert places(pair, ours, theirs) == what


def allowance(**fields):
    return Allowance({"reference": "a row"}, fields)


def test_what_an_allowance_explains(pair):
    step = Step("x", "GET", "/«a1»/properties/x?format=full", Actor("a1", "alice"), who="friend")
    ours, theirs = answer(409, {"error": {"code": "x", "message": "y"}}), answer(500)
    difference, = compare_answers(ours, theirs, pair, "GET")
    for right in ({}, {"method": "GET|PUT"}, {"path": "/properties/.*"}, {"who": "friend"}, {"query": "format=full"}):
        assert allowance(reference=500, here=[400, 409], **right).fits(step, ours, theirs, difference)
    for wrong in ({"method": "PUT"}, {"path": "/properties"}, {"who": "owner"}, {"query": ""}, {"what": "body"}):
        assert not allowance(reference=500, here=409, **wrong).fits(step, ours, theirs, difference)
    assert not allowance(reference=501, here=409).fits(step, ours, theirs, difference)


def test_an_allowance_says_something():
    for fields in ({}, {"method": "GET"}, {"here": 404}):
        with pytest.raises(AssertionError):
            allowance(**fields)
    with pytest.raises(AssertionError):
        allowance(what="body", status=404)


def test_the_allowances_of_the_file_can_be_read():
    assert len(Allowed().all) > 50
