"""What the tests of subscriptions share: how an actor comes to one, and what it then keeps of its peer. It needs a
server with FLAGS; a peer is another actor of a server's, or a played one."""
import live

FLAGS = ("--devtest", "--subscription-processing")


def befriend(actor, peer):
    """Approved and verified on both sides; both are actors of servers."""
    reply = actor.post("/trust", {"url": peer.url, "relationship": "friend"})
    assert reply.status == 201, reply
    reply = peer.put(f"/trust/friend/{actor.id}", {"approved": True})
    assert reply.status == 204, reply


def subscribe(actor, peer, **part):
    """The new subscription's id."""
    wanted = {"peerid": peer.id, "target": "properties", "granularity": "high", **part}
    reply = actor.post("/subscriptions", wanted)
    assert reply.status == 204, reply
    return reply.headers["location"].rsplit("/", 1)[1]


def subscriber_at(server, publisher, **part):
    """A new actor that subscribes at a played one; its .subscription is the subscription's id."""
    actor = server.make_actor()
    publisher.befriend(actor)
    actor.subscription = subscribe(actor, publisher, **part)
    return actor


def stored(actor, peer):
    """What is kept of the peer, as it is stored; {} when nothing is."""
    reply = actor.get(f"/devtest/attributes/remote:{peer.id}")
    return {name: one["data"] for name, one in reply.json.items()} if reply.status == 200 else {}


def kept(actor, peer):
    """The same with what wraps scalars taken off."""
    return {name: data["value"] if list(data) == ["value"] else data for name, data in stored(actor, peer).items()}


def wait_for(actor, peer, expected):
    live.wait_until(lambda: kept(actor, peer) == expected, f"{expected} at the subscriber")


def sequence(actor, subscription=None):
    rows = actor.get("/subscriptions").json["data"]
    return next(row["sequence"] for row in rows if row["subscriptionid"] == (subscription or actor.subscription))


def waiting(actor, peer, subscription=None):
    """The sequences of the callbacks that wait for a missing one."""
    name = f"pending:{peer.id}:{subscription or actor.subscription}"
    reply = actor.get(f"/devtest/attributes/_callback_state/{name}")
    return [one["sequence"] for one in reply.json["data"]["callbacks"]] if reply.status == 200 else []


def state(actor, peer):
    return kept(actor, peer), waiting(actor, peer), sequence(actor)


def send(publisher, actor, number, data=None, **more):
    """A callback to what subscriber_at() has made."""
    return publisher.callback(actor, actor.subscription, number, data, **more)


def assert_nothing_left(actor):
    assert actor.get("/trust").json == []
    assert actor.get("/subscriptions").json["data"] == []
    assert actor.get("/devtest/attributes/_callback_state").status == 404
