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
def postgres(tmp_path_factory):
    """A PostgreSQL server of the session's own. Without one every test is skipped, and says so."""
    try:
        server = Postgres(tmp_path_factory.mktemp("postgres"))
    except NotHere as reason:
        pytest.skip(str(reason))
    yield server
    server.close()


@pytest.fixture(scope="session")
def python_library():
    """The Python that has the reference installed. Without PyPI every test is skipped, and says so."""
    try:
        return install()
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def start_reference(tmp_path_factory, python_library, postgres):
    """start_reference("--flag", ...) is a new process of the Python library's; all share a database, and end with the
    session; but one of another `schema`, which must have its tables already, has that."""
    processes = []

    def start(*flags, port=0, schema="public"):
        processes.append(Reference(tmp_path_factory.mktemp("reference"), python_library,
                                   {**postgres.variables, "PG_DB_SCHEMA": schema}, *flags, port=port))
        return processes[-1]

    try:
        migrate(python_library, postgres.variables)
        yield start
    finally:
        for process in processes:
            process.end()
