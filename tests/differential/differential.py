#!/usr/bin/python3
"""Sends the same random requests to actingwebd and to the Python library, and shows where the answers differ.

    /usr/bin/python3 tests/differential/differential.py                  a thousand requests of a new seed
    /usr/bin/python3 tests/differential/differential.py --seed 7 --steps 200
    /usr/bin/python3 tests/differential/differential.py --areas lists,properties

Differences that docs/deviations.toml explains are counted only. The others are shown in full, once of each kind; then
it exits with 1. Needs build/dev (or AW_BUILD), PostgreSQL, and PyPI once.
"""
import argparse
import collections
import contextlib
import pathlib
import random
import sys
import tempfile

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import live  # noqa: E402
from allowed import Allowed  # noqa: E402
from compare import readable  # noqa: E402
from generator import AREAS, Generator  # noqa: E402
from mending import mend  # noqa: E402
from reference import NotHere, Postgres, Reference, install, migrate  # noqa: E402
from sent import compare_sent, count, counted_differently  # noqa: E402
from sides import Pair  # noqa: E402

FLAGS = ["--devtest", "--subscription-processing", "--type", "urn:actingweb:example.com:interop"]
SHOWN = 1500  # characters of an answer
Problem = collections.namedtuple("Problem", "kind number step differences report")


class Run:
    """One seed's requests, one after the other."""

    def __init__(self, pair, seed, areas=()):
        self.pair = pair
        self.seed = seed
        self.generator = Generator(seed, areas)
        self.allowed = Allowed()
        self.history = []   # (number, step, status here, status there)
        self.problems = []
        self.explained = 0  # requests whose differences are all allowed
        self.callbacks = 0  # that peers were sent, and that were compared

    def go(self, steps, progress=None):
        for number in range(1, steps + 1):
            self.one(number)
            if progress:
                progress(number, self)

    def one(self, number):
        step = self.generator.next()
        starts = [count(side) for side in self.pair.sides]
        here, reference = self.pair.ask(step)
        self.history.append((number, step, here.status, reference.status))
        self.learn(step, here, reference)
        differences = self.pair.compare(step, here, reference)
        strange, used = self.allowed.sort(step, here, reference, differences)
        mends = {allowance.mend for allowance in used} | {step.mend}
        mends.discard(None)
        if strange:
            self.problems.append(self.problem(number, step, strange, here, reference))
            mends.add("actor")  # the states may differ now; it would only show the same again
        elif used:
            self.explained += 1
        elif self.is_told(step, here, reference):
            mends |= self.look_at_callbacks(number, step, starts)
            mends |= {"subscriptions"} if counted_differently(step) else set()
        for kind in sorted(mends):
            mend(self.pair, self.generator.world, kind, step)
        if mends - {"subscription", "subscriptions"}:
            return
        if step.after and here.status == reference.status:
            step.after(here.status)
        if here.status == reference.status < 400:
            self.generator.queue.extend(step.follow)

    # ---- callbacks ----

    def is_told(self, step, here, reference):
        """Whether peers are told of it: a change, with subscribers."""
        return not step.mend and here.status == reference.status < 300 and step.method != "GET" and step.actor \
            and step.below.startswith("/properties") and any(trust.inbound for trust in step.actor.trusts.values())

    def look_at_callbacks(self, number, step, starts):
        """Compares them, and gives what is to be mended."""
        mends = set()
        for told, here, reference, differences in compare_sent(self.pair, step, starts):
            self.callbacks += 1
            strange, used = self.allowed.sort(told, here, reference, differences)
            mends |= {allowance.mend for allowance in used}
            if strange:
                told.kind = f"callback after: {step}"
                self.problems.append(self.problem(number, told, strange, here, reference))
                mends.add("actor")
        return mends - {None}

    def learn(self, step, here, reference):
        if here.status >= 300 or reference.status >= 300:
            return
        for name, find in step.learn.items():
            one, other = find(here), find(reference)
            if one and other:
                self.pair.learn(name, one, other)

    # ---- saying what happened ----

    def problem(self, number, step, differences, here, reference):
        first = differences[0]
        kind = (step.kind.partition(":")[0], step.method, step.who, first.what, here.status, reference.status)
        what = step.kind if step.kind.startswith("callback after") else step
        lines = [f"seed {self.seed}, step {number}: {what}",
                 *(f"    {one.what}: here {self.short(one.here, self.pair.here)}, "
                   f"the reference {self.short(one.reference, self.pair.reference)}" for one in differences),
                 "  here:", *self.answer(here, self.pair.here), "  the reference:",
                 *self.answer(reference, self.pair.reference), "  what was done to this actor before:",
                 *self.past(number, step)]
        return Problem(kind, number, step, differences, "\n".join(lines))

    def short(self, value, side):
        return readable(str(value), side)[:200]

    def answer(self, answer, side):
        yield f"    {answer.status}"
        for name in ("Location", "Content-Type", "WWW-Authenticate", "Allow", "Retry-After"):
            if answer.headers.get(name):
                yield f"    {name}: {readable(answer.headers[name], side)}"
        if answer.text:
            yield f"    {readable(answer.text, side)[:SHOWN]}"

    def past(self, number, step):
        """The requests that changed the actor, or were to."""
        for before, other, here, reference in self.history[-400:]:
            if before < number and other.actor is step.actor and other.method != "GET" and step.actor:
                yield f"    {before:5} {other} -> {here}" + ("" if here == reference else f" (reference {reference})")

    def summary(self):
        statuses = collections.Counter(here // 100 for _, _, here, _ in self.history)
        told = ", ".join(f"{count} of {first}xx" for first, count in sorted(statuses.items()))
        return (f"seed {self.seed}: {len(self.history)} requests ({told}), {self.callbacks} callbacks; "
                f"{self.explained} differ as docs/deviations.toml explains, {len(self.problems)} otherwise")

    def kinds(self):
        """The problems by kind, the most frequent first: [(problem, count)]."""
        counts = collections.Counter(problem.kind for problem in self.problems)
        first = {}
        for problem in self.problems:
            first.setdefault(problem.kind, problem)
        return [(first[kind], count) for kind, count in counts.most_common()]


@contextlib.contextmanager
def both_servers(folder):
    """A Pair of freshly started servers. NotHere where there is no reference."""
    python = install()
    folder = pathlib.Path(folder)
    with contextlib.ExitStack() as stack:
        postgres = Postgres(folder)
        stack.callback(postgres.close)
        migrate(python, postgres.variables)
        reference = Reference(folder, python, postgres.variables)
        stack.callback(reference.end)
        server = live.Server(folder, *FLAGS)
        stack.callback(server.end)
        pair = Pair(server.root, reference.root)
        stack.callback(pair.close)
        yield pair
        assert server.stop() == 0, server.err


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="which requests (a random number)")
    parser.add_argument("--steps", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--areas", default="", help=f"only of these: {','.join(AREAS)}")
    parser.add_argument("--brief", action="store_true", help="one line for each kind of difference")
    parser.add_argument("--unused", action="store_true", help="also show the allowances that explained nothing")
    wish = parser.parse_args()

    def progress(number, run):
        if sys.stderr.isatty():
            print(f"\r{number}/{wish.steps}, {run.explained} explained, {len(run.problems)} not ", end="",
                  file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="actingweb-differential-") as folder:
        try:
            with both_servers(folder) as pair:
                run = Run(pair, wish.seed, [area for area in wish.areas.split(",") if area])
                run.go(wish.steps, progress)
        except NotHere as reason:
            sys.exit(f"the Python library cannot be run here: {reason}")
    print(file=sys.stderr)
    for problem, count in run.kinds():
        if wish.brief:
            print(f"{count:4} {problem.report.splitlines()[0][:150]}\n     {problem.report.splitlines()[1][:200]}")
        else:
            print(f"{problem.report}\n  {count} of this kind\n")
    for allowance in run.allowed.unused() if wish.unused else []:
        print(f"explained nothing: {allowance}")
    print(run.summary())
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
