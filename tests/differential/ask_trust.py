"""Requests about /trust and permissions (WIRE 6)."""
from model import Step, Trust
from peers import token_of
from people import anybody, mostly_owner, mostly_peer, of_trust, owner

PEERS = ("bob", "carol", "yes", "dave", "deaf", "no")
RELATIONSHIPS = {"friend": 6, "admin": 2, "associate": 3, "partner": 2, "viewer": 1, "acquaintance": 1, "mcp_client": 0.5,
                 "creator": 0.3, "trustee": 0.3}


def peer_url(peer):
    return f"«peers»{peer}"


def absent_peer(world, actor):
    free = [peer for peer in PEERS if peer not in actor.trusts]
    return world.rng.choice(free) if free else None


def one_path(actor, relationship, peer):
    return f"{actor.path}/trust/{relationship}/{peer}"


# ---- trusts are made ----


def request_body(peer, secret, /, **changes):
    body = {"baseuri": peer_url(peer), "id": peer, "type": "urn:actingweb:example.com:peer", "secret": secret,
            "desc": f"this is {peer}", "verify": token_of(peer)} | changes
    return {name: value for name, value in body.items() if value is not None}


def ask_for_trust(world):
    actor = world.actor()
    peer = absent_peer(world, actor)
    if not peer:
        return None
    relationship = world.weighted(RELATIONSHIPS)
    secret = world.secret()
    changes = world.rng.choice([{}, {}, {}, {}, {"desc": None}, {"verify": None}, {"verify": "no such token"},
                                {"type": None}, {"secret": None}])
    step = Step("ask for trust", "POST", f"{actor.path}/trust/{relationship}", actor,
                request_body(peer, secret, **changes), peer=peer)
    if "secret" in changes:
        name = world.new_name("secret")
        step.learn = {name: lambda answer: (answer.json or {}).get("secret")}
        secret = f"«{name}»"

    def after(status):
        if status in (201, 202):
            actor.trusts[peer] = Trust(peer, relationship, secret, status == 201, True)

    step.after = after
    if not world.one_in(4):
        step.follow = [approve(world, actor, peer, relationship)]
    return step


def approve(_world, actor, peer, relationship, approved=True):
    credentials, who = owner(actor)

    def after(status):
        if status == 204 and peer in actor.trusts:
            actor.trusts[peer].approved = bool(approved)

    return Step("approve", "PUT", one_path(actor, relationship, peer), actor, {"approved": approved},
                credentials=credentials, who=who, after=after, peer=peer)


def ask_for_trust_badly(world):
    actor = world.actor()
    peer = world.rng.choice(PEERS) + "x"
    relationship = world.weighted(RELATIONSHIPS)
    taken = world.trust(actor)
    body = world.rng.choice([
        request_body(peer, "s" * 40, baseuri=None), request_body(peer, "s" * 40, id=None), {}, "{", "", "[]", "null",
        request_body(peer, "s" * 40, baseuri=""), request_body(peer, "s" * 40, id=""), request_body(peer, "s", id=7),
        request_body(peer, taken.secret if taken else "s" * 40, secret=taken.secret if taken else 17),
        request_body(peer, "s" * 40, baseuri=7), request_body(peer, "s" * 40, id="a/b")])
    return Step("ask for trust badly", "POST", f"{actor.path}/trust/{relationship}", actor, body, peer=peer)


def ask_again(world):
    actor = world.actor()
    trust = world.trust(actor)
    if not trust:
        return None
    relationship = trust.relationship if world.one_in(2) else world.weighted(RELATIONSHIPS)
    secret = trust.secret if world.one_in(2) else world.secret()
    return Step("ask again", "POST", f"{actor.path}/trust/{relationship}", actor, request_body(trust.peer, secret),
                peer=trust.peer)


def initiate(world):
    actor = world.actor()
    peer = absent_peer(world, actor)
    if not peer:
        return None
    credentials, who = mostly_owner(world, actor, often=0.85)
    relationship = world.weighted(RELATIONSHIPS)
    body = {"url": peer_url(peer), "relationship": relationship, "desc": f"the {relationship} {peer}"}
    if world.one_in(8):
        del body["relationship"]
        relationship = "associate"
    name = world.new_name("secret")
    step = Step("initiate trust", "POST", f"{actor.path}/trust", actor, body, credentials=credentials, who=who,
                learn={name: lambda answer: (answer.json or {}).get("secret")}, peer=peer)

    def after(status):
        if status == 201:
            actor.trusts[peer] = Trust(peer, relationship, f"«{name}»", True, peer.startswith("yes"))

    step.after = after
    if world.one_in(2) and not peer.startswith("no"):
        step.follow = [notice(world, actor, peer, relationship, f"«{name}»")]
    return step


def initiate_badly(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.9)
    body = world.rng.choice(["{", "", "[]", {}, {"url": ""}, {"url": 7}, {"relationship": "friend"}, {"url": "nonsense"},
                             {"url": "http://127.0.0.1:1/x"}, {"url": "«peers»"}])
    return Step("initiate badly", "POST", f"{actor.path}/trust", actor, body, credentials=credentials, who=who)


def notice(_world, actor, peer, relationship, secret):
    """The peer says that it has approved too."""
    def after(status):
        if status == 204 and peer in actor.trusts:
            actor.trusts[peer].peer_approved = True

    trust = actor.trusts.get(peer) or Trust(peer, relationship, secret, True, False)
    credentials, who = of_trust(trust, peer)
    return Step("notice", "POST", one_path(actor, relationship, peer), actor, {"approved": True},
                credentials=credentials, who=who, after=after, peer=peer)


# ---- and used ----


def get_trusts(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.7)
    trust = world.trust(actor)
    query = world.rng.choice(["", "", f"?peerid={trust.peer}" if trust else "?peerid=nobody", "?relationship=friend",
                              "?type=urn:actingweb:example.com:peer", "?relationship=friend&peerid=bob", "?type=x"])
    return Step("read trusts", "GET", f"{actor.path}/trust{query}", actor, credentials=credentials, who=who)


def somewhere(world, actor):
    """(relationship, peer, trust): mostly one that is there."""
    trust = world.trust(actor)
    if trust and not world.one_in(6):
        if world.one_in(12):
            return world.weighted(RELATIONSHIPS), trust.peer, trust
        return trust.relationship, trust.peer, trust
    return world.weighted(RELATIONSHIPS), world.rng.choice(PEERS), trust


def get_trust(world):
    actor = world.actor()
    relationship, peer, _ = somewhere(world, actor)
    roll = world.rng.random()
    credentials, who = owner(actor) if roll < 0.5 else anybody(world, actor, peer)
    query = world.weighted({"": 6, "?permissions=true": 1})
    return Step("read trust", "GET", one_path(actor, relationship, peer) + query, actor, credentials=credentials,
                who=who, peer=peer)


def put_trust(world):
    actor = world.actor()
    relationship, peer, _ = somewhere(world, actor)
    credentials, who = mostly_owner(world, actor, peer, often=0.75)
    body = world.rng.choice([{"approved": True}, {"approved": "true"}, {"desc": "another text"},
                             {"approved": True, "desc": "x"}, {}, "{", "", {"approved": "maybe"}, {"desc": 7}, "[]",
                             {"other": 1}])

    def after(status):
        if status == 204 and peer in actor.trusts and "approved" in body:
            actor.trusts[peer].approved = True

    return Step("change trust", "PUT", one_path(actor, relationship, peer), actor, body, credentials=credentials,
                who=who, after=after, peer=peer)


def disapprove(world):
    actor = world.actor()
    trust = world.trust(actor)
    if not trust:
        return None
    return approve(world, actor, trust.peer, trust.relationship, approved=False)


def post_trust(world):
    actor = world.actor()
    relationship, peer, trust = somewhere(world, actor)
    credentials, who = mostly_peer(world, actor, trust, 0.5, peer) if trust else anybody(world, actor, peer)
    body = world.rng.choice([{"approved": True}, {"approved": True}, {"approved": False}, {}, "{", "", "[]",
                             {"approved": "true"}])

    def after(status):
        if status == 204 and peer in actor.trusts and body in ({"approved": True}, {"approved": "true"}):
            actor.trusts[peer].peer_approved = True

    odd = "trust" if body in ({"approved": "true"}, {"approved": False}) else None  # nothing, to the reference
    return Step("notice by anybody", "POST", one_path(actor, relationship, peer), actor, body, credentials=credentials,
                who=who, after=after, peer=peer, mend=odd)


def delete_trust(world):
    actor = world.actor()
    relationship, peer, trust = somewhere(world, actor)
    roll = world.rng.random()
    if roll < 0.35:
        credentials, who = owner(actor)
    elif trust and roll < 0.55:
        credentials, who = of_trust(trust, peer)
    else:
        credentials, who = anybody(world, actor, peer)
    query = world.weighted({"": 3, "?peer=true": 1})

    def after(status):
        if status == 204:
            actor.trusts.pop(peer, None)

    ruled = "trust" if peer in actor.trusts and actor.trusts[peer].ruled else None  # permissions outlive it there
    return Step("delete trust", "DELETE", one_path(actor, relationship, peer) + query, actor, credentials=credentials,
                who=who, after=after, peer=peer, mend=ruled)


def relationship_alone(world):
    actor = world.actor()
    credentials, who = mostly_owner(world, actor, often=0.7)
    method = world.rng.choice(["GET", "PUT", "DELETE"])
    relationship = world.rng.choice(["friend", "admin", "nothing", "trustee"])
    body = {"trustee_root": "«peers»root"} if method == "PUT" else None
    return Step("relationship alone", method, f"{actor.path}/trust/{relationship}", actor, body,
                credentials=credentials, who=who)


# ---- permissions ----


def permissions(world):
    """The overrides of one trust."""
    actor = world.actor()
    relationship, peer, _ = somewhere(world, actor)
    credentials, who = mostly_owner(world, actor, peer, often=0.75)
    method = world.weighted({"GET": 3, "PUT": 3, "DELETE": 1})
    body = None
    if method == "PUT":
        body = world.rng.choice([
            {"properties": {"patterns": ["*"], "operations": ["read", "write", "delete"]}},
            {"properties": {"patterns": ["colour", "public/*"], "operations": ["read"], "excluded_patterns": ["size"]}},
            {"properties": ["colour", "profile/*"]}, {"methods": {"allowed": ["get_*"]}}, {}, "{", "[]",
            {"properties": 7}, {"notes": "a note", "properties": {"patterns": [], "operations": []}}])

    def after(status):
        if status in (200, 201) and method == "PUT" and peer in actor.trusts:
            actor.trusts[peer].ruled = True

    return Step("permissions", method, one_path(actor, relationship, peer) + "/permissions", actor, body,
                credentials=credentials, who=who, after=after, peer=peer)


def ask_permissions(world):
    """What a peer may do, asked by it; and what is shared with it."""
    actor = world.actor()
    relationship, peer, trust = somewhere(world, actor)
    credentials, who = mostly_peer(world, actor, trust, 0.6, peer) if trust else anybody(world, actor, peer)
    path = world.rng.choice([f"{actor.path}/permissions/{peer}",
                             one_path(actor, relationship, peer) + "/shared_properties"])
    return Step("ask for permissions", "GET", path, actor, credentials=credentials, who=who, peer=peer)


TRUST = {ask_for_trust: 5, ask_for_trust_badly: 1, ask_again: 0.4, initiate: 3, initiate_badly: 0.7, get_trusts: 2,
         get_trust: 4, put_trust: 2.5, disapprove: 0.2, post_trust: 1, delete_trust: 1.5, relationship_alone: 0.8}
PERMISSIONS = {permissions: 3, ask_permissions: 2}
