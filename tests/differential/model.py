"""What the generator believes is there, so that most requests hit something. Being wrong costs hits, nothing else."""
import dataclasses


@dataclasses.dataclass
class Trust:
    peer: str
    relationship: str
    secret: str          # as a request has it: the text itself, or a name such as «secret3»
    approved: bool
    peer_approved: bool
    inbound: list = dataclasses.field(default_factory=list)   # names of the peer's subscriptions here
    outbound: list = dataclasses.field(default_factory=list)  # names of those at the peer
    ruled: bool = False    # permissions of its own were set
    in_part: bool = False  # some of them are to a part of the peer's properties
    sequences: dict = dataclasses.field(default_factory=dict)  # of a name of `outbound`: the last one sent

    @property
    def usable(self):
        return self.approved and self.peer_approved


class Actor:
    def __init__(self, name, creator):
        self.name = name
        self.creator = creator
        self.trusts = {}
        self.properties = {}  # names, and the values that were stored
        self.lists = {}       # names, and how many items they have
        self.buckets = {}
        self.alive = True

    @property
    def path(self):
        return f"/«{self.name}»"

    @property
    def owner(self):
        return f"Basic {self.creator}:«pass-{self.name}»"


@dataclasses.dataclass
class Step:
    """One request to both servers, with names instead of what they made up."""
    kind: str
    method: str
    path: str
    actor: Actor = None
    body: object = None          # text as it is, all else as JSON; None is no body
    content_type: str = "application/json"
    credentials: str = ""        # "Basic creator:«pass-a1»", "Bearer ...", "Cookie ..."
    who: str = "nobody"
    headers: dict = dataclasses.field(default_factory=dict)
    learn: dict = dataclasses.field(default_factory=dict)  # name: function of the answer, that gives a text or None
    after: object = None         # function of the status: tells the model
    follow: list = dataclasses.field(default_factory=list)  # steps to do next
    peer: str = None             # whom the path is about
    mend: str = None             # the states may differ afterwards, though the answers do not
    cause: object = None         # of a callback: the Step that it tells of
    told: frozenset = frozenset()  # and the peers that it was told to here

    @property
    def query(self):
        return self.path.partition("?")[2]

    @property
    def below(self):
        """The path after the actor."""
        path = self.path.partition("?")[0]
        if not self.actor:
            return path if path != "/" else "factory"
        return path.removeprefix(self.actor.path)

    def __str__(self):
        body = "" if self.body is None else f" {self.body!r}"
        kind = "" if self.body is None or self.content_type == "application/json" else f" ({self.content_type})"
        headers = f" {self.headers}" if self.headers else ""
        return f"{self.who}: {self.method} {self.path}{body}{kind}{headers}"


class World:
    """All of it, and the dice."""

    def __init__(self, rng):
        self.rng = rng
        self.actors = []
        self.made = 0

    def new_name(self, word):
        self.made += 1
        return f"{word}{self.made}"

    def secret(self):
        return f"{self.rng.getrandbits(160):040x}"

    def one_in(self, count):
        return self.rng.randrange(count) == 0

    def weighted(self, table):
        """A key of {key: weight}."""
        return self.rng.choices(list(table), list(table.values()))[0]

    def actor(self):
        return self.rng.choice(self.actors)

    def trust(self, actor, usable=None):
        """One of an actor's trusts; None without such."""
        fit = [trust for trust in actor.trusts.values() if usable is None or trust.usable == usable]
        return self.rng.choice(fit) if fit else None

    def drop(self, actor):
        actor.alive = False
        if actor in self.actors:
            self.actors.remove(actor)
