"""Two servers, and actors of both that become friends, subscribe, and part again (WIRE 6, 7, 8)."""
import concurrent.futures

import pytest

import live
from subscribing import FLAGS, assert_nothing_left, befriend, kept, subscribe, wait_for
from wire import Server

MANY = 100


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    servers = [Server(tmp_path_factory.mktemp(name), *FLAGS, name=name) for name in ("here", "there")]
    yield servers
    for server in servers:
        assert server.stop() == 0, server.err


@pytest.fixture(params=["two servers", "one server"])
def pair(request, servers):
    """Alice and Bob, who know nothing of each other yet."""
    here, there = servers if request.param == "two servers" else (servers[0], servers[0])
    return here.make_actor("alice@example.com", "alice"), there.make_actor("bob@example.com", "bob")


def side(actor, peer, relationship="friend"):
    """The actor's half of the trust, or None."""
    reply = actor.get(f"/trust/{relationship}/{peer.id}")
    return reply.json if reply.status in (200, 202) else None


def flags(actor, peer):
    half = side(actor, peer)
    return half["approved"], half["peer_approved"], half["verified"]


# ---- trust ----


def test_the_handshake(pair):
    alice, bob = pair
    reply = alice.post("/trust", {"url": bob.url, "relationship": "friend", "desc": "hello"})
    assert reply.status == 201 and reply.headers["location"] == f"{alice.url}/trust/friend/{bob.id}"
    assert flags(alice, bob) == (True, False, True)
    assert flags(bob, alice) == (False, True, True)
    assert side(alice, bob)["secret"] == side(bob, alice)["secret"]
    assert side(alice, bob)["verification_token"] != side(bob, alice)["verification_token"]
    assert side(bob, alice)["baseuri"] == alice.url and side(bob, alice)["desc"] == "hello"
    assert bob.put(f"/trust/friend/{alice.id}", {"approved": True}).status == 204
    assert flags(alice, bob) == flags(bob, alice) == (True, True, True)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_end(pair, who):
    alice, bob = pair
    befriend(alice, bob)
    deleter, other = (alice, bob) if who == "alice" else (bob, alice)
    assert deleter.delete(f"/trust/friend/{other.id}").status == 204
    assert side(alice, bob) is None and side(bob, alice) is None
    # And it may begin anew.
    befriend(bob, alice)
    assert flags(alice, bob) == flags(bob, alice) == (True, True, True)


def test_the_end_on_one_side_only(pair):
    alice, bob = pair
    befriend(alice, bob)
    assert alice.delete(f"/trust/friend/{bob.id}?peer=true").status == 204
    assert side(alice, bob) is None and side(bob, alice)["approved"] is True
    # Bob's half leads nowhere, which does not keep him from ending it.
    assert bob.delete(f"/trust/friend/{alice.id}").status == 204
    assert_nothing_left(bob)


def test_the_end_from_both_sides_at_once(pair):
    alice, bob = pair
    for _ in range(10):
        befriend(alice, bob)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda two: two[0].delete(f"/trust/friend/{two[1].id}"),
                                    [(alice, bob), (bob, alice)]))
        assert {reply.status for reply in replies} <= {204, 404}, replies
        assert_nothing_left(alice)
        assert_nothing_left(bob)


def test_repeated_requests_change_nothing(pair):
    alice, bob = pair
    befriend(alice, bob)
    before = side(alice, bob), side(bob, alice)
    for actor, peer in ((alice, bob), (bob, alice)):
        assert actor.post("/trust", {"url": peer.url, "relationship": "friend"}).status == 409
    # When the asking side has forgotten, the other refuses, and nothing is left of the attempt.
    assert alice.delete(f"/trust/friend/{bob.id}?peer=true").status == 204
    reply = alice.post("/trust", {"url": bob.url, "relationship": "friend"})
    assert reply.status == 408 and reply.error == "peer_refused"
    assert side(alice, bob) is None and side(bob, alice) == before[1]


def test_both_ask_at_once(pair):
    """Each may get its way, but never half of it."""
    alice, bob = pair
    for _ in range(10):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda two: two[0].post("/trust", {"url": two[1].url, "relationship": "friend"}),
                                    [(alice, bob), (bob, alice)]))
        assert [reply.status for reply in replies] in ([201, 408], [408, 201], [201, 409], [409, 201], [408, 408])
        if 201 in [reply.status for reply in replies]:
            assert side(alice, bob)["secret"] == side(bob, alice)["secret"]
            assert alice.delete(f"/trust/friend/{bob.id}").status == 204
        assert_nothing_left(alice)
        assert_nothing_left(bob)


def test_one_thread_is_enough(start):
    """A request that waits for another request to the same server holds no thread meanwhile."""
    server = start(*FLAGS, "--web-threads", "1", "--workers", "1")
    alice, bob = server.make_actor(), server.make_actor()
    befriend(alice, bob)
    bob.put("/properties/a", "1")
    subscribe(alice, bob, granularity="low")
    bob.put("/properties/a", "2")
    wait_for(alice, bob, {"a": 2})
    assert alice.delete("").status == 204
    assert_nothing_left(bob)


# ---- subscriptions ----


def test_changes_arrive(pair):
    alice, bob = pair
    befriend(alice, bob)
    bob.post("/properties", {"name": "Bob", "address": {"city": "Oslo"}, "gone": 1, "n": [1, 2]})
    subscribe(alice, bob)
    expected = {"name": "Bob", "address": {"city": "Oslo"}, "gone": 1, "n": [1, 2]}
    assert kept(alice, bob) == expected
    assert bob.put("/properties/address/city", '"Bergen"').status == 204
    assert bob.put("/properties/name", '"Åse"').status == 204
    assert bob.delete("/properties/gone").status == 204
    assert bob.post("/properties", {"x": {"y": [None, {"z": 1}]}, "n": []}).status == 201
    wait_for(alice, bob, {"name": "Åse", "address": {"city": "Bergen"}, "n": [], "x": {"y": [None, {"z": 1}]}})
    assert bob.delete("/properties").status == 204
    wait_for(alice, bob, {})


def test_changes_arrive_by_link(pair):
    alice, bob = pair
    befriend(alice, bob)
    bob.put("/properties/a", "1")
    sub = subscribe(alice, bob, granularity="low")
    bob.put("/properties/a", "2")
    bob.put("/properties/b", {"c": 3})
    wait_for(alice, bob, {"a": 2, "b": {"c": 3}})
    # What was fetched is acknowledged, and cleared at the publisher.
    live.wait_until(lambda: bob.get(f"/subscriptions/{alice.id}/{sub}").json["data"] == [], "the acknowledgement")


def test_parts_and_lists_arrive(pair):
    alice, bob = pair
    befriend(alice, bob)
    bob.post("/properties", {"profile": {"name": "Bob", "age": 7}, "private": {"x": 1}})
    subscribe(alice, bob, subtarget="profile", resource="name")
    assert kept(alice, bob) == {"profile": {"name": "Bob"}}
    bob.put("/properties/profile/age", "8")
    bob.put("/properties/profile/name", '"Rob"')
    wait_for(alice, bob, {"profile": {"name": "Rob"}})


def test_both_subscribe(pair):
    alice, bob = pair
    befriend(alice, bob)
    for actor, peer in ((alice, bob), (bob, alice)):
        subscribe(actor, peer)
    alice.put("/properties/from", '"alice"')
    bob.put("/properties/from", '"bob"')
    wait_for(alice, bob, {"from": "bob"})
    wait_for(bob, alice, {"from": "alice"})


def test_changes_during_the_baseline_are_not_lost(pair):
    alice, bob = pair
    befriend(alice, bob)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        changing = pool.submit(lambda: [bob.put("/properties/a", str(value)) for value in range(100)])
        subscribe(alice, bob)
        changing.result()
    wait_for(alice, bob, {"a": 99})


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_unsubscribing(pair, who):
    alice, bob = pair
    befriend(alice, bob)
    bob.put("/properties/a", "1")
    sub = subscribe(alice, bob)
    actor, peer = (alice, bob) if who == "alice" else (bob, alice)
    assert actor.delete(f"/subscriptions/{peer.id}/{sub}").status == 204
    for one in pair:
        assert one.get("/subscriptions").json["data"] == []
        assert one.get("/devtest/attributes/_callback_state").status == 404
    assert kept(alice, bob) == {}
    bob.put("/properties/a", "2")
    assert kept(alice, bob) == {} and flags(alice, bob) == (True, True, True)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_actor_that_ends_leaves_nothing_behind(pair, who):
    alice, bob = pair
    befriend(alice, bob)
    bob.put("/properties/a", "1")
    for actor, peer in ((alice, bob), (bob, alice)):
        subscribe(actor, peer)
    ending, left = (alice, bob) if who == "alice" else (bob, alice)
    assert ending.delete("").status == 204
    assert_nothing_left(left)
    assert kept(left, ending) == {}
    assert left.put("/properties/a", "2").status == 204


def test_a_whole_life(pair):
    alice, bob = pair
    befriend(alice, bob)
    bob.put("/properties/a", "1")
    sub = subscribe(alice, bob)
    bob.put("/properties/a", "2")
    wait_for(alice, bob, {"a": 2})
    assert alice.delete(f"/subscriptions/{bob.id}/{sub}").status == 204
    assert alice.delete(f"/trust/friend/{bob.id}").status == 204
    for actor in pair:
        assert_nothing_left(actor)
    assert kept(alice, bob) == {}


def test_many_at_once(servers):
    """A hundred actors on each side: befriended, subscribed in both directions, changed, parted."""
    here, there = servers

    def live_together(number):
        alice, bob = here.make_actor(f"alice{number}", "a"), there.make_actor(f"bob{number}", "b")
        befriend(alice, bob)
        bob.put("/properties/a", "0")
        sub = subscribe(alice, bob)
        subscribe(bob, alice, granularity="low")
        for value in range(1, 4):
            bob.put("/properties/a", str(value))
            alice.put("/properties/b", str(value))
        wait_for(alice, bob, {"a": 3})
        wait_for(bob, alice, {"b": 3})
        if number % 2:
            assert alice.delete("").status == 204
            assert_nothing_left(bob)
            return
        assert alice.delete(f"/subscriptions/{bob.id}/{sub}").status == 204
        assert bob.delete(f"/trust/friend/{alice.id}").status == 204
        assert_nothing_left(alice)
        assert_nothing_left(bob)

    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        list(pool.map(live_together, range(MANY)))
