"""Fixtures of the interoperation tests: both servers, and two actors that meet across them."""
import pytest

import live
from parties import Ours, OursInApp, Theirs, make_party


@pytest.fixture(scope="session")
def reference(start_reference):
    return start_reference()


@pytest.fixture(scope="session")
def ours(reference, tmp_path_factory):
    """actingwebd; not started in vain."""
    server = live.Server(tmp_path_factory.mktemp("ours"), "--subscription-processing", "--devtest")
    yield server
    assert server.stop() == 0, server.err


@pytest.fixture(scope="session")
def apps(start_reference, tmp_path_factory):
    """Two applications, with all that there is to call: one on each library."""
    app = OurApp(tmp_path_factory.mktemp("app"))
    yield app, start_reference("--hooks")
    assert app.stop() == 0, app.err


class OurApp(live.Process):
    """tests/interop/app.c on a free port."""

    def __init__(self, folder):
        self.store = f"sqlite:{folder}/app.db"
        super().__init__(folder, "app", [live.program("tests/interop_app"), self.store, "localhost:0"])
        try:
            self.wait_for_output(" serves ")
        except AssertionError:
            self.stop()
            raise
        self.root = self.out.split()[-1]


@pytest.fixture
def make_in_our_app(apps):
    return lambda creator: make_party(OursInApp, apps[0], creator)


@pytest.fixture
def make_in_their_app(apps):
    return lambda creator: make_party(Theirs, apps[1], creator)


@pytest.fixture
def make_ours(ours):
    return lambda creator: make_party(Ours, ours, creator)


@pytest.fixture
def make_theirs(reference):
    return lambda creator: make_party(Theirs, reference, creator)


@pytest.fixture(params=["ours to theirs", "theirs to ours"])
def pair(request, make_ours, make_theirs):
    """Alice, who begins, and Bob, who is the other implementation's. Each test runs in both directions."""
    if request.param == "ours to theirs":
        return make_ours("alice"), make_theirs("bob")
    return make_theirs("alice"), make_ours("bob")


@pytest.fixture(params=["ours to theirs", "theirs to ours"])
def app_friends(request, make_ours, make_theirs, make_in_our_app, make_in_their_app):
    """Two friends, of whom Bob is the other implementation's, in an application."""
    ours_first = request.param == "ours to theirs"
    alice, bob = (make_ours("alice"), make_in_their_app("bob")) if ours_first else \
        (make_theirs("alice"), make_in_our_app("bob"))
    alice.befriend(bob)
    return alice, bob


@pytest.fixture
def friends(pair):
    """The same two with a relationship that both have approved."""
    alice, bob = pair
    alice.befriend(bob)
    return alice, bob
