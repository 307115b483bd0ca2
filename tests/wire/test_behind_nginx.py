"""Two actingwebd on one PostgreSQL behind nginx as conf/nginx.conf has it, with TLS: what the proxy leaves as it is, what it
answers itself, which requests it gives to the next server when one fails, and what one server knows of what the other was
told. They are on the PostgreSQL of the session, whatever the other tests use."""
import collections
import gzip
import http.client
import itertools
import json
import re
import socket
import ssl
import threading
import warnings

import pytest

import live
from nginx import Nginx, make_certificate
from wire import OneServer, Reply, Requests

LIMIT_BYTES = 1024 * 1024
CLIENTS = 6


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


class Site(Requests):
    """Two servers of one database, and nginx with TLS before them."""

    def __init__(self, folder, store, certificate):
        self.folder, self.store = folder, store
        self.certificate, key = certificate
        self.port = live.free_port()
        self.root = f"https://localhost:{self.port}/"
        self.servers = []
        try:
            self.servers += [self.start("one")]
            self.servers += [self.start("two")]
            ports = [server.port for server in self.servers]
            self.nginx = Nginx(folder / "nginx", ports, self.port, self.certificate, key)
        except BaseException:
            for server in self.servers:
                server.end()
            raise

    def start(self, name, *more):
        return OneServer(self.folder, "--root", self.root, *more, name=name, store=self.store)

    def trusting(self):
        return ssl.create_default_context(cafile=self.certificate)

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.port, timeout=live.LONG_S, context=self.trusting())

    def log_of(self, wanted):
        """The lines of nginx's log that hold a text, once there is one. It is written after the answer."""
        return live.wait_until(lambda: [line for line in self.nginx.log.splitlines() if wanted in line], wanted)

    def stop(self):
        self.nginx.stop()
        for server in self.servers:
            assert server.killed or server.stop() == 0, server.err


@pytest.fixture(scope="module")
def site(tmp_path_factory, postgres, certificate):
    site = Site(tmp_path_factory.mktemp("site"), f"{postgres.store}?schema=site", certificate)
    yield site
    site.stop()


@pytest.fixture
def own_site(tmp_path, postgres, certificate, request):
    """A site whose servers the test may end."""
    site = Site(tmp_path, f"{postgres.store}?schema={request.node.name}", certificate)
    yield site
    site.stop()


@pytest.fixture
def actor(site):
    return site.make_actor()


def at(server, actor):
    """The same actor, asked for at one of the servers and past nginx."""
    return server.actor_of({"id": actor.id, "creator": actor.creator, "passphrase": actor.passphrase})


# ---- what passes ----


def test_tls(site):
    reply = site.ask("POST", "/", {"creator": "alice"})
    assert reply.status == 201
    assert reply.headers["location"] == site.root + reply.json["id"]
    with socket.create_connection(("localhost", site.port)) as plain:
        with site.trusting().wrap_socket(plain, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3"
    old = site.trusting()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("localhost", site.port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="localhost")


def test_both_servers_answer(site, actor):
    for _ in range(4):
        assert actor.get("/meta").status == 200
        assert actor.put("/properties/a", "1").status == 204
    for method in ("GET", "PUT"):
        for server in site.servers:
            assert site.log_of(f" {method} /{actor.id}/{'meta' if method == 'GET' else 'properties/a'} ")
            live.wait_until(lambda: re.search(rf" {method} /{actor.id}/.* to=127\.0\.0\.1:{server.port} ",
                                              site.nginx.log), f"{method} at each of them")


def test_tags_of_versions_are_those_of_both(site, actor):
    actor.put("/properties/a", "1")
    tag = actor.get("/properties/a", Accept_Encoding="gzip").headers["etag"]
    assert tag.startswith('"')
    for server in site.servers:
        assert at(server, actor).get("/properties/a").headers["etag"] == tag
    for _ in range(4):
        reply = actor.get("/properties/a", If_None_Match=tag)
        assert reply.status == 304 and reply.body == b"" and reply.headers["etag"] == tag
    assert actor.put("/properties/a", "2", If_Match=tag).status == 204
    for _ in range(4):
        assert actor.get("/properties/a", If_None_Match=tag).status == 200
        assert actor.put("/properties/a", "3", If_Match=tag).status == 412


def test_bodies_and_paths_are_as_they_were_sent(actor):
    packed = gzip.compress(json.dumps({"text": "x" * 100000}).encode())
    assert actor.put("/properties/a%2Fb%20c", packed, Content_Encoding="gzip").status == 204
    reply = actor.get("/properties", Accept_Encoding="gzip")
    assert "content-encoding" not in reply.headers
    assert reply.json == {"a/b c": {"text": "x" * 100000}}


def test_what_a_client_says_of_its_way_is_not_believed(site):
    said = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "Forwarded": "host=evil.example;proto=http",
            "Host": "evil.example"}
    reply = site.ask("POST", "/", {"creator": "alice"}, **said)
    assert reply.status == 201 and reply.headers["location"] == site.root + reply.json["id"]
    assert "evil" not in reply.text


def test_the_log_has_requests_and_no_secret(site, actor):
    actor.get("/properties?token=secret-in-a-query", Referer="https://localhost/?secret-in-a-referer",
              X_Request_ID=f"id-of-{actor.id}")
    line, = site.log_of(f"id=id-of-{actor.id}")
    assert f" GET /{actor.id}/properties 200 " in line
    assert "secret-in" not in site.nginx.log
    assert actor.owner.split()[1] not in site.nginx.log and actor.passphrase not in site.nginx.log


# ---- what nginx answers ----


def chunked(site, path, auth, pieces):
    """What a PUT is answered whose body's length is not announced."""
    connection = site.connect()
    connection.request("PUT", path, iter(pieces), {"Authorization": auth}, encode_chunked=True)
    answer = connection.getresponse()
    reply = Reply(answer.status, answer.getheaders(), answer.read())
    connection.close()
    return reply


def test_a_body_over_the_limit_is_refused_as_by_a_server(site, actor):
    with_length = actor.put("/properties/big", b"1" * (LIMIT_BYTES + 1))
    without = chunked(site, f"/{actor.id}/properties/big", actor.owner, [b"1" * 65536] * 17)
    for reply in (with_length, without):
        assert reply.status == 413 and reply.error == "too_large"
    largest = '"' + "x" * (LIMIT_BYTES - 2) + '"'
    direct = at(site.servers[0], actor).put("/properties/big", largest)
    assert actor.put("/properties/big", largest).status == direct.status
    path = f"/{actor.id}/" + "x" * 5000
    assert site.ask("GET", path).error == "too_long"
    assert site.ask("GET", "/" + "x" * 40000).error == "too_long"
    assert site.ask("GET", "/%00").error == "bad_request"


class Backend:
    """What may stand behind nginx in place of a server: notes each request's method and path, and answers with 200, or
    closes the connection instead."""

    def __init__(self, answers):
        self.answers = answers
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                self.requests.append(head.split(b" HTTP/")[0].decode())
                if self.answers:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self):
        self.listener.close()


REQUESTS = [("GET", "/a"), ("HEAD", "/a"), ("GET", "/a?_method=DELETE"), ("GET", "/a?x=1&_method=PUT"), ("POST", "/a"),
            ("PUT", "/a"), ("DELETE", "/a"), ("OPTIONS", "/a")]
READING = [("GET", "/a"), ("HEAD", "/a")]


class Proxied(Requests):
    def __init__(self, nginx):
        self.port = nginx.port


@pytest.fixture
def proxied(tmp_path):
    """proxied(port, port) is an nginx before these, without TLS."""
    started = []

    def begin(*ports):
        started.append(Nginx(tmp_path / f"nginx{len(started)}", ports))
        return Proxied(started[-1])

    yield begin
    for nginx in started:
        nginx.stop()


@pytest.mark.parametrize("method, path", REQUESTS)
def test_only_reading_is_repeated_when_a_connection_breaks(proxied, method, path):
    """Before its answer: nobody knows whether the server has done it. A deletion by position would delete two."""
    good, bad = Backend(True), Backend(False)
    site = proxied(bad.port, good.port)
    replies = [site.ask(method, path, b"1" if method in ("PUT", "POST") else None) for _ in range(2)]
    for reply in replies:
        if reply.status != 200:
            assert (method, path) not in READING and reply.status == 502
            assert reply.error == "server_error" and reply.headers["retry-after"] == "2"
    assert len(bad.requests) == 1  # the second time nginx knows that it is not well
    assert len(good.requests) == sum(reply.status == 200 for reply in replies)
    assert len(good.requests) == (2 if (method, path) in READING else 1)
    for backend in (good, bad):
        backend.close()


@pytest.mark.parametrize("method, path", REQUESTS)
def test_anything_goes_to_the_next_server_when_one_is_not_there(proxied, method, path):
    good = Backend(True)
    site = proxied(live.free_port(), good.port)
    for _ in range(4):
        assert site.ask(method, path, b"1" if method in ("PUT", "POST") else None).status == 200
    assert good.requests == [f"{method} {path}"] * 4
    good.close()


def test_no_server_is_there(proxied):
    site = proxied(live.free_port(), live.free_port())
    for method in ("GET", "PUT"):
        reply = site.ask(method, "/a")
        assert reply.status == 502 and reply.error == "server_error" and reply.headers["retry-after"] == "2"


# ---- a server ends ----


class Client(threading.Thread):
    """Writes and reads at an actor without a pause, over one connection as long as nginx keeps it."""

    def __init__(self, actor, number):
        super().__init__()
        self.actor, self.number = actor, number
        self.ending = threading.Event()
        self.failed = []  # (method, status or exception, seconds since the load began)
        self.done = collections.Counter()
        self.added, self.perhaps_added = [], []
        self.trouble = None

    def ask(self, connection, method, path, body=None):
        """The answer, or None when there was none."""
        headers = {"Authorization": self.actor.owner, "Content-Type": "application/json"}
        connection.request(method, f"/{self.actor.id}{path}", body, headers)
        reply = connection.getresponse()
        text = reply.read()
        if reply.status in (200, 201, 204):
            self.done[method] += 1
            return text or b"null"
        self.failed.append((method, reply.status, text))
        return None

    def run(self):
        try:
            self.go_on()
        except BaseException as trouble:
            self.trouble = trouble

    def go_on(self):
        connection = self.actor.server.connect()
        mine = f"/properties/p{self.number}"
        for turn in itertools.count():
            if self.ending.is_set():
                break
            written = self.ask(connection, "PUT", mine, str(turn))
            read = self.ask(connection, "GET", mine)
            assert not written or not read or json.loads(read) == turn, "what one server acknowledged the other knows"
            added = self.ask(connection, "POST", f"/properties/l{self.number}/items",
                             json.dumps({"action": "add", "item_value": turn}))
            (self.added if added else self.perhaps_added).append(turn)
            self.ask(connection, "DELETE", f"/properties/q{self.number}")
        connection.close()


class Load:
    def __init__(self, actor):
        self.actor = actor
        self.clients = [Client(actor, number) for number in range(CLIENTS)]
        for client in self.clients:
            assert actor.post("/properties", {f"l{client.number}": {"_type": "list"}}).status == 201
        for client in self.clients:
            client.start()

    def go_on(self, requests):
        """Until so many more have been answered."""
        before = self.answered()
        live.wait_until(lambda: self.answered() - before >= requests, f"{requests} answers")

    def answered(self):
        return sum(client.done.total() + len(client.failed) for client in self.clients)

    def join(self):
        """What has failed."""
        for client in self.clients:
            client.ending.set()
        for client in self.clients:
            client.join()
            if client.trouble:
                raise client.trouble
        print(sum((client.done for client in self.clients), collections.Counter()))
        return [failure for client in self.clients for failure in client.failed]

    def check(self):
        """Each item was added once, and all of those that were acknowledged."""
        for client in self.clients:
            items = self.actor.get(f"/properties/l{client.number}").json
            assert len(items) == len(set(items))
            assert set(client.added) <= set(items) <= set(client.added) | set(client.perhaps_added)


def test_one_ends_under_load_and_no_request_fails(own_site):
    actor = own_site.make_actor()
    load = Load(actor)
    load.go_on(300)
    for round in range(3):
        ended = own_site.servers.pop(0)
        port = ended.port
        assert ended.stop() == 0, ended.err
        load.go_on(200)
        before = len(own_site.nginx.log)
        own_site.servers.append(own_site.start(f"again{round}", "--listen", f"localhost:{port}"))
        for method in ("GET", "PUT"):  # each goes to an upstream of its own, which tries it again by itself
            live.wait_until(lambda: re.search(rf" {method} .* to=127\.0\.0\.1:{port} answered=",
                                              own_site.nginx.log[before:]), f"{method} at it")
        load.go_on(200)
    assert load.join() == []
    load.check()
    last = own_site.nginx.log.splitlines()[-200:]
    assert all(any(f"to=127.0.0.1:{server.port} answered=" in line for line in last) for server in own_site.servers)


def test_one_is_killed_under_load_and_only_requests_in_flight_fail(own_site):
    actor = own_site.make_actor()
    load = Load(actor)
    load.go_on(300)
    own_site.servers[0].kill()
    load.go_on(600)
    failed = load.join()
    assert len(failed) <= CLIENTS  # each client had one request under way
    for method, status, body in failed:
        assert method != "GET" and status == 502 and json.loads(body)["error"]["code"] == "server_error"
    load.check()


# ---- what one server knows of what another was told ----


def test_what_is_revoked_at_one_is_refused_at_the_other_at_once(site, actor, play):
    """The very next request: no server remembers what somebody may do."""
    one, two = (at(server, actor) for server in site.servers)
    actor.put("/properties/a", "1")
    for here, there in [(one, two), (two, one)] * 5:
        peer = play().befriend(here)
        assert peer.ask(there, "GET", "/properties/a").status == 200
        assert here.delete(f"/trust/friend/{peer.id}").status == 204
        assert peer.ask(there, "GET", "/properties/a").status in (401, 403)


def test_less_permission_and_no_approval_hold_at_the_other_at_once(site, actor, play):
    one, two = (at(server, actor) for server in site.servers)
    actor.put("/properties/a", "1")
    peer = play().befriend(one)
    for here, there in [(one, two), (two, one)] * 3:
        path = f"/trust/friend/{peer.id}"
        assert here.put(f"{path}/permissions", {"properties": {"excluded_patterns": ["a"]}}).status in (200, 201)
        assert peer.ask(there, "GET", "/properties/a").status in (403, 404)
        assert here.delete(f"{path}/permissions").status in (200, 204)
        assert peer.ask(there, "GET", "/properties/a").status == 200
        assert here.put(path, {"approved": False}).status == 204
        assert peer.ask(there, "GET", "/properties/a").status in (401, 403)
        assert here.put(path, {"approved": True}).status == 204
        assert peer.ask(there, "GET", "/properties/a").status == 200


def test_what_has_ended_at_one_is_not_told_by_the_other(site, actor, play):
    one, two = (at(server, actor) for server in site.servers)
    ended, kept = play().befriend(one), play().befriend(two)
    for peer in (ended, kept):
        peer.subscribe(actor, "high")
    two.put("/properties/a", "1")
    ended.wait_for("POST", "callbacks/subscriptions/.*")
    assert one.delete(f"/trust/friend/{ended.id}").status == 204
    two.put("/properties/a", "2")
    kept.wait_for("POST", "callbacks/subscriptions/.*", 2)
    assert len(ended.heard("POST", "callbacks/subscriptions/.*")) == 1


def test_an_actor_that_was_deleted_at_one_is_gone_at_the_other(site, play):
    actor = site.make_actor()
    one, two = (at(server, actor) for server in site.servers)
    peer = play().befriend(one)
    assert peer.ask(two, "GET", "/properties").status in (200, 404)
    assert one.delete("").status == 204
    assert two.get("/properties").status == 404 and peer.ask(two, "GET", "/properties").status == 404
