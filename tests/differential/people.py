"""Who sends a request: the credentials, and what they are called in an allowance's `who`."""

WRONG = {
    "nobody": "",
    "wrong passphrase": "Basic {creator}:wrong",
    "wrong creator": "Basic mallory:«pass-{name}»",
    "unreadable": "Basic !!!",
    "no colon": "Basic nocolonatall",
    "unknown secret": "Bearer 0123456789abcdef0123456789abcdef01234567",
    "unknown scheme": "Digest username=alice",
    "empty bearer": "Bearer",
}


def owner(actor):
    return actor.owner, "owner"


def of_trust(trust, about, cookie=False):
    """A peer with its secret; `about` is the peer that the path names, if it does."""
    state = "" if trust.approved else "unapproved "
    which = "" if about is None else " itself" if about == trust.peer else " another"
    return f"{'Cookie' if cookie else 'Bearer'} {trust.secret}", f"{state}{trust.relationship}{which}"


def anybody(world, actor, about=None):
    """Somebody who need not be right: each role, known and unknown."""
    roll = world.rng.random()
    trust = world.trust(actor)
    if trust and roll < 0.62:
        if about in actor.trusts and roll < 0.2:
            trust = actor.trusts[about]
        return of_trust(trust, about, cookie=world.one_in(12))
    others = [one for one in world.actors if one is not actor]
    if others and roll < 0.68:
        other = world.rng.choice(others)
        return other.owner, "owner of another"
    if others and roll < 0.72:
        trust = world.trust(world.rng.choice(others))
        if trust and trust.secret not in {one.secret for one in actor.trusts.values()}:
            return f"Bearer {trust.secret}", "peer of another"
    who = world.rng.choice(list(WRONG))
    return WRONG[who].format(creator=actor.creator, name=actor.name), who


def mostly_owner(world, actor, about=None, often=0.8):
    return owner(actor) if world.rng.random() < often else anybody(world, actor, about)


def mostly_peer(world, actor, trust, often=0.75, about=None):
    """A peer, most of the time; about itself, unless the path is about another."""
    roll = world.rng.random()
    if roll < often:
        return of_trust(trust, about or trust.peer)
    return owner(actor) if roll < often + 0.1 else anybody(world, actor, trust.peer)
