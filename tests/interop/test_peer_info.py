"""What each side learns of the other without credentials."""
import live


def test_meta(pair):
    alice, bob = pair
    info = alice.info(bob.url)
    assert info["id"] == bob.id
    assert info["type"].startswith("urn:actingweb:example.com:")
    assert info["aw_version"] == "1.0"
    assert {"trust", "subscriptions", "callbacks"} <= set(info["aw_supported"].split(","))
    assert {"associate", "friend", "admin"} <= set(info["aw_trust_types"])


def test_the_same_texts(pair):
    """A part of meta that is text at one is text at the other."""
    alice, bob = pair
    for part in ("id", "type", "version", "desc", "info", "actingweb/version", "actingweb/supported",
                 "actingweb/formats"):
        one, other = (live.request("GET", f"{party.url}/meta/{part}") for party in (alice, bob))
        assert one.status == other.status == 200, part
        assert one.headers.get("Content-Type") == other.headers.get("Content-Type"), part


def test_the_same_trust_types(make_ours, make_theirs):
    """Their names are the same, and described in the same form; the words are each one's own."""
    ours, theirs = ([{key: one[key] for key in ("name", "created_by")} | {"keys": sorted(one)} for one in
                     live.request("GET", f"{party.url}/meta/actingweb/trust_types").json]
                    for party in (make_ours("alice"), make_theirs("bob")))
    assert sorted(ours, key=str) == sorted(theirs, key=str)


def test_capabilities(friends):
    """What a peer announces, as it is fetched and kept with the trust."""
    alice, bob = friends
    known = alice.capabilities(bob)
    assert known["version"] == "1.0"
    announced = live.request("GET", f"{bob.url}/meta/actingweb/supported").text
    assert known["supported"] == sorted(announced.split(","))
    assert {"trust", "subscriptions", "callbacks", "subscriptionresync", "permissionquery"} <= set(known["supported"])
    half = alice.half(bob)
    assert half["aw_supported"] == announced and half["aw_version"] == "1.0"


def test_nobody_is_there(pair):
    """An actor that is not there, and a server that is not."""
    alice, bob = pair
    assert alice.info(bob.service.root + "0" * 32) is None
    assert alice.info("http://127.0.0.1:9/nobody") is None
