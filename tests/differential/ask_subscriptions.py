"""Requests about /subscriptions and /callbacks: of peers here, of this actor at peers, diffs and callbacks (WIRE 7, 8)."""
import json

from model import Step
from ask_properties import CHANGES
from people import anybody, mostly_owner, mostly_peer, of_trust, owner

TARGETS = ({"target": "properties"}, {"target": "properties", "subtarget": "colour"},
           {"target": "properties", "subtarget": "profile"}, {"target": "properties", "subtarget": "todo"},
           {"target": "properties", "subtarget": "profile", "resource": "city"})


def below(actor, *names):
    return "/".join([f"{actor.path}/subscriptions", *names])


def id_of_location(answer):
    location = answer.headers.get("Location")
    return location.rsplit("/", 1)[1] if location else None


# ---- peers subscribe here ----


def subscribe_here(world):
    actor = world.actor()
    friends = [trust for trust in actor.trusts.values() if trust.usable and trust.relationship == "friend"]
    trust = world.rng.choice(friends) if friends and not world.one_in(6) else world.trust(actor)
    if not trust:
        return None
    if trust.inbound and not world.one_in(4):
        return None
    credentials, who = mostly_peer(world, actor, trust, 0.85)
    target = TARGETS[0] if world.one_in(2) else world.rng.choice(TARGETS)
    wish = {**target, "granularity": world.weighted({"high": 6, "low": 2, "none": 2})}
    if world.one_in(6):
        del wish["granularity"]
    body = wish if not world.one_in(7) else world.rng.choice(
        ["{", "", "[]", {}, {"target": ""}, {"target": 7}, {"subtarget": "x"}, {"target": "trust"},
         {"target": "nonsense"}, {"target": "properties", "granularity": "loud"}])
    name = world.new_name("sub")

    def after(status):
        if status == 201:
            trust.inbound.append(name)

    changes = [world.weighted(CHANGES)(world, actor) for _ in range(world.rng.randrange(1, 5))]
    return Step("subscribe here", "POST", below(actor, trust.peer), actor, body, credentials=credentials, who=who,
                learn={name: lambda answer: (answer.json or {}).get("subscriptionid")}, after=after, peer=trust.peer,
                follow=changes)


def some_inbound(world, actor):
    """(trust, name of a subscription): one that is there, mostly."""
    having = [trust for trust in actor.trusts.values() if trust.inbound]
    if having and not world.one_in(10):
        trust = world.rng.choice(having)
        return trust, f"«{world.rng.choice(trust.inbound)}»"
    return world.trust(actor), "0123456789abcdef"


def read_subscription(world):
    actor = world.actor()
    trust, sub = some_inbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_peer(world, actor, trust, 0.5)
    return Step("read subscription", "GET", below(actor, trust.peer, sub), actor, credentials=credentials, who=who,
                peer=trust.peer)


def read_diff(world):
    """One diff. Afterwards all up to it are cleared: the reference has removed this one."""
    actor = world.actor()
    trust, sub = some_inbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_peer(world, actor, trust, 0.7)
    number = world.rng.choice([1, 1, 2, 2, 3, 4, 5, 7, 9, 0, 99, -1, "x"])
    step = Step("read diff", "GET", below(actor, trust.peer, sub, str(number)), actor, credentials=credentials, who=who,
                peer=trust.peer)
    if isinstance(number, int) and number > 0:
        step.follow = [clear_up_to(actor, trust, sub, number)]
    return step


def clear_up_to(actor, trust, sub, number):
    credentials, who = owner(actor)
    return Step("clear", "PUT", below(actor, trust.peer, sub), actor, {"sequence": number}, credentials=credentials,
                who=who, peer=trust.peer)


def clear(world):
    actor = world.actor()
    trust, sub = some_inbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_peer(world, actor, trust, 0.75)
    path = below(actor, trust.peer, sub)
    number = world.rng.choice([0, 1, 2, 3, 5, 8, 99])
    body = {"sequence": number}
    if world.one_in(5):
        body = world.rng.choice(["{", "", "[]", {}, {"sequence": "x"}, {"sequence": -1}, {"sequence": "2"},
                                 {"sequence": None}, {"other": 1}])
    elif world.one_in(6):
        path, body = f"{path}?sequence={number}", None
    return Step("clear", "PUT", path, actor, body, credentials=credentials, who=who, peer=trust.peer)


def unsubscribe_here(world):
    actor = world.actor()
    trust, sub = some_inbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_peer(world, actor, trust, 0.6)
    path = below(actor, trust.peer, sub)
    if world.one_in(3):
        path = f"{actor.path}/callbacks/subscriptions/{trust.peer}/{sub}"

    def after(status):
        if status == 204 and sub.strip("«»") in trust.inbound:
            trust.inbound.remove(sub.strip("«»"))

    return Step("unsubscribe", "DELETE", path, actor, credentials=credentials, who=who, after=after, peer=trust.peer)


# ---- all of them ----


def read_all(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.7)
    query = world.rng.choice(["", "", "?peerid=bob", "?target=properties", "?subtarget=colour", "?target=nothing",
                              "?peerid=carol&target=properties", "?resource=city"])
    return Step("read subscriptions", "GET", below(actor) + query, actor, credentials=credentials, who=who)


def read_of_peer(world):
    actor = world.actor()
    trust = world.trust(actor)
    peer = trust.peer if trust and not world.one_in(8) else "nobody"
    credentials, who = mostly_peer(world, actor, trust, 0.5) if trust else anybody(world, actor, peer)
    return Step("read subscriptions of peer", "GET", below(actor, peer), actor, credentials=credentials, who=who,
                peer=peer)


# ---- this actor subscribes ----


def subscribe_there(world):
    actor = world.actor()
    trust = world.trust(actor, usable=True) or world.trust(actor)
    if not trust:
        return None
    credentials, who = mostly_owner(world, actor, trust.peer, often=0.85)
    body = {"peerid": trust.peer, **world.rng.choice(TARGETS), "granularity": world.weighted({"high": 4, "low": 1})}
    if world.one_in(6):
        body = world.rng.choice(["{", "", {}, {"peerid": trust.peer}, {"target": "properties"},
                                 {"peerid": "nobody", "target": "properties"}, {"peerid": 7, "target": "properties"}])
    name = world.new_name("out")

    def after(status):
        if status == 204:
            trust.outbound.append(name)
            trust.in_part = trust.in_part or "subtarget" in body
            trust.sequences[name] = 0

    return Step("subscribe there", "POST", below(actor), actor, body, credentials=credentials, who=who,
                learn={name: id_of_location}, after=after, peer=trust.peer)


def some_outbound(world, actor):
    having = [trust for trust in actor.trusts.values() if trust.outbound]
    if not having:
        return None, None
    trust = world.rng.choice(having)
    return trust, world.rng.choice(trust.outbound)


def callback_of(actor, trust, name, sequence, **more):
    return {"id": trust.peer, "subscriptionid": f"«{name}»", "target": "properties", "sequence": sequence,
            "timestamp": "2026-03-01 12:00:00.000000", "granularity": "high", **more}


def callback(world):
    """The next one, or the last one again."""
    actor = world.actor()
    trust, name = some_outbound(world, actor)
    if not trust:
        return None
    credentials, who = of_trust(trust, trust.peer)
    sequence = trust.sequences[name] + (0 if world.one_in(6) else 1)
    data = world.rng.choice([{"colour": "green"}, {"colour": {"rgb": [0, 255, 0]}}, {"size": 7, "colour": "red"},
                             {"colour": ""}, {"profile": {"city": "Oslo"}}, {}])

    def after(status):
        if status == 204:
            trust.sequences[name] = sequence

    method = "PUT" if world.one_in(5) else "POST"
    return Step("callback", method, f"{actor.path}/callbacks/subscriptions/{trust.peer}/«{name}»", actor,
                callback_of(actor, trust, name, sequence, data=data), credentials=credentials, who=who, after=after,
                peer=trust.peer)


def callback_badly(world):
    """By others, to nothing, and of nonsense."""
    actor = world.actor()
    trust, name = some_outbound(world, actor)
    if not trust:
        return None
    credentials, who = of_trust(trust, trust.peer)
    right = callback_of(actor, trust, name, trust.sequences[name], data={"colour": "again"})
    sub = f"«{name}»"
    roll = world.rng.random()
    if roll < 0.3:
        credentials, who = anybody(world, actor, trust.peer)
    elif roll < 0.5:
        sub = "0123456789abcdef"
    else:
        right = world.rng.choice(["{", "", "[]", {}, {"sequence": 1}, {**right, "sequence": "x"},
                                  {**right, "sequence": -1}, {**right, "data": 7}, {**right, "id": "another"},
                                  {**right, "sequence": None}])
    return Step("callback badly", world.rng.choice(["POST", "PUT"]),
                f"{actor.path}/callbacks/subscriptions/{trust.peer}/{sub}", actor, right, credentials=credentials,
                who=who, peer=trust.peer)


def look_at_kept(world):
    """What is kept of a peer's data."""
    actor = world.actor()
    trust = world.trust(actor)
    if not trust:
        return None
    credentials, who = owner(actor)
    return Step("read what is kept", "GET", f"{actor.path}/devtest/attributes/remote:{trust.peer}", actor,
                credentials=credentials, who=who, peer=trust.peer)


def unsubscribe_there(world):
    """The owner ends it."""
    actor = world.actor()
    trust, name = some_outbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_owner(world, actor, trust.peer, often=0.9)

    def after(status):
        if status == 204 and name in trust.outbound:
            trust.outbound.remove(name)

    return Step("unsubscribe there", "DELETE", below(actor, trust.peer, f"«{name}»"), actor, credentials=credentials,
                who=who, after=after, peer=trust.peer)


def other_verbs(world):
    actor = world.actor()
    trust, sub = some_inbound(world, actor)
    if not trust:
        return None
    credentials, who = mostly_owner(world, actor, trust.peer, often=0.7)
    method, path = world.rng.choice([("POST", below(actor, trust.peer, sub)), ("PUT", below(actor, trust.peer)),
                                     ("DELETE", below(actor, trust.peer)), ("PUT", below(actor)),
                                     ("DELETE", below(actor)), ("PUT", below(actor, trust.peer, sub, "1")),
                                     ("DELETE", below(actor, trust.peer, sub, "1"))])
    return Step("other verb", method, path, actor, json.dumps({"target": "properties"}) if method != "DELETE" else None,
                credentials=credentials, who=who, peer=trust.peer)


def callbacks_elsewhere(world):
    """/callbacks/{name} that no application has taken, and of permissions."""
    actor = world.actor()
    trust = world.trust(actor)
    peer = trust.peer if trust else "bob"
    credentials, who = mostly_peer(world, actor, trust, 0.6) if trust else anybody(world, actor, peer)
    method, path, body = world.rng.choice([
        ("POST", f"/callbacks/permissions/{peer}", {
            "id": peer, "target": "permissions", "type": "permission", "timestamp": "2026-03-01T12:00:00.000000Z",
            "data": {"properties": {"patterns": ["colour"], "operations": ["read"]}}}),
        ("POST", f"/callbacks/permissions/{peer}", "{"), ("POST", "/callbacks/permissions/nobody", {}),
        ("GET", "/callbacks/x", None), ("POST", "/callbacks/x", {}), ("DELETE", "/callbacks/x", None),
        ("GET", "/callbacks", None), ("POST", "/callbacks/subscriptions", {})])
    return Step("other callbacks", method, actor.path + path, actor, body, credentials=credentials, who=who, peer=peer)


SUBSCRIPTIONS = {subscribe_here: 8, read_subscription: 4, read_diff: 3, clear: 2.5, unsubscribe_here: 0.9, read_all: 2,
                 read_of_peer: 2, subscribe_there: 2, callback: 5, callback_badly: 1.5, look_at_kept: 1.5,
                 unsubscribe_there: 0.4, other_verbs: 0.5}
CALLBACKS = {callbacks_elsewhere: 1}
