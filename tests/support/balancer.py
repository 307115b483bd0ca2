"""A proxy before several servers of one service, as a load balancer is: each request goes to the next one of them.

    balancer = Balancer()
    ... servers with balancer.root as their root ...
    balancer.ports = [one.port, other.port]
"""
from relay import Relay, ask_alone


class Balancer(Relay):
    """`ports` may be changed at any time; with one port all goes there. counts: how many requests each has had."""

    def __init__(self):
        self.ports = []
        self.counts = {}
        self.turn = 0
        super().__init__()

    async def _answer(self, request, _kept):
        port = self.ports[self.turn % len(self.ports)]
        self.turn += 1
        self.counts[port] = self.counts.get(port, 0) + 1
        return await ask_alone(port, request)
