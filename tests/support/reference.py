"""What the Python library needs to run: its virtual environment, a PostgreSQL of its own, and the process itself.

NotHere says that something cannot be had on this machine: the tests are skipped then, and counted as skipped. Whatever
else goes wrong is a failure.
"""
import fcntl
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import live

HERE = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("AW_INTEROP_VENV", live.ROOT / "build" / "interop-venv"))
REQUIREMENTS = HERE / "reference_requirements.txt"
INSTALL_S = 150
UNREACHABLE = ("Retrying (", "(from versions: none)")  # what pip says of an index that does not answer
USER = "actingweb"


class NotHere(Exception):
    """The reason why the reference cannot be run here."""


# ---- the virtual environment ----


def install():
    """The Python of the virtual environment; made when it is absent or for other requirements."""
    wanted = REQUIREMENTS.read_text()
    stamp = VENV / "requirements.txt"  # written last, so that an environment with it is whole
    python = VENV / "bin" / "python"
    VENV.parent.mkdir(exist_ok=True)
    with open(VENV.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            step(["/usr/bin/python3", "-m", "venv", "--clear", VENV], "no virtual environment")
            fetch(python)
            stamp.write_text(wanted)
    return python


def fetch(python):
    """Installs the packages. That there is no such package, or that it cannot be built, is no reason to skip a test."""
    done = attempt([python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries",
                    "1", "--timeout", "20", "-r", REQUIREMENTS], "no packages from PyPI")
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        raise NotHere(f"no packages from PyPI: {reason_of(done)}")
    assert done.returncode == 0, done.stderr


def attempt(argv, complaint):
    try:
        return subprocess.run([str(arg) for arg in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=INSTALL_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHere(f"{complaint}: {error}") from error


def reason_of(done):
    return (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]


def step(argv, complaint):
    done = attempt(argv, complaint)
    if done.returncode:
        raise NotHere(f"{complaint}: {reason_of(done)}")


# ---- PostgreSQL ----


def postgres_programs():
    """The folder of the newest PostgreSQL server that Debian has installed."""
    folders = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise NotHere("no PostgreSQL server: its package is postgresql")
    return max(folders, key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()])


class Postgres:
    """A cluster of its own on a free port, in a temporary folder that goes with it. Other clusters are not touched."""

    def __init__(self, log_folder):
        programs = postgres_programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="actingweb-postgres-"))
        self.process = None
        try:
            self.port = live.free_port()
            self._become = self._unprivileged()
            data = self.folder / "data"
            step([*self._become, programs / "initdb", "--pgdata", data, "--username", USER, "--auth", "trust",
                  "--encoding", "UTF8", "--locale", "C", "--no-sync"], "PostgreSQL makes no cluster")
            self.process = live.Process(log_folder, "postgres", [
                *self._become, programs / "postgres", "-D", data, "-p", self.port, "-k", self.folder, "-c",
                "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "logging_collector=off"], cwd=self.folder)
            live.wait_until(self._is_ready, "PostgreSQL's start")
        except BaseException:
            self.close()
            raise

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
    def variables(self):
        """How the library's processes find it."""
        return {"PG_DB_HOST": "127.0.0.1", "PG_DB_PORT": str(self.port), "PG_DB_NAME": "postgres",
                "PG_DB_USER": USER}

    def close(self):
        if self.process and self.process.process.poll() is None:
            self.process.signal(signal.SIGINT)  # the fast way: connections are closed
            try:
                self.process.process.wait(live.LONG_S)
            except subprocess.TimeoutExpired:
                self.process.signal(signal.SIGQUIT)
                self.process.process.wait(live.LONG_S)
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- the reference itself ----


class Reference(live.Process):
    """The application of reference_app.py. Several may share a database; port 0 is a free one. `flags` are
    the application's."""

    def __init__(self, folder, python, postgres, *flags, port=0):
        super().__init__(folder, "reference", [python, HERE / "reference_app.py", port, *flags],
                         env=live.environment(**postgres.variables), cwd=folder)
        try:
            self.wait_for_output(" serves ")
            self.root = self.out.split(" serves ")[1].split()[0]
            self.port = int(self.root.rsplit(":", 1)[1].rstrip("/"))
            live.wait_until(self._answers, "the reference's start")
        except BaseException:
            self.end()
            raise

    def _answers(self):
        assert self.process.poll() is None, self.err
        return "Application startup complete" in self.err


def migrate(python, postgres):
    """Makes the tables, by the package's own migrations."""
    variables = live.environment(**postgres.variables)
    where = live.run(python, "-c", "import actingweb, pathlib; print(pathlib.Path(actingweb.__file__).parent)",
                     env=variables).stdout.strip()
    done = live.run(python, "-m", "alembic", "-c", f"{where}/db/postgresql/alembic.ini", "upgrade", "head",
                    env=variables)
    assert done.returncode == 0, done.stderr
