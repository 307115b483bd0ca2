"""Fixtures of the interoperation tests: both servers, and two actors that meet across them."""
import pytest

import live
from parties import Ours, Theirs, make_party


@pytest.fixture(scope="session")
def reference(start_reference):
    return start_reference()


@pytest.fixture(scope="session")
def ours(reference, tmp_path_factory):
    """actingwebd; not started in vain."""
    server = live.Server(tmp_path_factory.mktemp("ours"), "--subscription-processing", "--devtest")
    yield server
    assert server.stop() == 0, server.err


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


@pytest.fixture
def friends(pair):
    """The same two with a relationship that both have approved."""
    alice, bob = pair
    alice.befriend(bob)
    return alice, bob
