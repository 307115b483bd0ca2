"""The wire tests' fixtures: servers, an actor, and its peers."""
import pytest

import live
from played import Stage
from wire import OneServer, Peers, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), "--log-level", "trace")
    yield server
    assert server.stop() == 0, server.err


@pytest.fixture(scope="session")
def keeper(tmp_path_factory):
    """A server that keeps the data of the peers that its actors subscribe to, and shows it in /devtest."""
    server = Server(tmp_path_factory.mktemp("keeper"), "--devtest", "--subscription-processing", "--gap-timeout-s",
                    "60", "--max-pending", "3", "--log-level", "trace")
    yield server
    assert server.stop() == 0, server.err


@pytest.fixture
def start(tmp_path):
    """start("--unique-creator") is a server of the test's own; a second one of that name, or with the same store, finds the
    first one's database. One that is `alone` is one process, whatever the others are."""
    started = []

    def begin(*flags, name="actingwebd", store=None, alone=False):
        started.append((OneServer if alone else Server)(tmp_path, *flags, name=name, store=store))
        return started[-1]

    yield begin
    live.stop_all([server for server in started if not server.killed])


@pytest.fixture(scope="session")
def peers():
    peers = Peers()
    yield peers
    peers.close()


@pytest.fixture(scope="session")
def stage():
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def play(stage):
    """play() is an actor that the test plays."""
    played = []

    def begin():
        played.append(stage.play())
        return played[-1]

    yield begin
    for actor in played:
        actor.release()


@pytest.fixture
def actor(server):
    return server.make_actor()


@pytest.fixture
def peer(actor, peers):
    """peer("friend") is the Authorization header of a peer of actor."""

    def make(relationship="friend", approved=True):
        return actor.make_peer(peers, relationship, approved)

    return make
