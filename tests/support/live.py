"""Live programs for the tests in Python: actingwebd on free ports, an HTTP client, and peers that misbehave.

Needs nothing but Python's own library. AW_BUILD names the build directory whose programs are run.
"""
import base64
import collections
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("AW_BUILD", ROOT / "build" / "dev")).resolve()
LONG_S = 60  # for what must happen soon, on a machine that is busy with something else
SANITIZER_SIGNS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:")

Answer = collections.namedtuple("Answer", "status headers text json")


def program(name):
    path = BUILD / name
    assert path.exists(), f"{path} is not there: build it first (script/build dev)"
    return str(path)


def environment(**more):
    """This process's variables without those that the programs read, and with `more`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AW_")}
    clean.update(more)
    return clean


def run(*argv, env=None, stdin=None, cwd=None, timeout=LONG_S):
    """Runs a program to its end; gives what subprocess.run() gives, with text."""
    done = subprocess.run([str(arg) for arg in argv], env=env if env is not None else environment(), input=stdin,
                          cwd=cwd, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True,
                          timeout=timeout)
    for sign in SANITIZER_SIGNS:
        assert sign not in done.stderr, done.stderr
    return done


_kept_ports = []


def free_port():
    """Nobody gets it by chance before it is used: it stays bound, and only who asks for it by its number may listen. Until
    then connections are refused."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _kept_ports.append(probe)
    return probe.getsockname()[1]


def wait_until(condition, what="it", timeout=LONG_S):
    """Waits until condition() is true, and returns what it gave."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {timeout} s")


def at_once(*works):
    """Calls each in a thread of its own; fails with the first that fails, when all have ended."""
    failures = []

    def run(work):
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def request(method, url, body=None, auth=None, bearer=None, headers=None, timeout=LONG_S):
    """One HTTP request; an answer of any status is an Answer. body: bytes or text as they are, all else as JSON.

    Redirects are not followed and no proxy is used.
    """
    parts = urllib.parse.urlsplit(url)
    send = {"Accept": "application/json", **(headers or {})}
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
        send.setdefault("Content-Type", "application/json")
    if isinstance(body, str):
        body = body.encode()
    if auth:
        send["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    if bearer:
        send["Authorization"] = "Bearer " + bearer
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        path = parts.path or "/"
        connection.request(method, path + ("?" + parts.query if parts.query else ""), body=body, headers=send)
        reply = connection.getresponse()
        text = reply.read().decode()
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        return Answer(reply.status, reply.headers, text, value)
    finally:
        connection.close()


class Process:
    """A program that serves until it is told to end. Its output goes to files in `folder`."""

    killed = False

    def __init__(self, folder, name, argv, env=None, cwd=None):
        self.folder = pathlib.Path(folder)
        self.out_path = self.folder / f"{name}.out"
        self.err_path = self.folder / f"{name}.err"
        with open(self.out_path, "w") as out, open(self.err_path, "w") as err:
            self.process = subprocess.Popen([str(arg) for arg in argv], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, env=env if env is not None else environment(), cwd=cwd)

    @property
    def out(self):
        return self.out_path.read_text()

    @property
    def err(self):
        return self.err_path.read_text()

    def wait_for_output(self, text):
        def seen():
            assert self.process.poll() is None or text in self.out, \
                f"ended with {self.process.returncode}: {self.out}{self.err}"
            return text in self.out
        wait_until(seen, f"the output {text!r}")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=LONG_S):
        """Its exit status, once it has ended by itself."""
        status = self.process.wait(timeout)
        for sign in SANITIZER_SIGNS:
            assert sign not in self.err, self.err
        return status

    def end(self):
        """Ends it, however it is."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)  # a test that failed may have left it standing still
            try:
                self.process.wait(LONG_S)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def kill(self):
        """Ends it as a power cut would."""
        self.killed = True
        self.process.kill()
        self.process.wait(LONG_S)

    def stop(self):
        """Ends it and returns its exit status."""
        self.end()
        return self.wait()


def stop_all(processes):
    """Ends all of them, and only then says which of them did not end well."""
    for process in processes:
        process.end()
    for process in processes:
        assert process.wait() == 0, process.err


class Actor:
    """An actor at a server, as its creator sees it."""

    def __init__(self, url, creator, passphrase):
        self.url = url
        self.id = url.rsplit("/", 1)[1]
        self.creator = creator
        self.passphrase = passphrase

    @property
    def env(self):
        """What the command-line client reads."""
        return environment(AW_ACTOR=self.url, AW_CREATOR=self.creator, AW_PASSPHRASE=self.passphrase)

    def request(self, method, path="", body=None, **more):
        more.setdefault("auth", (self.creator, self.passphrase))
        return request(method, f"{self.url}/{path}" if path else self.url, body, **more)

    def get(self, path="", **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def delete(self, path="", **more):
        return self.request("DELETE", path, **more)

    def trust(self, peer):
        """This actor's side of its trust with a peer (an Actor or an id)."""
        peer_id = getattr(peer, "id", peer)
        rows = self.get(f"trust?peerid={peer_id}").json
        return rows[0] if rows else None

    def befriend(self, peer, relationship="friend"):
        """A relationship that both sides have approved; peer is another Actor."""
        answer = self.post("trust", {"url": peer.url, "relationship": relationship})
        assert answer.status == 201, answer
        answer = peer.put(f"trust/{relationship}/{self.id}", {"approved": True})
        assert answer.status == 204, answer
        assert self.trust(peer)["peer_approved"] is True
        return self.trust(peer)

    def subscribe(self, peer, target="properties", **more):
        """Subscribes at a peer; gives the subscription's URL there."""
        answer = self.post("subscriptions", {"peerid": peer.id, "target": target, "granularity": "high", **more})
        assert answer.status == 204, answer
        return answer.headers["Location"]


POSTGRES = os.environ.get("AW_TEST_POSTGRES")  # script/with-postgres sets it
BEHIND_NGINX = bool(os.environ.get("AW_TEST_NGINX"))  # the wire tests' servers are two, behind nginx (balanced.py)
assert POSTGRES or not BEHIND_NGINX, "AW_TEST_NGINX needs script/with-postgres: SQLite is one server's"


def store_at(folder, name):
    """For --store, the same for the same words: a file in `folder`, or a schema of the PostgreSQL server of the tests."""
    path = pathlib.Path(folder) / f"{name}.db"
    if POSTGRES:
        return f"{POSTGRES}?schema=test_{hashlib.sha256(str(path).encode()).hexdigest()[:24]}"
    return f"sqlite:{path}"


def sql(store, text):
    """What SQL statements give, as a list of lists of texts (NULL is ""); behind the servers' backs."""
    if store.startswith("sqlite:"):
        with contextlib.closing(sqlite3.connect(store.removeprefix("sqlite:"), timeout=LONG_S)) as database, database:
            if ";" in text.rstrip().rstrip(";"):
                database.executescript(text)
                return []
            return [["" if value is None else str(value) for value in row] for row in database.execute(text).fetchall()]
    address, schema = store.split("?schema=")
    done = run("psql", "-XqAtz0R", "\x1e", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", address,
               env=environment(PGOPTIONS=f"-c search_path={schema}"), stdin=text)
    assert done.returncode == 0, done.stderr
    return [row.split("\x1f") for row in done.stdout.rstrip("\n").split("\x1e")] if done.stdout.strip() else []


class Server(Process):
    """actingwebd on a free port. With a database of its own, unless `store` says which (servers may share one). Without
    `wait`, it is not used before wait_until_it_serves()."""

    def __init__(self, folder, *flags, name="actingwebd", env=None, store=None, wait=True):
        folder = pathlib.Path(folder)
        self.store = store or store_at(folder, name)
        super().__init__(folder, name,
                         [program("actingwebd"), "--listen", "localhost:0", "--store", self.store, *flags], env)
        if wait:
            self.wait_until_it_serves()

    def wait_until_it_serves(self):
        try:
            self.wait_for_output(" serves ")
        except AssertionError:
            self.stop()
            raise
        # "actingwebd 0.1.0 serves http://localhost:1234/ (port 1234)"
        words = self.out.split()
        self.root = words[words.index("serves") + 1]
        self.port = int(self.out.rsplit("(port ", 1)[1].split(")")[0])

    def create(self, creator="alice", **more):
        answer = request("POST", self.root, {"creator": creator, **more})
        assert answer.status == 201, answer
        return Actor(answer.headers["Location"], answer.json["creator"], answer.json["passphrase"])


class SilentPeer:
    """Accepts connections, reads what comes, and answers only when release() is called: `reply`, to everyone."""

    def __init__(self, reply=b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"):
        self.reply = reply
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/silent"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)

    def wait_for_a_request(self):
        wait_until(lambda: self.connections, "a connection to the silent peer")

    def release(self):
        for connection in self.connections:
            try:
                connection.sendall(self.reply)
                connection.close()
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


class FakePeer:
    """A small well-behaved peer for what actingwebd by itself does not answer: every first path segment is an actor of
    it, and every POST that the protocol does not know is answered with 200 and {"told": true}. `requests` are (method,
    path, body)."""

    def __init__(self):
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                peer.requests.append((self.command, self.path, body))
                status, value = peer.answer(self.command, self.path, body)
                text = json.dumps(value).encode() if value is not None else b""
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

        self.requests = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, _body):
        """(status, JSON value or None)"""
        segments = path.strip("/").split("?")[0].split("/")
        if method == "GET" and segments[1:] == ["meta"]:
            return 200, {"id": segments[0], "type": "urn:actingweb:example.com:fake", "aw_version": "1.0"}
        if method == "POST" and len(segments) == 3 and segments[1] == "trust":
            return 202, {}
        if method == "POST":
            return 200, {"told": True}
        return (204, None) if method == "DELETE" else (404, {})

    def close(self):
        self.server.shutdown()
        self.server.server_close()
