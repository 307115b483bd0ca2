"""docs/deviations.md is made of docs/deviations.toml, its tests are there, and what no other test shows is shown here."""
import re
import tomllib

import pytest

import live

ROWS = tomllib.loads((live.ROOT / "docs" / "deviations.toml").read_text())["deviation"]


def test_the_page_is_up_to_date():
    done = live.run(live.ROOT / "script" / "build-deviations", "--check")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["reference"][:60])
def test_a_row_has_a_reason_and_tests_that_are_there(row):
    assert row["why"] in ("safe", "right", "spec", "-")
    assert row["tests"]
    for test in row["tests"]:
        path, _, function = test.partition(": ")
        assert re.fullmatch(r"tests/[\w/]+\.(c|py)", path), test
        text = (live.ROOT / path).read_text()
        assert not function or re.search(rf"^(static void|def) {function}\(", text, flags=re.M), test


def kept(actor, peer, name):
    """What actor keeps of a peer under a name; None when there is nothing."""
    answer = actor.get(f"devtest/attributes/remote:{peer.id}/{name}")
    return answer.json["data"]["value"] if answer.status == 200 else None


def test_reading_writes_nothing(server):
    alice, bob = server.create("alice"), server.create("bob")
    secret = alice.befriend(bob)["secret"]
    before = alice.trust(bob)
    assert alice.get("properties", auth=None, bearer=secret).status == 200
    assert alice.trust(bob) == before


def test_a_diff_stays_until_it_is_cleared(server):
    alice, bob = server.create("alice"), server.create("bob")
    alice.befriend(bob)
    below = bob.subscribe(alice, granularity="none").removeprefix(alice.url + "/")
    alice.put("properties/colour", "blue")
    assert alice.get(below + "/1").json == alice.get(below + "/1").json
    assert alice.get(below + "/1").json["data"] == {"colour": "blue"}
    assert alice.get(below + "/0").status == 404
    assert alice.put(below, {"sequence": 1}).status == 204
    assert alice.get(below + "/1").status == 404


def test_a_text_without_quotes_is_sent_too(start_server):
    home = start_server("--devtest", "--subscription-processing")
    alice, bob = home.create("alice"), home.create("bob")
    alice.befriend(bob)
    bob.subscribe(alice, subtarget="colour")
    assert alice.put("properties/colour", "light blue", headers={"Content-Type": "text/plain"}).status == 204
    live.wait_until(lambda: kept(bob, alice, "colour") == "light blue", "the callback")


def test_callbacks_outlive_both_servers(tmp_path):
    flags = ["--devtest", "--subscription-processing", "--delivery", "durable"]
    servers = [live.Server(tmp_path, *flags, name="one"), live.Server(tmp_path, *flags, name="two")]
    try:
        alice, bob = servers[0].create("alice"), servers[1].create("bob")
        alice.befriend(bob)
        alice.put("properties/colour", "blue")
        bob.subscribe(alice)
        assert kept(bob, alice, "colour") == "blue"
        assert servers[1].stop() == 0
        for colour in ("green", "red", "white"):
            assert alice.put("properties/colour", colour).status == 204
        assert servers[0].stop() == 0
        for i, name in enumerate(("one", "two")):
            servers[i] = live.Server(tmp_path, "--listen", f"localhost:{servers[i].port}", *flags, name=name)
        live.wait_until(lambda: kept(bob, alice, "colour") == "white", "the last callback")
    finally:
        live.stop_all(servers)
