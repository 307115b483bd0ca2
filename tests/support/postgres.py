"""A PostgreSQL server for tests, from Debian's packages.

NotHere says that something cannot be had on this machine: the tests are skipped then, and counted as skipped. Whatever
else goes wrong is a failure. Texts are ordered as people do ("a" < "B"), so that a test fails that takes the order of bytes
for granted.
"""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import live

STEP_S = 150
USER = "actingweb"


class NotHere(Exception):
    """The reason why something cannot be run here."""


def attempt(argv, complaint):
    try:
        return subprocess.run([str(arg) for arg in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=STEP_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHere(f"{complaint}: {error}") from error


def reason_of(done):
    return (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]


def step(argv, complaint):
    done = attempt(argv, complaint)
    if done.returncode:
        raise NotHere(f"{complaint}: {reason_of(done)}")


def postgres_programs():
    """The folder of the newest PostgreSQL server that Debian has installed."""
    folders = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise NotHere("no PostgreSQL server: its package is postgresql")
    return max(folders, key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()])


class Postgres:
    """A cluster of its own on a free port, in a temporary folder that goes with it. Other clusters are not touched.

    keep: a folder where it stays instead, and where one that is there is used again. Its settings are those that PostgreSQL
    has by itself; one that goes does not wait for disks.
    """

    def __init__(self, log_folder, keep=None):
        programs = postgres_programs()
        self._kept = keep is not None
        self.folder = pathlib.Path(keep or tempfile.mkdtemp(prefix="actingweb-postgres-")).resolve()
        self.folder.mkdir(exist_ok=True)
        self.process = None
        try:
            self.port = live.free_port()
            self._become = self._unprivileged()
            data = self.folder / "data"
            if not (data / "PG_VERSION").exists():
                step([*self._become, programs / "initdb", "--pgdata", data, "--username", USER, "--auth", "trust",
                      "--encoding", "UTF8", "--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US",
                      "--no-sync"], "PostgreSQL makes no cluster")
            self._log_folder = log_folder
            self._command = [*self._become, programs / "postgres", "-D", data, "-p", self.port, "-k", self.folder, "-c",
                             "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "logging_collector=off",
                             *([] if self._kept else ["-c", "fsync=off"])]
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        """Also after stop(), with what it had."""
        self.process = live.Process(self._log_folder, "postgres", self._command, cwd=self.folder)
        live.wait_until(self._is_ready, "PostgreSQL's start")

    def _unprivileged(self):
        """The words before a command: PostgreSQL refuses to run as root. It ends when this process is killed."""
        words = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError as error:
                raise NotHere("no user postgres, whom its package makes") from error
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            words += ["--reuid", user.pw_name, "--regid", str(user.pw_gid), "--clear-groups"]
        return words

    def _is_ready(self):
        assert self.process.process.poll() is None, self.process.err
        return "ready to accept connections" in self.process.err

    @property
    def store(self):
        """For --store; with "?schema=NAME" a database of its own."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def environment(self):
        """This process's variables, with the server's address for the tests in C and for psql."""
        return {**os.environ, "AW_TEST_POSTGRES": self.store, "PGHOST": "127.0.0.1", "PGPORT": str(self.port),
                "PGUSER": USER, "PGDATABASE": "postgres"}

    @property
    def variables(self):
        """How the library's processes find it."""
        return {"PG_DB_HOST": "127.0.0.1", "PG_DB_PORT": str(self.port), "PG_DB_NAME": "postgres",
                "PG_DB_USER": USER}

    def close(self):
        self.stop()
        if not self._kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        if self.process and self.process.process.poll() is None:
            self.process.signal(signal.SIGINT)  # the fast way: connections are closed
            try:
                self.process.process.wait(live.LONG_S)
            except subprocess.TimeoutExpired:
                self.process.signal(signal.SIGQUIT)
                self.process.process.wait(live.LONG_S)
