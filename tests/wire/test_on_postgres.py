"""actingwebd on PostgreSQL, where tests of SQLite would not do: a database that ends and comes back while it serves (503 and
Retry-After meanwhile, and what was acknowledged is there afterwards), one without tables, and verify. Has a PostgreSQL of
its own, whatever the other tests use."""
import threading
import time

import pytest

import live
from postgres import NotHere, Postgres, postgres_programs
from wire import Server


@pytest.fixture
def postgres(tmp_path):
    try:
        postgres = Postgres(tmp_path)
    except NotHere as reason:
        pytest.skip(str(reason))
    yield postgres
    postgres.close()


@pytest.fixture
def server(postgres, tmp_path):
    server = Server(tmp_path, store=f"{postgres.store}?schema=away")
    yield server
    assert server.stop() == 0, server.err


class Writer(threading.Thread):
    """Writes one number after another to a property of its own, until it is told to end."""

    def __init__(self, actor, name):
        super().__init__()
        self.actor, self.name = actor, name
        self.ending = threading.Event()
        self.acknowledged, self.refused, self.strange = [], [], []

    def run(self):
        number = 0
        while not self.ending.is_set():
            number += 1
            reply = self.actor.put(f"/properties/{self.name}", str(number))
            if reply.status == 204:
                self.acknowledged.append(number)
            elif reply.status == 503 and reply.headers["retry-after"]:
                self.refused.append(number)
                time.sleep(0.02)
            else:
                self.strange.append((reply.status, reply.text))


def test_it_ends_and_comes_back(postgres, server):
    actor = server.make_actor()
    actor.put("/properties/before", "1")
    writers = [Writer(actor, f"w{n}") for n in range(4)]
    for writer in writers:
        writer.start()
    live.wait_until(lambda: all(len(writer.acknowledged) > 20 for writer in writers), "writing")
    postgres.stop()
    live.wait_until(lambda: all(len(writer.refused) > 5 for writer in writers), "refusals")
    reply = actor.get("/properties/before")
    assert reply.status == 503 and int(reply.headers["retry-after"]) >= 1
    assert reply.error == "store_unavailable" and "127.0.0.1" not in reply.text
    postgres.start()
    counts = [len(writer.acknowledged) for writer in writers]
    live.wait_until(lambda: all(len(writer.acknowledged) > count + 20 for writer, count in zip(writers, counts)),
                    "writing again")
    for writer in writers:
        writer.ending.set()
        writer.join()
    for writer in writers:
        assert not writer.strange
        # What was refused while the connection broke during its commit may be there; nothing acknowledged is lost.
        assert actor.get(f"/properties/{writer.name}").json >= writer.acknowledged[-1]
    assert actor.get("/properties/before").json == 1
    assert "the database is there again" in server.err


def test_without_migrations_it_does_not_start(postgres, tmp_path):
    done = live.run(live.program("actingwebd"), "--listen", "localhost:0", "--store",
                    f"{postgres.store}?schema=empty", "--migrate", "off")
    assert done.returncode == 1 and "--migrate on" in done.stderr
    made = Server(tmp_path, store=f"{postgres.store}?schema=empty", name="made")
    actor = made.make_actor()
    assert made.stop() == 0
    again = Server(tmp_path, "--migrate", "off", store=f"{postgres.store}?schema=empty", name="again")
    actor.server = again
    assert actor.get("/properties").status == 200
    assert again.stop() == 0


def test_tables_of_the_version_before(postgres, tmp_path):
    store = f"{postgres.store}?schema=before"
    made = Server(tmp_path, store=store, name="made")
    actor = made.make_actor()
    assert actor.put("/properties/kept", "1").status == 204
    assert made.stop() == 0
    for sql in ("DROP INDEX ix_outbox_queues_owner", "CREATE INDEX ix_outbox_queues_owner ON outbox_queues (owner)",
                "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ('a', 'p', 's', 'gone')",
                "UPDATE aw_schema SET version = 3"):
        live.sql(store, sql)
    refused = live.run(live.program("actingwebd"), "--listen", "localhost:0", "--store", store, "--migrate", "off")
    assert refused.returncode == 1 and "--migrate on" in refused.stderr
    again = Server(tmp_path, store=store, name="again")
    actor.server = again
    assert actor.get("/properties/kept").json == 1
    assert live.sql(store, "SELECT version FROM aw_schema") == [["4"]]
    [[index]] = live.sql(store, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'before'"
                                " AND indexname = 'ix_outbox_queues_owner'")
    assert index.endswith("(owner, id, peerid, subid)")
    assert again.stop() == 0


def test_verify(server):
    actor = server.make_actor()
    actor.put("/properties/kept", "1")

    def verify(*flags):
        return live.run(live.program("actingwebd"), "verify", *flags, "--store", server.store)

    assert verify().returncode == 0
    live.sql(server.store, "INSERT INTO properties (id, name, value) VALUES ('gone', 'x', '1')")
    live.sql(server.store, "INSERT INTO attributes (id, bucket_name, bucket, name, data, ttl_timestamp)"
                           f" VALUES ('{actor.id}', 'm:x', 'm', 'x', '1', 5)")
    found = verify()
    assert found.returncode == 1 and "gone/x" in found.stdout and "attribute-expired: 1" in found.stdout
    assert verify("--repair").returncode == 0
    assert verify().returncode == 0
    assert live.sql(server.store, "SELECT count(*) FROM properties") == [["1"]]
    assert actor.get("/properties/kept").json == 1


def test_its_own_tools_copy_it_and_put_it_back(postgres, server, tmp_path):
    """As docs/operations.md says it, with a schema that is not the first."""
    actor = server.make_actor()
    actor.put("/properties/colour", '"blue"')
    for argv in (["backup", tmp_path / "copy.db"], ["restore", "--force", tmp_path / "copy.db"]):
        done = live.run(live.program("actingwebd"), argv[0], "--store", server.store, *argv[1:])
        assert done.returncode == 2 and f"pg_{'dump' if argv[0] == 'backup' else 'restore'}" in done.stderr
        assert done.stdout == "" and not (tmp_path / "copy.db").exists()
    programs = postgres_programs()
    copy = tmp_path / "copy.dump"
    done = live.run(programs / "pg_dump", "--format=custom", f"--file={copy}", "--schema=away", postgres.store)
    assert done.returncode == 0, done.stderr
    actor.put("/properties/colour", '"red"')
    actor.put("/properties/later", "1")
    assert server.stop() == 0
    done = live.run(programs / "pg_restore", "--clean", "--if-exists", "--single-transaction",
                    f"--dbname={postgres.store}", copy)
    assert done.returncode == 0, done.stderr
    again = Server(tmp_path, "--migrate", "off", store=server.store, name="again")
    actor.server = again
    assert actor.get("/properties").json == {"colour": "blue"}
    assert actor.put("/properties/colour", '"green"').status == 204
    assert live.run(live.program("actingwebd"), "verify", "--store", server.store).stdout == "nothing is wrong\n"
    assert again.stop() == 0


@pytest.mark.parametrize("parameter, complaint", [
    ("statement_timeout=soon", "1 to 3600 seconds"), ("statement_timeout=5.5", "1 to 3600 seconds"),
    ("statement_timeout=3601", "1 to 3600 seconds"), ("schema=Blue", "lower-case letters"), ("prefix=a-", "lower-case")])
def test_what_is_wrong_with_a_parameter_is_said(parameter, complaint):
    done = live.run(live.program("actingwebd"), "--listen", "localhost:0", "--store",
                    f"postgresql://u:hunter2@127.0.0.1/nowhere?{parameter}")
    assert done.returncode == 2 and complaint in done.stderr and parameter.split("=")[0] in done.stderr
    assert "hunter2" not in done.stderr


def test_a_server_that_is_not_there(tmp_path):
    done = live.run(live.program("actingwebd"), "--listen", "localhost:0", "--store",
                    f"postgresql://u:hunter2@127.0.0.1:{live.free_port()}/nowhere")
    assert done.returncode == 1 and "cannot be reached" in done.stderr and "hunter2" not in done.stderr
