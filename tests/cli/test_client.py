"""actingweb, the command-line client, with live servers: each command done, refused, unreachable and used wrongly."""
import http.server
import json
import shlex
import subprocess
import threading

import pytest

import live

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
NOWHERE = "http://127.0.0.1:9/nobody"  # the discard port: nobody listens there


def client(*words, env=None, stdin=None):
    return live.run(live.program("actingweb"), *words, env=env, stdin=stdin)


def as_actor(actor, *words, stdin=None):
    return client(*words, env=actor.env, stdin=stdin)


def ok(actor, *words, stdin=None):
    """Runs a command that must succeed and gives what it printed."""
    done = as_actor(actor, *words, stdin=stdin)
    assert done.returncode == DONE, done.stderr
    assert done.stderr == ""
    return done.stdout


def ok_json(actor, *words):
    return json.loads(ok(actor, "--json", *words))


@pytest.fixture(scope="module")
def other(start_server):
    return start_server("--subscription-processing", name="other")


@pytest.fixture
def alice(server):
    return server.create("alice")


@pytest.fixture
def bob(other):
    return other.create("bob")


# ---- help, version, wrong usage ----

def test_help_lists_every_command_and_ends_well():
    done = client("--help")
    assert done.returncode == DONE and done.stderr == ""
    for word in ("create", "meta", "trust approve", "subscriptions", "peer delete", "list add", "trust types",
                 "permissions set", "--passphrase-file", "Exit status"):
        assert word in done.stdout
    assert client("-h").stdout == done.stdout


def test_version():
    done = client("--version")
    assert done.returncode == DONE
    assert done.stdout.startswith("actingweb ") and len(done.stdout.split()) == 2


@pytest.mark.parametrize("words, why", [
    ([], "no command"),
    (["dance"], "dance"),
    (["trust"], "usage: actingweb trust request|list|show|types|approve|revoke|delete"),
    (["trust", "dance"], "trust dance"),
    (["list", "dance"], "usage: actingweb list make|show|add|set|remove|describe|delete"),
    (["list", "add", "songs"], "usage: actingweb list add NAME VALUE"),
    (["list", "set", "songs", "first", "x"], '"first" is no place in a list'),
    (["list", "remove", "songs", ""], '"" is no place in a list'),
    (["permissions"], "usage: actingweb permissions show|set|reset"),
    (["permissions", "set", "p", "everything"], "rules are a JSON object"),
    (["set", "colour"], "usage: actingweb set PATH VALUE"),
    (["get", "a", "b"], "usage: actingweb get [PATH]"),
    (["create"], "usage: actingweb create ROOT"),
    (["create", "http://localhost/", "again"], "usage: actingweb create ROOT"),
    (["--timeout", "soon", "list"], "--timeout"),
    (["--timeout", "0", "list"], "--timeout"),
    (["--dance", "list"], "actingweb --help"),
    (["--passphrase-file", "/nowhere/at/all", "list"], "/nowhere/at/all"),
])
def test_wrong_usage_is_said_and_ends_with_2(words, why):
    done = client(*words, env=live.environment(AW_ACTOR=NOWHERE))
    assert done.returncode == USAGE
    assert why in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("words", [["list"], ["delete"], ["get"], ["set", "a", "b"], ["trust", "list"], ["meta"],
                                   ["subscriptions"], ["peer", "get", "p", "meta"], ["list", "show", "a"],
                                   ["permissions", "show", "p"]])
def test_commands_say_that_they_need_an_actor(words):
    for env in (live.environment(), live.environment(AW_ACTOR="")):
        done = client(*words, env=env)
        assert done.returncode == USAGE
        assert "AW_ACTOR" in done.stderr


@pytest.mark.parametrize("words", [
    ["create", NOWHERE], ["meta"], ["delete"], ["list"], ["get", "a"], ["set", "a", "1"], ["unset", "a"],
    ["trust", "request", "http://localhost:9/p"], ["trust", "list"], ["trust", "approve", "p"],
    ["trust", "delete", "p"], ["subscribe", "p"], ["unsubscribe", "p", "s"], ["subscriptions"],
    ["peer", "get", "p", "meta"], ["peer", "post", "p", "x", "{}"], ["peer", "put", "p", "x", "{}"],
    ["peer", "delete", "p", "x"], ["list", "make", "a"], ["list", "show", "a"], ["list", "show", "a", "0"],
    ["list", "add", "a", "x"], ["list", "set", "a", "0", "x"], ["list", "remove", "a", "0"], ["list", "describe", "a"],
    ["list", "delete", "a"], ["trust", "show", "p"], ["trust", "types"], ["trust", "revoke", "p"],
    ["permissions", "show", "p"], ["permissions", "set", "p", "{}"], ["permissions", "reset", "p"],
], ids=" ".join)
def test_every_command_ends_with_3_when_nobody_is_there(words):
    done = client(*words, env=live.environment(AW_ACTOR=NOWHERE, AW_PASSPHRASE="s"))
    assert done.returncode == UNREACHABLE
    assert done.stderr.startswith("actingweb: ")
    assert done.stdout == ""


def test_a_url_that_is_none_is_wrong_usage():
    done = client("meta", "not a url")
    assert done.returncode == USAGE
    assert done.stderr


def test_a_silent_server_is_given_up_on(silent_peer):
    done = client("--timeout", "1", "meta", silent_peer.url)
    assert done.returncode == UNREACHABLE
    assert done.stderr


# ---- create, meta, delete ----

def test_create_prints_what_is_needed_to_go_on(server):
    done = client("create", server.root, "--creator", "alice")
    assert done.returncode == DONE, done.stderr
    pairs = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert pairs["url"] == server.root + pairs["id"]
    assert pairs["creator"] == "alice"
    assert live.request("GET", pairs["url"], auth=("alice", pairs["passphrase"])).status == 200


def test_create_takes_a_passphrase_and_prints_json(server, tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text("my own\nanother line\n")
    done = client("create", server.root, "--creator", "carol", "--passphrase-file", secret, "--json")
    made = json.loads(done.stdout)
    assert made["passphrase"] == "my own"
    assert made["url"].endswith(made["id"])


def test_create_does_not_give_away_the_passphrase_of_another_actor(server, alice):
    made = json.loads(client("create", server.root, "--creator", "carol", "--json", env=alice.env).stdout)
    assert made["passphrase"] != alice.passphrase and len(made["passphrase"]) == 40


def test_create_prints_variables_that_a_shell_understands(server):
    name = "o'hara $(echo no) \"x\""
    done = client("create", server.root, "--creator", name, "--env")
    assert done.returncode == DONE, done.stderr
    program = shlex.quote(live.program("actingweb"))
    script = done.stdout + 'printf "%s\\n" "$AW_ACTOR" "$AW_CREATOR" "$AW_PASSPHRASE"\n' + \
        f"{program} set colour blue && {program} get colour\n"
    shell = live.run("sh", "-c", script)
    url, creator, passphrase, colour = shell.stdout.splitlines()
    assert url.startswith(server.root)
    assert creator == name
    assert len(passphrase) == 40
    assert colour == "blue"


def test_create_is_refused_where_creators_are_unique(start_server):
    strict = start_server("--unique-creator")
    assert client("create", strict.root, "--creator", "alice").returncode == DONE
    done = client("create", strict.root, "--creator", "alice")
    assert done.returncode == REFUSED
    assert "403" in done.stderr


def test_meta_shows_the_own_actor_or_any_other(alice):
    assert alice.id in ok(alice, "meta")
    done = client("meta", alice.url)
    assert done.returncode == DONE
    assert json.loads(client("--json", "meta", alice.url + "/").stdout)["id"] == alice.id
    done = client("meta", alice.url + "0")
    assert done.returncode == REFUSED
    assert "404" in done.stderr


def test_delete_ends_the_actor(alice):
    assert ok(alice, "delete") == ""
    assert live.request("GET", alice.url + "/meta").status == 404
    assert as_actor(alice, "delete").returncode == REFUSED


# ---- credentials ----

def test_a_wrong_passphrase_is_refused_with_a_hint(alice):
    done = client("list", env={**alice.env, "AW_PASSPHRASE": "wrong"})
    assert done.returncode == REFUSED
    assert "403" in done.stderr and "--passphrase-file" in done.stderr
    assert "wrong" not in done.stderr and alice.passphrase not in done.stderr
    done = client("list", env={**alice.env, "AW_PASSPHRASE": ""})
    assert done.returncode == REFUSED and "no passphrase is given" in done.stderr


def test_flags_win_over_variables(alice, bob):
    words = ["--actor", bob.url, "--creator", "bob", "--passphrase-file", "-", "set", "who", "bob"]
    done = client(*words, env=alice.env, stdin=bob.passphrase + "\n")
    assert done.returncode == DONE, done.stderr
    assert bob.get("properties/who").json == "bob"
    assert alice.get("properties/who").status == 404


# ---- properties ----

def test_set_get_list_unset(alice):
    assert ok(alice, "set", "colour", "blue") == ""
    assert ok(alice, "get", "colour") == "blue\n"
    assert ok(alice, "--json", "get", "colour") == '"blue"\n'
    ok(alice, "set", "profile", '{"city": "Oslo", "zip": 150}')
    assert ok(alice, "get", "profile/city") == "Oslo\n"
    assert json.loads(ok(alice, "get", "profile")) == {"city": "Oslo", "zip": 150}
    ok(alice, "set", "profile/city", "Bergen")
    assert json.loads(ok(alice, "get")) == {"colour": "blue", "profile": {"city": "Bergen", "zip": 150}}
    assert sorted(ok(alice, "list").split()) == ["colour", "profile"]
    assert set(ok_json(alice, "list")) == {"colour", "profile"}
    ok(alice, "unset", "colour")
    assert ok(alice, "list").split() == ["profile"]


def test_set_reads_stdin_and_keeps_what_is_no_json_as_text(alice):
    ok(alice, "set", "note", "-", stdin="two\nlines")
    assert alice.get("properties/note").json == "two\nlines"
    ok(alice, "set", "number", "-", stdin="17")
    assert alice.get("properties/number").json == 17
    ok(alice, "set", "--", "below", "-5")
    assert alice.get("properties/below").json == -5


def test_names_may_hold_anything(alice):
    ok(alice, "set", "a b?c#d%25", "1")
    assert alice.get("properties").json == {"a b?c#d%25": 1}
    assert ok(alice, "get", "a b?c#d%25") == "1\n"
    ok(alice, "set", "/blåbær", "ja")
    assert ok(alice, "get", "blåbær") == "ja\n"


@pytest.mark.parametrize("words, status", [
    (["get", "absent"], "404"),
    (["unset", "scalar/below"], "404"),
    (["set", "scalar/below", "1"], "409"),
    (["set", "scalar", "null"], "400"),
])
def test_what_the_server_refuses_is_explained(alice, words, status):
    ok(alice, "set", "scalar", "1")
    done = as_actor(alice, *words)
    assert done.returncode == REFUSED
    assert status in done.stderr
    assert done.stdout == ""


# ---- lists ----

def test_a_list_from_its_making_to_its_end(alice):
    assert ok(alice, "list", "make", "songs", "What to sing", "In the choir") == ""
    assert ok(alice, "list", "add", "songs", "Yesterday") == "0\n"
    assert ok_json(alice, "list", "add", "songs", '{"title": "Help!"}')["index"] == 1
    assert ok(alice, "list", "add", "songs", "-", stdin="Michelle") == "2\n"
    assert [line.split(None, 1) for line in ok(alice, "list", "show", "songs").splitlines()] == [
        ["INDEX", "ITEM"], ["0", "Yesterday"], ["1", '{"title":"Help!"}'], ["2", "Michelle"]]
    assert ok(alice, "list", "show", "songs", "0") == "Yesterday\n"
    assert ok(alice, "list", "show", "--", "songs", "-1") == "Michelle\n"
    assert ok(alice, "list", "set", "songs", "1", "Girl") == ""
    assert ok(alice, "list", "remove", "songs", "0") == ""
    assert ok_json(alice, "list", "show", "songs") == ["Girl", "Michelle"]
    assert ok(alice, "list").split() == ["songs"]
    assert ok(alice, "list", "delete", "songs") == ""
    assert ok(alice, "list") == ""


def test_a_list_is_described(alice):
    ok(alice, "list", "make", "songs", "What to sing", "In the choir")
    shown = dict(line.split(None, 1) for line in ok(alice, "list", "describe", "songs").splitlines())
    assert shown == {"name": "songs", "count": "0", "description": "What to sing", "explanation": "In the choir"}
    ok(alice, "list", "describe", "songs", "New songs")
    shown = ok_json(alice, "list", "describe", "songs")
    assert (shown["description"], shown["explanation"]) == ("New songs", "In the choir")


def test_making_a_list_that_is_there_keeps_its_items(alice):
    ok(alice, "list", "make", "songs")
    ok(alice, "list", "add", "songs", "Yesterday")
    ok(alice, "list", "make", "songs")
    assert ok_json(alice, "list", "show", "songs") == ["Yesterday"]


def test_names_of_lists_are_encoded(alice):
    name = "a/b?c=d%e f"
    ok(alice, "list", "make", name)
    ok(alice, "list", "add", name, "x")
    assert ok_json(alice, "list", "show", name) == ["x"]
    assert list(ok_json(alice, "list")) == [name]


def test_get_set_and_unset_know_lists(alice):
    ok(alice, "list", "make", "songs")
    ok(alice, "list", "add", "songs", "Yesterday")
    ok(alice, "set", "songs/0", "Girl")
    assert ok(alice, "get", "songs/0") == "Girl\n"
    assert json.loads(ok(alice, "get", "songs")) == ["Girl"]
    done = as_actor(alice, "set", "songs", "none")
    assert done.returncode == REFUSED and "songs is a list" in done.stderr
    ok(alice, "unset", "songs/0")
    assert ok_json(alice, "list", "show", "songs") == []
    ok(alice, "unset", "songs")
    assert ok(alice, "list") == ""


@pytest.mark.parametrize("words, why", [
    (["list", "show", "absent"], "no list"),
    (["list", "add", "absent", "x"], "no list"),
    (["list", "describe", "colour"], "no list"),
    (["list", "delete", "colour"], "no list"),
    (["list", "make", "colour"], "409"),
    (["list", "show", "songs", "7"], "404: no such item"),
    (["list", "set", "songs", "1", "x"], "no such item"),
    (["list", "remove", "songs", "1"], "no such item"),
    (["list", "add", "songs", "null"], "400"),
], ids=" ".join)
def test_what_lists_refuse_is_explained(alice, words, why):
    ok(alice, "set", "colour", "blue")
    ok(alice, "list", "make", "songs")
    ok(alice, "list", "add", "songs", "Yesterday")
    done = as_actor(alice, *words)
    assert done.returncode == REFUSED
    assert why in done.stderr
    assert done.stdout == ""
    assert ok(alice, "get", "colour") == "blue\n"
    assert ok_json(alice, "list", "show", "songs") == ["Yesterday"]


# ---- trust ----

def test_trust_from_request_to_end(alice, bob):
    shown = ok(alice, "trust", "request", bob.url, "--relationship", "friend", "--desc", "from alice")
    assert bob.id in shown
    theirs = bob.trust(alice)
    assert (theirs["relationship"], theirs["desc"], theirs["approved"]) == ("friend", "from alice", False)
    rows = ok(bob, "trust", "list").splitlines()
    assert rows[0].split()[:2] == ["PEER", "RELATIONSHIP"]
    assert rows[1].split()[:3] == [alice.id, "friend", "false"]
    assert ok(bob, "trust", "approve", alice.id) == ""
    assert ok_json(bob, "trust", "list")[0]["approved"] is True
    assert alice.trust(bob)["peer_approved"] is True
    assert ok(alice, "trust", "delete", bob.id) == ""
    assert alice.trust(bob) is None and bob.trust(alice) is None
    assert ok_json(alice, "trust", "list") == []


def test_trust_is_shown_and_the_approval_taken_back(alice, bob):
    alice.befriend(bob)
    shown = ok(bob, "trust", "show", alice.id)
    assert ["relationship", "friend"] in [line.split() for line in shown.splitlines()]
    assert alice.trust(bob)["secret"] not in shown
    assert ok(bob, "trust", "revoke", alice.id) == ""
    assert ok_json(bob, "trust", "show", alice.id)["approved"] is False
    assert as_actor(alice, "peer", "get", bob.id, "properties").returncode == REFUSED


def test_trust_types_are_listed(alice):
    rows = ok(alice, "trust", "types").splitlines()
    assert rows[0].split()[0] == "RELATIONSHIP"
    assert {row.split()[0] for row in rows[1:]} >= {"associate", "friend", "admin"}
    assert "friend" in ok_json(alice, "trust", "types")["trust_types"]


def test_permissions_are_shown_set_and_reset(alice, bob):
    alice.befriend(bob, "associate")
    bob.put("properties/mood", "good")
    rules = [line.split(None, 2) for line in ok(bob, "permissions", "show", alice.id).splitlines()]
    assert ["FOR", "RULE", "VALUE"] in rules and ["properties", "patterns", '["public/*"]'] in rules
    assert as_actor(alice, "peer", "get", bob.id, "properties/mood").returncode == REFUSED
    assert ok(bob, "permissions", "set", alice.id, '{"properties": ["mood"]}') == ""
    assert json.loads(ok(alice, "peer", "get", bob.id, "properties/mood")) == "good"
    assert ok_json(bob, "permissions", "show", alice.id)["is_custom"] is True
    ok(bob, "permissions", "set", alice.id, "-", stdin='{"properties": null, "notes": "no more"}')
    assert as_actor(alice, "peer", "get", bob.id, "properties/mood").returncode == REFUSED
    assert ok(bob, "permissions", "reset", alice.id) == ""
    assert ok_json(bob, "permissions", "show", alice.id)["is_custom"] is False


def test_permissions_that_are_refused_are_explained(alice, bob):
    alice.befriend(bob)
    done = as_actor(bob, "permissions", "set", alice.id, '{"propertys": {}}')
    assert done.returncode == REFUSED and "400: permissions are of properties, methods" in done.stderr
    for words in (["show", "nobody"], ["set", "nobody", "{}"], ["reset", "nobody"]):
        done = as_actor(bob, "permissions", *words)
        assert done.returncode == REFUSED and "no trust with nobody" in done.stderr


def test_trust_request_prints_json(alice, bob):
    made = ok_json(alice, "trust", "request", bob.url)
    assert made["peerid"] == bob.id and made["relationship"] == "friend"


def test_trust_request_is_refused_when_the_peer_cannot_be_reached(alice):
    done = as_actor(alice, "trust", "request", NOWHERE)
    assert done.returncode == REFUSED
    assert "408" in done.stderr


def test_a_trust_that_is_not_there_is_refused(alice):
    for words in (["trust", "approve", "nobody"], ["trust", "delete", "nobody"], ["peer", "get", "nobody", "meta"]):
        done = as_actor(alice, *words)
        assert done.returncode == REFUSED
        assert "nobody" in done.stderr and "trust list" in done.stderr


# ---- subscriptions ----

def test_subscribe_subscriptions_unsubscribe(alice, bob):
    alice.befriend(bob)
    url = ok(bob, "subscribe", alice.id).strip()
    assert url.startswith(f"{alice.url}/subscriptions/{bob.id}/")
    subscription = url.rsplit("/", 1)[1]
    rows = ok(bob, "subscriptions").splitlines()
    assert rows[0].split()[:3] == ["SUBSCRIPTION", "PEER", "DIRECTION"]
    assert rows[1].split()[:4] == [subscription, alice.id, "to", "peer"]
    assert "from peer" in ok(alice, "subscriptions")
    assert ok_json(bob, "subscriptions")["data"][0]["subscriptionid"] == subscription
    assert ok(bob, "unsubscribe", alice.id, subscription) == ""
    assert ok_json(bob, "subscriptions")["data"] == []
    assert ok_json(alice, "subscriptions")["data"] == []


def test_subscribe_takes_a_path_and_a_granularity(alice, bob):
    alice.befriend(bob)
    alice.put("properties/profile", {"address": {"city": "Oslo"}})
    made = ok_json(bob, "--granularity", "low", "subscribe", alice.id, "properties/profile/address/city")
    assert made["url"].startswith(alice.url)
    row = ok_json(alice, "subscriptions")["data"][0]
    assert (row["target"], row["subtarget"], row["resource"], row["granularity"]) == \
        ("properties", "profile", "address/city", "low")


def test_subscribing_without_trust_is_refused(alice):
    done = as_actor(alice, "subscribe", "nobody")
    assert done.returncode == REFUSED
    assert done.stderr


# ---- the peer's own resources ----

def test_peer_get_post_put_delete(alice, bob):
    alice.befriend(bob, "admin")
    assert json.loads(ok(alice, "peer", "post", bob.id, "properties", '{"colour": "red"}')) == {"colour": "red"}
    assert json.loads(ok(alice, "peer", "get", bob.id, "properties/colour")) == "red"
    assert ok(alice, "peer", "put", bob.id, "properties/colour", '"green"') == ""
    assert bob.get("properties/colour").json == "green"
    assert ok(alice, "peer", "delete", bob.id, "properties/colour") == ""
    assert bob.get("properties/colour").status == 404
    assert ok(alice, "peer", "get", bob.id, "meta/id").strip() == bob.id


def test_peer_refuses_what_the_relationship_does_not_allow(alice, bob):
    alice.befriend(bob, "associate")
    done = as_actor(alice, "peer", "put", bob.id, "properties/colour", '"green"')
    assert done.returncode == REFUSED
    assert "403" in done.stderr
    secret = alice.trust(bob)["secret"]
    assert secret not in done.stderr


def test_peer_bodies_must_be_json(alice):
    done = as_actor(alice, "peer", "put", "p", "x", "{no")
    assert done.returncode == USAGE
    assert "not JSON" in done.stderr


# ---- servers that answer with less, or with more, than they should ----

class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers GET .../trust... with the server's list of trusts, and refuses all else with its words."""

    def do_GET(self):
        self.answer(200, self.server.trusts)

    def do_DELETE(self):
        self.answer(403, {"error": {"code": "no", "message": self.server.words}})

    do_PUT = do_DELETE

    def answer(self, status, body):
        self.server.asked.append((self.command, self.path))
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def scripted():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        server.asked, server.trusts, server.words = [], [], "no"
        server.env = {"AW_ACTOR": f"http://127.0.0.1:{server.server_port}/me", "AW_PASSPHRASE": "p"}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_trust_that_was_named_is_meant_whatever_else_is_listed(scripted):
    scripted.trusts = [{"peerid": "other", "relationship": "admin"}, {"peerid": "bob", "relationship": "friend"}]
    client("trust", "delete", "bob", env=scripted.env)
    assert scripted.asked[-1] == ("DELETE", "/me/trust/friend/bob")
    scripted.trusts = scripted.trusts[:1]
    done = client("trust", "delete", "bob", env=scripted.env)
    assert done.returncode == REFUSED
    assert "no trust with bob" in done.stderr
    assert scripted.asked[-1][0] == "GET"


def test_a_trust_without_its_members_does_no_harm(scripted):
    scripted.trusts = [{"peerid": "bob"}]
    client("trust", "delete", "bob", env=scripted.env)
    assert ("DELETE", "/me/trust") not in scripted.asked
    scripted.trusts = [{"peerid": "bob", "secret": "s"}]
    done = client("peer", "get", "bob", "meta", env=scripted.env)
    assert done.returncode == REFUSED
    assert "where bob is" in done.stderr


def test_words_of_others_do_not_steer_the_terminal(scripted):
    scripted.trusts = [{"peerid": "bob", "relationship": "friend\x1b[2J"}]
    scripted.words = "no\x1b[31m\r\nwelcome"
    assert "\x1b" not in client("trust", "list", env=scripted.env).stdout
    done = client("trust", "approve", "bob", env=scripted.env)
    assert "\x1b" not in done.stderr
    assert "403: no [31m  welcome" in done.stderr


# ---- output ----

def test_output_that_cannot_be_written_is_no_success(alice):
    with open("/dev/full", "w") as full:
        done = subprocess.run([live.program("actingweb"), "meta"], env=alice.env, stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=live.LONG_S)
    assert done.returncode != DONE
