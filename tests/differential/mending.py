"""After a difference that left the two servers in different states: the owner removes what it was about, from both."""
import urllib.parse

import ask_properties
import ask_rest
from model import Step


def both(pair, method, path, actor):
    return pair.ask(Step("mend", method, path, actor, credentials=actor.owner, who="owner"))


def mend_actor(_pair, _world, _step):
    """It is not used any more."""


def end_subscriptions(pair, actor):
    """Those of peers here: their sequences may differ."""
    for trust in actor.trusts.values():
        for name in trust.inbound:
            both(pair, "DELETE", f"{actor.path}/subscriptions/{trust.peer}/«{name}»", actor)
        trust.inbound = []


def mend_property(pair, world, step):
    names = step.below.split("/")[2:3] if step.method != "POST" else []
    if not names or not names[0]:
        both(pair, "DELETE", f"{step.actor.path}/properties", step.actor)
        names = [urllib.parse.quote(name) for name in (*ask_properties.LISTS, *step.actor.lists)]
    for name in names:
        both(pair, "DELETE", f"{step.actor.path}/properties/{name}", step.actor)
        step.actor.properties.pop(urllib.parse.unquote(name), None)
        step.actor.lists.pop(urllib.parse.unquote(name), None)
    end_subscriptions(pair, step.actor)


def mend_trust(pair, world, step):
    """Whatever its relationship is called on each side."""
    rows = [row for answer in both(pair, "GET", f"{step.actor.path}/trust?peerid={step.peer}", step.actor)
            for row in answer.json or []]
    for relationship in sorted({row["relationship"] for row in rows}):
        both(pair, "DELETE", f"{step.actor.path}/trust/{urllib.parse.quote(relationship)}/{step.peer}?peer=true",
             step.actor)
    both(pair, "DELETE", f"{step.actor.path}/trust/any/{step.peer}/permissions", step.actor)  # they outlive it there
    step.actor.trusts.pop(step.peer, None)


def mend_bucket(pair, _world, step):
    """By name: in the reference no bucket can be deleted by itself."""
    bucket = (step.below.split("/") + [""] * 4)[3]
    for name in (*ask_rest.ATTRIBUTES, "a") if bucket else ():
        both(pair, "DELETE", f"{step.actor.path}/devtest/attribute/{bucket}/{urllib.parse.quote(name)}", step.actor)


def mend_subscription(pair, world, step):
    sub = (step.below.split("/") + [""] * 4)[3]
    if not sub:  # all of them were asked for: those that are known
        end_subscriptions(pair, step.actor)
        return
    both(pair, "DELETE", f"{step.actor.path}/subscriptions/{step.peer}/{sub}", step.actor)
    for trust in step.actor.trusts.values():
        trust.inbound = [name for name in trust.inbound if f"«{name}»" != sub]
        trust.outbound = [name for name in trust.outbound if f"«{name}»" != sub]


def mend_subscriptions(pair, _world, step):
    end_subscriptions(pair, step.actor)


MENDS = {"actor": mend_actor, "subscriptions": mend_subscriptions, "bucket": mend_bucket, "property": mend_property, "subscription": mend_subscription,
         "trust": mend_trust}


def mend(pair, world, kind, step):
    if step.actor and step.actor.alive:
        pair.here.peers.patient = pair.reference.peers.patient = True
        MENDS[kind](pair, world, step)
        pair.here.peers.patient = pair.reference.peers.patient = False
        if kind == "actor":
            world.drop(step.actor)
