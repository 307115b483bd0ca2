"""List properties: the reference's routes (WIRE 5.2), and the specification's own beside them."""
import json

import pytest

NOTES = ["a", {"b": [1]}, 3]


@pytest.fixture
def notes(actor):
    """An actor with a list of three items."""
    assert actor.post("/properties", {"n": {"_type": "list", "description": "d", "explanation": "e"}}).status == 201
    for item in NOTES:
        assert actor.post("/properties/n/items", {"action": "add", "item_value": item}).status == 201
    return actor


def items(actor, auth=None):
    reply = actor.get("/properties/n", auth=auth)
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    return reply.json


# ---- making one ----


def test_making_a_list(actor):
    reply = actor.post("/properties", {"n": {"_type": "list", "description": "d", "explanation": "e"}})
    assert reply.status == 201 and reply.json == {"n": "[Empty list property created]"}
    assert items(actor) == []
    assert actor.get("/properties").json == {"n": {"_list": True, "count": 0}}
    assert actor.get("/properties/n?format=short").json == {"_list": True, "count": 0, "description": "d",
                                                            "explanation": "e"}


def test_making_several_things_at_once(actor):
    reply = actor.post("/properties", {"a": 1, "n": {"_type": "list"}, "m": {"_type": "list"}, "z": None})
    assert reply.status == 201
    assert reply.json == {"a": 1, "n": "[Empty list property created]", "m": "[Empty list property created]"}
    assert actor.get("/properties").json == {"a": 1, "n": {"_list": True, "count": 0}, "m": {"_list": True, "count": 0}}


def test_making_what_is_there_keeps_its_items(notes):
    assert notes.post("/properties", {"n": {"_type": "list", "description": "new"}}).status == 201
    assert items(notes) == NOTES
    metadata = notes.get("/properties/n/metadata").json
    assert metadata["description"] == "new" and metadata["explanation"] == "e"


def test_a_form_makes_a_list(actor):
    reply = actor.form("POST", "/properties", {"property": "n", "property_type": "list", "description": "d"},
                       actor.owner)
    assert reply.status == 201 and reply.json == {"n": "[Empty list property created]"}
    reply = actor.form("POST", "/properties", {"property": "bare", "property_type": "list"}, actor.owner)
    assert reply.status == 201
    assert actor.get("/properties/n/metadata").json["description"] == "d"
    assert actor.get("/properties/bare").json == []


@pytest.mark.parametrize("body", [{"n": {"_type": "list", "description": 1}}, {"n": {"_type": "list", "explanation": []}},
                                  {"list:n": {"_type": "list"}}, {"n#": {"_type": "list"}}])
def test_lists_that_are_not_made(actor, body):
    reply = actor.post("/properties", {"a": 1, **body})
    assert reply.status == 400 and reply.error
    assert actor.get("/properties").json == {}


def test_nearly_any_name_will_do(actor):
    for name in ("a-meta", "å ß", "a/b", "1", "items", "metadata", "x" * 255):
        reply = actor.post("/properties", {name: {"_type": "list"}})
        assert reply.status == 201, name
        assert actor.get("/properties").json[name] == {"_list": True, "count": 0}
    reply = actor.post("/properties/a%2Fb", b"1")
    assert reply.status == 201 and reply.headers["location"] == f"{actor.url}/properties/a%2Fb/0"
    assert actor.get("/properties/a%2Fb/0").json == 1 and actor.get("/properties/items/items").json["count"] == 0
    assert actor.get("/properties/a").status == 404 and actor.get("/properties/a-meta").json == []


# ---- names: one or the other ----


def test_a_name_is_a_list_or_it_is_not(notes):
    notes.put("/properties/a", {"b": 1})
    for reply in (notes.put("/properties/n", "1"), notes.put("/properties/n/x", "1"), notes.post("/properties", {"n": 1}),
                  notes.post("/properties", {"n": {"x": 1}}), notes.post("/properties", {"new": 1, "n": ""}),
                  notes.form("POST", "/properties", {"n": "1"}, notes.owner),
                  notes.form("POST", "/properties", {"property": "n", "value": "1"}, notes.owner),
                  notes.post("/properties", {"a": {"_type": "list"}}),
                  notes.post("/properties", {"new": {"_type": "list"}, "a": {"_type": "list"}}),
                  notes.form("POST", "/properties", {"property": "a", "property_type": "list"}, notes.owner)):
        assert reply.status == 409 and reply.error == "conflict", reply
    assert items(notes) == NOTES
    assert notes.get("/properties").json == {"a": {"b": 1}, "n": {"_list": True, "count": 3}}


# ---- reading ----


def test_reading_items(notes):
    assert items(notes) == NOTES
    assert notes.get("/properties/n?format=full").json == NOTES
    assert notes.get("/properties/n/items").json == {
        "items": [{"index": i, "item": item} for i, item in enumerate(NOTES)], "count": 3}
    assert notes.get("/properties/n/metadata").json == {"name": "n", "_list": True, "count": 3, "description": "d",
                                                        "explanation": "e"}


@pytest.mark.parametrize("index, item", [("0", "a"), ("1", {"b": [1]}), ("2", 3), ("-1", 3), ("-3", "a")])
def test_reading_one_item(notes, index, item):
    reply = notes.get(f"/properties/n?index={index}")
    assert reply.status == 200 and reply.json == item
    reply = notes.get(f"/properties/n/{index}")
    if index.startswith("-"):
        assert reply.status == 404
    else:
        assert reply.status == 200 and reply.json == item


@pytest.mark.parametrize("index", ["3", "-4", "x", "1.0", "1e0", "0x1", " ", "99999999999999999999"])
def test_items_that_are_not_there(notes, index):
    index = index.replace(" ", "%20")
    assert notes.get(f"/properties/n?index={index}").status == 404
    assert notes.get(f"/properties/n/{index}").status == 404


@pytest.mark.parametrize("path", ["/n/x", "/n/0/x", "/n/items/0", "/n/metadata/description", "/n/1/b"])
def test_there_is_nothing_else_below_a_list(notes, path):
    assert notes.get(f"/properties{path}").status == 404
    assert notes.delete(f"/properties{path}").status == 404
    assert items(notes) == NOTES


def test_what_is_no_list(actor):
    actor.put("/properties/a", {"items": {"0": 1}, "metadata": 2, "0": 3})
    assert actor.get("/properties/a/items").json == {"0": 1}
    assert actor.get("/properties/a/metadata").json == 2 and actor.get("/properties/a/0").json == 3
    assert actor.get("/properties/a?index=0").json == actor.get("/properties/a").json
    assert actor.put("/properties/a?index=0", "1").status == 404
    assert actor.put("/properties/absent?index=0", "1").status == 404
    assert actor.get("/properties/absent/items").status == 404
    assert actor.get("/properties/absent/metadata").status == 404
    assert actor.put("/properties/absent/metadata", {"description": "d"}).status == 404
    assert actor.put("/properties/a/metadata", "4").status == 204 and actor.get("/properties/a/metadata").json == 4
    for name in ("a", "absent"):
        assert actor.post(f"/properties/{name}/items", {"action": "add", "item_value": 1}).status == 404
    assert set(actor.get("/properties").json) == {"a"}


# ---- changing items, as the reference ----


def test_adding_updating_deleting(notes):
    reply = notes.post("/properties/n/items", {"action": "add", "item_value": [4]})
    assert reply.status == 201 and reply.json == {"success": True, "index": 3}
    reply = notes.post("/properties/n/items", {"action": "update", "item_index": 0, "item_value": "A"})
    assert reply.status == 204 and reply.body == b""
    assert notes.post("/properties/n/items", {"action": "delete", "item_index": 1}).status == 204
    assert items(notes) == ["A", 3, [4]]
    assert notes.post("/properties/n/items", {"action": "update", "item_index": "1", "item_value": 5}).status == 204
    reply = notes.form("POST", "/properties/n/items", {"action": "add", "item_value": "text"}, notes.owner)
    assert reply.status == 400 and reply.error == "bad_json"
    assert items(notes) == ["A", 5, [4]]


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"1", {}, {"action": "add"}, {"action": "add", "item_value": None}, {"action": "odd"},
    {"action": 1}, {"action": "update", "item_index": 0}, {"action": "update", "item_value": 1},
    {"action": "update", "item_index": 3, "item_value": 1}, {"action": "update", "item_index": -1, "item_value": 1},
    {"action": "update", "item_index": "x", "item_value": 1}, {"action": "update", "item_index": 0.5, "item_value": 1},
    {"action": "delete"}, {"action": "delete", "item_index": 3}, {"action": "delete", "item_index": -1},
    {"action": "delete", "item_index": []}, {"action": "delete", "item_index": True},
])
def test_changes_that_are_refused(notes, body):
    reply = notes.post("/properties/n/items", body)
    assert reply.status == 400 and reply.error
    assert items(notes) == NOTES


def test_putting_by_index(notes):
    assert notes.put("/properties/n?index=1", "words").status == 204
    assert notes.put("/properties/n?index=3", {"c": 1}).status == 204  # appends
    assert items(notes) == ["a", "words", 3, {"c": 1}]
    assert notes.put("/properties/n?index=5", "1").status == 404
    for index in ("-1", "x", "1.5", "99999999999999999999"):
        reply = notes.put(f"/properties/n?index={index}", "1")
        assert reply.status in (400, 404) and reply.error, index
    assert notes.put("/properties/n?index=0", b"\xff").status == 400
    assert items(notes) == ["a", "words", 3, {"c": 1}]


def test_items_may_be_nothing(notes):
    """Unlike properties, in the reference as here."""
    assert notes.put("/properties/n?index=0", b"null").status == 204
    assert notes.put("/properties/n?index=1", b"").status == 204
    assert notes.put("/properties/n/2", b"").status == 204
    assert notes.post("/properties/n", b"null").status == 201
    assert items(notes) == [None, "", "", None]


def test_bulk(notes):
    reply = notes.post("/properties", {"n": {"items": [{"index": 0, "x": 1}, {"index": 3, "y": 2}, {"index": 1}]}, "s": 1})
    assert reply.status == 201
    assert reply.json == {"n": "[Bulk update: 2 items updated, 1 items deleted]", "s": 1}
    assert items(notes) == [{"x": 1}, 3, {"y": 2}]
    assert notes.post("/properties", {"n": {"items": []}}).json == {"n": "[No items to update]"}
    reply = notes.post("/properties", {"n": {"items": [{"index": 0}, {"index": 2}, {"index": 1}]}})
    assert reply.json == {"n": "[Bulk update: 0 items updated, 3 items deleted]"} and items(notes) == []


@pytest.mark.parametrize("value, status", [
    ({"items": 1}, 400), ({"items": {}}, 400), ({"items": [1]}, 400), ({"items": [{}]}, 400),
    ({"items": [{"x": 1}]}, 400), ({"items": [{"index": "0"}]}, 400), ({"items": [{"index": -1}]}, 400),
    ({"items": [{"index": 4, "x": 1}]}, 400), ({"items": [{"index": 0, "x": 1}, {"index": True}]}, 400),
])
def test_bulk_changes_that_are_refused(notes, value, status):
    reply = notes.post("/properties", {"n": value, "other": 1})
    assert reply.status == status and reply.error
    assert items(notes) == NOTES and notes.get("/properties/other").status == 404


def test_bulk_needs_a_list(notes):
    notes.put("/properties/a", "1")
    for name in ("a", "absent"):
        reply = notes.post("/properties", {"new": 1, name: {"items": [{"index": 0, "x": 1}]}})
        assert reply.status == 400 and reply.error
    assert notes.get("/properties/new").status == 404


def test_metadata(notes):
    assert notes.put("/properties/n/metadata", {"description": "new"}).status == 204
    assert notes.get("/properties/n/metadata").json == {"name": "n", "_list": True, "count": 3, "description": "new",
                                                        "explanation": "e"}
    assert notes.put("/properties/n/metadata", {"description": "", "explanation": "why", "count": 9}).status == 204
    assert notes.get("/properties/n?format=short").json == {"_list": True, "count": 3, "description": "",
                                                            "explanation": "why"}
    for body in (b"", b"{", b"[]", {}, {"description": 1}, {"explanation": None}, {"count": 1}):
        reply = notes.put("/properties/n/metadata", body)
        assert reply.status == 400 and reply.error, body
    assert notes.get("/properties/n/metadata").json["explanation"] == "why"


def test_deleting(notes):
    notes.put("/properties/a", "1")
    for path in ("/n/items", "/n/metadata", "/n/", "/n/0/"):
        assert notes.delete(f"/properties{path}").status == 404
    assert notes.delete("/properties/n?index=0").status == 400  # which is no order to delete the list
    assert notes.put("/properties/n", b"").status == 409
    assert items(notes) == NOTES
    assert notes.delete("/properties/n").status == 204
    assert notes.get("/properties/n").status == 404
    assert notes.get("/properties").json == {"a": 1}
    assert notes.put("/properties/n", "1").status == 204  # the name is free again
    notes.post("/properties", {"m": {"_type": "list"}})
    assert notes.delete("/properties").status == 204
    assert notes.get("/properties").json == {} and notes.get("/properties/m").status == 404


def test_what_is_not_possible_with_a_list(notes):
    reply = notes.put("/properties/n/items", [1])
    assert reply.status == 405 and reply.error == "method_not_allowed" and reply.headers["allow"] == "GET, HEAD, POST"
    reply = notes.post("/properties/n/metadata", {"description": "x"})
    assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD, PUT"
    assert items(notes) == NOTES


# ---- as the specification has it ----


def test_the_specifications_routes(notes):
    reply = notes.post("/properties/n", {"new": 1})
    assert reply.status == 201 and reply.headers["location"] == f"{notes.url}/properties/n/3"
    assert notes.get("/properties/n/3").json == {"new": 1}
    assert notes.put("/properties/n/0", b"not quoted").status == 204
    assert notes.put("/properties/n/4", "5").status == 204  # one behind the last appends
    assert items(notes) == ["not quoted", {"b": [1]}, 3, {"new": 1}, 5]
    assert notes.delete("/properties/n/1").status == 204
    assert notes.delete("/properties/n/0").status == 204
    assert items(notes) == [3, {"new": 1}, 5]


def test_the_specifications_refusals(notes):
    for path in ("/n/4", "/n/99", "/n/x", "/n/-1", "/n/1/x"):
        reply = notes.put(f"/properties{path}", "1")
        assert reply.status == (404 if path in ("/n/4", "/n/99") else 409), path
    for path in ("/n/3", "/n/-1", "/n/x"):
        assert notes.delete(f"/properties{path}").status == 404
    assert notes.post("/properties/n", b"").status == 400
    assert notes.post("/properties/n", b"\xff").status == 400
    assert notes.put("/properties/n/0", b"\xff").status == 400
    assert items(notes) == NOTES


def test_items_nested_too_deep(notes):
    deep = b"[" * 64 + b"]" * 64
    for reply in (notes.post("/properties/n", deep), notes.put("/properties/n/0", deep),
                  notes.put("/properties/n?index=0", deep)):
        assert reply.status == 413
    assert items(notes) == NOTES


# ---- the collection ----


def test_the_collection(notes):
    notes.put("/properties/a", "1")
    marker = {"_list": True, "count": 3}
    assert notes.get("/properties").json == {"a": 1, "n": marker}
    assert notes.get("/properties?format=short").json == {"a": 1, "n": marker}
    assert notes.get("/properties?format=full").json == {
        "a": 1, "n": {**marker, "description": "d", "explanation": "e", "items": NOTES}}
    total = sum(len(json.dumps(item, separators=(",", ":"))) for item in NOTES)
    assert notes.get("/properties?metadata=true").json == {
        "simple": {"properties": ["a"], "total_bytes": 1},
        "lists": {"n": {"count": 3, "total_bytes": total, "description": "d", "explanation": "e"}}}
    assert notes.get("/properties?metadata=true&format=short").status == 400
    assert notes.get("/properties?format=odd").json == {"a": 1, "n": marker}


# ---- tags ----


def test_lists_have_tags(notes):
    paths = ["/properties/n", "/properties/n/0", "/properties/n/items", "/properties/n/metadata", "/properties",
             "/properties/n?format=short", "/properties?format=full", "/properties?metadata=true"]
    tags = {path: notes.get(path).headers["etag"] for path in paths}
    assert len(set(tags.values())) == len(paths)
    for path, tag in tags.items():
        assert notes.get(path, If_None_Match=tag).status == 304
    notes.put("/properties/n/0", {"longer": "than before"})
    for path, tag in tags.items():
        same = path in ("/properties", "/properties/n/metadata", "/properties/n?format=short")
        assert notes.get(path, If_None_Match=tag).status == (304 if same else 200), path


CHANGES = [("POST", "/properties/n", 9), ("PUT", "/properties/n/0", 9), ("PUT", "/properties/n?index=0", 9),
           ("DELETE", "/properties/n/0", None), ("POST", "/properties/n/items", {"action": "delete", "item_index": 0}),
           ("PUT", "/properties/n/metadata", {"description": "x"}), ("DELETE", "/properties/n", None),
           ("POST", "/properties", {"n": {"items": [{"index": 0}]}})]


@pytest.mark.parametrize("method, path, body", CHANGES)
def test_changes_of_lists_may_depend_on_them(notes, method, path, body):
    tag = notes.get(path).headers["etag"]
    body = None if body is None else json.dumps(body)
    before = notes.get("/properties?format=full").json
    for headers in ({"If_Match": '"other"'}, {"If_None_Match": tag}, {"If_None_Match": "*"}):
        reply = notes.ask(method, path, body, notes.owner, **headers)
        assert reply.status == 412 and reply.error == "precondition_failed"
    assert notes.get("/properties?format=full").json == before
    assert notes.ask(method, path, body, notes.owner, If_Match=tag).status in (201, 204)
    assert notes.get("/properties?format=full").json != before


# ---- other methods ----


def test_lists_by_method_override(notes):
    assert notes.get("/properties/n/0?_method=DELETE").status == 204
    assert notes.get("/properties/n?_method=PUT&index=0&value=7").status == 204
    assert items(notes) == [7, 3]
    assert notes.form("POST", "/properties/n/1", {"_method": "PUT", "value": "8"}, notes.owner).status == 204
    assert items(notes) == [7, 8]
    assert notes.get("/properties/n?_method=DELETE").status == 204
    assert notes.get("/properties/n").status == 404


# ---- peers ----


@pytest.mark.parametrize("relationship, method, path, body, status", [
    ("friend", "GET", "/n", None, 200), ("friend", "GET", "/n/0", None, 200), ("friend", "GET", "/n/items", None, 200),
    ("friend", "GET", "/n/metadata", None, 200), ("friend", "POST", "/n", 1, 201), ("friend", "PUT", "/n/0", 1, 204),
    ("friend", "PUT", "/n?index=0", 1, 204), ("friend", "PUT", "/n/metadata", {"description": "x"}, 204),
    ("friend", "POST", "/n/items", {"action": "add", "item_value": 1}, 201),
    ("friend", "POST", "", {"n": {"items": [{"index": 0, "x": 1}]}}, 201),
    ("friend", "POST", "", {"m": {"_type": "list"}}, 201),
    ("friend", "DELETE", "/n", None, 403), ("friend", "DELETE", "/n/0", None, 403),
    ("friend", "POST", "/n/items", {"action": "delete", "item_index": 0}, 403),
    ("friend", "POST", "", {"n": {"items": [{"index": 0}]}}, 403),
    ("friend", "POST", "", {"n": {"items": [{"index": 0, "x": 1}, {"index": 1}]}}, 403),
    ("admin", "POST", "", {"n": {"items": [{"index": 0}]}}, 201),
    ("admin", "DELETE", "/n/0", None, 204), ("admin", "DELETE", "/n", None, 204),
    ("admin", "POST", "/n/items", {"action": "delete", "item_index": 0}, 204),
    ("viewer", "GET", "/n", None, 403), ("viewer", "POST", "/n", 1, 403), ("viewer", "GET", "/n/items", None, 403),
    ("associate", "GET", "/n/0", None, 403), ("associate", "PUT", "/n/0", 1, 403),
    ("associate", "POST", "/n/items", {"action": "add", "item_value": 1}, 403),
    ("friend", "GET", "/private", None, 403), ("friend", "GET", "/private/0", None, 403),
    ("friend", "GET", "/private/items", None, 403), ("friend", "POST", "/private", 1, 403),
    ("friend", "POST", "/private/items", {"action": "add", "item_value": 1}, 403),
    ("friend", "PUT", "/private/metadata", {"description": "x"}, 403),
])
def test_what_relationships_allow(notes, peer, relationship, method, path, body, status):
    notes.post("/properties", {"private": {"_type": "list"}})
    notes.post("/properties/private", {"secret": 1})
    before = notes.get("/properties?format=full").json
    reply = notes.ask(method, f"/properties{path}", None if body is None else json.dumps(body), peer(relationship),
                      Content_Type="application/json")
    assert reply.status == status, reply
    if status == 403:
        assert reply.error == "forbidden"
        assert notes.get("/properties?format=full").json == before


def test_whoever_may_only_delete(notes, play):
    """Deleting items is deleting, by whatever route, and writing is not; nor is either of them reading."""
    peer = play().befriend(notes, "friend")
    assert notes.put(f"/trust/friend/{peer.id}/permissions",
                     {"properties": {"patterns": ["n"], "operations": ["delete"]}}).status == 201
    for method, path, body in (("POST", "/n", 1), ("PUT", "/n/0", 1), ("PUT", "/n?index=0", 1), ("GET", "/n", None),
                               ("PUT", "/n/metadata", {"description": "x"}),
                               ("POST", "/n/items", {"action": "add", "item_value": 1}),
                               ("POST", "/n/items", {"action": "update", "item_index": 0, "item_value": 1}),
                               ("POST", "", {"n": {"items": [{"index": 0, "x": 1}, {"index": 1}]}})):
        reply = peer.ask(notes, method, f"/properties{path}", body)
        assert reply.status == 403 and reply.error == "forbidden", (method, path)
    assert items(notes) == NOTES
    assert peer.ask(notes, "POST", "/properties/n/items", {"action": "delete", "item_index": 0}).status == 204
    assert peer.ask(notes, "POST", "/properties", {"n": {"items": [{"index": 0}]}}).status == 201
    assert items(notes) == NOTES[2:]


def test_a_post_does_not_tell_which_lists_there_are(notes, peer):
    notes.post("/properties", {"private": {"_type": "list"}})
    for path in ("/properties/private", "/properties/private/items", "/properties/private/0", "/properties/private/x"):
        for name in ("private", "security"):  # that is none
            reply = notes.post(path.replace("private", name), {"mine": 1}, auth=peer("friend"))
            assert reply.status == 403 and reply.error == "forbidden", (path, name)
    assert notes.get("/properties/mine").status == 404


def test_what_the_collection_leaves_out(notes, peer):
    notes.post("/properties", {"private": {"_type": "list"}, "a": 1})
    for query in ("", "?format=full"):
        assert set(notes.get(f"/properties{query}", auth=peer("friend")).json) == {"a", "n"}
        assert set(notes.get(f"/properties{query}", auth=peer("partner")).json) == {"a", "n", "private"}
    assert set(notes.get("/properties?metadata=true", auth=peer("friend")).json["lists"]) == {"n"}
    assert notes.get("/properties", auth=peer("associate")).json == {}


def test_without_credentials(notes):
    for method, path, body in CHANGES + [("GET", "/properties/n", None), ("GET", "/properties/n/items", None)]:
        reply = notes.ask(method, path, None if body is None else json.dumps(body))
        assert reply.status == 401 and reply.error == "unauthorized"
    assert items(notes) == NOTES
