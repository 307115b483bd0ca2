"""Makes the figures of docs/scale.md, and docs/scale.svg, of bench/results/scale.json: no figure is written by hand.

usage: /usr/bin/python3 bench/scale/page.py [--check]

--check writes nothing; exits with 1 when the page or the plot is not up to date.
"""
import json
import pathlib
import re
import sys

import plot

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "bench" / "results" / "scale.json"
PAGE = ROOT / "docs" / "scale.md"
PLOT = ROOT / "docs" / "scale.svg"
KINDS = {"read": "read in a program", "http": "read over HTTP", "write": "write in a program"}


def words(value):
    """1234567 as people read it."""
    return f"{value:,.0f}".replace(",", " ")


def us(value):
    """Microseconds, with as many digits as mean something."""
    return f"{value / 1000:.1f} ms" if value >= 9950 else f"{words(value)} µs" if value >= 99.5 else f"{value:.1f} µs"


def megabytes(value):
    return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.1f} MB"


def seconds(value):
    return f"{int(value // 60)} min {value % 60:.0f} s" if value >= 60 else f"{value:.1f} s"


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def named(results):
    """(what to call it, size) of each database."""
    return [(f"{store['name']}, {words(size['actors'])}", size) for store in results["stores"] for size in store["sizes"]]


def ratio(store, kind):
    first, last = store["sizes"][0][kind]["median_us"], store["sizes"][-1][kind]["median_us"]
    return f"{last / first:.2f}"


# ---- the parts of the page ----

def in_short(results):
    """The most important figures."""
    lines = []
    for store in results["stores"]:
        first, last = store["sizes"][0], store["sizes"][-1]
        lines.append(f"- **{store['name']}**: {words(last['actors'])} actors with {results['properties']} properties each take "
                     f"{megabytes(last['bytes'])}, and {seconds(last['load_s'])} to load.\n"
                     f"  With {words(first['actors'])} actors a read over HTTP takes {us(first['http']['median_us'])}, and with "
                     f"{words(last['actors'])} it takes {us(last['http']['median_us'])} (medians).")
    return "\n".join(lines)


def machine(results):
    about = results["machine"]
    before, after = about["load_average"]
    rows = [["machine", f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB of memory; virtual"],
            ["system", f"{about['system']}, Linux {about['kernel']}"],
            ["disk", f"says after {words(about['flush_us'])} µs (median) that it has a page"],
            ["load average", f"{before} before the measurement, {after} after it"],
            ["when", about["date"]]]
    for store in results["stores"]:
        settings = ", ".join(f"`{name}` {value}" for name, value in store.get("settings", {}).items())
        version = store["version"].split(" ")[0]
        rows.append([store["name"], f"{version}; {settings}" if settings else f"{version}; as the library sets it, see below"])
    rows.append(["requests", f"{words(results['reads'])} reads of each kind in each database and a tenth of that as writes, in "
                             f"{results['rounds']} rounds"])
    return table(["what", "which"], rows).replace("---:", "---")


def sizes(results):
    return table(["actors", "on disk", "per actor", "time to load", "actors per second", "load average"],
                 [[name, megabytes(size["bytes"]), f"{words(size['bytes'] / size['actors'])} bytes", seconds(size["load_s"]),
                   words(size["actors"] / size["load_s"]), f"{size['load_busy']:.0f}" if size["load_busy"] else "-"]
                  for name, size in named(results)])


def parts(results):
    """What a database of the largest size consists of, when it can say so."""
    rows = []
    for store in results["stores"]:
        last = store["sizes"][-1]
        for name, value in last["parts"].items():
            if value * 100 > last["bytes"]:
                rows.append([f"`{name}`", megabytes(value), f"{100 * value / last['bytes']:.0f} %"])
    return table(["table or index of the largest database in PostgreSQL", "size", "part"], rows)


def times(results):
    whiches = ("median", "95 %", "99 %")
    head = ["actors", *(f"{name}: {which}" for name in ("read", "HTTP", "write") for which in whiches)]
    return table(head, [[name, *(us(size[kind][field]) for kind in KINDS for field in ("median_us", "p95_us", "p99_us"))]
                        for name, size in named(results)])


def ratios(results):
    first, last = (words(results["stores"][0]["sizes"][at]["actors"]) for at in (0, -1))
    return table([f"{last} actors to {first}, medians", *KINDS.values()],
                 [[store["name"], *(ratio(store, kind) for kind in KINDS)] for store in results["stores"]])


def statements(results):
    return table(["statements per request", *KINDS.values()],
                 [[store["name"], *(f"{store['sizes'][-1][kind]['statements']:.0f}" for kind in KINDS)]
                  for store in results["stores"]])


def cold(results):
    head = [f"{name}: {which}" for name in ("read", "HTTP") for which in ("median", "95 %")]
    return table(["the largest, from the disk", *head],
                 [[store["name"], *(us(store["cold"][kind][field]) for kind in ("read", "http")
                                    for field in ("median_us", "p95_us"))] for store in results["stores"]])


PARTS = {"in short": in_short, "machine": machine, "sizes": sizes, "parts": parts, "times": times, "ratios": ratios, "cold": cold,
         "statements": statements}


def filled(text, results):
    """The page with all parts as the results say."""
    for name, make in PARTS.items():
        begin, end = f"<!-- figures: {name} -->\n", "<!-- end -->"
        if begin not in text:
            sys.exit(f"docs/scale.md has no place for {name!r}")
        before, rest = text.split(begin, 1)
        text = f"{before}{begin}\n{make(results)}\n\n{end}{rest.split(end, 1)[1]}"
    unknown = set(re.findall(r"<!-- figures: (.*?) -->", text)) - PARTS.keys()
    if unknown:
        sys.exit(f"docs/scale.md has places for what nobody makes: {', '.join(unknown)}")
    return text


def made():
    """{file: what is to be in it}"""
    results = json.loads(RESULTS.read_text())
    return {PAGE: filled(PAGE.read_text(), results), PLOT: plot.draw(results)}


def write():
    for path, text in made().items():
        path.write_text(text)


def main():
    if sys.argv[1:] == ["--check"]:
        late = [path.relative_to(ROOT).as_posix() for path, text in made().items()
                if not path.exists() or path.read_text() != text]
        if late:
            sys.exit(f"not what bench/results/scale.json says: {', '.join(late)}; run /usr/bin/python3 bench/scale/page.py")
    elif sys.argv[1:]:
        sys.exit(__doc__.split("\n\n", 1)[1].strip())
    else:
        write()


if __name__ == "__main__":
    main()
