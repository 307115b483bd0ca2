"""A proxy between two servers that does to callbacks what a bad network does: it loses, delays, repeats and reorders
them. What else goes through it is left alone.

Which callback suffers what follows from the seed and the order in which they come.
"""
import asyncio
import random

from relay import Relay, ask, ask_alone

CALLBACK = b"/callbacks/subscriptions/"
FATES = ("lose", "lose answer", "delay", "repeat", "reorder")
DELAY_S = 0.05
HELD_S = 0.2  # a reordered one comes by then, though nothing overtook it
ACCEPTED = b"HTTP/1.1 204 No Content\r\n\r\n"


class Chaos(Relay):
    """chaos.root is where the proxy is; `port` the server's, which may be set later. share: how many of the callbacks
    something happens to. fates: what; counts: what did. With lie=True some are accepted and never delivered, too."""

    def __init__(self, seed=1, share=0.1, fates=FATES, lie=False):
        self.random = random.Random(seed)
        self.share = share
        self.fates = fates + (("swallow",) if lie else ())
        self.counts = dict.fromkeys(("callbacks",) + self.fates, 0)
        self.port = None
        self.held = []  # [request, how many may still overtake it]
        self.later = set()
        super().__init__()

    def calm(self):
        """From now on nothing happens to callbacks."""
        self.share = 0

    # ---- on the loop ----

    async def _answer(self, request, kept):
        if not kept:
            kept.append(await asyncio.open_connection("localhost", self.port))
        if CALLBACK not in request.split(b"\r\n", 1)[0]:
            return await ask(kept[0], request)
        self.counts["callbacks"] += 1
        fate = self.random.choice(self.fates) if self.random.random() < self.share else None
        if fate:
            self.counts[fate] += 1
        if fate == "lose":
            return b""
        if fate == "swallow":
            return ACCEPTED
        if fate == "reorder":
            self._hold(request)
            return ACCEPTED
        if fate == "delay":
            await asyncio.sleep(self.random.uniform(0, DELAY_S))
        if fate == "repeat":
            self._soon(ask_alone(self.port, request))
        answer = await ask(kept[0], request)
        self._overtake()
        return b"" if fate == "lose answer" else answer

    def _soon(self, coroutine):
        task = self.loop.create_task(coroutine)
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    # ---- what was accepted and is not delivered yet ----

    def _hold(self, request):
        entry = [request, self.random.randint(1, 3)]
        self.held.append(entry)
        self._soon(self._release_late(entry))

    async def _release_late(self, entry):
        await asyncio.sleep(HELD_S)
        self._release(entry)

    def _release(self, entry):
        if entry in self.held:
            self.held.remove(entry)
            self._soon(ask_alone(self.port, entry[0]))

    def _overtake(self):
        for entry in list(self.held):
            entry[1] -= 1
            if not entry[1]:
                self._release(entry)
