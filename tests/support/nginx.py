"""Debian's nginx with the project's own configuration, conf/nginx.conf, on a free port of loopback: the names in it, the
ports and the files are other ones, and nothing else is."""
import pathlib
import re
import shutil
import socket

import live
from postgres import NotHere

CONFIGURATION = live.ROOT / "conf" / "nginx.conf"

# The rest of nginx's configuration, which on a machine of its own is Debian's. In one process, so that it needs no user.
AROUND = """\
daemon off;
master_process off;
worker_rlimit_nofile 4096;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{
    worker_connections 4096;
}}
http {{
{folders}{inside}
}}
"""


def own_folders(folder):
    """For the http block: nothing is written elsewhere."""
    kinds = {"client_body": "body", "proxy": "proxy", "fastcgi": "fastcgi", "uwsgi": "uwsgi", "scgi": "scgi"}
    return "".join(f"    {kind}_temp_path {folder}/{name};\n" for kind, name in kinds.items())


def replaced(text, pattern, by, count):
    """Like re.sub(), of exactly so many places: else the configuration has changed and nobody has told the tests."""
    text, done = re.subn(pattern, lambda _: by, text, flags=re.M)
    assert done == count, f"{pattern} is {done} times in {CONFIGURATION}, not {count}"
    return text


def adapted(port, servers, log, certificate=None, key=None):
    """conf/nginx.conf for these servers' ports, listening at `port`; without a certificate it speaks plain HTTP."""
    text = CONFIGURATION.read_text()
    for written, server in zip(("5001", "5002"), servers):
        text = replaced(text, rf"server 127\.0\.0\.1:{written} ", f"server 127.0.0.1:{server} ", 2)
    text = replaced(text, r"server_name actors\.example\.com;", "server_name localhost;", 2)
    text = replaced(text, r"^server \{\n    listen 80;\n(?:    .*\n)*\}\n", "", 1)
    text = replaced(text, r"^    listen \[::\]:443 ssl;\n", "", 1)
    text = replaced(text, r"/var/log/nginx/actingwebd\.log", str(log), 1)
    if not certificate:
        text = replaced(text, r"listen 443 ssl;", f"listen 127.0.0.1:{port};", 1)
        return re.sub(r"^    ssl_.*\n", "", text, flags=re.M)
    text = replaced(text, r"listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;", 1)
    text = replaced(text, r"/etc/ssl/actors\.example\.com\.pem", str(certificate), 1)
    return replaced(text, r"/etc/ssl/private/actors\.example\.com\.key", str(key), 1)


def program():
    path = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not path:
        raise NotHere("no nginx: its package is nginx-light")
    return path


def write_around(folder, inside):
    """A whole configuration in `folder` with `inside` in its http block; gives its path."""
    path = pathlib.Path(folder) / "nginx.conf"
    path.write_text(AROUND.format(folder=folder, folders=own_folders(folder), inside=inside))
    return path


def check(configuration):
    """What nginx says of a whole configuration that it takes."""
    done = live.run(program(), "-t", "-c", configuration)
    assert done.returncode == 0 and "test is successful" in done.stderr, done.stderr
    return done.stderr


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Nginx(live.Process):
    """It ends by stop(), and what it has logged of requests is in `log`."""

    def __init__(self, folder, servers, port=None, certificate=None, key=None):
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        self.port = port or live.free_port()
        self.log_path = folder / "access.log"
        self.pid_path = folder / "nginx.pid"
        self.pid_path.unlink(missing_ok=True)
        path = write_around(folder, adapted(self.port, servers, self.log_path, certificate, key))
        super().__init__(folder, "nginx", [program(), "-p", folder, "-c", path])
        live.wait_until(self._is_ready, "nginx's start")

    def _is_ready(self):
        assert self.process.poll() is None, self.err
        return self.pid_path.exists() and answers(self.port)

    @property
    def log(self):
        return self.log_path.read_text()


def make_certificate(folder):
    """A throwaway certificate for localhost, and its key."""
    certificate, key = pathlib.Path(folder) / "certificate.pem", pathlib.Path(folder) / "key.pem"
    done = live.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                    "-out", certificate)
    assert done.returncode == 0, done.stderr
    return certificate, key
