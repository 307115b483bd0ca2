"""A proxy before several servers of one service, as a load balancer is: each request goes to the next one of them.

    balancer = Balancer()
    ... servers with balancer.root as their root ...
    balancer.ports = [one.port, other.port]
"""
import asyncio
import threading

from chaos import read_message


class Balancer:
    """`ports` may be changed at any time; with one port all goes there. counts: how many requests each has had."""

    def __init__(self):
        self.ports = []
        self.counts = {}
        self.turn = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.root = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/"

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

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
        try:
            while request := await read_message(reader):
                answer = await self._ask(request)
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def _ask(self, request):
        port = self.ports[self.turn % len(self.ports)]
        self.turn += 1
        self.counts[port] = self.counts.get(port, 0) + 1
        reader, writer = await asyncio.open_connection("localhost", port)
        try:
            writer.write(request)
            await writer.drain()
            return await read_message(reader)
        finally:
            writer.close()
