"""What runs here is the package from PyPI, as its requirements name it; where that cannot be reached every test that
needs it is skipped, and counted so."""
import http.server
import json
import os
import threading
import xml.etree.ElementTree as tree

import pytest

import live
from reference import REQUIREMENTS, install

NEEDING = ["tests/interop", "tests/differential/test_differential.py"]
NOBODY = "http://127.0.0.1:9/simple"  # an index that does not answer

INSTALLED = """
import importlib, importlib.metadata, json
versions = {name: importlib.metadata.version(name) for name in ("actingweb", "fastapi", "psycopg", "uvicorn")}
importlib.import_module("actingweb.db.postgresql.connection")
print(json.dumps(versions))
"""


@pytest.fixture
def without_pypi(tmp_path):
    """An environment in which the package is not there yet and cannot be fetched."""
    return {**os.environ, "AW_INTEROP_VENV": str(tmp_path / "venv"), "PIP_INDEX_URL": NOBODY,
            "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "", "no_proxy": "127.0.0.1"}


def run_tests(env, report, *arguments):
    done = live.run("/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ignore", __file__,
                    "--junitxml", report, *arguments, env=env, cwd=live.ROOT, timeout=300)
    return done, list(tree.parse(report).getroot().iter("testcase"))


def test_the_package_with_its_extras(reference):
    assert "actingweb[fastapi,postgresql]==" in REQUIREMENTS.read_text()
    versions = json.loads(live.run(install(), "-c", INSTALLED).stdout)
    for name in ("actingweb", "uvicorn"):
        assert f"=={versions[name]}\n" in REQUIREMENTS.read_text()
    assert live.request("GET", f"{reference.root}").status == 200


def test_without_pypi_all_are_skipped(without_pypi, tmp_path):
    done, cases = run_tests(without_pypi, tmp_path / "interop.xml", *NEEDING)
    assert done.returncode == 0, done.stdout
    assert len(cases) > 200
    for case in cases:
        skipped = case.find("skipped")
        assert skipped is not None, f"{case.get('name')} needs nothing of the package?"
        assert "no packages from PyPI" in skipped.get("message"), skipped.get("message")
    counted = live.run(live.ROOT / "script" / "count-tests", tmp_path)
    assert counted.stdout.splitlines()[-1] == f"0 passed, 0 failed, {len(cases)} skipped"
    assert counted.returncode == 1  # a run in which nothing passed is no success


class OldIndex(http.server.BaseHTTPRequestHandler):
    """An index that has one old version of everything."""

    def do_GET(self):
        name = self.path.strip("/").split("/")[-1]
        page = f'<a href="/{name}-0.0.1.tar.gz">{name}-0.0.1.tar.gz</a>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def test_a_package_that_is_not_there_is_a_failure(without_pypi):
    """An index that answers, and has no such version: that is no reason to skip."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OldIndex) as index:
        threading.Thread(target=index.serve_forever, daemon=True).start()
        done = live.run("/usr/bin/python3", "-c", "import reference; reference.install()", cwd=live.ROOT, env={
            **without_pypi, "PYTHONPATH": str(live.ROOT / "tests" / "support"),
            "PIP_INDEX_URL": f"http://127.0.0.1:{index.server_address[1]}/simple"})
        index.shutdown()
    assert done.returncode == 1 and "NotHere" not in done.stderr
    assert "AssertionError" in done.stderr and "0.0.1" in done.stderr
