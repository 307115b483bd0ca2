"""Every route, verb and caller: the table of every_route.py is walked, and leaves out no route of the router's."""
import re

import pytest

import live
from every_route import ALL, ANY_BODY, CALLERS, ROUTES, SITE, Scene, status_for
from played import closed_url

VERBS = ("GET", "POST", "PUT", "DELETE")
WORDS = {400: {"bad_request", "bad_json"}, 401: {"unauthorized"}, 403: {"forbidden"}, 404: {"not_found"},
         405: {"method_not_allowed"}, 408: {"peer_unreachable"}}


def router_rows():
    """[(pattern, verbs)] of src/web/router.c."""
    text = (live.ROOT / "src" / "web" / "router.c").read_text()
    found = re.findall(r'\{"(/[^"]*)",\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+)', text)
    assert len(found) > 20
    return [(pattern, [verb for verb, endpoint in zip(VERBS, endpoints) if endpoint != "NULL"])
            for pattern, *endpoints in found]


def fits(pattern, path):
    """As the router has it: {name} is one segment, * is one or more."""
    text = re.sub(r"\{\w+\}", "[^/]+", pattern).replace("*", ".+")
    return re.fullmatch(text, path)


def pattern_of(path):
    return next((pattern for pattern, _ in router_rows() if fits(pattern, path.partition("?")[0])), None)


def paths_of_the_table():
    for method, path, *_ in ROUTES:
        yield method, "/{id}" + path
    for method, path, *_ in SITE:
        yield method, path


def test_the_table_has_every_route():
    covered = {(pattern_of(path), method) for method, path in paths_of_the_table()}
    missing = [f"{verb} {pattern}" for pattern, verbs in router_rows() for verb in verbs
               if (pattern, verb) not in covered]
    assert not missing, "these routes have no row in tests/wire/every_route.py"


def test_the_table_has_no_other_route():
    verbs = dict(router_rows())
    assert [f"{method} {path}" for method, path in paths_of_the_table()
            if method not in verbs.get(pattern_of(path), ())] == []


def test_the_table_names_callers_that_there_are():
    for row in ROUTES:
        named = " ".join(row[3]).split()
        assert set(named) <= set(ALL.split()) and len(named) == len(set(named)), row


@pytest.fixture(scope="module")
def scenes(keeper, stage):
    """A scene for each caller. One that a request may have changed is not used again."""
    made = {}

    def scene_for(caller):
        if caller not in made:
            made[caller] = Scene(keeper, stage, caller)
        return made[caller]

    scene_for.drop = lambda caller: made.pop(caller).close()
    yield scene_for
    for scene in made.values():
        scene.assert_unchanged()
        scene.close()


def assert_well_formed(reply, status):
    assert reply.status == status, reply
    assert reply.headers["x-request-id"]
    assert ("www-authenticate" in reply.headers) == (status == 401)
    if status >= 400:
        assert reply.error in WORDS[status]
    elif reply.body and reply.headers.get("content-type") == "application/json":
        assert reply.json is not None


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row[0]} {row[1] or '/'}")
def test_verbs_and_callers(scenes, stage, row, caller):
    method, path, body, _ = row
    scene = scenes(caller)
    status = status_for(row, caller)
    newcomer = stage.play()
    more = {"{closed}": closed_url(), "{new_url}": newcomer.url, "{new_id}": newcomer.id,
            "{new_secret}": newcomer.secret}
    changes = status < 400 and (method != "GET" or "proxy" in path)
    if changes:
        scene.assert_unchanged()  # by all that was refused before
    reply = scene.actor.ask(method, scene.fill(path, more), scene.fill(body, more), scene.auth)
    newcomer.release()
    if reply.status != status or changes:
        scenes.drop(caller)
    assert_well_formed(reply, status)


WITH_BODY = [row for row in ROUTES if row[2] is not None and row[3] and row[:2] not in ANY_BODY]
NO_OBJECT = [b"{", b'{"a":1', b"{'a':1}", b"\xff\xfe", b'{"a":"\xff"}', b"[" * 5000, b'{"a":NaN}', b'{"a":1}{"b":2}',
             b"[]", b"null", b"1", b'"text"', b"true", b"\0"]


@pytest.mark.parametrize("row", WITH_BODY, ids=lambda row: f"{row[0]} {row[1]}")
def test_bodies_that_are_no_object(scenes, row):
    """By whoever may: refused, and nothing has changed."""
    method, path, _, allowed = row
    caller = next(iter(allowed)).split()[0]
    scene = scenes("creator" if caller in ("nobody", "trustee") else caller)
    for body in NO_OBJECT:
        reply = scene.actor.ask(method, scene.fill(path, {}), body, scene.auth, Content_Type="application/json")
        # What is not there may be missed before the body is looked at.
        assert_well_formed(reply, 404 if reply.status == 404 and 404 in allowed.values() else 400)
    scene.assert_unchanged()


@pytest.mark.parametrize("method, path, body, status", SITE)
def test_without_an_actor(keeper, method, path, body, status):
    for auth in (None, "Basic !!!", "Bearer junk"):
        assert_well_formed(keeper.ask(method, path, body, auth), status)


@pytest.mark.parametrize("pattern, verbs", router_rows(), ids=lambda value: value if isinstance(value, str) else "")
def test_all_other_verbs(scenes, pattern, verbs):
    """405, and what there is: the same that OPTIONS tells."""
    path = re.sub(r"\{id\}", scenes("creator").actor.id, pattern).replace("*", "x")
    path = re.sub(r"\{\w+\}", "x", path)
    server = scenes("creator").actor.server
    allow = ", ".join("GET, HEAD" if verb == "GET" else verb for verb in verbs)
    for method in (*VERBS, "PATCH"):
        if method in verbs:
            continue
        for auth in (None, scenes("creator").auth):
            reply = server.ask(method, path, {} if method in ("POST", "PUT", "PATCH") else None, auth)
            assert_well_formed(reply, 405)
            assert reply.headers["allow"] == allow
    reply = server.ask("OPTIONS", path)
    assert reply.status == 204 and reply.headers["allow"] == f"{allow}, OPTIONS"
    if "GET" in verbs and pattern != "/{id}/devtest/*":
        got, headed = (server.ask(method, path, None, scenes("creator").auth) for method in ("GET", "HEAD"))
        assert (headed.status, headed.body) == (got.status, b"")
