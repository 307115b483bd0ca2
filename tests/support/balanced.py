"""Two actingwebd on one PostgreSQL database behind nginx, used as if they were one."""
import pathlib
import threading

import live
from nginx import Nginx


def take_listen(flags):
    """The flags without --listen, and the port that it asks for or None. The last one counts."""
    rest, port = [], None
    given = iter(flags)
    for flag in given:
        if flag == "--listen":
            port = int(next(given).rsplit(":", 1)[1]) or None
        else:
            rest.append(flag)
    return rest, port


class Balanced:
    """Has what a live.Server has: what is done to it is done to both servers, and what is asked of it is what both have."""

    killed = False

    def __init__(self, folder, *flags, name="actingwebd", env=None, store=None):
        folder = pathlib.Path(folder)
        flags, port = take_listen(flags)
        self.store = store or live.store_at(folder, name)
        self.port = port or live.free_port()
        self.nginx = None
        self.servers = []
        try:
            for number in (1, 2):
                self.servers.append(live.Server(folder, "--root", f"http://localhost:{self.port}/", *flags, env=env,
                                                name=f"{name}-{number}", store=self.store, wait=False))
            for server in self.servers:
                server.wait_until_it_serves()
            self.nginx = Nginx(folder / f"{name}-nginx", [server.port for server in self.servers], self.port)
        except BaseException:
            self.end()
            raise
        self.root = self.servers[0].root

    @property
    def out(self):
        return "".join(server.out for server in self.servers)

    @property
    def err(self):
        return "".join(server.err for server in self.servers)

    def signal(self, number):
        for server in self.servers:
            server.signal(number)

    def wait(self, timeout=live.LONG_S):
        return max(server.wait(timeout) for server in self.servers)

    def end(self):
        """Both are told before one is waited for. A second signal would end them at once."""
        enders = [threading.Thread(target=server.end) for server in self.servers]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()
        if self.nginx:
            self.nginx.end()

    def kill(self):
        self.killed = True
        for server in self.servers:
            server.kill()
        self.nginx.end()

    def stop(self):
        self.end()
        return self.wait()
