"""Fixtures that every folder's tests in Python may use."""
import pytest

import live
from reference import NotHere, Postgres, Reference, install, migrate


@pytest.fixture(scope="module")
def start_server(tmp_path_factory):
    """start_server("--flag", ..., name="bob") starts an actingwebd; all end with the module, and cleanly."""
    servers = []

    def start(*flags, name=None, env=None, store=None):
        folder = tmp_path_factory.mktemp("server")
        servers.append(live.Server(folder, *flags, name=name or f"server{len(servers)}", env=env, store=store))
        return servers[-1]

    yield start
    live.stop_all(servers)


@pytest.fixture(scope="module")
def server(start_server):
    """One actingwebd for the whole module."""
    return start_server("--subscription-processing", "--delivery", "durable")


@pytest.fixture
def fake_peer():
    peer = live.FakePeer()
    yield peer
    peer.close()


@pytest.fixture
def silent_peer():
    peer = live.SilentPeer()
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def start_reference(tmp_path_factory):
    """start_reference("--flag", ...) is a new process of the Python library's; all share a database, and end with the
    session. Without PyPI or PostgreSQL every test is skipped, and says so."""
    processes = []
    try:
        python = install()
        postgres = Postgres(tmp_path_factory.mktemp("postgres"))
    except NotHere as reason:
        pytest.skip(str(reason))

    def start(*flags, port=0):
        processes.append(Reference(tmp_path_factory.mktemp("reference"), python, postgres, *flags, port=port))
        return processes[-1]

    try:
        migrate(python, postgres)
        yield start
    finally:
        for process in processes:
            process.end()
        postgres.close()
