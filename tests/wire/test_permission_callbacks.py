"""/{id}/callbacks/permissions/{peer}: what a peer says that it grants (WIRE 8), kept as the reference keeps it (WIRE 14).
Who is listened to is in test_access.py, what cannot be read in test_bad_input.py."""
import json

import pytest

GRANTED = {"properties": {"patterns": ["a/*"], "operations": ["read"], "excluded_patterns": ["a/b"]},
           "methods": {"allowed": ["get_*"], "denied": []}, "actions": {}, "tools": None}


@pytest.fixture
def actor(keeper):
    return keeper.make_actor()


@pytest.fixture
def granter(actor, play):
    return play().befriend(actor)


def say(granter, actor, data, timestamp=None, method="POST", **more):
    body = {"id": granter.id, "target": "permissions", "type": "permission", "timestamp": timestamp, "data": data, **more}
    return granter.ask(actor, method, f"/callbacks/permissions/{granter.id}", body)


def kept(actor, granter):
    """The row, or None."""
    reply = actor.get(f"/devtest/attributes/_peer_permissions/{actor.id}:{granter.id}")
    return json.loads(reply.json["data"]) if reply.status == 200 else None


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_granted_is_kept(actor, granter, method):
    reply = say(granter, actor, GRANTED, "2026-01-15T12:00:00.000000Z", method)
    assert reply.status == 204 and reply.body == b""
    assert kept(actor, granter) == {
        "actor_id": actor.id, "peer_id": granter.id, "properties": GRANTED["properties"], "methods": GRANTED["methods"],
        "actions": {}, "tools": None, "resources": None, "prompts": None,
        "fetched_at": "2026-01-15T12:00:00.000000+00:00", "fetch_error": None, "extra_attributes": {}}


def test_all_of_it_is_replaced(actor, granter):
    say(granter, actor, GRANTED, "2026-01-15T12:00:00Z")
    assert say(granter, actor, {"prompts": {"allowed": ["*"]}}, "2026-01-15T12:00:01Z").status == 204
    row = kept(actor, granter)
    assert row["properties"] is None and row["methods"] is None and row["prompts"] == {"allowed": ["*"]}


def test_a_list_of_properties_is_what_may_be_read(actor, granter):
    assert say(granter, actor, {"properties": ["a", "b/*"]}).status == 204
    assert kept(actor, granter)["properties"] == {"patterns": ["a", "b/*"], "operations": ["read"]}


@pytest.mark.parametrize("later, earlier", [
    ("2026-01-15T12:00:00.000002Z", "2026-01-15T12:00:00.000001Z"),
    ("2026-01-15T12:00:00+00:00", "2026-01-15T13:59:59+02:00"),
    ("2026-01-15 12:00:01", "2026-01-15T12:00:00Z"),
    (None, "2026-01-15T12:00:00Z"),  # now
])
def test_one_that_was_overtaken_changes_nothing(actor, granter, later, earlier):
    assert say(granter, actor, {"actions": {"allowed": ["new"]}}, later).status == 204
    assert say(granter, actor, {"actions": {"allowed": ["old"]}}, earlier).status == 204
    assert kept(actor, granter)["actions"] == {"allowed": ["new"]}
    assert say(granter, actor, {"actions": {"allowed": ["newest"]}}, "2100-01-01T00:00:00Z").status == 204
    assert kept(actor, granter)["actions"] == {"allowed": ["newest"]}


def test_the_same_twice(actor, granter):
    for _ in range(2):
        assert say(granter, actor, GRANTED, "2026-01-15T12:00:00Z").status == 204
    assert kept(actor, granter)["methods"] == GRANTED["methods"]


@pytest.mark.parametrize("data", [None, [], "all", 1, {"properties": "all"}, {"properties": 1}, {"methods": ["get_*"]},
                                  {"actions": True}, {"prompts": "*"}])
def test_data_that_grants_nothing(actor, granter, data):
    say(granter, actor, GRANTED, "2026-01-15T12:00:00Z")
    before = kept(actor, granter)
    reply = say(granter, actor, data)
    assert reply.status == 400 and reply.error == "bad_request"
    assert kept(actor, granter) == before


@pytest.mark.parametrize("more", [{"timestamp": "yesterday"}, {"timestamp": 7}, {"timestamp": ""}, {"type": "resync"},
                                  {"type": "diff"}, {"type": 1}])
def test_members_that_are_wrong(actor, granter, more):
    reply = say(granter, actor, GRANTED, **{"timestamp": None, **more})
    assert reply.status == 400 and reply.error == "bad_request"
    assert kept(actor, granter) is None


def test_a_row_that_cannot_be_read_is_replaced(actor, granter):
    actor.put(f"/devtest/attributes/_peer_permissions/{actor.id}:{granter.id}", '"{"')
    assert say(granter, actor, GRANTED, "2026-01-15T12:00:00Z").status == 204
    assert kept(actor, granter)["methods"] == GRANTED["methods"]


def test_each_peer_for_itself(actor, granter, play):
    other = play().befriend(actor)
    say(granter, actor, {"actions": {"allowed": ["a"]}})
    say(other, actor, {"actions": {"allowed": ["b"]}})
    assert kept(actor, granter)["actions"] == {"allowed": ["a"]}
    assert kept(actor, other)["actions"] == {"allowed": ["b"]}


def test_it_ends_with_the_trust(actor, granter):
    say(granter, actor, GRANTED)
    assert actor.delete(f"/trust/friend/{granter.id}").status == 204
    assert kept(actor, granter) is None
