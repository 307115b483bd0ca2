"""An actor of the one makes one at the other for itself, and is its trustee."""
import live


def child_of(alice, root):
    """The actor that alice has made at another server. Its passphrase is known to alice alone, unless she tells."""
    made = alice.make_child(root)
    child = live.Actor(made["baseuri"], "trustee", made.get("passphrase", ""))
    assert child.url.startswith(root) and child.id == made["peerid"]
    return child


def assert_trusted(*halves):
    for trust in halves:
        assert trust["relationship"] == "friend" and trust["approved"] is True and trust["peer_approved"] is True


def test_a_trustee_of_theirs(ours, make_theirs):
    alice = make_theirs("alice")
    child = child_of(alice, ours.root)
    assert_trusted(child.trust(alice), alice.trust(child))
    assert alice.ask(child, "PUT", "properties/colour", "blue").status in (200, 204)
    assert alice.ask(child, "GET", "properties/colour") == (200, "blue")
    assert alice.delete_child(child) is True
    assert child.get("meta").status == 404


def test_a_trustee_of_ours(reference, make_ours):
    alice = make_ours("alice")
    child = child_of(alice, reference.root)
    # What a friend is refused, a trustee is shown.
    status, theirs = alice.ask(child, "GET", "trust")
    assert status == 200
    assert_trusted(*theirs, alice.trust(child))
    assert alice.ask(child, "PUT", "properties/colour", "blue").status == 200
    assert alice.ask(child, "GET", "properties/colour") == (200, "blue")
    assert alice.delete_child(child) is True
    assert child.get("meta").status == 404
    assert alice.trust(child) is None
    assert alice.delete_child(child) is False


def test_what_was_made_ends_with_its_trustee(reference, make_ours):
    alice = make_ours("alice")
    child = child_of(alice, reference.root)
    assert child.get("meta").status == 200
    assert alice.delete("").status == 204
    assert child.get("meta").status == 404
