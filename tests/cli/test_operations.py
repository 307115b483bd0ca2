"""actingwebd verify, backup and restore: looking after a database, also while it is served."""
import json
import re
import sqlite3

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
