"""One database of both implementations: two servers of one service, what is written to it, and what both say of it."""
import collections
import contextlib
import sys
import types

import live
from balancer import Balancer
from parties import Ours, Theirs, make_party
from reference import alembic, migrate

sys.path.append(str(live.ROOT / "tests" / "differential"))
from allowed import Allowed  # noqa: E402
from compare import Difference, Names, compare_answers  # noqa: E402
from model import Step, Trust  # noqa: E402

TABLES = ("actors", "attributes", "peertrustees", "properties", "property_lookup", "subscription_diffs",
          "subscription_suspensions", "subscriptions", "trusts")
TYPE = "urn:actingweb:example.com:interop"  # as in reference_app.py: peers must not see which server they ask
FLAGS = ("--subscription-processing", "--devtest", "--delivery", "durable")
# How the table looks to whoever uses it, all but what either may add beside.
SHAPE = """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ANY (ARRAY[{tables}])
 ORDER BY table_name, ordinal_position"""
CONSTRAINTS = """SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text = ANY (ARRAY[{tables}]) ORDER BY 1, 2"""


Door = collections.namedtuple("Door", "root")  # of one server, and not of its service


def door_of(server):
    return Door(f"http://localhost:{server.port}/")


class AtOneServer:
    """Of an actor: requests of its owner go to one server. Peers are told the service's URL as always."""
    direct = None

    def request(self, method, path="", body=None, **more):
        more.setdefault("auth", (self.creator, self.passphrase))
        return live.request(method, f"{self.direct}/{path}" if path else self.direct, body, **more)


class OursAt(AtOneServer, Ours):
    pass


class TheirsAt(AtOneServer, Theirs):
    pass


@contextlib.contextmanager
def a_service(*arguments):
    service = Service(*arguments)
    try:
        yield service
    finally:
        service.balancer.close()


class Service:
    """A service of one address and one database, with a server of either implementation, or both, behind a balancer."""

    def __init__(self, schema, folder, python, postgres, start_reference, start_server):
        self.folder, self.python, self.schema = folder, python, schema
        self.variables = {**postgres.variables, "PG_DB_SCHEMA": schema}
        self.store = f"{postgres.store}?schema={schema}"
        self._start_reference, self._start_server = start_reference, start_server
        self.balancer = Balancer()
        self.theirs = self.ours = None

    @property
    def root(self):
        return self.balancer.root

    def migrate(self):
        """Makes the tables, as the Python library does."""
        migrate(self.python, self.variables)

    def alembic(self, *words):
        return alembic(self.python, self.variables, *words)

    def start_theirs(self, *flags):
        self.theirs = self._start_reference("--root", self.root, *flags, schema=self.schema)
        self._behind()

    def start_ours(self, *flags):
        self.ours = self._start_server(*FLAGS, "--root", self.root, "--type", TYPE, *flags, store=self.store)
        self._behind()

    def restart_theirs(self):
        self.stop_theirs()
        self.start_theirs()

    def stop_theirs(self):
        self.theirs.end()
        self.theirs = None
        self._behind()

    def stop_ours(self):
        assert self.ours.stop() == 0, self.ours.err
        self.ours = None
        self._behind()

    def _behind(self):
        """All that run have requests, one after the other."""
        self.balancer.ports = [server.port for server in (self.ours, self.theirs) if server]

    def make_actor(self, server, creator):
        """A new actor, that is made at one of the servers and asked there."""
        return self.at(server, make_party(Ours, door_of(server), creator))

    def at(self, server, actor):
        """An actor, asked at one of the servers and not at the balancer."""
        kind = OursAt if server is self.ours else TheirsAt
        made = live.Answer(201, {"Location": f"{self.root}{actor.id}"}, "",
                           {"creator": actor.creator, "passphrase": actor.passphrase})
        party = kind(server, made)
        party.direct = f"{door_of(server).root}{actor.id}"
        return party

    def sql(self, text):
        return live.sql(self.store, text)

    def rows(self):
        """All that is in the tables, as text."""
        return {table: sorted(map(tuple, self.sql(f"SELECT * FROM {table}"))) for table in TABLES}

    def shape(self):
        tables = ", ".join(f"'{table}'" for table in TABLES)
        return [self.sql(text.format(tables=tables)) for text in (SHAPE, CONSTRAINTS)]


# ---- two answers to one question ----


class Questions:
    """GET requests that both servers are asked about one actor, with the same credentials. What docs/deviations.toml
    explains is no difference, as in the differential test."""

    def __init__(self, service, alice):
        self.allowed = Allowed()
        self.here, self.there = (service.at(server, alice) for server in (service.ours, service.theirs))
        side = types.SimpleNamespace(addresses=[], names_of_texts={})
        self.pair = types.SimpleNamespace(names=Names(), here=side, reference=side)
        self.actor = types.SimpleNamespace(path=f"/{alice.id}", properties={}, trusts={}, lists={})
        self.callers = [("owner", {}), ("nobody", {"auth": None}),
                        ("unknown secret", {"auth": None, "bearer": "0" * 40})]
        for row in alice.get("trust").json:
            half = alice.get(f"trust/{row['relationship']}/{row['peerid']}").json
            trust = Trust(row["peerid"], row["relationship"], half["secret"], half["approved"], half["peer_approved"])
            trust.ruled = bool(alice.get(f"trust/{trust.relationship}/{trust.peer}/permissions").json["is_custom"])
            self.actor.trusts[trust.peer] = trust
            self.callers.append((trust, {"auth": None, "bearer": trust.secret}))
        self.asked = 0

    def who(self, caller, path):
        """What the differential test calls them."""
        if isinstance(caller, str):
            return caller
        about = next((peer for peer in self.actor.trusts if peer in path), None)
        which = "" if about is None else " itself" if about == caller.peer else " another"
        return f"{'' if caller.approved else 'unapproved '}{caller.relationship}{which}"

    def ask(self, path):
        """Asks everybody's question; gives what differs and should not, as texts."""
        for caller, credentials in self.callers:
            here, there = self.here.get(path, **credentials), self.there.get(path, **credentials)
            about = next((peer for peer in self.actor.trusts if peer in path), None)
            step = Step("one database", "GET", f"{self.actor.path}/{path}".rstrip("/"), self.actor, peer=about,
                        who=self.who(caller, path))
            differences = list(compare_answers(here, there, self.pair, "GET"))
            if here.status == there.status == 200:
                differences += [Difference(f"time {key}", *both) for key, *both in times_of(here.json, there.json)]
            strange, _ = self.allowed.sort(step, here, there, differences)
            self.asked += 1
            yield from (f"{step}: {one.what}: here {str(one.here)[:200]}, the reference {str(one.reference)[:200]}"
                        for one in strange)


def times_of(here, there):
    """Times of both that are not the same moment, beside those that the reference writes as it reads."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in here.keys() & there.keys():
            if key in ("created_at", "timestamp", "suspended_at", "capabilities_fetched_at", "fetched_at"):
                if here[key] != there[key]:
                    yield key, here[key], there[key]
            else:
                yield from times_of(here[key], there[key])
    elif isinstance(here, list) and isinstance(there, list):
        for one, other in zip(here, there):
            yield from times_of(one, other)
