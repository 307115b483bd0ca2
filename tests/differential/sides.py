"""The two servers, side by side: each with peers of its own and its own values of the names that requests are made of."""
import base64
import concurrent.futures
import json
import string
import urllib.parse

import live
from compare import Names, compare_answers
from peers import Peers


class Side:
    """One server. `values` has its value of each name: «actor1», «pass1», «peers»."""

    def __init__(self, root, names_of_texts):
        self.root = root
        self.peers = Peers()
        self.values = {"peers": self.peers.root, "root": self.root}
        self.names_of_texts = names_of_texts
        self.addresses = [(self.peers.root, "«peers»"), (self.root, "«root»"),
                          (self.root.split("/")[2], "«host»"), (self.root.rstrip("/"), "«root»")]

    def fill(self, text):
        """A text of a request, with this side's values of its names."""
        for name, value in self.values.items():
            text = text.replace(f"«{name}»", value)
        return text

    def send(self, step):
        headers = {name: self.fill(value) for name, value in step.headers.items()}
        scheme, _, secret = step.credentials.partition(" ")
        if scheme == "Basic":
            secret = base64.b64encode(self.fill(secret).encode()).decode()
        if scheme == "Cookie":
            headers["Cookie"] = f"oauth_token={self.fill(secret)}"
        elif step.credentials:
            headers["Authorization"] = f"{scheme} {self.fill(secret)}".strip()
        body = step.body
        if body is not None:
            body = self.fill(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
            if step.content_type:
                headers["Content-Type"] = step.content_type
        if step.kind == "callback":
            _, actor, *_, subscription = self.fill(step.path).split("/")
            self.peers.sent[actor, subscription] = step.body["sequence"]
        path = urllib.parse.quote(self.fill(step.path), safe=string.punctuation)
        return live.request(step.method, self.root.rstrip("/") + path, body, headers=headers)


class Pair:
    """Both sides, asked the same."""

    def __init__(self, here_root, reference_root):
        self.names = Names()
        self.here = Side(here_root, self.names.here)
        self.reference = Side(reference_root, self.names.reference)
        self.sides = (self.here, self.reference)
        self.pool = concurrent.futures.ThreadPoolExecutor(2)

    def close(self):
        self.pool.shutdown()
        self.here.peers.close()
        self.reference.peers.close()

    def ask(self, step):
        """The answers of both."""
        return tuple(self.pool.map(lambda side: side.send(step), self.sides))

    def learn(self, name, here, reference):
        """From now on a name stands for this, on each side."""
        self.here.values[name] = here
        self.reference.values[name] = reference
        self.names.give(name, here, reference)

    def compare(self, step, here, reference):
        return list(compare_answers(here, reference, self, step.method))
