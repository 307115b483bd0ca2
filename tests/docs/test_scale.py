"""docs/scale.md has the figures of bench/results/scale.json, and bench_scale, which makes those, fills, measures and removes
databases of both kinds. No time is asserted."""
import json

import pytest

import live
from postgres import NotHere, Postgres

RESULTS = live.ROOT / "bench" / "results" / "scale.json"
SIZES = [1000, 10000, 100000, 1000000]
KINDS = ("read", "http", "write")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """For --store of bench_scale."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}"
        return
    try:
        postgres = Postgres(tmp_path)
    except NotHere as reason:
        pytest.skip(str(reason))
    yield postgres.store
    postgres.close()


def make_page(*flags):
    return live.run("/usr/bin/python3", live.ROOT / "bench" / "scale" / "page.py", *flags)


def test_the_page_and_the_plot_are_up_to_date():
    done = make_page("--check")
    assert done.returncode == 0, done.stderr


def test_the_page_is_of_a_million_actors_in_both_stores():
    results = json.loads(RESULTS.read_text())
    assert results["properties"] == 10
    assert [store["name"] for store in results["stores"]] == ["SQLite", "PostgreSQL"]
    for store in results["stores"]:
        assert [size["actors"] for size in store["sizes"]] == SIZES
        for size in store["sizes"]:
            assert [size[kind]["count"] for kind in KINDS] == [20000, 20000, 2000]
            assert size["load_s"] > 0


def test_a_page_of_wrong_usage():
    assert make_page("--chekc").returncode == 1


def database_of(store, actors):
    """As live.sql() takes it."""
    return f"{store}/scale-{actors}.db" if store.startswith("sqlite:") else f"{store}?schema=scale_{actors}"


def schemas(store):
    return live.sql(f"{store}?schema=public", "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'scale%'")


def bench(store, *flags):
    return live.run(live.program("bench/bench_scale"), "--store", store, "--properties", "3", "--threads", "4", *flags)


def measure(store, tmp_path, *flags):
    results = tmp_path / "results.json"
    done = bench(store, "--reads", "40", "--rounds", "2", "--json", results, *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(results.read_text())


def test_databases_are_filled_measured_and_removed(store, tmp_path):
    results = measure(store, tmp_path, "--actors", "20,100")
    assert [results["properties"], results["reads"]] == [3, 40]
    assert [about["name"] for about in results["stores"]] == ["SQLite" if store.startswith("sqlite:") else "PostgreSQL"]
    sizes = results["stores"][0]["sizes"]
    assert [size["actors"] for size in sizes] == [20, 100]
    for size in sizes:
        assert size["bytes"] > size["actors"] * 3 * 60
        assert [size[kind]["count"] for kind in KINDS] == [40, 40, 4]
        assert all(size[kind]["statements"] >= 2 for kind in KINDS)
    if store.startswith("sqlite:"):
        assert list(tmp_path.glob("scale*")) == []
    else:
        assert schemas(store) == []


def test_what_is_kept_is_used_again(store, tmp_path):
    first = measure(store, tmp_path, "--actors", "100", "--keep")
    database = database_of(store, 100)
    before = live.sql(database, "SELECT id, name FROM properties ORDER BY id, name")
    assert len(before) == 300
    assert live.sql(database, "SELECT count(*), count(DISTINCT creator) FROM actors") == [["100", "100"]]
    again = measure(store, tmp_path, "--actors", "100", "--keep")
    assert live.sql(database, "SELECT id, name FROM properties ORDER BY id, name") == before
    load = [results["stores"][0]["sizes"][0]["load_s"] for results in (first, again)]
    assert load[0] == pytest.approx(load[1], abs=0.001)
    other = bench(store, "--actors", "100", "--properties", "4")
    assert other.returncode == 1
    assert "loaded with other numbers" in other.stderr


def test_usage():
    done = live.run(live.program("bench/bench_scale"), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: bench_scale ") and "\nExamples:\n" in done.stdout


@pytest.mark.parametrize("flags", [["--actors", "0"], ["--actors", "10,x"], ["--reads", ""], ["--threads", "65"],
                                   ["--store", "file:x"], ["--unknown"], ["extra"]])
def test_wrong_usage(flags):
    done = live.run(live.program("bench/bench_scale"), *flags)
    assert done.returncode == 2
    assert "usage: " in done.stderr or "--help" in done.stderr
