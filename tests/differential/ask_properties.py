"""Requests about /properties: simple and nested values, forms, and lists with all their routes (WIRE 5)."""
import json
import urllib.parse

from model import Step
from people import anybody, mostly_owner

FORM = "application/x-www-form-urlencoded"
NAMES = ("colour", "size", "profile", "public", "private", "notes", "security", "email", "a b", "größe", "x.y", "Colour")
INNER = ("city", "street", "0", "rgb", "a b", "é", "deep")
LISTS = ("todo", "songs", "public_list", "log")
WORDS = ("blue", "light blue", "", "åäö", "0", "null", "true", "{}", "line\nbreak", "a\"quote", "<b>", "1e3", " x ")


# ---- values ----


def scalar(world):
    rng = world.rng
    return rng.choice([rng.choice(WORDS), rng.randrange(-5, 1000), rng.random() * 100, True, False, 2**53 + 1, 0, 1.0,
                       rng.choice(WORDS)])


def value(world, depth=2):
    rng = world.rng
    roll = rng.random()
    if depth and roll < 0.35:
        return {name: value(world, depth - 1) for name in rng.sample(INNER, rng.randrange(1, 4))}
    if depth and roll < 0.45:
        return [value(world, depth - 1) for _ in range(rng.randrange(4))]
    return scalar(world)


def body_of_put(world):
    """(body, content type)"""
    roll = world.rng.random()
    if roll < 0.6:
        return json.dumps(value(world)), "application/json"
    if roll < 0.75:
        return world.rng.choice(WORDS[:-1]) or "raw", "text/plain"
    if roll < 0.8:
        return world.rng.choice(["{", "[1,", "{\"a\":}", "nul", "\"open", "1 2", "{'a':1}"]), "application/json"
    if roll < 0.84:
        return "", "application/json"
    if roll < 0.88:
        return "null", "application/json"
    if roll < 0.92:
        return "value=from+a+form&other=1", FORM
    return json.dumps(scalar(world)), world.rng.choice(["application/json; charset=utf-8", "text/plain", ""])


# ---- names ----


def quoted(*names):
    return "/".join(urllib.parse.quote(name, safe="") for name in names)


def known_or_new(world, actor, often=0.75):
    if actor.properties and world.rng.random() < often:
        return world.rng.choice(list(actor.properties))
    return world.rng.choice(NAMES)


def some_path(world, actor):
    """The names of a path: known ones, and deeper where the value has something there."""
    names = [known_or_new(world, actor)]
    held = actor.properties.get(names[0])
    while world.one_in(3) or (isinstance(held, dict) and world.one_in(2)):
        inside = list(held) if isinstance(held, dict) and held else INNER
        names.append(world.rng.choice(inside) if not world.one_in(5) else world.rng.choice(INNER))
        held = held.get(names[-1]) if isinstance(held, dict) else None
    return names


def at(actor, *names):
    return f"{actor.path}/properties" + ("/" + quoted(*names) if names else "")


# ---- simple and nested ----


def get_all(world):
    actor = world.actor()
    query = world.weighted({"": 6, "?metadata=true": 2, "?format=full": 2, "?format=short": 1, "?metadata=false": 1,
                            "?metadata=true&format=full": 1, "?format=other": 1, "?metadata=1": 1, "?x=1": 1})
    credentials, who = mostly_owner(world, actor, often=0.6)
    return Step("read all", "GET", at(actor) + query, actor, credentials=credentials, who=who)


def get_one(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.6)
    query = world.weighted({"": 12, "?metadata=true": 1, "?format=full": 1, "?format=short": 1, "?index=0": 1})
    return Step("read", "GET", at(actor, *some_path(world, actor)) + query, actor, credentials=credentials, who=who)


def put_one(world, actor=None):
    actor = actor or world.actor()
    names = some_path(world, actor)
    body, content_type = body_of_put(world)
    credentials, who = mostly_owner(world, actor, often=0.7)

    def after(status):
        if status != 204:
            return
        if not body and len(names) == 1:
            actor.properties.pop(names[0], None)
        elif len(names) == 1:
            try:
                actor.properties[names[0]] = json.loads(body)
            except ValueError:
                actor.properties[names[0]] = body
        else:
            held = actor.properties.get(names[0])
            actor.properties[names[0]] = {**held, names[1]: body} if isinstance(held, dict) else {names[1]: body}

    lost = "property" if not body and len(names) > 1 else None  # one side deletes, the other stores an empty text
    return Step("write", "PUT", at(actor, *names), actor, body, content_type, credentials, who, after=after, mend=lost)


def put_anywhere_odd(world):
    """Paths that no name has."""
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.8)
    path = world.rng.choice(["/properties", "/properties/colour/", "/properties/colour//x", "/properties//colour",
                             "/properties/list:x", "/properties/%23x", "/properties/list:todo-meta"])
    method = world.rng.choice(["PUT", "GET", "DELETE", "PUT"])
    body = json.dumps(value(world)) if method == "PUT" else None
    left = "property" if method == "DELETE" and path == "/properties" else None  # the reference keeps lists
    return Step("odd path", method, actor.path + path, actor, body, credentials=credentials, who=who, mend=left)


def post_several(world, actor=None):
    actor = actor or world.actor()
    credentials, who = mostly_owner(world, actor, often=0.7)
    names = world.rng.sample(NAMES, world.rng.randrange(1, 4))
    body = {name: value(world) for name in names}
    if world.one_in(6):
        body[world.rng.choice(NAMES)] = world.rng.choice([None, ""])
    path = at(actor) if not world.one_in(8) else at(actor, known_or_new(world, actor))

    def after(status):
        if status == 201:
            actor.properties.update({name: held for name, held in body.items() if held not in (None, "")})

    odd = "property" if "" in body.values() else None  # deleted, which only here is told for itself
    return Step("write several", "POST", path, actor, body, credentials=credentials, who=who, after=after, mend=odd)


def post_form(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.8)
    name = world.rng.choice(NAMES[:8])
    fields = world.rng.choice([
        {name: "1", "size": "large"}, {"property": name, "value": "a form"}, {"property": name},
        {"property": name, "value": ""}, {"property": name, "value": "{\"a\": 1}"}, {name: "[1,2]"}, {name: ""},
        {"property": name, "value": "x", "property_type": "simple"}])
    text = urllib.parse.urlencode(fields)

    def after(status):
        if status == 201:
            actor.properties[name] = "a form"

    if world.one_in(4):
        return Step("write by query", "POST", f"{at(actor)}?{text}", actor, None, "", credentials, who, after=after)
    return Step("write by form", "POST", at(actor), actor, text, FORM, credentials, who, after=after)


def post_badly(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.9)
    body = world.rng.choice(["", "{", "[]", "{}", "[\"a\"]", "[{\"a\":1}]", "\"text\"", "17", "null", "true",
                             "{\"a\":1}x"])
    return Step("write badly", "POST", at(actor), actor, body, credentials=credentials, who=who)


def delete_one(world, actor=None):
    actor = actor or world.actor()
    names = some_path(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.6)

    def after(status):
        if status == 204 and len(names) == 1:
            actor.properties.pop(names[0], None)

    return Step("delete", "DELETE", at(actor, *names), actor, credentials=credentials, who=who, after=after)


def delete_all(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.4)

    def after(status):
        if status == 204:
            actor.properties.clear()

    return Step("delete all", "DELETE", at(actor), actor, credentials=credentials, who=who, after=after,
                mend="property")  # the reference keeps lists


def by_link(world):
    """_method is for GET only."""
    actor = world.actor()
    credentials, who = mostly_owner(world, actor)
    name = known_or_new(world, actor)
    query = world.rng.choice(["?_method=PUT&value=linked", "?_method=DELETE", "?_method=POST", "?_method=PATCH"])
    return Step("by link", "GET", at(actor, name) + query, actor, credentials=credentials, who=who, mend="property")


# ---- lists ----


def list_name(world, actor, often=0.85):
    if actor.lists and world.rng.random() < often:
        return world.rng.choice(list(actor.lists))
    return world.rng.choice(LISTS)


def make_list(world, actor=None):
    actor = actor or world.actor()
    credentials, who = mostly_owner(world, actor, often=0.85)
    name = world.rng.choice(LISTS) if not world.one_in(8) else known_or_new(world, actor)
    wish = {"_type": "list"}
    if not world.one_in(3):
        wish["description"] = world.rng.choice(["what is to do", "", "åäö"])
    if not world.one_in(3):
        wish["explanation"] = world.rng.choice(["for everybody", ""])

    def after(status):
        if status == 201:
            actor.lists.setdefault(name, 0)

    return Step("make list", "POST", at(actor), actor, {name: wish}, credentials=credentials, who=who, after=after)


def make_list_by_form(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.9)
    name = world.rng.choice(LISTS)
    fields = {"property": name, "property_type": "list", "value": world.rng.choice(["", "x"])}
    if world.one_in(2):
        fields["description"] = "made by a form"
    text = urllib.parse.urlencode(fields)
    made = None if "description" in fields else "property"  # here only

    def after(status):
        if status == 201:
            actor.lists.setdefault(name, 0)

    return Step("make list by form", "POST", at(actor), actor, text, FORM, credentials, who, after=after, mend=made)


def index(world, actor, name):
    count = actor.lists.get(name, 0)
    return world.rng.choice([0, count - 1, count, count + 1, -1, world.rng.randrange(0, count + 2), "x", "1.5", "",
                             -count - 1, max(count - 2, 0), 0])


def read_list(world):
    actor = world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.7)
    path = at(actor, name) + world.rng.choice(["", "", f"?index={index(world, actor, name)}", "?format=short",
                                               "/items", "/metadata", "?format=full", f"?index={index(world, actor, name)}"])
    return Step("read list", "GET", path, actor, credentials=credentials, who=who)


def change_item(world, actor=None):
    """PUT ?index=i"""
    actor = actor or world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.8)
    number = index(world, actor, name)
    body = json.dumps(value(world, 1)) if not world.one_in(8) else world.rng.choice(["", "{", "raw text", "null"])

    def after(status):
        if status == 204 and number == actor.lists.get(name):
            actor.lists[name] += 1

    return Step("write item", "PUT", f"{at(actor, name)}?index={number}", actor, body, credentials=credentials, who=who,
                after=after)


def change_items(world, actor=None):
    """POST .../items"""
    actor = actor or world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.8)
    action = world.weighted({"add": 6, "update": 2, "delete": 2, "other": 0.3})
    wish = {"action": action}
    if action in ("add", "update") and not world.one_in(12):
        wish["item_value"] = value(world, 1)
    if action in ("update", "delete") and not world.one_in(12):
        wish["item_index"] = index(world, actor, name)
        if wish["item_index"] == "":
            wish["item_index"] = None
    body = wish if not world.one_in(15) else world.rng.choice(["{", "", "[]", "\"add\""])

    def after(status):
        if name in actor.lists and status in (201, 204):
            actor.lists[name] = max(actor.lists[name] + {"add": 1, "delete": -1}.get(action, 0), 0)

    if isinstance(body, dict) and world.one_in(8):
        fields = {one: held if isinstance(held, str) else json.dumps(held) for one, held in body.items()}
        return Step("items by form", "POST", at(actor, name) + "/items", actor, urllib.parse.urlencode(fields), FORM,
                    credentials, who, after=after)
    return Step("write items", "POST", at(actor, name) + "/items", actor, body, credentials=credentials, who=who,
                after=after)


def bulk(world, actor=None):
    actor = actor or world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.85)
    count = actor.lists.get(name, 0)
    items = []
    for number in world.rng.sample(range(count + 1), min(count + 1, world.rng.randrange(4))):
        items.append({"index": number} if world.one_in(3) else {"index": number, **value_object(world)})
    if world.one_in(8):
        items.append(world.rng.choice([{"index": -1, "a": 1}, {"index": "x", "a": 1}, {"a": 1}, 17,
                                       {"index": count + 3, "a": 1}]))

    def after(status):
        if status == 201 and name in actor.lists:
            actor.lists[name] = max(count - sum(1 for one in items if isinstance(one, dict) and len(one) == 1), 0)

    return Step("bulk", "POST", at(actor), actor, {name: {"items": items}}, credentials=credentials, who=who,
                after=after)


def value_object(world):
    return {one: scalar(world) for one in world.rng.sample(INNER, 2)}


def list_metadata(world, actor=None):
    actor = actor or world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.8)
    body = world.rng.choice([{"description": "new"}, {"explanation": "new"}, {"description": "a", "explanation": "b"},
                             {}, {"description": 1}, "{", "[]", {"other": 1}, {"description": ""}])
    return Step("list metadata", "PUT", at(actor, name) + "/metadata", actor, body, credentials=credentials, who=who)


def odd_list_requests(world):
    actor = world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.85)
    method, more, body = world.rng.choice([
        ("PUT", "", "1"), ("PUT", "", "[1,2]"), ("PUT", "/items", "1"), ("DELETE", "/items", None), ("GET", "/0", None),
        ("DELETE", "/metadata", None), ("PUT", "/0", "\"x\""), ("POST", "", "{\"a\":1}"), ("DELETE", "/0", None),
        ("POST", "/metadata", "{}"), ("DELETE", "?index=0", None)])
    return Step("odd list request", method, at(actor, name) + more, actor, body, credentials=credentials, who=who)


def delete_list(world, actor=None):
    actor = actor or world.actor()
    name = list_name(world, actor)
    credentials, who = mostly_owner(world, actor, often=0.6)

    def after(status):
        if status == 204:
            actor.lists.pop(name, None)

    return Step("delete list", "DELETE", at(actor, name), actor, credentials=credentials, who=who, after=after)


def as_anybody(world):
    """Each route by everybody."""
    actor = world.actor()
    credentials, who = anybody(world, actor)
    method, path, body = world.rng.choice([
        ("GET", at(actor), None), ("PUT", at(actor, "public", "x"), "1"), ("GET", at(actor, "public"), None),
        ("PUT", at(actor, "private", "x"), "1"), ("GET", at(actor, "private", "x"), None),
        ("POST", at(actor), {"colour": 1}), ("DELETE", at(actor, known_or_new(world, actor)), None),
        ("PUT", at(actor, "shared", "x"), "1"), ("GET", at(actor, "private"), None), ("POST", at(actor), {"private": 1})])
    return Step("by anybody", method, path, actor, body, credentials=credentials, who=who)


SIMPLE = {get_all: 4, get_one: 9, put_one: 14, put_anywhere_odd: 1.5, post_several: 5, post_form: 2, post_badly: 1.5,
          delete_one: 4, delete_all: 0.4, by_link: 0.8, as_anybody: 4}
LIST = {make_list: 3, make_list_by_form: 0.7, read_list: 5, change_item: 3, change_items: 7, bulk: 2, list_metadata: 2,
        odd_list_requests: 1.2, delete_list: 0.8}
# What subscribers are told of.
CHANGES = {put_one: 8, post_several: 3, delete_one: 2, make_list: 2, change_items: 3, bulk: 1, list_metadata: 1,
           change_item: 1, delete_list: 0.5}
