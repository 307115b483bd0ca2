"""/{id}/resources, /{id}/services, /{id}/www and /bot: what there is without an application's routes (WIRE 9)."""
import pytest

VERBS = ["GET", "POST", "PUT", "DELETE"]


def body_of(method):
    return {} if method in ("POST", "PUT") else None


def test_there_are_no_resources(actor):
    reply = actor.get("/resources")
    assert reply.status == 200 and reply.json == {}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["lights", "lights/kitchen", "a%2Fb", "%C3%85"])
@pytest.mark.parametrize("method", VERBS)
def test_no_resource_is_there(actor, method, name):
    reply = actor.ask(method, f"/resources/{name}", body_of(method), actor.owner)
    assert reply.status == 404 and reply.error == "not_found"


# Whose role reaches resources, and services; viewer and mcp_client have no place in the list.
@pytest.mark.parametrize("relationship, resources, services", [
    ("friend", True, False), ("partner", True, False), ("admin", True, True), ("associate", False, False),
    ("viewer", False, False), ("mcp_client", False, False), ("lodger", False, False), ("creator", False, False),
    ("trustee", False, False),
])
def test_what_each_relationship_reaches(actor, peer, relationship, resources, services):
    approved, pending = peer(relationship), peer(relationship, approved=False)
    for auth, reaches in ((approved, True), (pending, False)):
        allowed = reaches and resources
        assert actor.get("/resources", auth=auth).status == (200 if allowed else 403)
        for method in VERBS:
            reply = actor.ask(method, "/resources/x", body_of(method), auth)
            may = allowed and (method != "DELETE" or relationship == "admin")
            assert reply.status == (404 if may else 403)
        assert actor.get("/services/mail/callback", auth=auth).status == (404 if reaches and services else 403)
        assert actor.delete("/services/mail", auth=auth).status == (404 if reaches and services else 403)


def test_rules_decide_about_a_resource(actor, peer):
    """As of methods and properties; the access list speaks where they do not."""
    for relationship, name, allowed in (("friend", "private/x", ""), ("friend", "private", ""), ("partner", "security/x", ""),
                                        ("associate", "public/x", "GET"), ("mcp_client", "public/x", "GET")):
        auth = peer(relationship)
        for method in VERBS:
            reply = actor.ask(method, f"/resources/{name}", body_of(method), auth)
            assert reply.status == (404 if method == allowed else 403), (relationship, name, method)


@pytest.mark.parametrize("method, path", [("GET", "/resources"), ("DELETE", "/resources/x"), ("PUT", "/resources/x"),
                                          ("GET", "/services/mail/callback"), ("DELETE", "/services/mail")])
def test_nobody_is_refused(actor, method, path):
    for auth, status, word in ((None, 401, "unauthorized"), ("Basic !!!", 401, "unauthorized"),
                               ("Bearer junk", 403, "forbidden")):
        reply = actor.ask(method, path, body_of(method), auth)
        assert reply.status == status and reply.error == word
        assert ("www-authenticate" in reply.headers) == (status == 401)


def test_services_of_the_owner(actor):
    for method, path in (("GET", "/services/mail/callback?code=x&state=y"), ("DELETE", "/services/mail")):
        reply = actor.ask(method, path, None, actor.owner)
        assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("method, path, allow", [
    ("POST", "/resources", "GET, HEAD"), ("GET", "/services/mail", "DELETE"),
    ("POST", "/services/mail/callback", "GET, HEAD"),
])
def test_other_verbs(actor, method, path, allow):
    reply = actor.ask(method, path, body_of(method), actor.owner)
    assert reply.status == 405 and reply.error == "method_not_allowed" and reply.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/www", "/www/", "/www/init", "/www/properties", "/www/trust/new"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_are_no_pages(actor, peer, method, path):
    for auth, status, word in ((actor.owner, 404, "not_found"), (None, 401, "unauthorized"),
                               ("Bearer junk", 403, "forbidden"), (peer("admin"), 403, "forbidden")):
        reply = actor.ask(method, path, body_of(method), auth)
        assert reply.status == status and reply.error == word
    assert actor.ask("DELETE", path, None, actor.owner).status == 405


@pytest.mark.parametrize("body", [None, {}, "{", {"token": "x"}])
def test_there_is_no_bot(server, body):
    reply = server.ask("POST", "/bot", body)
    assert reply.status == 404 and reply.error == "not_found"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_bot_is_posted_to(server, method):
    reply = server.ask(method, "/bot")
    assert reply.status == 405 and reply.headers["allow"] == "POST"
