"""An actor of the reference makes one at actingwebd for itself, and is its trustee."""
import live


def test_a_trustee(ours, make_theirs):
    alice = make_theirs("alice")
    made = alice.make_child(ours.root)
    child = live.Actor(made["baseuri"], "trustee", made["passphrase"])
    assert child.url.startswith(ours.root) and child.id == made["peerid"]
    for trust in (child.trust(alice), alice.trust(child)):
        assert trust["relationship"] == "friend" and trust["approved"] is True and trust["peer_approved"] is True
    assert alice.ask(child, "PUT", "properties/colour", "blue").status in (200, 204)
    assert alice.ask(child, "GET", "properties/colour") == (200, "blue")
    assert alice.delete_child(child) is True
    assert child.get("meta").status == 404
