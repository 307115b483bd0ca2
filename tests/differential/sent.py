"""What the two servers send of themselves: the callbacks to a peer that a change brings about (WIRE 7).

A callback is compared as if it were an answer to a request at /sent: 200 where it was sent, 404 where it was not.
"""
import json
import re
import time
import urllib.parse

import live
from ask_properties import FORM
from compare import Difference, compare_values, readable
from model import Step

PATIENCE_S = 0.5  # for what the other side has sent already
QUIET_S = 0.2     # for what it has not
CALLBACK = re.compile(r"([^/]+)/callbacks/subscriptions/([^/]+)/([^/]+)")
SENT, NOT_SENT = 200, 404


def count(side):
    return len(side.peers.received)


def callbacks_since(side, start):
    """{(path with names, sequence): Sent}"""
    found = {}
    for sent in side.peers.received[start:]:
        if sent.method == "POST" and CALLBACK.fullmatch(sent.path):
            body = parsed(sent.body)
            found[readable(sent.path, side), body.get("sequence") if isinstance(body, dict) else None] = sent
    return found


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def wait(pair, starts):
    """Until both have sent the same, or nothing comes any more. The reference sends before it answers; here it is sent
    afterwards."""
    end = time.monotonic() + PATIENCE_S
    quiet = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        here, reference = (callbacks_since(side, start) for side, start in zip(pair.sides, starts))
        if here.keys() == reference.keys() and time.monotonic() > quiet:
            break
        time.sleep(0.005)
    return here, reference


def as_answer(sent):
    """What the functions of allowed.py look at."""
    text = sent.body.decode() if sent else ""
    return live.Answer(SENT if sent else NOT_SENT, sent.headers if sent else {}, text, parsed(text) if sent else None)


def differences(pair, here, reference):
    if not here or not reference:
        yield Difference("status", SENT if here else NOT_SENT, SENT if reference else NOT_SENT)
        return
    for name in ("Content-Type", "Authorization"):
        one, other = here.headers.get(name, ""), reference.headers.get(name, "")
        if one.replace(" ", "").lower() != other.replace(" ", "").lower() and not pair.names.equal(one, other):
            yield Difference(f"header {name}", one, other)
    yield from compare_values(parsed(here.body), parsed(reference.body), pair)


def compare_sent(pair, step, starts):
    """What a change made both send: (step as of /sent, answers of both, differences), for each callback."""
    here, reference = wait(pair, starts)
    told = frozenset(CALLBACK.fullmatch(path).group(1) for path, _ in here)
    for path, sequence in sorted(here.keys() | reference.keys(), key=str):
        one, other = here.get((path, sequence)), reference.get((path, sequence))
        peer, _, sub = CALLBACK.fullmatch(path).groups()
        trust = step.actor.trusts.get(peer)
        about = Step("callback to a peer", "POST", f"{step.actor.path}/sent/{sub}", step.actor,
                     who=f"{trust.relationship if trust else 'stranger'} told", peer=peer, cause=step, told=told)
        yield about, as_answer(one), as_answer(other), list(differences(pair, one, other))


HIDDEN = {"private", "security"}  # names that exclusions such as private/* are about


def names_of(step):
    """The properties that a change is of; None is all."""
    name = urllib.parse.unquote((step.below.split("/") + [""] * 2)[2])
    body = parsed(step.body) if isinstance(step.body, str) else step.body
    if step.method == "POST" and isinstance(body, dict) and not step.below.endswith("/items"):
        return set(body)
    return {name} if name else None


def counted_differently(step):
    """Whether the two have other numbers of diffs after a change, as docs/deviations.toml has it: deletions, what is
    hidden, edits of lists that are several or change nothing, and a peer's overlapping subscriptions."""
    names = names_of(step)
    values = step.body.values() if isinstance(step.body, dict) else []
    return (names is None or bool(names & HIDDEN) or step.method == "DELETE" or not step.body
            or step.content_type == FORM or any(value in ("", None) for value in values)
            or any(isinstance(value, dict) and {"items", "_type"} & value.keys() for value in values)
            or step.below.endswith("/metadata")
            or any(len(trust.inbound) > 1 or trust.ruled for trust in step.actor.trusts.values()))
