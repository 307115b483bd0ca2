"""A proxy between two servers that does to callbacks what a bad network does: it loses, delays, repeats and reorders
them. What else goes through it is left alone.

Which callback suffers what follows from the seed and the order in which they come.
"""
import asyncio
import random
import threading

CALLBACK = b"/callbacks/subscriptions/"
FATES = ("lose", "lose answer", "delay", "repeat", "reorder")
DELAY_S = 0.05
HELD_S = 0.2  # a reordered one comes by then, though nothing overtook it
ACCEPTED = b"HTTP/1.1 204 No Content\r\n\r\n"


async def read_message(reader):
    """One request or answer with its body, as it came; b"" when the other side has ended."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                   if line.lower().startswith(b"content-length:")), 0)
    return head + (await reader.readexactly(length) if length else b"")


class Chaos:
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
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.root = f"http://localhost:{self.server.sockets[0].getsockname()[1]}/"

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def calm(self):
        """From now on nothing happens to callbacks."""
        self.share = 0

    def close(self):
        async def end():
            self.server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
        self._run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(30)

    # ---- on the loop ----

    async def _serve(self, reader, writer):
        upstream = None
        try:
            while request := await read_message(reader):
                if not upstream:
                    upstream = await asyncio.open_connection("localhost", self.port)
                answer = await self._pass(request, upstream)
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
            if upstream:
                upstream[1].close()

    async def _pass(self, request, upstream):
        """The answer, or b"" when the connection is to be closed instead."""
        if CALLBACK not in request.split(b"\r\n", 1)[0]:
            return await self._ask(request, upstream)
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
            self._soon(self._alone(request))
        answer = await self._ask(request, upstream)
        self._overtake()
        return b"" if fate == "lose answer" else answer

    @staticmethod
    async def _ask(request, upstream):
        reader, writer = upstream
        writer.write(request)
        await writer.drain()
        return await read_message(reader)

    async def _alone(self, request):
        upstream = await asyncio.open_connection("localhost", self.port)
        await self._ask(request, upstream)
        upstream[1].close()

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
            self._soon(self._alone(entry[0]))

    def _overtake(self):
        for entry in list(self.held):
            entry[1] -= 1
            if not entry[1]:
                self._release(entry)
