"""The two sides of each test: actors of both implementations, that are used alike.

Where an owner works over HTTP, both have the same routes. What an owner does by calling the library has a method here,
which each side fills in with its own library.
"""
import collections
import json

import live

Reply = collections.namedtuple("Reply", "status answer")


class Party(live.Actor):
    """An actor of either implementation."""

    def __init__(self, service, made):
        super().__init__(made.headers["Location"], made.json["creator"], made.json["passphrase"])
        self.service = service

    def set(self, path, value):
        """Stores a property: any JSON value."""
        answer = self.put(f"properties/{path}", json.dumps(value), headers={"Content-Type": "application/json"})
        assert answer.status == 204, answer

    def value(self, path=""):
        """A property, or all of them; None when it is not there."""
        answer = self.get(f"properties/{path}" if path else "properties")
        assert answer.status in (200, 404), answer
        return answer.json if answer.status == 200 else None

    def half(self, peer, relationship="friend"):
        """This side's half of a relationship, with the secret; None when there is none."""
        answer = self.get(f"trust/{relationship}/{peer.id}")
        return answer.json if answer.status in (200, 202) else None

    def kept(self, peer):
        """What is kept here of a peer's data: both keep it in the same bucket, in the same form."""
        answer = self.get(f"devtest/attributes/remote:{peer.id}")
        assert answer.status in (200, 404), answer
        return {name: row["data"] for name, row in (answer.json or {}).items()} if answer.status == 200 else {}

    def granted(self, peer):
        """What is kept here of what a peer grants, of permission callbacks and of asking: the same row at both."""
        answer = self.get(f"devtest/attributes/_peer_permissions/{self.id}:{peer.id}")
        return json.loads(answer.json["data"]) if answer.status == 200 else None

    def permit(self, peer, relationship="friend", **rules):
        """The owner sets what one peer may, beside what its relationship is."""
        answer = self.put(f"trust/{relationship}/{peer.id}/permissions", rules)
        assert answer.status in (200, 201), answer

    def take_back(self, peer, relationship="friend"):
        """What permit() has set."""
        assert self.delete(f"trust/{relationship}/{peer.id}/permissions").status == 204

    def subscriptions(self, peer):
        """The subscriptions with a peer, of both directions, by their ids."""
        rows = self.get(f"subscriptions/{peer.id}").json["data"]
        return {row["subscriptionid"]: row for row in rows}

    def subscribe_to(self, peer, **more):
        """Subscribes at a peer; gives the subscription's id."""
        return self.subscribe(peer, **more).rsplit("/", 1)[1]

    def kept_list(self, peer, name):
        """The items that are kept of a peer's list property; None for one that is not there."""
        rows = self.kept(peer)
        count = sum(1 for row in rows if row.startswith(f"list:{name}:") and row.rsplit(":", 1)[1].isdigit())
        return [rows.get(f"list:{name}:{at}") for at in range(count)]

    def wait_for_kept(self, peer, name, value):
        """Waits until this is kept of a peer under a name; None: until nothing is."""
        wanted = value if value is None or isinstance(value, dict) else {"value": value}
        try:
            live.wait_until(lambda: self.kept(peer).get(name) == wanted)
        except AssertionError as late:
            raise AssertionError(f"{name} is not {wanted} in {self.kept(peer)}; {self.service.err[-3000:]}") from late


class Ours(Party):
    """An actor of actingwebd; the library's calls are made by tests/interop/owner.c on the same database."""
    keeps_what_is_gone = False  # at a peer, when all is fetched again

    def _call(self, *words):
        done = live.run(live.program("tests/interop_owner"), self.service.store, self.service.root, self.id, *words)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    def info(self, url):
        """What the library says about a peer; None when it finds none."""
        return self._call("info", url).get("answer")

    def ask(self, peer, method, path, body=None):
        """A request of the library's proxy to a peer."""
        words = [method.lower(), peer.id, path] + ([] if body is None else [json.dumps(body)])
        result = self._call(*words)
        return Reply(result.get("status", 200), result.get("answer"))

    def make_child(self, factory):
        """Makes an actor at another server, whose trustee this actor is; gives what it knows of it."""
        return self._call("child", factory)["answer"]

    def delete_child(self, peer):
        return self._call("delete-child", peer.id).get("answer", False)

    def suspend(self, name):
        assert self._call("suspend", name)["answer"] is True

    def profile(self, peer):
        """What a peer says of itself."""
        return self._call("profile", peer.id)["answer"]

    def permissions(self, peer):
        """What a peer grants to this actor: it is asked."""
        return self._call("permissions", peer.id)["answer"]

    def capabilities(self, peer):
        """The option tags that a peer announces, and its version: it is asked."""
        answer = self._call("capabilities", peer.id)["answer"]
        return {"supported": sorted(answer["supported"]), "version": answer["version"]}

    def create_verified(self, peer, secret, token, approved=False):
        """Takes a peer's half of a relationship in, and asks the peer whether it has that: what comes out of it."""
        wish = {"secret": secret, "token": token, "approved": approved}
        return self._call("verified", peer.id, peer.url, json.dumps(wish))["answer"]

    def approve(self, peer):
        return self._call("approve", peer.id)["answer"]

    def unsubscribe(self, peer, subscription):
        assert self.delete(f"subscriptions/{peer.id}/{subscription}").status == 204

    revoke = unsubscribe  # the owner's request is the same for both directions


class OursInApp(Ours):
    """An actor of an application on the library, tests/interop/app.c: it has what the daemon has no route for."""

    def _owner(self, what, **wish):
        answer = self.post(f"interop/{what}", wish)
        assert answer.status == 200, answer
        return answer.json

    def suspend(self, name=None):
        assert self._owner("suspend", name=name) is True

    def resume(self, name=None):
        return self._owner("resume", name=name)

    def change_list(self, name, method, *arguments):
        return self._owner("list", name=name, method=method, arguments=arguments)


class Theirs(Party):
    """An actor of the reference; the library's calls are made by the application's /interop routes."""
    keeps_what_is_gone = True

    def _call(self, what, **wish):
        answer = live.request("POST", f"{self.service.root}interop/{self.id}/{what}", wish)
        assert answer.status == 200, answer
        return answer.json

    def info(self, url):
        found = self._call("info", url=url)
        return found["data"] if found["last_response_code"] == 200 else None

    def ask(self, peer, method, path, body=None):
        result = self._call("proxy", peer=peer.id, method=method, path=path, body=body)
        return Reply(result["status"], result["answer"])

    def unsubscribe(self, peer, subscription):
        assert self._call("unsubscribe", peer=peer.id, subscription=subscription) is True

    def revoke(self, peer, subscription):
        assert self._call("revoke", peer=peer.id, subscription=subscription) is True

    def profile(self, peer):
        return self._call("profile", peer=peer.id)

    def permissions(self, peer):
        return self._call("permissions", peer=peer.id)

    def capabilities(self, peer):
        return self._call("capabilities", peer=peer.id)

    def create_verified(self, peer, secret, token, approved=False):
        made = self._call("verified", peer=peer.id, baseuri=peer.url, secret=secret, token=token, approved=approved)
        return {flag: made[flag] == "true" for flag in ("verified", "approved")}  # texts, as it sends them to the peer

    def approve(self, peer):
        return self._call("approve", peer=peer.id)

    def sync(self, peer):
        """Asks a peer for everything that is subscribed to."""
        return self._call("sync", peer=peer.id)

    def change_list(self, name, method, *arguments):
        return self._call("list", name=name, method=method, arguments=arguments)

    def make_child(self, factory):
        """Makes an actor at another server, whose trustee this actor is; gives what it knows of it."""
        return self._call("child", factory=factory)

    def delete_child(self, peer):
        return self._call("delete-child", peer=peer.id)

    def suspend(self, name=None):
        assert self._call("suspend", name=name) is True

    def resume(self, name=None):
        return self._call("resume", name=name)


def make_party(kind, service, creator):
    answer = live.request("POST", service.root, {"creator": creator})
    assert answer.status == 201, answer
    return kind(service, answer)
