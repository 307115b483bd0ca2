"""/{id}: the actor itself (WIRE 3)."""

import pytest

from wire import bearer


def test_its_owner_sees_all(actor):
    reply = actor.get("")
    assert reply.status == 200
    assert reply.json == {"id": actor.id, "creator": actor.creator, "passphrase": actor.passphrase}
    assert reply.headers["cache-control"] == "no-store"


def test_trustee_root(server):
    made = server.ask("POST", "/", {"creator": "trustee", "trustee_root": "https://example.com/"}).json
    secret = made["passphrase"]
    # An actor made for a trustee opens by its passphrase alone, but not its properties.
    reply = server.ask("GET", f"/{made['id']}", auth=bearer(secret))
    assert reply.status == 200 and reply.json == made
    assert server.ask("GET", f"/{made['id']}/properties", auth=bearer(secret)).status == 403


def test_a_weak_trustee_needs_its_name(server):
    wish = {"creator": "trustee", "trustee_root": "https://a.example/", "passphrase": "short"}
    made = server.ask("POST", "/", wish).json
    assert server.ask("GET", f"/{made['id']}", auth=bearer("short")).status == 403


def test_an_admin_peer_never_sees_the_passphrase(actor, peer):
    reply = actor.get("", auth=peer("admin"))
    assert reply.status == 200
    assert reply.json == {"id": actor.id, "creator": actor.creator}
    assert actor.passphrase not in reply.text


@pytest.mark.parametrize("relationship", ["friend", "partner", "associate", "viewer", "mcp_client"])
def test_other_peers_are_refused(actor, peer, relationship):
    assert actor.get("", auth=peer(relationship)).status == 403


@pytest.mark.parametrize("relationship", ["admin", "friend"])
def test_no_peer_deletes_it(actor, peer, relationship):
    assert actor.delete("", auth=peer(relationship)).status == 403
    assert actor.get("").status == 200


def test_it_ends_with_all_it_has(actor, peer, peers):
    friend = peer("friend")
    actor.put("/properties/a", "1")
    reply = actor.delete("")
    assert reply.status == 204 and reply.body == b""
    for path in ("", "/meta", "/properties", "/properties/a", "/trust"):
        assert actor.get(path).status == 404
        assert actor.get(path, auth=friend).status == 404
    # The peer was told.
    assert any(method == "DELETE" and path.endswith(f"/trust/friend/{actor.id}") for method, path, _ in peers.requests)
    assert actor.delete("").status == 404
