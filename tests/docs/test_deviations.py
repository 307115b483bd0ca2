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


# ---- what the differential test found ----


def test_texts_stay_texts(server):
    alice = server.create()
    texts = {"number": "3", "word": "null", "object": "{}", "truth": "true"}
    assert alice.post("properties", texts).status == 201
    assert alice.get("properties").json == texts
    assert alice.get("properties/word").json == "null"


def test_nothing_is_below_a_text(server):
    alice = server.create()
    assert alice.put("properties/note", "only words", headers={"Content-Type": "text/plain"}).status == 204
    assert alice.get("properties/note/more").status == 404
    assert alice.put("properties/note/more", "1").status == 409
    assert alice.get("properties/note").json == "only words"


def test_an_empty_put_deletes_below_a_property_too(server):
    alice = server.create()
    assert alice.put("properties/colour", {"red": 1, "blue": 2}).status == 204
    assert alice.put("properties/colour/red", b"").status == 204
    assert alice.get("properties").json == {"colour": {"blue": 2}}
    assert alice.put("properties/colour/red", b"").status == 404


def test_no_property_is_called_like_a_part_of_a_list(server):
    alice = server.create()
    assert alice.put("properties/list:colours-meta", "1").status == 400
    assert alice.get("properties").json == {}


@pytest.mark.parametrize("relationship", ["associate", "partner", "admin"])
def test_any_approved_peer_subscribes(server, relationship):
    alice, bob = server.create("alice"), server.create("bob")
    alice.befriend(bob, relationship)
    assert bob.subscribe(alice).startswith(alice.url + "/subscriptions/")


def test_credentials_of_another_scheme(server):
    answer = server.create().get("properties", auth=None, headers={"Authorization": "Digest username=\"alice\""})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_callbacks_that_nobody_takes(server):
    alice = server.create()
    for path in ("callbacks", "callbacks/anything", "callbacks/anything/more"):
        assert alice.get(path).status == 404
        assert alice.get(path, auth=None).status in (401, 404)


def test_what_is_kept_has_a_time(start_server):
    home = start_server("--devtest", "--subscription-processing")
    alice, bob = home.create("alice"), home.create("bob")
    alice.put("properties/colour", "blue")
    alice.befriend(bob)
    bob.subscribe(alice)
    row = bob.get(f"devtest/attributes/remote:{alice.id}/colour").json
    assert row["data"] == {"value": "blue"} and re.match(r"\d{4}-\d\d-\d\d ", row["timestamp"])


@pytest.fixture
def watched(server):
    """An actor, and a function that gives the data of the diffs of all its properties, as a peer sees them."""
    alice, bob = server.create("alice"), server.create("bob")
    alice.befriend(bob)
    below = bob.subscribe(alice, granularity="none").removeprefix(alice.url + "/")
    return alice, lambda: [row["data"] for row in alice.get(below).json["data"]]


def test_a_deletion_of_nothing_is_not_told(watched):
    alice, told = watched
    assert alice.delete("properties/nothing").status == 204
    assert told() == []


def test_a_diff_has_all_names(watched):
    alice, told = watched
    assert alice.put("properties/a/b/c", "1").status == 204
    assert told() == [{"a": {"b": {"c": 1}}}]


def test_a_post_that_deletes_is_told_in_two(watched):
    alice, told = watched
    assert alice.post("properties", {"a": 1, "b": 2}).status == 201
    assert alice.post("properties", {"a": 3, "b": ""}).status == 201
    assert told() == [{"a": 1, "b": 2}, {"a": 3}, {"b": ""}]


def test_integers_beyond_64_bits(server):
    alice = server.create("alice")
    for text, value in (("9223372036854775807", 9223372036854775807), ("12345678901234567890", 1.2345678901234567e19),
                        ("-10000000000000000000", -1e19)):
        assert alice.put("properties/number", text).status == 204
        assert alice.get("properties/number").json == value
    json = {"Content-Type": "application/json"}
    assert alice.post("properties", '{"a":[18446744073709551615]}', headers=json).status == 201
    assert alice.get("properties/a").json == [1.8446744073709552e19]
