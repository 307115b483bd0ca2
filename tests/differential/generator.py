"""Chooses the next request: by weights, on what the model believes is there."""
import collections
import random

import ask_properties
import ask_rest
import ask_subscriptions
import ask_trust
from model import World

ACTORS = 3
# How often each area has its turn; within it the weights of its requests count.
AREAS = {"properties": (ask_properties.SIMPLE, 30), "lists": (ask_properties.LIST, 16), "trust": (ask_trust.TRUST, 18),
         "permissions": (ask_trust.PERMISSIONS, 4), "subscriptions": (ask_subscriptions.SUBSCRIPTIONS, 22),
         "callbacks": (ask_subscriptions.CALLBACKS, 1), "rest": (ask_rest.REST, 11), "devtest": (ask_rest.DEVTEST, 4), "services": (ask_rest.SERVICES, 2)}


class Generator:
    def __init__(self, seed, areas=()):
        self.world = World(random.Random(seed))
        self.queue = collections.deque()
        self.areas = {name: AREAS[name][1] for name in areas or AREAS}

    def next(self):
        """The next Step. Its predecessor's `after` has been called, or not: then it changed nothing."""
        while self.queue:
            step = self.queue.popleft()
            if step.actor is None or step.actor.alive:
                return step
        if len(self.world.actors) < ACTORS:
            return ask_rest.make_actor(self.world)
        actor = self.world.actor()
        if len(actor.trusts) < 2 and self.world.one_in(4):
            return ask_trust.ask_for_trust(self.world) or self.next()
        step = None
        while step is None:
            step = self.world.weighted(AREAS[self.world.weighted(self.areas)][0])(self.world)
        return step
