"""Several servers on one database (--delivery durable): callbacks are sent by one of them at a time, and when one is killed
the others send what it has left, each once and in order."""
import collections
import http.client
import signal
import sqlite3
import threading
import time

import pytest

import live
from subscribing import FLAGS, befriend, kept, subscribe
from watching import watch, watched

WRITERS = 6

@pytest.fixture
def store(tmp_path):
    """Where the two servers that share a database have it."""
    return live.store_at(tmp_path, "shared")


class Cluster:
    """Two servers with one database and one root, at the second; Alice, elsewhere, subscribes to what each writer writes at
    Bob. Nothing is fetched to fill a gap: all has to come by itself."""

    def __init__(self, start, store):
        self.start, self.store = start, store
        self.port = live.free_port()
        self.flags = (*FLAGS, "--delivery", "durable", "--root", f"http://localhost:{self.port}/")
        self.here = start(*FLAGS, "--gap-timeout-s", "60", name="here")
        self.servers = [start(*self.flags, store=store, name="one", alone=True), self.start_second("two")]
        self.bob = self.servers[1].make_actor("bob@example.com", "bob")
        self.alice = self.here.make_actor("alice@example.com", "alice")
        befriend(self.alice, self.bob)
        watch(self.here.store)
        for writer in range(WRITERS):
            subscribe(self.alice, self.bob, subtarget=f"w{writer}")
        self.written = collections.defaultdict(list)  # and acknowledged
        self.failed = collections.defaultdict(list)
        self.asked = collections.Counter()  # requests that are under way, by server
        self.asking = threading.Lock()
        self.loads = []

    def start_second(self, name):
        return self.start(*self.flags, "--listen", f"localhost:{self.port}", store=self.store, name=name, alone=True)

    def seen(self):
        """{name: [value]}, in the order in which they were applied."""
        seen = collections.defaultdict(list)
        for name, value in watched(self.here.store):
            seen[name].append(value)
        return seen

    def write(self, writer, number):
        """By both servers in turn. Whether one that is killed meanwhile has stored it is not known."""
        with self.asking:
            servers = self.servers
            server = servers[(writer + number) % len(servers)]
            self.asked[server] += 1
        path = f"/{self.bob.id}/properties/w{writer}"
        try:
            status = server.ask("PUT", path, str(number), self.bob.owner).status
        except (OSError, http.client.HTTPException):
            self.failed[f"w{writer}"].append(number)
            return
        finally:
            with self.asking:
                self.asked[server] -= 1
        assert status == 204
        self.written[f"w{writer}"].append(number)

    def load(self):
        """Writes until it is told to end; join() of what it returns does."""
        self.loads.append(Load(self))
        return self.loads[-1]

    def converge(self, what):
        """Waits until Alice has what was written last."""
        began = time.monotonic()
        assert self.bob.put("/properties/end", "true").status == 204
        last = {name: self.bob.get(f"/properties/{name}").json for name in sorted(self.written)}
        live.wait_until(lambda: kept(self.alice, self.bob) == last, f"convergence on {last}")
        print(f"{what}: converged {time.monotonic() - began:.1f} s after the last write")

    def check(self):
        """Each value was applied once, in order, and none that was acknowledged is missing."""
        seen = self.seen()
        for name, numbers in self.written.items():
            assert seen[name] == sorted(set(seen[name])), name
            assert set(numbers) <= set(seen[name]) <= set(numbers) | set(self.failed[name]), name


class Load:
    def __init__(self, cluster):
        self.cluster = cluster
        self.ending = threading.Event()
        self.failures = []
        self.threads = [threading.Thread(target=self.run, args=(writer,)) for writer in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def run(self, writer):
        number = 0
        try:
            while not self.ending.is_set():
                number += 1
                self.cluster.write(writer, number)
                time.sleep(0.01)
        except BaseException as failure:
            self.failures.append(failure)

    def join(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]


@pytest.fixture
def cluster(start, store):
    made = Cluster(start, store)
    yield made
    for load in made.loads:  # of a test that has failed
        load.ending.set()


def servers_at(store):
    return {row[0] for row in live.sql(store, "SELECT server_id FROM servers")}


def owners_at(store):
    return {row[0] for row in live.sql(store, "SELECT DISTINCT owner FROM outbox_queues")}


def open_writes(store):
    """Each write locks that table, shared with others."""
    rows = live.sql(store, "SELECT pid, xact_start FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE relation ="
                           " 'aw_schema'::regclass AND mode = 'RowExclusiveLock' AND state = 'idle in transaction'")
    return {tuple(row) for row in rows}


def is_locked(store):
    """By one who stands still: SQLite's file, or in PostgreSQL whatever a transaction has changed."""
    if not store.startswith("sqlite:"):
        before = open_writes(store)
        time.sleep(0.2)
        return bool(before & open_writes(store))
    database = sqlite3.connect(store.removeprefix("sqlite:"), timeout=5, isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        database.close()
    return False


def stop_between_writes(server, store):
    """One that stands still while it writes would keep others waiting: on SQLite for as long, on PostgreSQL for 10 s."""
    for _ in range(20):
        server.signal(signal.SIGSTOP)
        if not is_locked(store):
            return
        server.signal(signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError("it writes without end")


def test_both_live(cluster):
    load = cluster.load()
    time.sleep(2)
    load.join()
    cluster.converge("two servers")
    cluster.check()
    assert not any(cluster.failed.values())


def test_one_of_two_is_killed(cluster):
    """While the subscriber is away, so that both have callbacks to send."""
    load = cluster.load()
    time.sleep(1)
    cluster.here.signal(signal.SIGSTOP)
    time.sleep(1)
    cluster.servers.pop(0).kill()
    time.sleep(0.5)
    cluster.here.signal(signal.SIGCONT)
    time.sleep(1)
    load.join()
    cluster.converge("one of two was killed")
    cluster.check()
    assert all(len(numbers) > 10 for numbers in cluster.written.values())


def test_both_are_killed(cluster):
    """Whoever comes next sends what they have left."""
    load = cluster.load()
    time.sleep(0.5)
    cluster.here.signal(signal.SIGSTOP)
    time.sleep(0.5)
    for server in cluster.servers:
        server.kill()
    load.join()
    cluster.here.signal(signal.SIGCONT)
    cluster.servers = [cluster.start_second("three")]
    cluster.bob.server = cluster.servers[0]
    cluster.converge("both were killed")
    cluster.check()


def test_one_of_two_ends(cluster):
    """It hands over, and nobody waits until it would be taken for dead."""
    load = cluster.load()
    time.sleep(0.5)
    cluster.here.signal(signal.SIGSTOP)
    time.sleep(0.5)
    ended = cluster.servers.pop(0)
    assert ended.stop() == 0, ended.err
    cluster.here.signal(signal.SIGCONT)
    load.join()
    cluster.converge("one of two has ended")
    cluster.check()


def test_one_of_two_stands_still(cluster, store):
    """With callbacks under way, for so long that it is taken for dead; then it goes on where it was, and finds out."""
    load = cluster.load()
    time.sleep(0.5)
    cluster.here.signal(signal.SIGSTOP)
    time.sleep(0.5)
    still, other = cluster.servers
    cluster.servers = [other]
    with cluster.asking:
        pass  # whoever chooses a server from now on, chooses the other one
    live.wait_until(lambda: not cluster.asked[still], "its answers to what it was asked before")
    stop_between_writes(still, store)
    cluster.here.signal(signal.SIGCONT)
    try:
        live.wait_until(lambda: len(servers_at(store)) == 1, "taking it for dead")
        live.wait_until(lambda: owners_at(store) <= servers_at(store), "taking over")
    finally:
        still.signal(signal.SIGCONT)
    cluster.servers = [still, other]
    time.sleep(1)
    load.join()
    cluster.converge("one of two stood still")
    cluster.check()
    assert not any(cluster.failed.values())
    live.wait_until(lambda: len(servers_at(store)) == 2, "both being there")
