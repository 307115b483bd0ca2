"""Many peers at once: those that are slow keep nobody else waiting. The bounds are those of a machine that is busy with
much else; figures are for bench/."""
import concurrent.futures
import time

MANY = 200
SLOW_S = 1
GENEROUS_S = 40


def test_slow_peers_keep_nobody_waiting(server, actor, play):
    """200 relationships are asked for at once, of peers that take a second for each answer."""
    peers = [play() for _ in range(MANY)]
    for peer in peers:
        peer.on("POST", "trust/friend", lambda request, peer=peer: (time.sleep(SLOW_S), peer.by_the_book(request))[1])
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(actor.post, "/trust", {"url": peer.url, "relationship": "friend"}) for peer in peers]
        longest, looks = 0, 0
        while not all(one.done() for one in asked):
            at = time.monotonic()
            assert actor.get("/meta").status == 200
            longest, looks = max(longest, time.monotonic() - at), looks + 1
        replies = [one.result() for one in asked]
    assert [reply.status for reply in replies] == [201] * MANY
    assert time.monotonic() - began < GENEROUS_S and longest < GENEROUS_S / 4 and looks > 0
    assert len(actor.get("/trust").json) == MANY


def test_requests_of_slow_peers_keep_nobody_waiting(server, actor, play):
    """The other way round: 200 slow peers ask, and are verified."""
    peers = [play() for _ in range(MANY)]
    for peer in peers:
        peer.on("GET", "trust/.*", lambda request, peer=peer: (time.sleep(SLOW_S), peer.by_the_book(request))[1])
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        replies = list(pool.map(lambda peer: peer.ask_for_trust(actor), peers))
    assert [(reply.status, reply.json["verified"]) for reply in replies] == [(202, "true")] * MANY
    assert time.monotonic() - began < GENEROUS_S
