"""The programs of examples/, run as a reader of the guides would run them, against live servers."""
import glob
import threading
import time

import pytest

import live


def example(name):
    return live.program(f"examples/{name}")


def run(name, *arguments):
    return live.run(example(name), *arguments)


@pytest.fixture(scope="module")
def other(start_server):
    """A server where whoever asks to be a friend is one."""
    return start_server("--auto-accept", "--default-relationship", "friend", name="other")


@pytest.mark.parametrize("name", ["background_thread", "connect_route", "fake_peer", "glib_app", "notify_all", "search_route",
                                  "subscribe_service", "sync_script"])
def test_wrong_usage(name):
    done = run(name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: {name} ")


# ---- connect_route ----

def serving(name, folder):
    """An example that serves, until the test ends."""
    server = live.Process(folder, name, [example(name), f"sqlite:{folder}/app.db", "localhost:0"])
    try:
        server.wait_for_output("listening on port ")
        server.root = f"http://localhost:{server.out.split()[-1]}/"
        yield server
    finally:
        status = server.stop()
    assert status == 0, server.err


@pytest.fixture(scope="module")
def connect_route(tmp_path_factory):
    yield from serving("connect_route", tmp_path_factory.mktemp("connect_route"))


def make_actor(root, creator):
    answer = live.request("POST", root, {"creator": creator})
    return live.Actor(answer.headers["Location"], creator, answer.json["passphrase"])


def test_connect_route_makes_a_verified_trust(connect_route, other):
    alice, bob = make_actor(connect_route.root, "alice"), other.create("bob")
    # What bob asks for is stored at both; alice forgets her half, and makes it again by the route.
    assert bob.post("trust", {"url": alice.url, "relationship": "friend"}).status == 201
    assert alice.delete(f"trust/friend/{bob.id}?peer=true").status == 204
    assert alice.trust(bob) is None
    theirs = bob.trust(alice)
    ask = {"baseuri": bob.url, "secret": theirs["secret"], "verify_token": theirs["verification_token"]}
    answer = alice.post("connect", ask)
    assert (answer.status, answer.json) == (200, {"trust_id": bob.id, "status": "connected", "verified": True})
    made = alice.trust(bob)
    assert (made["relationship"], made["approved"], made["verified"]) == ("friend", True, True)
    assert bob.get(f"trust/friend/{alice.id}", auth=None, bearer=theirs["secret"]).status == 200


def test_connect_route_keeps_an_unverified_trust_apart(connect_route, other):
    alice, bob = make_actor(connect_route.root, "alice"), other.create("bob")
    answer = alice.post("connect", {"baseuri": bob.url, "secret": "a" * 40, "verify_token": "b" * 40})
    assert (answer.status, answer.json["verified"]) == (200, False)


def test_connect_route_refuses_with_reasons(connect_route):
    alice = make_actor(connect_route.root, "alice")
    good = {"baseuri": "http://localhost:9/bob", "secret": "s", "verify_token": "t"}
    assert alice.post("connect", good, auth=None).status == 403
    assert alice.post("connect", "no json").status == 400
    assert alice.post("connect", {}).json["error"]["message"] == "baseuri, secret and verify_token, please"
    answer = alice.post("connect", good)
    assert answer.status == 502 and answer.json["error"]["message"]
    assert live.request("POST", connect_route.root + "nobody/connect", good).status == 404
    assert alice.get("connect").status == 405


def test_connect_route_waits_for_slow_peers_without_a_thread(connect_route, silent_peer):
    alice = make_actor(connect_route.root, "alice")
    body = {"baseuri": silent_peer.url, "secret": "s", "verify_token": "t"}
    waiting = [threading.Thread(target=alice.post, args=("connect", body)) for _ in range(20)]
    for thread in waiting:
        thread.start()
    live.wait_until(lambda: len(silent_peer.connections) == 20, "all twenty waiting")
    assert alice.get("properties").status == 200  # others are served meanwhile
    silent_peer.release()
    for thread in waiting:
        thread.join(live.LONG_S)


# ---- search_route ----

@pytest.fixture(scope="module")
def search_route(tmp_path_factory):
    yield from serving("search_route", tmp_path_factory.mktemp("search_route"))


def test_search_route_finds_what_the_caller_may_see(search_route, other):
    alice, bob = make_actor(search_route.root, "alice"), other.create("bob")
    alice.put("properties/colour", "blue")
    alice.put("properties/sky", {"by day": "blue", "by night": "black"})
    alice.put("properties/private", {"mood": "blue"})
    alice.put("properties/size", 3)
    assert sorted(alice.get("search?q=blue").json["found"]) == ["colour", "private", "sky"]
    assert alice.get("search?q=green").json == {"found": []}
    assert alice.get("search?q=blue", auth=None).status == 403
    assert alice.post("trust", {"url": bob.url, "relationship": "friend"}).status == 201
    secret = alice.trust(bob)["secret"]
    assert sorted(alice.get("search?q=blue", auth=None, bearer=secret).json["found"]) == ["colour", "sky"]
    assert alice.put(f"trust/friend/{bob.id}", {"approved": False}).status == 204
    assert alice.get("search?q=blue", auth=None, bearer=secret).status == 403


# ---- notify_all ----

def test_notify_all_tells_those_who_are_there(server, other, fake_peer):
    alice, bob = server.create(), other.create("bob")
    gone = live.FakePeer()
    for url in (fake_peer.root + "carol", fake_peer.root + "dave", gone.root + "erin", bob.url):
        assert alice.post("trust", {"url": url, "relationship": "friend"}).status == 201
    gone.close()
    done = run("notify_all", server.store, server.root, alice.id, "it rains")
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines()[:-1])
    assert lines["carol"] == lines["dave"] == "told"
    assert lines["erin"].startswith("AW_E_CONNECT: ")
    assert lines[bob.id].startswith("AW_E_HTTP: ")
    assert done.stdout.splitlines()[-1] == "2 told, 2 not"
    told = [(path, body) for method, path, body in fake_peer.requests if path.endswith("callbacks/notification")]
    assert sorted(path for path, _ in told) == ["/carol/callbacks/notification", "/dave/callbacks/notification"]
    assert all("it rains" in body for _, body in told)


def test_notify_all_without_peers_and_without_an_actor(server):
    alice = server.create()
    done = run("notify_all", server.store, server.root, alice.id, "hello?")
    assert (done.returncode, done.stdout) == (0, "0 told, 0 not\n")
    done = run("notify_all", server.store, server.root, "nobody", "hello?")
    assert done.returncode == 1 and done.stderr.startswith("notify_all: ")


# ---- subscribe_service ----

def test_subscribe_service_prints_the_baseline(other, tmp_path):
    service = other.create("service")
    service.put("properties/colour", "blue")
    service.put("properties/size", 3)
    home = live.Server(tmp_path)
    alice = home.create()
    assert home.stop() == 0
    done = run("subscribe_service", home.store, f"localhost:{home.port}", alice.id, service.url)
    assert done.returncode == 0, done.stderr
    subscribed, baseline = done.stdout.splitlines()
    assert subscribed.startswith(f"subscribed: {service.url}/subscriptions/{alice.id}/")
    assert baseline == 'baseline: {"colour":"blue","size":3}'
    assert service.trust(alice)["verified"] is True


def test_subscribe_service_says_why_not(server, tmp_path):
    stranger = server.create("stranger")  # approves nobody by itself
    home = live.Server(tmp_path)
    alice = home.create()
    assert home.stop() == 0
    done = run("subscribe_service", home.store, f"localhost:{home.port}", alice.id, stranger.url)
    assert done.returncode == 1
    assert "no subscription: " in done.stderr and "403" in done.stderr
    done = run("subscribe_service", home.store, f"localhost:{home.port}", alice.id, "http://localhost:9/nobody")
    assert done.returncode == 1
    assert "no trust: " in done.stderr


# ---- sync_script ----

def test_sync_script(server):
    before = set(glob.glob("/tmp/actingweb-script-*"))
    peer = server.create()
    done = run("sync_script", peer.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"the peer is {peer.id}, of type urn:actingweb:example.com:actingwebd",
                                        "the favourite colour is blue"]
    done = run("sync_script", "http://localhost:9/nobody")
    assert done.returncode == 1
    assert done.stderr.startswith("sync_script: AW_E_CONNECT: ")
    assert set(glob.glob("/tmp/actingweb-script-*")) == before


# ---- background_thread ----

def test_background_thread(server):
    alice, peer = server.create(), server.create("peer")
    done = run("background_thread", server.store, server.root, alice.id, peer.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["calculated meanwhile: 42", "the peer answered ten times"]
    done = run("background_thread", server.store, server.root, alice.id, "http://localhost:9/nobody")
    assert done.returncode == 1
    assert "not every time" in done.stdout


# ---- fake_peer ----

def test_fake_peer(tmp_path):
    done = run("fake_peer", f"sqlite:{tmp_path}/test.db")
    assert (done.returncode, done.stdout) == (0, "the peer behaved well, and badly\n"), done.stderr
    assert run("fake_peer", f"sqlite:{tmp_path}/absent/test.db").returncode == 1


# ---- glib_app ----

class SlowPeer(live.FakePeer):
    def answer(self, method, path, body):
        time.sleep(0.5)
        return super().answer(method, path, body)


@pytest.mark.skipif(not (live.BUILD / "examples" / "glib_app").exists(), reason="built without GLib")
def test_glib_app_goes_on_ticking_while_the_peer_thinks(server):
    alice, slow = server.create(), SlowPeer()
    done = run("glib_app", server.store, server.root, alice.id, slow.root + "bob")
    slow.close()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the peer is bob; the timer ticked on meanwhile\n"
    done = run("glib_app", server.store, server.root, alice.id, "http://localhost:9/nobody")
    assert done.returncode == 1
    assert done.stderr.startswith("no answer: ")
    done = run("glib_app", server.store, server.root, "nobody", slow.root + "bob")
    assert done.returncode == 1
    assert done.stderr.startswith("glib_app: ")
