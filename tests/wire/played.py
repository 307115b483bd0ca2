"""Actors that a test plays: each answers as the protocol has it until the test says otherwise, and remembers what it
was asked."""
import functools
import http.server
import itertools
import json
import re
import secrets
import socket
import threading
import time
import urllib.parse

import live
from wire import bearer

HANG = "no answer until release()"
CLOSE = "the connection is closed instead of an answer"


class Request:
    """What came in: segments and path are below the actor, decoded."""

    def __init__(self, method, path, query, headers, body):
        self.method = method
        self.segments = [urllib.parse.unquote(segment) for segment in path.split("/")]
        self.path = "/".join(self.segments)
        self.query = query
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def auth(self):
        return self.headers.get("authorization")

    def __repr__(self):
        return f"<{self.method} {self.path} {self.body[:200]!r}>"


_nobodies = itertools.count(1)


@functools.cache
def closed_port():
    """One for all of them: each free port costs a descriptor."""
    return live.free_port()


def closed_url():
    """An actor's URL at a port where nobody listens, each time another one."""
    return f"http://127.0.0.1:{closed_port()}/nobody-{next(_nobodies)}"


class Stage:
    """The server of all played actors, each at /{id}."""

    def __init__(self):
        stage = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def setup(self):
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                super().setup()

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, query = self.path.partition("?")
                first, _, rest = path.lstrip("/").partition("/")
                actor = stage.actors.get(urllib.parse.unquote(first))
                if not actor:
                    self._write(404, b"", {})
                    return
                request = Request(self.command, rest, query, self.headers.items(), body)
                self._answer(actor, actor.perform(request))

            def _answer(self, actor, answer):
                if answer == HANG:
                    actor.released.wait(live.LONG_S)
                    answer = CLOSE
                if answer == CLOSE:
                    self.close_connection = True
                    return
                answer = answer if isinstance(answer, tuple) else (answer,)
                status, value, headers = (*answer, None, None)[:3]
                text = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
                self._write(status, text, headers or {})

            def _write(self, status, text, headers):
                headers = {"Content-Type": "application/json", "Content-Length": len(text), **headers}
                if status == 204:
                    del headers["Content-Type"], headers["Content-Length"]
                head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                try:
                    self.wfile.write(f"HTTP/1.1 {status} Played\r\n{head}\r\n".encode() + text)
                except OSError:
                    self.close_connection = True  # whoever asked waits no more

            do_GET = do_POST = do_PUT = do_DELETE = _serve

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, *_):
                pass  # a client that went away

        self.actors = {}
        self.numbers = itertools.count(1)
        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.listener.server_address[1]}/"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def play(self):
        """A new actor."""
        actor = Played(self, f"played{next(self.numbers)}")
        self.actors[actor.id] = actor
        return actor

    def close(self):
        for actor in self.actors.values():
            actor.release()
        self.listener.shutdown()
        self.listener.server_close()


class Played:
    """A played actor. What it answers: a status, (status, value), (status, value, headers), HANG, CLOSE, or a function
    of the Request that gives one of these."""

    def __init__(self, stage, name):
        self.stage = stage
        self.id = name
        self.url = f"{stage.root}{name}"
        self.secret = secrets.token_hex(20)
        self.token = f"token-of-{name}"
        self.properties = {}
        self.sequence = 0
        self.received = []
        self.rules = []
        self.released = threading.Event()
        self.subscription_numbers = itertools.count(1)

    @property
    def auth(self):
        return bearer(self.secret)

    # ---- as a server ----

    def on(self, method, path, *answers):
        """How it answers from now on: with one after the other, and the last for good. path is a regular expression."""
        self.rules.insert(0, (method, re.compile(path), list(answers)))

    def release(self):
        """What hangs is closed."""
        self.released.set()

    def perform(self, request):
        self.received.append(request)
        for method, path, answers in self.rules:
            if method == request.method and path.fullmatch(request.path):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                return answer(request) if callable(answer) else answer
        return self.by_the_book(request)

    def by_the_book(self, request):
        method, segments = request.method, request.segments
        if method == "DELETE":
            return 204
        if segments == ["meta"]:
            return 200, {"id": self.id, "type": "urn:actingweb:test:played"}
        if segments[0] == "trust" and method == "GET":
            return 200, {"verification_token": self.token}
        if segments[0] == "trust" and len(segments) == 2:
            self.secret = request.json["secret"]
            return 202, {}
        if segments[0] == "trust":
            return 204
        if segments[0] == "subscriptions":
            return self.subscriptions(method, segments)
        if segments[0] == "properties" and method == "GET":
            return self.property(segments[1:])
        return (204,) if segments[0] == "callbacks" else (404, {})

    def subscriptions(self, method, segments):
        if method == "POST":
            return 201, {"subscriptionid": f"{next(self.subscription_numbers):032x}"}
        return (200, {"sequence": self.sequence, "data": []}) if method == "GET" else 204

    def property(self, names):
        value = self.properties
        for name in names:
            if not isinstance(value, dict) or name not in value:
                return 404, {}
            value = value[name]
        return 200, value

    def heard(self, method, path):
        """The requests so far."""
        return [one for one in list(self.received) if one.method == method and re.fullmatch(path, one.path)]

    def wait_for(self, method, path, count=1):
        """The first `count` of these requests, once they have come."""
        live.wait_until(lambda: len(self.heard(method, path)) >= count, f"{count} of {method} {path} at {self.id}")
        return self.heard(method, path)[:count]

    # ---- as a client of an actor of the server's ----

    def request_body(self, **changes):
        """Of POST /trust/{relationship}; a change to None leaves the member out."""
        body = {"baseuri": self.url, "id": self.id, "type": "urn:actingweb:test:played", "secret": self.secret,
                "desc": "", "verify": self.token, **changes}
        return {name: value for name, value in body.items() if value is not None}

    def ask_for_trust(self, actor, relationship="friend", **changes):
        return actor.ask("POST", f"/trust/{relationship}", self.request_body(**changes))

    def befriend(self, actor, relationship="friend", approved=True):
        """A trust with an actor, asked for by this one."""
        reply = self.ask_for_trust(actor, relationship)
        assert reply.status == 202, reply
        if approved:
            reply = actor.put(f"/trust/{relationship}/{self.id}", {"approved": True})
            assert reply.status == 204, reply
        return self

    def ask(self, actor, method, path, body=None, **headers):
        return actor.ask(method, path, body, self.auth, **headers)

    def subscribe(self, actor, granularity="high", target="properties", **more):
        """Subscribes at an actor; gives the subscription's id."""
        body = {"target": target, "granularity": granularity, **more}
        reply = self.ask(actor, "POST", f"/subscriptions/{self.id}", body)
        assert reply.status == 201, reply
        return reply.json["subscriptionid"]

    def callback(self, actor, subscription, sequence, data=None, method="POST", whole=True, **more):
        """One callback to an actor that subscribes here. Unless it is whole, its values may be parts that changed."""
        body = {"id": self.id, "subscriptionid": subscription, "target": "properties", "sequence": sequence,
                "timestamp": time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime()), "granularity": "high", **more}
        if data is not None:
            body["data"] = data
        headers = {"X-ActingWeb-Whole-Values": "true"} if whole else {}
        return self.ask(actor, method, f"/callbacks/subscriptions/{self.id}/{subscription}", body, **headers)
