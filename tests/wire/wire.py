"""What the wire tests share: a client that hides nothing of HTTP, and peers in each relationship."""
import base64
import http.client
import json
import re
import socket
import urllib.parse

import live


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def error(self):
        """The word of a refusal, whose form it asserts."""
        assert self.headers["content-type"] == "application/json", self
        error = self.json["error"]
        assert set(error) == {"code", "message"} and error["message"], self
        return error["code"]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"


def basic(creator, passphrase):
    return "Basic " + base64.b64encode(f"{creator}:{passphrase}".encode()).decode()


def bearer(secret):
    return f"Bearer {secret}"


def is_the_last(answers):
    """Whether these bytes end with a whole answer after which the connection is closed. nginx leaves it open for a while when
    it has not read all of the request."""
    head, _, body = answers[max(answers.rfind(b"HTTP/1.1 "), 0):].partition(b"\r\n\r\n")
    length = re.search(rb"^content-length: (\d+)\r?$", head, flags=re.I | re.M)
    return length is not None and re.search(rb"^connection: close\r?$", head, flags=re.I | re.M) is not None \
        and len(body) >= int(length[1])


class Requests:
    """Requests below a server's root."""

    def connect(self):
        return http.client.HTTPConnection("localhost", self.port, timeout=live.LONG_S)

    def ask(self, method, path, body=None, auth=None, **headers):
        """One request on a connection of its own. body: bytes or text as they are, anything else as JSON. Underscores
        in names of headers are hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth is not None:
            sent["Authorization"] = auth
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        connection = self.connect()
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def form(self, method, path, fields, auth=None, **headers):
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.ask(method, path, urllib.parse.urlencode(fields), auth, **headers)

    def raw(self, request):
        """What comes back for these very bytes, until the server closes or has said that it will."""
        with socket.create_connection(("localhost", self.port), live.LONG_S) as connection:
            connection.sendall(request)
            answer = b""
            while not is_the_last(answer) and (chunk := connection.recv(65536)):
                answer += chunk
            return answer

    def make_actor(self, creator="alice@example.com", passphrase="correct-horse"):
        reply = self.ask("POST", "/", {"creator": creator, "passphrase": passphrase})
        assert reply.status == 201, reply
        return self.actor_of(reply.json)

    def actor_of(self, made):
        """The actor that POST / has described."""
        return Actor(self, made)


class OneServer(Requests, live.Server):
    """actingwebd, in one process whatever the others are."""


if live.BEHIND_NGINX:
    from balanced import Balanced

    class Server(Requests, Balanced):
        """Two actingwebd on one database, behind nginx."""
else:
    Server = OneServer


class Actor:
    """An actor at the server, its owner's credentials, and requests below its URL."""

    def __init__(self, server, made):
        self.server = server
        self.id = made["id"]
        self.creator = made["creator"]
        self.passphrase = made["passphrase"]
        self.owner = basic(self.creator, self.passphrase)
        self.url = f"{server.root}{self.id}"

    def ask(self, method, path="", body=None, auth=None, **headers):
        return self.server.ask(method, f"/{self.id}{path}", body, auth, **headers)

    def form(self, method, path, fields, auth=None, **headers):
        return self.server.form(method, f"/{self.id}{path}", fields, auth, **headers)

    def get(self, path="", auth=None, **headers):
        return self.ask("GET", path, None, auth or self.owner, **headers)

    def put(self, path, body, auth=None, **headers):
        return self.ask("PUT", path, body, auth or self.owner, **headers)

    def post(self, path, body, auth=None, **headers):
        return self.ask("POST", path, body, auth or self.owner, **headers)

    def delete(self, path, auth=None, **headers):
        return self.ask("DELETE", path, None, auth or self.owner, **headers)

    def make_peer(self, peers, relationship="friend", approved=True):
        """A trust that a peer asked for, as the peer's Authorization header. peers is a Peers."""
        number = peers.next_peer()
        secret = f"{number:040x}"
        peer = {"id": f"peer{number}", "baseuri": f"{peers.root}peer{number}", "type": "urn:actingweb:test:peer",
                "secret": secret, "desc": "", "verify": "token"}
        reply = self.ask("POST", f"/trust/{relationship}", peer)
        assert reply.status in (201, 202), reply
        if approved:
            reply = self.put(f"/trust/{relationship}/{peer['id']}", {"approved": True})
            assert reply.status == 204, reply
        return bearer(secret)


class Peers(live.FakePeer):
    """The peers' side of trusts: it shows the token that make_peer() announces, and accepts what it is told."""

    count = 0

    def next_peer(self):
        self.count += 1
        return self.count

    def answer(self, method, path, body):
        if method == "GET" and "/trust/" in path:
            return 200, {"verification_token": "token"}
        return super().answer(method, path, body)
