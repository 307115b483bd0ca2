"""_method: a GET or POST that stands for another method (WIRE 1, and the specification's "Use of HTTP methods")."""
import pytest

from wire import bearer


@pytest.fixture
def a(actor):
    assert actor.put("/properties/a", {"b": 1}).status == 204
    return actor


# ---- a GET, as the reference has it ----


def test_a_get_deletes_a_property(a):
    assert a.get("/properties/a/b?_method=DELETE").status == 204
    assert a.get("/properties/a").json == {}
    assert a.get("/properties/a?_method=DELETE").status == 204
    assert a.get("/properties/a").status == 404
    a.put("/properties/c", "1")
    assert a.get("/properties?x=1&_method=DELETE").status == 204
    assert a.get("/properties").json == {}


def test_a_get_puts_a_property(a):
    assert a.ask("GET", "/properties/a?_method=PUT", b'{"c":2}', a.owner).status == 204
    assert a.get("/properties/a").json == {"c": 2}
    assert a.get("/properties/a/d?_method=PUT&value=%5B3%5D").status == 204
    assert a.get("/properties/a").json == {"c": 2, "d": [3]}
    assert a.get("/properties/e?_method=PUT&value=some+words").status == 204
    assert a.get("/properties/e").json == "some words"
    assert a.get("/properties/e?_method=PUT").status == 204  # as a PUT with an empty body
    assert a.get("/properties/e").status == 404


def test_a_get_deletes_an_actor(server):
    actor = server.make_actor()
    assert actor.get("?_method=DELETE").status == 204
    assert actor.get("").status == 404


def test_a_get_makes_an_actor(server):
    reply = server.ask("GET", "/?_method=POST&creator=gerda&passphrase=horse", Accept="application/json")
    assert reply.status == 201 and reply.json["creator"] == "gerda" and reply.json["passphrase"] == "horse"
    reply = server.ask("GET", "/?_method=POST", b'{"creator":"kay"}', Content_Type="application/json")
    assert reply.status == 201 and reply.json["creator"] == "kay"
    assert server.ask("GET", "/?creator=gerda").status == 200  # the page


def test_a_get_changes_and_ends_a_trust(actor, peers):
    auth = actor.make_peer(peers, "friend", approved=False)
    path = f"/trust/friend/{actor.get('/trust').json[0]['peerid']}"
    reply = actor.get(f"{path}?_method=PUT&approved=true&desc=old+friend")
    assert reply.status == 204
    assert actor.get(path).json["approved"] is True and actor.get(path).json["desc"] == "old friend"
    assert actor.get("/properties", auth=auth).status == 200
    assert actor.get(f"{path}?_method=DELETE").status == 204
    assert actor.get("/trust").json == []


def test_a_get_asks_for_a_trust(actor, peers):
    secret = "5" * 40
    query = f"baseuri={peers.root}peer900&id=peer900&type=urn:x&secret={secret}&verify=token"
    reply = actor.ask("GET", f"/trust/friend?_method=POST&{query}")
    assert reply.status in (201, 202) and reply.json["secret"] == secret
    assert [trust["peerid"] for trust in actor.get("/trust").json] == ["peer900"]


def test_a_get_subscribes_clears_and_unsubscribes(actor, peers):
    auth = actor.make_peer(peers, "friend")
    peer = actor.get("/trust").json[0]["peerid"]
    reply = actor.get(f"/subscriptions/{peer}?_method=POST&target=properties&granularity=none", auth=auth)
    assert reply.status == 201
    path = f"/subscriptions/{peer}/{reply.json['subscriptionid']}"
    actor.put("/properties/a", "1")
    assert len(actor.get(path, auth=auth).json["data"]) == 1
    assert actor.get(f"{path}?_method=PUT&sequence=1", auth=auth).status == 204
    assert actor.get(path, auth=auth).json["data"] == []
    assert actor.get(f"{path}?_method=DELETE", auth=auth).status == 204
    assert actor.get(path, auth=auth).status == 404


@pytest.mark.parametrize("query", ["_method=POST", "_method=GET", "_method=PATCH", "_method=delete", "_method=",
                                   "_method", "%5Fmethod=DELETE", "_METHOD=DELETE", "x_method=DELETE", "_method=PUT,DELETE"])
def test_what_is_no_method_here_is_a_get(a, query):
    before = a.get("/properties").json
    for path in ("/properties", "/properties/a"):
        assert a.get(f"{path}?{query}").status == 200
    assert a.get("/properties").json == before
    assert a.get("/meta?_method=DELETE").status == 200
    assert a.get("/trust?_method=DELETE").status == 200
    assert a.ask("HEAD", "/properties/a?_method=DELETE", auth=a.owner).status == 200
    assert a.get("/properties/a", X_HTTP_Method_Override="DELETE").status == 200
    assert a.get("/properties").json == before


# ---- a POST, as the specification has it ----


def test_a_post_stands_for_another(a):
    assert a.post("/properties/a?_method=PUT", {"c": 2}).status == 204
    assert a.get("/properties/a").json == {"c": 2}
    assert a.form("POST", "/properties/a", {"_method": "PUT", "value": "3"}, a.owner).status == 204
    assert a.get("/properties/a").json == 3
    assert a.form("POST", "/properties/a?_method=PUT", {"value": "x y"}, a.owner).status == 204
    assert a.get("/properties/a").json == "x y"
    assert a.post("/properties/b", b"[4]", X_HTTP_Method_Override="PUT").status == 204
    assert a.get("/properties").json == {"a": "x y", "b": [4]}
    assert a.form("POST", "/properties/b", {"_method": "DELETE"}, a.owner).status == 204
    assert a.post("/properties/a", b"", X_HTTP_Method_Override="DELETE").status == 204
    assert a.get("/properties").json == {}


def test_a_form_without_a_value_puts_nothing(a):
    for fields in ({"_method": "PUT"}, {"_method": "PUT", "other": "1"}):
        reply = a.form("POST", "/properties/a", fields, a.owner)
        assert reply.status == 400 and reply.error == "bad_request"
    assert a.form("POST", "/properties/a?_method=PUT", {"blue": ""}, a.owner).status == 400
    assert a.get("/properties").json == {"a": {"b": 1}}


@pytest.mark.parametrize("path, method", [("/properties", "PUT"), ("/trust", "DELETE"), ("/trust", "PUT"),
                                          ("/subscriptions", "DELETE")])
def test_a_post_for_what_is_not_there_is_refused(a, path, method):
    for reply in (a.form("POST", path, {"_method": method, "a": "2"}, a.owner),
                  a.post(f"{path}?_method={method}", {"a": 2}), a.post(path, {"a": 2}, X_HTTP_Method_Override=method)):
        assert reply.status == 405 and reply.error == "method_not_allowed" and method not in reply.headers["allow"]
    assert a.get("/properties").json == {"a": {"b": 1}}


def test_a_form_changes_a_trust(actor, peers):
    actor.make_peer(peers, "friend", approved=False)
    path = f"/trust/friend/{actor.get('/trust').json[0]['peerid']}"
    assert actor.form("POST", path, {"_method": "PUT", "approved": "true"}, actor.owner).status == 204
    assert actor.get(path).json["approved"] is True


# ---- who may, and from where ----


def test_it_needs_what_the_method_needs(a, peer):
    friend = peer("friend")
    assert a.get("/properties/a?_method=DELETE", auth=friend).status == 403
    assert a.get("/properties/a?_method=PUT&value=2", auth=friend).status == 204
    assert a.get("/properties/a?_method=PUT&value=3", auth=peer("associate")).status == 403
    assert a.ask("GET", "/properties/a?_method=DELETE").status == 401
    assert a.get("/properties/a?_method=DELETE", auth=bearer("0" * 40)).status == 403
    assert a.get("?_method=DELETE", auth=peer("admin")).status == 403
    assert a.get("/properties/a").json == 2


def test_a_condition_holds_for_what_is_meant(a):
    tag = a.get("/properties/a").headers["etag"]
    assert a.get("/properties/a?_method=DELETE", If_None_Match=tag).status == 412
    assert a.get("/properties/a?_method=DELETE", If_Match=tag).status == 204


@pytest.mark.parametrize("headers", [
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "future-word"},
    {"Sec_Fetch_Site": "cross-site", "Origin": "{own}"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "{own}.evil.example"}, {"Referer": "https://evil.example/{own}/"}, {"Referer": "{own}0/"},
])
def test_not_from_another_page(a, headers):
    own = a.server.root.rstrip("/")
    headers = {name: value.replace("{own}", own) for name, value in headers.items()}
    for path in ("", "/properties", "/properties/a"):
        reply = a.get(f"{path}?_method=DELETE", **headers)
        assert reply.status == 403 and reply.error == "forbidden"
    assert a.form("POST", "/properties/a", {"_method": "DELETE"}, a.owner, **headers).status == 403
    assert a.post("/properties/a", b"", X_HTTP_Method_Override="DELETE", **headers).status == 403
    assert a.get("/properties/a", **headers).json == {"b": 1}
    assert a.server.ask("GET", "/?_method=POST&creator=x", **headers).status == 403


@pytest.mark.parametrize("headers", [
    {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}, {"Origin": "{own}"}, {"Referer": "{own}/page?x=1"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "{own}", "Referer": "{own}"},
])
def test_from_a_page_of_its_own(a, headers):
    own = a.server.root.rstrip("/")
    headers = {name: value.replace("{own}", own) for name, value in headers.items()}
    assert a.get("/properties/a?_method=DELETE", **headers).status == 204


def test_not_by_a_cookie_alone(a, peer):
    secret = peer("admin").removeprefix("Bearer ")
    for headers in ({}, {"Sec_Fetch_Site": "same-origin"}):
        reply = a.ask("GET", "/properties/a?_method=DELETE", Cookie=f"oauth_token={secret}", **headers)
        assert reply.status == 403 and reply.error == "forbidden"
    assert a.ask("GET", "/properties/a", Cookie=f"oauth_token={secret}").json == {"b": 1}
    reply = a.ask("DELETE", "/properties/a", Cookie=f"oauth_token={secret}")
    assert reply.status == 204
