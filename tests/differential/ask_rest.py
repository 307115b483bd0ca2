"""All other requests: the factory, actors and meta, devtest, and what is not there (WIRE 1, 3, 4, 9)."""
import json
import urllib.parse

from model import Actor, Step
from people import anybody, mostly_owner, owner

FORM = "application/x-www-form-urlencoded"


# ---- the factory ----


def make_actor(world):
    """A new actor, as most are made."""
    name = world.new_name("actor")
    wish, creator = world.rng.choice([({"creator": "alice"}, "alice"), ({"creator": " Bob "}, "Bob"),
                                      ({"creator": "Carol@Example.com"}, "carol@example.com"), ({}, "creator"),
                                      ({"creator": "åse"}, "åse"),
                                      ({"creator": "dave", "trustee_root": "«peers»root"}, "dave")])
    wish = dict(wish)
    if world.one_in(3):
        wish["passphrase"] = world.rng.choice([f"phrase-of-{name}", "", "with spaces and åäö"])
    actor = Actor(name, creator)

    def after(status):
        if status == 201:
            world.actors.append(actor)

    return Step("make actor", "POST", "/", None, wish, after=after,
                learn={name: lambda answer: (answer.json or {}).get("id"),
                       f"pass-{name}": lambda answer: (answer.json or {}).get("passphrase")})


def make_actor_badly(world):
    body, content_type = world.rng.choice([
        ("{", "application/json"), ("", "application/json"), ("[]", "application/json"), ("7", "application/json"),
        ("{\"creator\":7}", "application/json"), ("{\"creator\":\"\"}", "application/json"),
        ("{\"creator\":null}", "application/json"), ("{\"creator\":[\"x\"]}", "application/json"),
        ("{\"passphrase\":7}", "application/json"), ("creator=ellen", FORM), ("", FORM), ("other=1", FORM),
        ("{\"creator\":\"x\",\"trustee_root\":7}", "application/json"), ("{\"creator\":\"gil\",\"more\":1}", "application/json"),
        ("creator=fred&passphrase=x", FORM)])
    headers = {"Accept": world.rng.choice(["application/json", "text/html", "*/*"])}
    return Step("make actor badly", "POST", "/", None, body, content_type, headers=headers)


def look_at_site(world):
    method, path = world.rng.choice([("GET", "/"), ("GET", "/login"), ("PUT", "/"), ("DELETE", "/"), ("HEAD", "/"),
                                     ("GET", "/?_method=POST"), ("GET", "/nosuchactor"), ("GET", "/nosuchactor/meta"),
                                     ("GET", "/?format=json"), ("POST", "/login")])
    return Step("site", method, path, headers={"Accept": world.rng.choice(["application/json", "text/html"])})


# ---- one actor ----


def read_root(world):
    actor = world.actor()
    credentials, who = owner(actor) if world.one_in(3) else anybody(world, actor)
    headers = {"Accept": "text/html,*/*"} if world.one_in(10) else {}
    method = world.weighted({"GET": 10, "POST": 0.5, "PUT": 0.5, "HEAD": 0.5, "PATCH": 0.3, "OPTIONS": 0.3})
    return Step("root", method, actor.path, actor, credentials=credentials, who=who, headers=headers)


def delete_actor(world):
    actor = world.actor()
    credentials, who = owner(actor) if world.one_in(4) else anybody(world, actor)

    def after(status):
        if status == 204:
            world.drop(actor)

    return Step("delete actor", "DELETE", actor.path, actor, credentials=credentials, who=who, after=after)


META = ("", "/id", "/type", "/version", "/desc", "/info", "/trustee_root", "/specification", "/actingweb/version",
        "/actingweb/supported", "/actingweb/formats", "/actingweb/trust_types", "/trusttypes", "/raml", "/nothing",
        "/actingweb", "/", "/id/", "/id/more", "/wadl")


def read_meta(world):
    actor = world.actor()
    credentials, who = ("", "nobody") if not world.one_in(4) else anybody(world, actor)
    method = world.weighted({"GET": 12, "HEAD": 0.5, "POST": 0.5, "PUT": 0.3, "DELETE": 0.3})
    return Step("meta", method, f"{actor.path}/meta{world.rng.choice(META)}", actor, credentials=credentials, who=who)


# ---- devtest ----


ATTRIBUTES = ("one", "two", "a b")


def devtest(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.8)
    bucket, name = world.rng.choice(["bucket", "other", "empty"]), world.rng.choice(ATTRIBUTES)
    named = f"/devtest/attribute{world.rng.choice(['', 's'])}/{bucket}/{urllib.parse.quote(name)}"
    whole = f"/devtest/attributes/{bucket}"
    body = world.rng.choice([{"a": 1}, "\"text\"", "7", "[1]", "{}", "{", "", "null", "raw"])
    method, path = world.rng.choice([
        ("GET", named), ("PUT", named), ("PUT", named), ("PUT", named), ("POST", named), ("DELETE", named),
        ("GET", whole), ("GET", whole), ("DELETE", whole), ("PUT", whole), ("POST", whole),
        (world.rng.choice(["GET", "PUT", "DELETE", "POST"]), "/devtest/ping"), ("GET", "/devtest"),
        ("GET", "/devtest/nothing"), ("GET", "/devtest/attributes")])
    return Step("devtest", method, actor.path + path, actor, body if method in ("PUT", "POST") else None,
                credentials=credentials, who=who, mend="bucket" if method == "POST" else None)


# ---- what an application would add, and what nobody has ----


def services(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.6)
    path = world.rng.choice(["/methods", "/methods/ping", "/actions", "/actions/ping", "/resources", "/resources/x",
                             "/www", "/www/properties", "/services/x/callback", "/services/x"])
    method = world.weighted({"GET": 5, "POST": 3, "PUT": 1, "DELETE": 1})
    body = None
    if method in ("POST", "PUT"):
        body = world.rng.choice([{}, {"a": 1}, "{", "", {"jsonrpc": "2.0", "method": "ping", "id": 1},
                                 {"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "1.0", "method": "x"}])
    return Step("services", method, actor.path + path, actor, body, credentials=credentials, who=who)


def bot(world):
    body = world.rng.choice(["{}", "", "{"])
    return Step("bot", world.weighted({"POST": 4, "GET": 1}), "/bot", None, body)


def nothing_there(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.6)
    path = world.rng.choice(["/nothing", "/nothing/more", "/metadata", "/trust/friend/bob/nothing/x", "/sessions",
                             "/subscriptions/a/b/c/d", "/callbacks/subscriptions/bob/x/y", "/.git"])
    method = world.rng.choice(["GET", "PUT", "POST", "DELETE"])
    return Step("nothing", method, actor.path + path, actor, {} if method in ("PUT", "POST") else None,
                credentials=credentials, who=who)


def with_slash(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor)
    path = world.rng.choice(["/", "/trust/", "/subscriptions/", "/properties/", "/trust/friend/bob/", "/meta/",
                             "/subscriptions/bob/", "/trust/?peerid=bob"])
    return Step("slash", "GET", actor.path + path, actor, credentials=credentials, who=who)


def unusual_verb(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor)
    path = world.rng.choice(["/properties", "/properties/colour", "/trust", "/subscriptions", "/meta", "", "/trust/friend/bob"])
    method = world.rng.choice(["HEAD", "OPTIONS", "PATCH", "PUT", "DELETE"])
    if method == "DELETE" and path == "" or method == "PUT" and path.startswith("/properties/"):
        method = "PATCH"
    body = json.dumps({}) if method in ("PUT", "PATCH") else None
    left = "property" if (method, path) == ("DELETE", "/properties") else None  # the reference keeps lists
    return Step("unusual verb", method, actor.path + path, actor, body, credentials=credentials, who=who, mend=left)


REST = {make_actor_badly: 1.5, look_at_site: 1.2, read_root: 2.5, delete_actor: 0.25, read_meta: 3,
        with_slash: 0.7, unusual_verb: 1.2, nothing_there: 1}
DEVTEST = {devtest: 1}
SERVICES = {services: 2, bot: 0.3}
