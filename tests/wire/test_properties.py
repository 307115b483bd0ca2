"""/{id}/properties: simple and nested properties (WIRE 5.1)."""

import json

import pytest

import live

# ---- its owner, reading and writing ----


def test_nothing_at_first(actor):
    reply = actor.get("/properties")
    assert reply.status == 200 and reply.json == {}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("value", [1, -2.5, 10 ** 15, True, False, "text", "", "Åse \U0001f600", "1",
                                   '{"not":"an object"}', [], [1, [2]], {}, {"a": {"b": [None]}}])
def test_what_is_put_is_got(actor, value):
    reply = actor.put("/properties/a", json.dumps(value))
    assert reply.status == 204 and reply.body == b""
    reply = actor.get("/properties/a")
    assert reply.status == 200 and reply.json == value and type(reply.json) is type(value)
    assert reply.headers["content-type"] == "application/json"
    assert actor.get("/properties").json == {"a": value}


def test_what_is_no_json_is_a_text(actor):
    assert actor.put("/properties/a", b"just words", Content_Type="text/plain").status == 204
    assert actor.get("/properties/a").json == "just words"
    assert actor.put("/properties/a", b"{broken").status == 204
    assert actor.get("/properties/a").json == "{broken"


def test_an_empty_body_deletes(actor):
    actor.put("/properties/a", "1")
    assert actor.put("/properties/a", b"").status == 204
    assert actor.get("/properties/a").status == 404


@pytest.mark.parametrize("body", [b"null", b" null ", b"\xff\xfe", b"a\0b"])
def test_values_that_are_refused(actor, body):
    reply = actor.put("/properties/a", body)
    assert reply.status == 400 and reply.error
    assert actor.get("/properties/a").status == 404


def test_null_inside_a_property_is_a_value(actor):
    assert actor.put("/properties/a/b", b"null").status == 204
    assert actor.get("/properties/a").json == {"b": None}
    reply = actor.get("/properties/a/b")
    assert reply.status == 200 and reply.text == "null"


def test_nested_too_deep(actor):
    for depth in (49, 64, 65, 5000):
        reply = actor.put("/properties/a", b"[" * depth + b"]" * depth)
        assert reply.status == 413 and reply.error == "too_large"
    assert actor.put("/properties/a", b"[" * 40 + b"]" * 40).status == 204


def test_paths_into_objects(actor):
    assert actor.put("/properties/a/b/c", "1").status == 204
    assert actor.get("/properties/a").json == {"b": {"c": 1}}
    assert actor.get("/properties/a/b").json == {"c": 1}
    assert actor.get("/properties/a/b/c").json == 1
    for missing in ("/a/x", "/a/b/c/d", "/a/b/x", "/x", "/x/y"):
        assert actor.get(f"/properties{missing}").status == 404
    actor.put("/properties/list", "[1,2]")
    assert actor.get("/properties/list/0").status == 404


def test_nested_puts_merge_objects(actor):
    actor.put("/properties/a", {"b": {"x": 1, "y": {"z": 2}}})
    assert actor.put("/properties/a/b", {"y": {"w": 3}}).status == 204
    assert actor.get("/properties/a").json == {"b": {"x": 1, "y": {"z": 2, "w": 3}}}
    assert actor.put("/properties/a/b", "7").status == 204
    assert actor.get("/properties/a").json == {"b": 7}
    assert actor.put("/properties/a", {"c": 1}).status == 204
    assert actor.get("/properties/a").json == {"c": 1}


def test_deep_paths(actor):
    path = "/".join(f"n{i}" for i in range(32))
    assert actor.put(f"/properties/{path}", "1").status == 204
    assert actor.get(f"/properties/{path}").json == 1
    assert actor.put(f"/properties/{path}/more", "1").status == 414


@pytest.mark.parametrize("parent", ["1", '"text"', "[1]", "true"])
def test_a_parent_that_is_no_object_is_a_conflict(actor, parent):
    actor.put("/properties/a", parent)
    reply = actor.put("/properties/a/b", "1")
    assert reply.status == 409 and reply.error == "conflict"
    assert actor.get("/properties/a").json == json.loads(parent)


def test_names_are_decoded(actor):
    assert actor.put("/properties/%C3%A5%20b%2Fc/d%3Fe", "1").status == 204
    assert actor.get("/properties").json == {"å b/c": {"d?e": 1}}
    assert actor.get("/properties/%C3%A5%20b%2Fc/d%3Fe").json == 1


@pytest.mark.parametrize("name, status", [("list:a", 400), ("list:a-meta", 400), ("a%01", 400), ("a%0Ab", 400),
                                          ("a" * 256, 413)])
def test_names_that_are_refused(actor, name, status):
    reply = actor.put(f"/properties/{name}", "1")
    assert reply.status == status and reply.error
    assert actor.get(f"/properties/{name}").status == 404
    assert actor.get("/properties").json == {}


def test_an_empty_name_is_none(actor):
    actor.put("/properties/a", {"b": 1})
    for path in ("/a/", "/a/b/", "/new/"):
        reply = actor.put(f"/properties{path}", "2")
        assert reply.status == 400 and reply.error == "bad_request"
        reply = actor.delete(f"/properties{path}")
        assert reply.status == 404 and reply.error == "not_found"
        assert actor.put(f"/properties{path}", b"").status == 400
    assert actor.put("/properties/a//b", "2").status == 404
    assert actor.delete("/properties/a//b").status == 404
    assert actor.get("/properties").json == {"a": {"b": 1}}


def test_the_collection_is_not_put(actor):
    actor.put("/properties/a", "1")
    for path in ("/properties", "/properties/"):
        reply = actor.put(path, {"b": 2})
        assert reply.status == 405 and reply.error == "method_not_allowed"
        assert reply.headers["allow"] == "GET, HEAD, POST, DELETE"
    assert actor.get("/properties").json == {"a": 1}


def test_deleting(actor):
    actor.put("/properties/a", {"b": {"c": 1}, "d": 2})
    assert actor.delete("/properties/a/b/c").status == 204
    assert actor.get("/properties/a").json == {"b": {}, "d": 2}
    for missing in ("/a/b/c", "/a/d/e", "/x/y"):
        assert actor.delete(f"/properties{missing}").status == 404
    assert actor.delete("/properties/absent").status == 204
    assert actor.delete("/properties/a").status == 204
    assert actor.get("/properties/a").status == 404


def test_deleting_everything(actor):
    actor.post("/properties", {"a": 1, "b": 2})
    assert actor.delete("/properties").status == 204
    assert actor.get("/properties").json == {}
    assert actor.delete("/properties").status == 204


# ---- several at once ----


def test_posting_several(actor):
    actor.put("/properties/old", "1")
    pairs = {"a": 1, "b": "text", "c": {"d": [1]}, "e": [1, 2], "f": False}
    reply = actor.post("/properties", pairs)
    assert reply.status == 201 and reply.json == pairs and "location" not in reply.headers
    assert actor.get("/properties").json == {**pairs, "old": 1}


def test_null_is_skipped_and_an_empty_text_deletes(actor):
    actor.post("/properties", {"a": 1, "b": 2})
    reply = actor.post("/properties", {"a": None, "b": "", "c": ""})
    assert reply.status == 201 and reply.json == {"b": "", "c": ""}
    assert actor.get("/properties").json == {"a": 1}


def test_the_path_of_a_post_does_not_matter(actor):
    assert actor.post("/properties/x/y", {"a": 1}).status == 201
    assert actor.get("/properties").json == {"a": 1}


@pytest.mark.parametrize("body, status", [
    (b"{}", 403), (b'{"a":null}', 403), (b"", 400), (b"{", 400), (b"[]", 400), (b'["a"]', 400), (b"1", 400),
    (b"null", 400), (b'{"list:a":1}', 400), (b'{"":1}', 400), (b'{"a\\u0001":1}', 400),
    (b'{"b":{"items":{}}}', 400), (b'{"b":{"items":[1]}}', 400), (b'{"b":{"items":[{"index":0,"c":1}]}}', 400),
    (b"[" * 5000, 400),
])
def test_bad_posts_store_nothing(actor, body, status):
    reply = actor.post("/properties", body)
    assert reply.status == status and reply.error
    assert actor.get("/properties").json == {}


def test_a_post_is_stored_whole_or_not_at_all(actor):
    assert actor.post("/properties", {"good": 1, "list:bad": 2}).status == 400
    assert actor.post("/properties", {"good": 1, "x" * 256: 2}).status == 413
    assert actor.get("/properties").json == {}


def test_forms(actor):
    reply = actor.form("POST", "/properties", {"a": "1", "b": "x y"}, actor.owner)
    assert reply.status == 201 and reply.json == {"a": "1", "b": "x y"}
    reply = actor.form("POST", "/properties", {"property": "c", "value": "v"}, actor.owner)
    assert reply.status == 201 and reply.json == {"c": "v"}
    assert actor.get("/properties").json == {"a": "1", "b": "x y", "c": "v"}
    assert actor.form("POST", "/properties", {"property": "d"}, actor.owner).status == 400
    assert actor.form("POST", "/properties", {}, actor.owner).status == 403
    for fields in ({"property": "d", "value": ""}, {"property": "d", "value": "v", "property_type": "odd"}):
        reply = actor.form("POST", "/properties", fields, actor.owner)
        assert reply.status == 400 and reply.error == "bad_request"
    assert actor.get("/properties/d").status == 404


def test_a_form_without_property_is_all_properties(actor):
    reply = actor.form("POST", "/properties?a=query&c=3", {"a": "form", "b": "", "value": "v", "property": ""},
                       actor.owner)
    assert reply.status == 201 and reply.json == {"a": "form", "b": "", "c": "3", "value": "v", "property": ""}
    assert actor.get("/properties").json == {"a": "form", "c": "3", "value": "v"}
    assert actor.post("/properties?_method=odd", {"x": 1}).json == {"_method": "odd"}


def test_a_query_makes_a_post_a_form(actor):
    reply = actor.post("/properties?a=b+c&a=d", {"ignored": 1})
    assert reply.status == 201 and reply.json == {"a": "b c"}
    assert actor.get("/properties").json == {"a": "b c"}


# ---- the collection ----


def test_metadata(actor):
    actor.post("/properties", {"a": "xy", "b": [1, 2]})
    reply = actor.get("/properties?metadata=true")
    assert reply.json == {"simple": {"properties": ["a", "b"], "total_bytes": 4 + 5}, "lists": {}}
    assert actor.get("/properties?metadata=1").json == {"a": "xy", "b": [1, 2]}
    assert actor.get("/properties?format=full").json == {"a": "xy", "b": [1, 2]}
    reply = actor.get("/properties?metadata=true&format=full")
    assert reply.status == 400 and reply.error


def test_the_index_of_what_is_no_list(actor):
    actor.put("/properties/a", "1")
    assert actor.put("/properties/a?index=0", "2").status == 404
    assert actor.get("/properties/a").json == 1


def test_names_of_lists_are_kept_free(start):
    """A list made by the Python library in the same tables."""
    server = start()
    actor = server.make_actor()
    live.sql(server.store, f"INSERT INTO properties (id, name, value) VALUES ('{actor.id}', 'list:n-meta', '{{}}')")
    for reply in (actor.put("/properties/n", "1"), actor.put("/properties/n/a", "1"),
                  actor.post("/properties", {"n": 1})):
        assert reply.status == 409 and reply.error == "conflict"
    assert actor.delete("/properties").status == 204
    assert actor.put("/properties/n", "1").status == 204  # the list has gone with the others


# ---- peers ----

EVERYTHING = {"plain": 1, "public": {"x": 2}, "shared": {"y": 3}, "private": {"z": 4}, "security": {"s": 5},
              "_internal": {"i": 6}}


@pytest.fixture
def full(actor):
    assert actor.post("/properties", EVERYTHING).status == 201
    return actor


@pytest.mark.parametrize("relationship, path, method, status", [
    ("admin", "/plain", "GET", 200), ("admin", "/private/z", "PUT", 204), ("admin", "/private", "DELETE", 204),
    ("admin", "", "DELETE", 204), ("admin", "", "POST", 201),
    ("friend", "/plain", "GET", 200), ("friend", "/plain", "PUT", 204), ("friend", "/new/a/b", "PUT", 204),
    ("friend", "/plain", "DELETE", 403), ("friend", "", "DELETE", 403), ("friend", "/private/z", "GET", 403),
    ("friend", "/private", "GET", 403), ("friend", "/private", "PUT", 403), ("friend", "/private/z", "PUT", 403),
    ("friend", "/security/s", "GET", 403), ("friend", "/_internal/i", "GET", 403), ("friend", "", "POST", 201),
    ("friend", "/absent", "GET", 404), ("friend", "/private/absent", "GET", 403),
    ("partner", "/private/z", "GET", 200), ("partner", "/_internal/i", "GET", 403),
    ("partner", "/plain", "DELETE", 403),
    ("viewer", "/public/x", "GET", 200), ("viewer", "/shared/y", "GET", 200), ("viewer", "/plain", "GET", 403),
    ("viewer", "/public/x", "PUT", 403), ("viewer", "", "GET", 403), ("viewer", "", "POST", 403),
    ("associate", "/public/x", "GET", 200), ("associate", "/plain", "GET", 403), ("associate", "/shared/y", "GET", 403),
    ("associate", "/public/x", "PUT", 403), ("associate", "", "POST", 403), ("associate", "", "DELETE", 403),
    ("stranger", "", "GET", 403), ("stranger", "/public/x", "GET", 403), ("stranger", "/plain", "PUT", 403),
])
def test_what_relationships_allow(full, peer, relationship, path, method, status):
    body = {"PUT": "7", "POST": {"posted": 1}}.get(method)
    reply = full.ask(method, f"/properties{path}", body, peer(relationship))
    assert reply.status == status, reply
    if status == 403:
        assert reply.error == "forbidden"
        assert full.get("/properties").json == EVERYTHING


@pytest.mark.parametrize("relationship, seen", [
    ("admin", set(EVERYTHING)),
    ("partner", set(EVERYTHING) - {"_internal"}),
    ("friend", {"plain", "public", "shared"}),
    ("associate", set()),
])
def test_what_the_collection_leaves_out(full, peer, relationship, seen):
    auth = peer(relationship)
    assert set(full.get("/properties", auth=auth).json) == seen
    assert set(full.get("/properties?metadata=true", auth=auth).json["simple"]["properties"]) == seen


def test_a_peer_posts_all_or_nothing(full, peer):
    friend = peer("friend")
    for body in ({"ok": 1, "private": 2}, {"ok": 1, "private/x": 2}, {"plain": ""}):
        reply = full.post("/properties", body, auth=friend)
        assert reply.status == 403
        assert full.get("/properties").json == EVERYTHING


@pytest.mark.parametrize("kept", ["plain", "notes"])
def test_a_peer_deletes_all_or_nothing(full, play, kept):
    """Who may delete, but not each of them, does not delete the others by asking for all."""
    full.post("/properties", {"notes": {"_type": "list"}})
    for name in ("private", "security", "_internal"):  # which are nothing of a friend's anyway
        full.delete(f"/properties/{name}")
    friend = play().befriend(full, "friend")
    path = f"/trust/friend/{friend.id}/permissions"
    rules = {"patterns": ["*"], "operations": ["read", "delete"], "excluded_patterns": [kept]}
    assert full.put(path, {"properties": rules}).status == 201
    before = full.get("/properties?format=full").json
    for condition in ({}, {"If_Match": "*"}):
        reply = friend.ask(full, "DELETE", "/properties", **condition)
        assert reply.status == 403 and reply.error == "forbidden"
        assert full.get("/properties?format=full").json == before
    assert full.delete(f"/properties/{kept}").status == 204
    assert friend.ask(full, "DELETE", "/properties").status == 204
    assert full.get("/properties").json == {}


def test_an_empty_put_needs_the_right_to_delete(full, peer):
    assert full.put("/properties/plain", b"", auth=peer("friend")).status == 403
    assert full.get("/properties/plain").json == 1
    assert full.put("/properties/plain", b"", auth=peer("admin")).status == 204
    assert full.get("/properties/plain").status == 404
