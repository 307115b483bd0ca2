"""A proxy on loopback that passes HTTP messages on, one at a time for each connection, in a thread of its own."""
import asyncio
import threading


async def read_message(reader):
    """One request or answer with its body, as it came; b"" when the other side has ended."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                   if line.lower().startswith(b"content-length:")), 0)
    return head + (await reader.readexactly(length) if length else b"")


async def ask(upstream, request):
    """The answer to a request on a connection, which is what asyncio.open_connection() gives."""
    reader, writer = upstream
    writer.write(request)
    await writer.drain()
    return await read_message(reader)


async def ask_alone(port, request):
    """The same on a connection of its own."""
    upstream = await asyncio.open_connection("localhost", port)
    try:
        return await ask(upstream, request)
    finally:
        upstream[1].close()


class Relay:
    """root is where the proxy is. What is asked of it is answered with what _answer() gives, which runs on the loop."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.root = f"http://localhost:{self.server.sockets[0].getsockname()[1]}/"

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

    async def _answer(self, request, kept):
        """The answer, or b"" when the connection is to be closed instead. `kept`: connections that the relay may open and
        use again, while the client keeps its own."""
        raise NotImplementedError

    async def _serve(self, reader, writer):
        kept = []
        try:
            while request := await read_message(reader):
                answer = await self._answer(request, kept)
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
            for _, upstream in kept:
                upstream.close()
