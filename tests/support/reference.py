"""What the Python library needs to run: its virtual environment, and the process itself. Its database is postgres.py's.

NotHere says that something cannot be had on this machine: the tests are skipped then, and counted as skipped. Whatever
else goes wrong is a failure.
"""
import fcntl
import os
import pathlib

import live
from postgres import NotHere, Postgres, attempt, reason_of, step  # noqa: F401 -- for those that have them from here

HERE = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("AW_INTEROP_VENV", live.ROOT / "build" / "interop-venv"))
REQUIREMENTS = HERE / "reference_requirements.txt"
UNREACHABLE = ("Retrying (", "(from versions: none)")  # what pip says of an index that does not answer


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


# ---- the reference itself ----


class Reference(live.Process):
    """The application of reference_app.py. Several may share a database, which `variables` tell; port 0 is a free one.
    `flags` are the application's."""

    def __init__(self, folder, python, variables, *flags, port=0):
        super().__init__(folder, "reference", [python, HERE / "reference_app.py", port, *flags],
                         env=live.environment(**variables), cwd=folder)
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


def migrate(python, variables):
    """Makes the tables, by the package's own migrations."""
    alembic(python, variables, "upgrade", "head")


def alembic(python, variables, *words):
    """The tool that the package's tables are made and changed with; gives what it prints."""
    env = live.environment(**variables)
    where = live.run(python, "-c", "import actingweb, pathlib; print(pathlib.Path(actingweb.__file__).parent)",
                     env=env).stdout.strip()
    done = live.run(python, "-m", "alembic", "-c", f"{where}/db/postgresql/alembic.ini", *words, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout
