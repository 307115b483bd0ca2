"""The peers that one of the two servers talks to: a small HTTP server of which every first path segment is an actor.

What it answers depends on the actor's name and the request only, so that both servers are told the same: a peer called
yes... approves at once, no... refuses trusts and subscriptions, deaf... answers every deletion with 500, and all others
accept what they are asked and approve later.
"""
import collections
import http.server
import json
import socket
import threading
import urllib.parse
import zlib

Sent = collections.namedtuple("Sent", "method path headers body")


def token_of(name):
    """What the peer of this name proves itself with."""
    return f"token-of-{name}"


class Peers:
    """`received` is what it was asked, in order: Sent, whose path begins with the actor's name."""

    def __init__(self):
        peers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def setup(self):
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                super().setup()

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sent = Sent(self.command, self.path.lstrip("/"), dict(self.headers.items()), body)
                peers.received.append(sent)
                status, value, headers = peers.answer(sent)
                text = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
                self.send_response(status)
                for name, content in headers.items():
                    self.send_header(name, content)
                if status != 204:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # whoever asked went away

        self.received = []
        self.sent = {}  # (actor, its subscription at a peer): the sequence of the last callback
        self.patient = False  # while the two servers are made alike again, even the deaf listen
        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.listener.server_address[1]}/"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()

    def answer(self, sent):
        """(status, value, headers)"""
        name, *segments = [urllib.parse.unquote(part) for part in sent.path.split("?")[0].split("/")]
        what = segments[0] if segments else ""
        if sent.method == "DELETE":
            return (500, {}, {}) if name.startswith("deaf") and not self.patient else (204, None, {})
        if what == "meta" and sent.method == "GET":
            return self._meta(name, segments[1:])
        if what == "trust":
            return self._trust(name, sent, segments)
        if what == "subscriptions":
            return self._subscriptions(name, sent, segments)
        if what == "properties" and sent.method == "GET":
            return self._property(name, segments[1:])
        if what == "callbacks":
            return 204, None, {}
        return 404, {}, {}

    def _meta(self, name, path):
        """The whole, or its members that capabilities are read from."""
        meta = {"id": name, "type": "urn:actingweb:example.com:peer", "aw_version": "1.0", "aw_formats": "json",
                "aw_supported": "trust,onewaytrust,subscriptions,callbacks,subscriptionresync,nestedproperties"}
        if not path:
            return 200, meta, {}
        words = {"actingweb/supported": "aw_supported", "actingweb/version": "aw_version", "type": "type", "id": "id"}
        member = words.get("/".join(path))
        return (200, meta[member], {}) if member else (404, {}, {})

    def _trust(self, name, sent, segments):
        if sent.method == "GET":
            return 200, {"verification_token": token_of(name)}, {}
        if len(segments) == 2:
            return (403, {}, {}) if name.startswith("no") else (201 if name.startswith("yes") else 202, {}, {})
        return 204, None, {}

    def _property(self, name, path):
        if not path:
            return 200, {"colour": "blue", "of": name}, {}
        return (200, "\"blue\"", {}) if path == ["colour"] else (200, {"city": "Oslo"}, {})

    def _subscriptions(self, name, sent, segments):
        if sent.method == "GET":
            sequence = self.sent.get(tuple(segments[1:3]), 0)
            return 200, {"sequence": sequence, "data": {"colour": "fetched"} if len(segments) > 3 else []}, {}
        if sent.method != "POST":
            return 204, None, {}
        if name.startswith("no"):
            return 403, {}, {}
        asked = [one for one in self.received if one.method == "POST" and one.path == sent.path]
        number = f"{zlib.crc32(name.encode()):08x}{len(asked):024x}"
        return 201, {"subscriptionid": number}, {"Location": f"{self.root}{sent.path}/{number}"}
