"""Every route and verb of WIRE 3 to 9 and every kind of caller: what each gets. The table is walked by
test_every_route.py, which also compares it with the router's.

A row is (method, path below the actor, body, who gets which status). Who is not named is refused: 401 without
credentials that can be read, 403 with. Verbs that no row has are 405 for everybody.

In paths and bodies {peer} is the caller itself when it is a peer, and the friend called "subject" for all others;
{rel}, {sub} and {out} are that peer's relationship, its subscription here, and this actor's subscription there.
"""
from wire import basic, bearer

RELATIONSHIPS = ("associate", "viewer", "friend", "partner", "admin", "mcp_client", "lodger")
PEERS = " ".join(RELATIONSHIPS)
PENDING = " ".join(f"pending-{one}" for one in RELATIONSHIPS)  # trusts that are not approved
OTHERS = "another-friend another-admin"                        # approved, but not the peer of the path
STRANGERS = "nobody unreadable wrong unknown"
CALLERS = f"{STRANGERS} creator trustee {PEERS} {PENDING} {OTHERS}".split()
ALL = " ".join(CALLERS)

OWNERS = "creator trustee"
ADMINS = "admin another-admin"
READERS = "friend partner admin another-friend another-admin"  # of what is not public

PUBLIC = f"{PEERS} {OTHERS}".replace(" lodger", "")
CALLABLE = "friend partner admin another-friend another-admin"

ASK = {"baseuri": "{new_url}", "id": "{new_id}", "type": "urn:x", "secret": "{new_secret}", "verify": "token"}
CALLBACK = {"id": "{peer}", "subscriptionid": "{out}", "target": "properties", "sequence": 1, "data": {"a": 1},
            "granularity": "high", "timestamp": "2026-01-01 00:00:00.000000"}

GRANT = {"id": "{peer}", "target": "permissions", "type": "permission", "timestamp": "2026-01-01T00:00:00+00:00",
         "data": {"properties": {"patterns": ["*"], "operations": ["read"]}}}

ROUTES = [
    # 3: the actor
    ("GET", "", None, {f"{OWNERS} {ADMINS}": 200}),
    ("DELETE", "", None, {OWNERS: 204}),

    # 4: meta
    ("GET", "/meta", None, {ALL: 200}),
    ("GET", "/meta/id", None, {ALL: 200}),
    ("GET", "/meta/type", None, {ALL: 200}),
    ("GET", "/meta/version", None, {ALL: 200}),
    ("GET", "/meta/desc", None, {ALL: 200}),
    ("GET", "/meta/info", None, {ALL: 200}),
    ("GET", "/meta/trustee_root", None, {ALL: 200}),
    ("GET", "/meta/specification", None, {ALL: 200}),
    ("GET", "/meta/trusttypes", None, {ALL: 200}),
    ("GET", "/meta/actingweb/version", None, {ALL: 200}),
    ("GET", "/meta/actingweb/supported", None, {ALL: 200}),
    ("GET", "/meta/actingweb/formats", None, {ALL: 200}),
    ("GET", "/meta/actingweb/trust_types", None, {ALL: 200}),
    ("GET", "/meta/nothing", None, {ALL: 404}),

    # 5: properties
    ("GET", "/properties", None, {f"creator associate {READERS}": 200}),
    ("GET", "/properties?metadata=true", None, {f"creator associate {READERS}": 200}),
    ("POST", "/properties", {"new": 1}, {f"creator {READERS}": 201}),
    ("DELETE", "/properties", None, {f"creator {ADMINS}": 204}),
    ("GET", "/properties/colour", None, {f"creator {READERS}": 200}),
    ("GET", "/properties/public/x", None, {f"creator {PUBLIC}": 200}),
    ("GET", "/properties/private/x", None, {f"creator partner {ADMINS}": 200}),
    ("GET", "/properties/nothing", None, {f"creator {READERS}": 404}),
    ("PUT", "/properties/colour", "blue", {f"creator {READERS}": 204}),
    ("PUT", "/properties/public/x", 2, {f"creator {READERS}": 204}),
    ("PUT", "/properties/private/x", 2, {f"creator partner {ADMINS}": 204}),
    ("POST", "/properties/colour", {"new": 1}, {f"creator {READERS}": 201}),
    ("DELETE", "/properties/colour", None, {f"creator {ADMINS}": 204}),

    # 5.2: lists
    ("GET", "/properties/songs", None, {f"creator {READERS}": 200}),
    ("GET", "/properties/songs?index=0", None, {f"creator {READERS}": 200}),
    ("GET", "/properties/songs?index=9", None, {f"creator {READERS}": 404}),
    ("GET", "/properties/songs/0", None, {f"creator {READERS}": 200}),
    ("GET", "/properties/songs/items", None, {f"creator {READERS}": 200}),
    ("GET", "/properties/songs/metadata", None, {f"creator {READERS}": 200}),
    ("PUT", "/properties/songs?index=0", 2, {f"creator {READERS}": 204}),
    ("PUT", "/properties/songs/0", 2, {f"creator {READERS}": 204}),
    ("PUT", "/properties/songs/metadata", {"description": "x"}, {f"creator {READERS}": 204}),
    ("POST", "/properties/songs", 3, {f"creator {READERS}": 201}),
    ("POST", "/properties/songs/items", {"action": "add", "item_value": 3}, {f"creator {READERS}": 201}),
    ("POST", "/properties/songs/items", {"action": "delete", "item_index": 0}, {f"creator {ADMINS}": 204}),
    ("DELETE", "/properties/songs/0", None, {f"creator {ADMINS}": 204}),
    ("DELETE", "/properties/songs", None, {f"creator {ADMINS}": 204}),

    # 6: trust
    ("GET", "/trust", None, {f"{OWNERS} {ADMINS}": 200}),
    ("POST", "/trust", {"url": "{closed}"}, {OWNERS: 408}),
    ("GET", "/trust/friend", None, {f"{OWNERS} {ADMINS}": 200}),
    ("GET", "/trust/{peer}", None, {f"{OWNERS} {PEERS} {PENDING} another-admin": 200}),
    ("POST", "/trust/friend", ASK, {ALL: 202}),
    ("PUT", "/trust/trustee", {"trustee_root": "urn:a"}, {OWNERS: 204}),
    ("PUT", "/trust/friend", {"trustee_root": "urn:a"}, {OWNERS: 404}),
    ("DELETE", "/trust/trustee", None, {OWNERS: 204}),
    ("DELETE", "/trust/friend", None, {OWNERS: 404}),
    ("GET", "/trust/{rel}/{peer}", None, {f"{OWNERS} {PEERS} another-admin": 200, PENDING: 202}),
    ("GET", "/trust/friend/absent", None, {f"{OWNERS} {ADMINS}": 404}),
    ("PUT", "/trust/{rel}/{peer}", {"desc": "x"}, {f"{OWNERS} {ADMINS}": 204}),
    ("PUT", "/trust/{rel}/{peer}", {"baseuri": "http://127.0.0.1/x"}, {OWNERS: 204}),
    ("PUT", "/trust/friend/absent", {"desc": "x"}, {f"{OWNERS} {ADMINS}": 404}),
    ("POST", "/trust/{rel}/{peer}", {"approved": True}, {f"{PEERS} {PENDING}": 204}),
    ("POST", "/trust/friend/absent", {"approved": True}, {}),
    ("DELETE", "/trust/{rel}/{peer}", None, {f"{OWNERS} {PEERS} {PENDING} another-admin": 204, "wrong unknown": 404}),
    ("DELETE", "/trust/friend/absent", None, {f"{OWNERS} {ADMINS} wrong unknown": 404}),

    ("GET", "/trust/{rel}/{peer}/permissions", None, {f"{OWNERS} admin another-admin": 200}),
    ("PUT", "/trust/{rel}/{peer}/permissions", {"notes": "x"}, {f"{OWNERS} another-admin": 201}),
    ("DELETE", "/trust/{rel}/{peer}/permissions", None, {f"{OWNERS} another-admin": 204}),
    ("GET", "/trust/{rel}/{peer}/shared_properties", None, {PEERS: 200}),
    ("GET", "/permissions/{peer}", None, {PEERS: 200}),

    # 7: subscriptions
    ("GET", "/subscriptions", None, {OWNERS: 200}),
    ("POST", "/subscriptions", {"peerid": "{peer}", "target": "properties"}, {OWNERS: 204}),
    ("GET", "/subscriptions/{peer}", None, {f"{OWNERS} {PEERS}": 200}),
    ("POST", "/subscriptions/{peer}", {"target": "properties"}, {PEERS.replace(" lodger", ""): 201}),
    ("POST", "/subscriptions/{peer}", {"target": "news"}, {PEERS: 201}),
    ("GET", "/subscriptions/{peer}/{sub}", None, {f"{OWNERS} {PEERS}": 200}),
    ("GET", "/subscriptions/{peer}/absent", None, {f"{OWNERS} {PEERS}": 404}),
    ("PUT", "/subscriptions/{peer}/{sub}", {"sequence": 1}, {f"{OWNERS} {PEERS}": 204}),
    ("PUT", "/subscriptions/{peer}/absent", {"sequence": 1}, {f"{OWNERS} {PEERS}": 404}),
    ("DELETE", "/subscriptions/{peer}/{sub}", None, {f"{OWNERS} {PEERS}": 204}),
    # A peer whose relationship reads nothing has no diff.
    ("GET", "/subscriptions/{peer}/{sub}/1", None, {f"{OWNERS} {PEERS}".replace("lodger", ""): 200, "lodger": 404}),
    ("GET", "/subscriptions/{peer}/{sub}/99", None, {f"{OWNERS} {PEERS}": 404}),

    # 8: callbacks
    ("POST", "/callbacks/subscriptions/{peer}/{out}", CALLBACK, {PEERS: 204}),
    ("PUT", "/callbacks/subscriptions/{peer}/{out}", CALLBACK, {PEERS: 204}),
    ("POST", "/callbacks/subscriptions/{peer}/absent", CALLBACK, {PEERS: 404}),
    ("DELETE", "/callbacks/subscriptions/{peer}/{out}", None, {PEERS: 204}),
    ("DELETE", "/callbacks/subscriptions/{peer}/{sub}", None, {PEERS: 204}),

    ("POST", "/callbacks/permissions/{peer}", GRANT, {PEERS: 204}),
    ("PUT", "/callbacks/permissions/{peer}", GRANT, {PEERS: 204}),

    # 9: what applications serve, and devtest
    ("GET", "/resources", None, {f"creator {READERS}": 200}),
    ("GET", "/resources/x", None, {f"creator {READERS}": 404}),
    ("POST", "/resources/x", {}, {f"creator {READERS}": 404}),
    ("PUT", "/resources/x", {}, {f"creator {READERS}": 404}),
    ("DELETE", "/resources/x", None, {f"creator {ADMINS}": 404}),
    ("GET", "/resources/public/x", None, {f"creator {PUBLIC}": 404}),
    ("GET", "/resources/private/x", None, {f"creator partner {ADMINS}": 404}),
    ("GET", "/methods", None, {f"creator {CALLABLE}": 200}),
    ("POST", "/methods", {"jsonrpc": "2.0", "method": "get_x", "id": 1}, {f"creator {CALLABLE}": 200}),
    ("PUT", "/methods", {"jsonrpc": "2.0", "method": "get_x", "id": 1}, {f"creator {CALLABLE}": 200}),
    ("GET", "/methods/get_x", None, {f"creator {PUBLIC}": 404}),
    ("GET", "/methods/admin_x", None, {f"creator {ADMINS}": 404}),
    ("POST", "/methods/get_x", {}, {f"creator {PUBLIC}": 404}),
    ("PUT", "/methods/get_x", {}, {f"creator {PUBLIC}": 404}),
    ("DELETE", "/methods/get_x", None, {f"creator {PUBLIC}": 404}),
    ("GET", "/actions", None, {f"creator {CALLABLE}": 200}),
    ("POST", "/actions", {}, {f"creator {CALLABLE}": 400}),
    ("PUT", "/actions", {}, {f"creator {CALLABLE}": 400}),
    ("GET", "/actions/switch", None, {f"creator {CALLABLE}": 404}),
    ("GET", "/actions/search", None, {f"creator {CALLABLE} mcp_client": 404}),
    ("POST", "/actions/switch", {}, {f"creator {CALLABLE}": 404}),
    ("PUT", "/actions/switch", {}, {f"creator {CALLABLE}": 404}),
    ("DELETE", "/actions/switch", None, {f"creator {CALLABLE}": 404}),
    ("GET", "/www", None, {"creator": 404}),
    ("POST", "/www", {}, {"creator": 404}),
    ("GET", "/www/init", None, {"creator": 404}),
    ("POST", "/www/init", {}, {"creator": 404}),
    ("DELETE", "/services/mail", None, {f"{OWNERS} {ADMINS}": 404}),
    ("GET", "/services/mail/callback", None, {f"{OWNERS} {ADMINS}": 404}),
    ("GET", "/devtest", None, {f"{OWNERS} {PEERS} {OTHERS}": 404}),
    ("POST", "/devtest", {}, {f"{OWNERS} {PEERS} {OTHERS}": 404}),
    ("PUT", "/devtest", {}, {f"{OWNERS} {PEERS} {OTHERS}": 404}),
    ("DELETE", "/devtest", None, {f"{OWNERS} {PEERS} {OTHERS}": 404}),
    ("GET", "/devtest/ping", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("PUT", "/devtest/ping", {}, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("DELETE", "/devtest/ping", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("POST", "/devtest/ping", {}, {f"{OWNERS} {PEERS} {OTHERS}": 404}),
    ("GET", "/devtest/attributes", None, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("DELETE", "/devtest/attributes", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("GET", "/devtest/attributes/bucket", None, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("POST", "/devtest/attributes/bucket", {"a": 1}, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("DELETE", "/devtest/attributes/bucket", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("GET", "/devtest/attributes/bucket/name", None, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("PUT", "/devtest/attributes/bucket/name", 1, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("DELETE", "/devtest/attributes/bucket/name", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("POST", "/devtest/proxy/create", {"a": 1}, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("GET", "/devtest/proxy/properties", None, {f"{OWNERS} {PEERS} {OTHERS}": 200}),
    ("PUT", "/devtest/proxy/properties/a", 1, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
    ("DELETE", "/devtest/proxy/properties", None, {f"{OWNERS} {PEERS} {OTHERS}": 204}),
]

# Rows whose body may be anything, or is not looked at.
ANY_BODY = {
    ("PUT", "/properties/colour"), ("PUT", "/properties/public/x"), ("PUT", "/properties/private/x"),
    ("PUT", "/properties/songs?index=0"), ("PUT", "/properties/songs/0"), ("POST", "/properties/songs"),
    ("PUT", "/trust/friend"), ("POST", "/resources/x"), ("PUT", "/resources/x"), ("POST", "/www"),
    ("POST", "/www/init"), ("POST", "/devtest"), ("PUT", "/devtest"), ("POST", "/devtest/ping"),
    ("PUT", "/devtest/ping"), ("PUT", "/devtest/attributes/bucket/name"), ("PUT", "/devtest/proxy/properties/a"),
}

# Without an actor there is nobody to be: (method, path, body, status).
SITE = [
    ("GET", "/", None, 200),
    ("POST", "/", {"creator": "somebody"}, 201),
    ("GET", "/login", None, 200),
    ("POST", "/bot", {}, 404),
]


def status_for(row, caller):
    """What the row says that the caller gets."""
    for callers, status in row[3].items():
        if caller in callers.split():
            return status
    return 401 if caller in ("nobody", "unreadable") else 403


class Scene:
    """An actor with all that paths may name, and one caller. The actor's creator is called "trustee" and it has a
    trustee's root, so that its passphrase makes a creator as Basic, and a trustee as Bearer."""

    def __init__(self, server, stage, caller):
        self.stage = stage
        self.actor = server.actor_of(server.ask("POST", "/", {"creator": "trustee", "trustee_root": "urn:above"}).json)
        self.played = []
        properties = {"colour": "red", "public": {"x": 1}, "private": {"x": 1}}
        assert self.actor.post("/properties", properties).status == 201
        songs = {"_type": "list", "description": "", "explanation": ""}
        assert self.actor.post("/properties", {"songs": songs}).status == 201
        assert self.actor.post("/properties/songs/items", {"action": "add", "item_value": 1}).status == 201
        assert self.actor.put("/devtest/attributes/bucket/name", "1").status == 204
        subject = self.add("friend")
        itself = subject
        relationship = caller.removeprefix("pending-").removeprefix("another-")
        if relationship in RELATIONSHIPS:
            itself = self.add(relationship)
        named = itself if not caller.startswith("another-") else subject
        self.auth = {"nobody": None, "unreadable": "Basic !!!", "wrong": basic("trustee", "wrong"),
                     "unknown": bearer("0" * 40), "creator": self.actor.owner,
                     "trustee": bearer(self.actor.passphrase)}.get(caller, itself.auth)
        self.names = {"{peer}": named.id, "{rel}": named.relationship, "{sub}": named.sub, "{out}": named.out}
        if caller.startswith("pending-"):
            assert self.actor.put(f"/trust/{relationship}/{itself.id}", {"approved": False}).status == 204
        self.before = self.everything()

    def everything(self):
        """All that a request could have changed."""
        return [self.actor.get(path).text for path in ("", "/properties", "/trust", "/subscriptions",
                                                       f"/subscriptions/{self.names['{peer}']}/{self.names['{sub}']}",
                                                       "/devtest/attributes")]

    def assert_unchanged(self):
        """After requests that were refused, or only read."""
        assert self.everything() == self.before

    def add(self, relationship):
        """A peer, with a subscription in each direction, and a diff in its own."""
        peer = self.stage.play()
        self.played.append(peer)
        peer.befriend(self.actor, relationship)
        peer.relationship = relationship
        # A lodger may read no property, so it is told of none.
        peer.sub = peer.subscribe(self.actor, "none", "news" if relationship == "lodger" else "properties")
        reply = self.actor.post("/subscriptions", {"peerid": peer.id, "target": "properties", "granularity": "low"})
        assert reply.status == 204, reply
        peer.out = reply.headers["location"].rsplit("/", 1)[1]
        assert self.actor.put("/properties/public/x", "1").status == 204
        return peer

    def fill(self, value, more):
        if isinstance(value, dict):
            return {key: self.fill(one, more) for key, one in value.items()}
        if isinstance(value, str):
            for name, text in {**self.names, **more}.items():
                value = value.replace(name, text)
        return value

    def close(self):
        for peer in self.played:
            peer.release()
