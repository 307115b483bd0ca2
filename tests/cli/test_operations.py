"""actingwebd verify, backup, restore and resync: looking after a database, also while it is served."""
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading

import pytest

import live

CLEAN, FINDINGS, USAGE, FAILED = 0, 1, 2, 3


def daemon(*argv, env=None, cwd=None):
    return live.run(live.program("actingwebd"), *argv, env=env, cwd=cwd)


def path_of(server):
    return server.store.removeprefix("sqlite:")


def change(path, *statements):
    """As somebody who knows SQL and not what belongs together."""
    with sqlite3.connect(path, timeout=live.LONG_S) as database:
        for statement in statements:
            database.execute(statement)


@pytest.fixture
def store(start_server):
    """A server that has ended and left an actor."""
    server = start_server(name="ended")
    actor = server.create()
    assert actor.put("properties/color", {"is": "blue"}).status == 204
    assert server.stop() == 0
    return server.store


# ---- asking ----

def test_help():
    done = daemon("verify", "--help")
    assert done.returncode == CLEAN and done.stderr == ""
    for word in ("--repair", "--json", "--store STORE", "--config FILE", "Examples", "Exit status"):
        assert word in done.stdout
    assert daemon("verify", "-h").stdout == done.stdout
    assert "actingwebd verify" in daemon("--help").stdout


@pytest.mark.parametrize("argv, word", [
    (["--dance"], "dance"),
    (["--repair", "now"], "more on the line"),
    (["--store", "nosql:x"], "store"),
    (["--store", "sqlite:"], "path"),
    (["--store"], "store"),
    (["--config", "/nowhere"], "/nowhere"),
])
def test_what_is_wrong_is_named_and_ends_with_2(argv, word, tmp_path):
    done = daemon("verify", *argv, cwd=tmp_path)
    assert done.returncode == USAGE and word in done.stderr and done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_help_and_mistakes_of_both(command, tmp_path):
    done = daemon(command, "--help")
    assert done.returncode == CLEAN and done.stderr == ""
    for word in ("--force", "--store STORE", "COPY", "Example", "pg_", "Exit status"):
        assert word in done.stdout
    for argv in ([], ["a", "b"], ["--repair", "a"], ["--store", "nosql:x", "a"], ["--store", "sqlite:", "a"],
                 ["--store", "sqlite:a", "a"], ["--store", "postgresql://localhost/x", "a"]):
        (tmp_path / "a").write_text("x")
        done = daemon(command, *argv, cwd=tmp_path)
        assert done.returncode == USAGE and done.stderr and done.stdout == "", argv
        assert [path.name for path in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "x"
    assert ("pg_dump" if command == "backup" else "pg_restore") in done.stderr


def test_help_and_mistakes_of_resync(tmp_path):
    done = daemon("resync", "--help")
    assert done.returncode == CLEAN and done.stderr == ""
    for word in ("--store STORE", "--config FILE", "Examples", "pg_restore", "Exit status"):
        assert word in done.stdout
    for argv in (["a"], ["--force"], ["--store", "nosql:x"], ["--store", "sqlite:"]):
        done = daemon("resync", *argv, cwd=tmp_path)
        assert done.returncode == USAGE and done.stderr and done.stdout == "", argv
    assert "actingwebd resync" in daemon("--help").stdout
    assert list(tmp_path.iterdir()) == []


# ---- verify ----

def test_a_clean_store(store):
    done = daemon("verify", "--store", store)
    assert (done.returncode, done.stdout, done.stderr) == (CLEAN, "nothing is wrong\n", "")
    assert json.loads(daemon("verify", "--json", "--store", store).stdout) == {
        "clean": True, "repaired": False, "left": 0, "findings": []}


def test_the_store_is_found_where_the_server_finds_it(store, tmp_path):
    assert daemon("verify", env=live.environment(AW_STORE=store)).returncode == CLEAN
    (tmp_path / "actingwebd.ini").write_text(f"[actingwebd]\nstore = {store}\nworkers = 2\n")
    assert daemon("verify", "--config", tmp_path / "actingwebd.ini").returncode == CLEAN


def test_a_store_that_is_not_there(tmp_path):
    done = daemon("verify", "--store", "sqlite:none.db", cwd=tmp_path)
    assert done.returncode == FAILED and "none.db" in done.stderr and done.stdout == ""
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.db").write_text("this is no database" * 100)
    done = daemon("verify", "--repair", "--store", "sqlite:text.db", cwd=tmp_path)
    assert done.returncode == FAILED and done.stderr
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    done = daemon("verify", "--repair", "--store", "sqlite:other.db", cwd=tmp_path)
    assert done.returncode == FAILED and "ActingWeb" in done.stderr


def test_findings_are_told_and_mended(store):
    path = store.removeprefix("sqlite:")
    change(path, *(f"INSERT INTO properties VALUES ('gone', 'p{i}', '\"s3cret\"')" for i in range(5)),
           "INSERT INTO property_lookup VALUES ('email', 's3cret@example.com', 'gone')",
           "INSERT INTO attributes SELECT id, 'mine:x', 'mine', 'x', '{broken s3cret', NULL, NULL FROM actors",
           "INSERT INTO properties SELECT id, 'note', 'plain s3cret' FROM actors")
    done = daemon("verify", "--store", store)
    assert done.returncode == FINDINGS and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("attribute-value: 1 found: ")
    assert lines[1] == ("property-without-actor: 5 found: properties of actors that are not there; for example gone/p0, "
                        "gone/p1, gone/p2")
    assert lines[2].startswith("note: property-text: 1 found: ")
    assert lines[3].startswith("lookup-without-actor: 1 found: ") and lines[3].endswith("gone/email")
    assert lines[4] == "7 found, of which --repair mends 6"
    assert "s3cret" not in done.stdout

    told = json.loads(daemon("verify", "--json", "--store", store).stdout)
    assert (told["clean"], told["repaired"], told["left"]) == (False, False, 7)
    assert [(f["kind"], f["found"], f["left"], f["note"], f["mendable"]) for f in told["findings"]] == [
        ("attribute-value", 1, 1, False, False), ("property-without-actor", 5, 5, False, True),
        ("property-text", 1, 1, True, False), ("lookup-without-actor", 1, 1, False, True)]
    assert told["findings"][1]["examples"] == ["gone/p0", "gone/p1", "gone/p2"]

    done = daemon("verify", "--repair", "--store", store)
    assert done.returncode == FINDINGS
    assert "property-without-actor: 5 found, 5 mended (deleted): " in done.stdout
    assert done.stdout.endswith("1 left, to be looked at by people\n")
    change(path, "DELETE FROM attributes WHERE bucket = 'mine'")
    done = daemon("verify", "--repair", "--store", store)
    assert done.returncode == CLEAN and done.stdout.endswith("nothing is wrong now\n")


def test_every_kind_is_documented():
    """What scripts look for stands in the documentation."""
    page = (live.ROOT / "docs" / "operations.md").read_text()
    sources = ("src/store/verify_tables.c", "src/store/verify_attributes.c", "src/actor/verify_properties.c")
    kinds = re.findall(r'^ +\.name = "([a-z-]+)"', "".join((live.ROOT / source).read_text() for source in sources), re.M)
    assert len(kinds) > 20
    assert set(kinds) == set(re.findall(r"^\| `([a-z-]+)` \|", page, re.M))


# ---- beside a server that writes ----

class Writers:
    """Eight owners that write all the time: first "before", then "after", then an item of a list, the same number each."""

    def __init__(self, server, count=8):
        self.actors = [server.create(f"writer{i}") for i in range(count)]
        self.acknowledged = [0] * count
        self.failures = []
        self.ending = False
        for actor in self.actors:
            assert actor.post("properties", {"log": {"_type": "list"}}).status == 201
        self.threads = [threading.Thread(target=self._write, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def _write(self, i):
        try:
            self._go_on(i)
        except Exception as failure:
            self.failures.append(failure)

    def _go_on(self, i):
        number = 0
        while not self.ending:
            number += 1
            answers = [self.actors[i].put("properties/before", number), self.actors[i].put("properties/after", number),
                       self.actors[i].post("properties/log/items", {"action": "add", "item_value": number})]
            if any(answer.status not in (201, 204) for answer in answers):
                self.failures.append(answers)
                return
            self.acknowledged[i] = number

    def have_written(self, more=20):
        start = list(self.acknowledged)
        live.wait_until(lambda: all(now > then + more for then, now in zip(start, self.acknowledged)), "the writing")
        return list(self.acknowledged)

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join(live.LONG_S)
        assert self.failures == []


def at(server, actor):
    """The same actor as another server serves it."""
    return live.Actor(f"{server.root}{actor.id}", actor.creator, actor.passphrase)


def test_a_backup_while_eight_write_is_of_one_moment(start_server, tmp_path):
    server = start_server(name="busy")
    writers = Writers(server)
    copies = []
    try:
        for n in range(3):
            before = writers.have_written()
            copies.append((tmp_path / f"copy{n}.db", before))
            done = daemon("backup", "--store", server.store, copies[-1][0])
            assert (done.returncode, done.stderr) == (CLEAN, "") and str(copies[-1][0]) in done.stdout
        writers.have_written()
    finally:
        writers.end()
    for path, before in copies:
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert daemon("verify", "--store", f"sqlite:{path}").stdout == "nothing is wrong\n"
    path, before = copies[1]
    second = pathlib.Path(tmp_path / "second.db")
    done = daemon("restore", "--store", f"sqlite:{second}", path)
    assert (done.returncode, done.stderr) == (CLEAN, "")
    restored = start_server("--store", f"sqlite:{second}", name="restored")
    for actor, acknowledged, end in zip(writers.actors, before, writers.acknowledged):
        copy = at(restored, actor)
        first, then = copy.get("properties/before").json, copy.get("properties/after").json
        items = copy.get("properties/log").json
        assert acknowledged <= first < end  # what was acknowledged before it began, and nothing of much later
        assert then in (first, first - 1)
        assert items == list(range(1, len(items) + 1)) and len(items) in (then, then - 1)
        assert copy.put("properties/before", "goes on").status == 204


def test_restore_waits_for_nobody(start_server, tmp_path):
    server = start_server(name="restoring")
    actor = server.create()
    assert actor.put("properties/color", "blue").status == 204
    copy = tmp_path / "copy.db"
    assert daemon("backup", "--store", server.store, copy).returncode == CLEAN
    done = daemon("backup", "--store", server.store, copy)
    assert done.returncode == FAILED and "there already" in done.stderr and "--force" in done.stderr
    assert daemon("backup", "--force", "--store", server.store, copy).returncode == CLEAN
    assert actor.put("properties/color", "red").status == 204

    done = daemon("restore", "--store", server.store, copy)
    assert done.returncode == FAILED and "stop the server" in done.stderr
    assert actor.get("properties/color").json == "red"
    assert server.stop() == 0
    done = daemon("restore", "--store", server.store, copy)
    assert done.returncode == CLEAN
    assert done.stdout == (f"the database is what {copy} was\n"
                           "next, so that peers who subscribe here fetch it: actingwebd resync\n")
    again = start_server("--store", server.store, name="again")
    assert at(again, actor).get("properties/color").json == "blue"
    assert again.stop() == 0
    done = daemon("restore", "--store", server.store, copy)
    assert done.returncode == FAILED and "before-restore" in done.stderr and "--force" in done.stderr
    assert daemon("restore", "--force", "--store", server.store, copy).returncode == CLEAN


def test_a_server_that_was_killed_can_be_restored(start_server, tmp_path):
    server = start_server(name="killed")
    actor = server.create()
    copy = tmp_path / "copy.db"
    assert actor.put("properties/color", "blue").status == 204
    assert daemon("backup", "--store", server.store, copy).returncode == CLEAN
    assert actor.put("properties/color", "red").status == 204
    path = pathlib.Path(path_of(server))
    for end in ("", "-wal"):  # as it is on the disk after kill -9
        shutil.copy(f"{path}{end}", f"{tmp_path / 'killed.db'}{end}")
    assert daemon("restore", "--store", f"sqlite:{tmp_path / 'killed.db'}", copy).returncode == CLEAN
    for name, color in (("killed.db", "blue"), ("killed.db.before-restore", "red")):
        with sqlite3.connect(tmp_path / name) as database:
            assert database.execute("SELECT value FROM properties WHERE name = 'color'").fetchone()[0] == f'"{color}"'


# ---- when it goes wrong ----

@pytest.fixture
def large(store):
    """A database of some 50 MB."""
    path = pathlib.Path(store.removeprefix("sqlite:"))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.executemany("INSERT INTO properties VALUES ('a', ?, ?)",
                             ((f"p{i}", f'"{"x" * 1000}"') for i in range(40000)))
    return path


def start(*argv, **more):
    return subprocess.Popen([str(arg) for arg in (live.program("actingwebd"), *argv)], env=live.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def interrupt(number, command, target, *argv):
    """Whether it was fast enough to catch it in the middle."""
    target.unlink(missing_ok=True)
    process = start(command, *argv, preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    while not list(target.parent.iterdir()) and process.poll() is None:
        pass
    process.send_signal(number)
    out, err = process.communicate(timeout=live.LONG_S)
    if process.returncode == -number:
        assert (out, err) == ("", f"actingwebd {command}: stopped\n")
        assert list(target.parent.iterdir()) == []
        return True
    assert process.returncode == CLEAN and list(target.parent.iterdir()) == [target]
    return False


def test_nothing_is_left_of_what_is_interrupted(large, tmp_path):
    copy, target = tmp_path / "there.db", tmp_path / "new" / "new.db"
    assert daemon("backup", "--store", f"sqlite:{large}", copy).returncode == CLEAN
    target.parent.mkdir()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        live.wait_until(lambda: interrupt(number, "backup", target, "--store", f"sqlite:{large}", target), "it")
    live.wait_until(lambda: interrupt(signal.SIGTERM, "restore", target, "--store", f"sqlite:{target}", copy), "it")


def test_without_room_nothing_is_left(large, tmp_path):
    copy = tmp_path / "new" / "copy.db"
    copy.parent.mkdir()
    for limit in (1, 100_000, 30_000_000):
        process = start("backup", "--store", f"sqlite:{large}", copy,
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        out, err = process.communicate(timeout=live.LONG_S)
        assert process.returncode == FAILED and out == "" and "disk" in err, err
        assert list(copy.parent.iterdir()) == []
    assert daemon("verify", "--store", f"sqlite:{large}").returncode == FINDINGS  # its own rows, of no actor


def test_progress_on_a_terminal(large, tmp_path):
    ours, theirs = os.openpty()
    process = subprocess.Popen([str(live.program("actingwebd")), "backup", "--store", f"sqlite:{large}",
                                str(tmp_path / "copy.db")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                               env=live.environment())
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # EIO: the other side is closed
        while data := os.read(ours, 4096):
            shown += data
    os.close(ours)
    out = process.communicate(timeout=live.LONG_S)[0].decode()
    assert process.returncode == CLEAN and out.endswith("is a copy of the database\n")
    lines = shown.decode().split("\r\033[K")
    assert re.fullmatch(r"pages: \d+ of \d+", lines[1]) and lines[-1] == ""  # and the terminal is as it was
    assert "\n" not in shown.decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_belongs_to_whom_the_folder_does(store, tmp_path):
    copy, folder = tmp_path / "copy.db", tmp_path / "theirs"
    assert daemon("backup", "--store", store, copy).returncode == CLEAN
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    database = folder / "new.db"
    assert daemon("restore", "--store", f"sqlite:{database}", copy).returncode == CLEAN
    found = database.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (12345, 12346, 0o600)
    os.chown(database, 23456, 23457)
    database.chmod(0o640)
    assert daemon("restore", "--store", f"sqlite:{database}", copy).returncode == CLEAN
    found = database.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (23456, 23457, 0o640)


# ---- repairing beside a server that writes ----

def test_repair_while_eight_write(start_server):
    server = start_server(name="repaired")
    writers = Writers(server)
    owner = writers.actors[0]
    try:
        for n in range(3):
            change(path_of(server), f"INSERT INTO properties VALUES ('{owner.id}', 'list:lost{n}-#a0', '{n}')",
                   *(f"INSERT INTO properties VALUES ('gone{n}', 'p{i}', '1')" for i in range(700)))
            done = daemon("verify", "--store", server.store)
            assert done.returncode == FINDINGS and "property-without-actor: 700 found: " in done.stdout
            done = daemon("verify", "--repair", "--store", server.store)
            assert done.returncode == CLEAN, done.stdout + done.stderr
            assert "property-without-actor: 700 found, 700 mended (deleted)" in done.stdout
            assert "list-without-description: 1 found, 1 mended" in done.stdout
            assert owner.get(f"properties/lost{n}").json == [n]
            writers.have_written(5)
    finally:
        writers.end()
    assert daemon("verify", "--store", server.store).stdout == "nothing is wrong\n"
    for actor, acknowledged in zip(writers.actors, writers.acknowledged):
        assert actor.get("properties/log").json == list(range(1, acknowledged + 1))


# ---- what the server removes ----

def test_a_deleted_actor_is_not_found_and_its_tombstone_ends(start_server):
    server = start_server(name="burying")
    actor = server.create()
    assert actor.delete().status == 204
    for answer in (actor.get(), actor.get("properties"), live.request("GET", actor.url + "/meta"), actor.delete()):
        assert answer.status == 404
    with sqlite3.connect(path_of(server)) as database:
        rows = database.execute("SELECT name, data FROM attributes WHERE id = '_actingweb_deleted'").fetchall()
    assert [(name, json.loads(data)["actor_id"]) for name, data in rows] == [(actor.id, actor.id)]
    assert daemon("verify", "--store", server.store).returncode == CLEAN
    assert server.stop() == 0
    change(path_of(server), "UPDATE attributes SET ttl_timestamp = 1000 WHERE id = '_actingweb_deleted'")
    later = start_server("--store", server.store, name="later")
    live.wait_until(lambda: "1 attributes had expired and were deleted" in later.err, "the sweep")
    assert at(later, actor).get().status == 404


def test_what_has_expired_goes_while_the_server_runs(start_server):
    server = start_server(name="sweeping")
    actor = server.create()
    change(path_of(server), "INSERT INTO attributes (id, bucket_name, bucket, name, data, ttl_timestamp) VALUES"
           f" ('{actor.id}', 'mine:old', 'mine', 'old', '1', 1000), ('{actor.id}', 'mine:new', 'mine', 'new', '1',"
           " 99999999999)")
    live.wait_until(lambda: "1 attributes had expired and were deleted" in server.err, "the sweep")
    with sqlite3.connect(path_of(server)) as database:
        assert database.execute("SELECT name FROM attributes WHERE bucket = 'mine'").fetchall() == [("new",)]
