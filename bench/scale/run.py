"""Runs bench_scale on both stores, notes on which machine, and makes docs/scale.md's table and docs/scale.svg of it.

usage: script/bench scale [--actors N,...] [--reads N] [--rounds N] [--keep FOLDER] [--json FILE]

  --actors N,...  the sizes (1000,10000,100000,1000000)
  --reads N       of each kind, in each database (20000)
  --rounds N      into which these are divided (20)
  --keep FOLDER   where the databases are; they stay, and those that are there are measured again
  --json FILE     where the results go, and then no page is made (bench/results/scale.json, and the page)

The PostgreSQL server is Debian's, started for this with the settings that it has by itself. Without --keep everything is in
build/ and goes away; a million actors take 6 GB.

Examples:
  script/bench scale
  script/bench scale --keep /var/tmp/scale
  script/bench scale --actors 1000,10000 --reads 2000 --json /tmp/scale.json
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import page

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from postgres import NotHere, Postgres  # noqa: E402

FLUSHES = 200


def words_of(path, name):
    """The first value of a name in a file of /proc."""
    for line in pathlib.Path(path).read_text().splitlines():
        if line.split(":")[0].strip() == name:
            return line.split(":", 1)[1].strip()
    return "unknown"


def flush_us(folder):
    """How long the disk takes to say that it has a page: the median. Without that, figures of writes say little."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(FLUSHES):
            file.write(b"x" * 4096)
            file.flush()
            began = time.monotonic()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - began) * 1e6)
    return statistics.median(took)


def machine(folder):
    return {"processor": words_of("/proc/cpuinfo", "model name"), "cores": os.cpu_count(),
            "memory_gib": round(int(words_of("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
            "kernel": platform.release().split("-")[0], "system": platform.freedesktop_os_release()["PRETTY_NAME"],
            "flush_us": round(flush_us(folder)), "date": time.strftime("%Y-%m-%d")}


def files_of(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def forget(folder):
    """The databases are on the disk and not in memory, as far as the system does what it is asked to."""
    os.sync()
    for path in files_of(folder):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def remember(folder):
    """They are in memory."""
    for path in files_of(folder):
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass


def bench(folder, *flags):
    """Runs bench_scale on both stores; its results."""
    results = folder / "results.json"
    postgres = Postgres(folder / "log", keep=folder / "postgresql")
    try:
        done = subprocess.run([ROOT / "build" / "release" / "bench" / "bench_scale", "--store", f"sqlite:{folder}", "--store",
                               postgres.store, "--keep", "--json", results, *flags], check=False)
    finally:
        postgres.close()
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(results.read_text())


def measure(options, folder):
    """The results of bench_scale, about the machine, and of the largest databases when they are not in memory."""
    (folder / "log").mkdir(parents=True, exist_ok=True)
    print("== loading", flush=True)
    bench(folder, "--actors", options.actors, "--reads", "10", "--rounds", "1")
    print("== the largest, from the disk", flush=True)
    forget(folder)
    largest, few = options.actors.rsplit(",", 1)[-1], str(max(1, options.reads // 10))
    cold = bench(folder, "--actors", largest, "--reads", few, "--rounds", "1")
    print("== from memory", flush=True)
    remember(folder)
    busy = [os.getloadavg()[0]]
    results = bench(folder, "--actors", options.actors, "--reads", str(options.reads), "--rounds", str(options.rounds))
    busy.append(os.getloadavg()[0])
    for store, its_cold in zip(results["stores"], cold["stores"]):
        store["cold"] = {kind: its_cold["sizes"][0][kind] for kind in ("read", "http")}
    return {"machine": {**machine(folder), "load_average": [round(value, 1) for value in busy]}, **results}


def main():
    parser = argparse.ArgumentParser(prog="script/bench scale", usage=__doc__.split("usage: ")[1], add_help=False)
    parser.add_argument("--actors", default="1000,10000,100000,1000000")
    parser.add_argument("--reads", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__.split("\n\n", 1)[1].strip())
        return
    options = parser.parse_args()
    folder = (options.keep or ROOT / "build" / "scale").resolve()
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        results = measure(options, folder)
    except NotHere as reason:
        sys.exit(f"script/bench scale: {reason}")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    where = options.json or page.RESULTS
    where.write_text(json.dumps(results, indent=1) + "\n")
    if not options.json:
        page.write()


if __name__ == "__main__":
    main()
