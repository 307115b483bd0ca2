"""A small application on the Python library `actingweb`: the living peer of the interoperation tests, and what
the differential test compares with.

It runs in its own virtual environment (reference.py makes it), and needs PG_DB_* to name a migrated database. Besides
the library's own routes it has /interop/...: what an owner does by calling the library rather than over HTTP.

    python reference_app.py [PORT] [--root URL] [--auto-accept] [--hooks]

serves on a port of 127.0.0.1, a free one by itself, and says where; peers reach it at --root. --auto-accept: whoever asks
to be a friend is one. --hooks: there are a method and an action to call.
"""
import argparse
import socket
from typing import Any

import uvicorn
from actingweb.aw_proxy import AwProxy
from actingweb.interface import ActingWebApp, ActorInterface
from actingweb.peer_capabilities import PeerCapabilities
from actingweb.peer_permissions import fetch_peer_permissions, get_peer_permission_store
from actingweb.peer_profile import get_peer_profile_store
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse


def add_owner_routes(web: FastAPI, actingweb: ActingWebApp) -> None:
    """Must come before the library's own routes, whose first segment is any actor."""

    def find_actor(actor_id: str) -> ActorInterface:
        actor = ActorInterface.get_by_id(actor_id, actingweb.get_config())
        if actor is None:
            raise HTTPException(404, "there is no such actor")
        return actor

    @web.post("/interop/{actor_id}/info")
    def info(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).get_peer_info(wish["url"])

    @web.post("/interop/{actor_id}/proxy")
    async def proxy(actor_id: str, wish: dict[str, Any]) -> Any:
        find_actor(actor_id)
        peer = AwProxy(peer_target={"id": actor_id, "peerid": wish["peer"]}, config=actingweb.get_config())
        path = wish["path"]
        if wish["method"] == "GET":
            answer = await peer.get_resource_async(path=path)
        elif wish["method"] == "POST":
            answer = await peer.create_resource_async(path=path, params=wish["body"])
        elif wish["method"] == "PUT":
            answer = await peer.change_resource_async(path=path, params=wish["body"])
        else:
            answer = await peer.delete_resource_async(path=path)
        return {"status": peer.last_response_code, "answer": answer}

    @web.post("/interop/{actor_id}/verified")
    def create_verified(actor_id: str, wish: dict[str, Any]) -> Any:
        """What its own handler calls when a peer asks for a relationship."""
        return find_actor(actor_id).trust.create_verified_trust(
            baseuri=wish["baseuri"], peer_id=wish["peer"], approved=wish["approved"], secret=wish["secret"],
            verification_token=wish["token"], trust_type="", peer_approved=True, relationship="friend")

    @web.post("/interop/{actor_id}/approve")
    def approve(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).trust.approve_relationship(wish["peer"])

    @web.post("/interop/{actor_id}/profile")
    def profile(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).trust.refresh_peer_profile(wish["peer"]).to_dict()

    @web.post("/interop/{actor_id}/permissions")
    def permissions(actor_id: str, wish: dict[str, Any]) -> Any:
        """Asks a peer what it grants."""
        find_actor(actor_id)
        return fetch_peer_permissions(actor_id, wish["peer"], actingweb.get_config()).to_dict()

    @web.post("/interop/{actor_id}/known")
    def known(actor_id: str, wish: dict[str, Any]) -> Any:
        """What this process knows of a peer, without asking it."""
        config = find_actor(actor_id).config
        if wish["what"] == "profile":
            row = get_peer_profile_store(config).get_profile(actor_id, wish["peer"])
        else:
            row = get_peer_permission_store(config).get_permissions(actor_id, wish["peer"])
        return row.to_dict() if row else None

    @web.post("/interop/{actor_id}/find")
    def find(actor_id: str, wish: dict[str, Any]) -> Any:
        """The id of the actor that has this value of a property that actors are found by."""
        found = ActorInterface.get_by_property(wish["name"], wish["value"], actingweb.get_config())
        return found.id if found else None

    @web.post("/interop/{actor_id}/capabilities")
    def capabilities(actor_id: str, wish: dict[str, Any]) -> Any:
        peer = PeerCapabilities(find_actor(actor_id), wish["peer"])
        assert peer.refresh()
        return {"supported": sorted(peer.get_all_supported()), "version": peer.get_version()}

    @web.post("/interop/{actor_id}/unsubscribe")
    def unsubscribe(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).subscriptions.unsubscribe(wish["peer"], wish["subscription"])

    @web.post("/interop/{actor_id}/revoke")
    def revoke(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).subscriptions.revoke_peer_subscription(wish["peer"], wish["subscription"])

    @web.post("/interop/{actor_id}/suspend")
    def suspend(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).subscriptions.suspend("properties", wish["name"])

    @web.post("/interop/{actor_id}/resume")
    def resume(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).subscriptions.resume("properties", wish["name"])

    @web.post("/interop/{actor_id}/sync")
    def sync(actor_id: str, wish: dict[str, Any]) -> Any:
        result = find_actor(actor_id).subscriptions.sync_peer(wish["peer"])
        return {"success": result.success, "error": result.error}

    @web.post("/interop/{actor_id}/list")
    def change_list(actor_id: str, wish: dict[str, Any]) -> Any:
        """Calls a method of a list property: {"name", "method", "arguments"}."""
        change = getattr(getattr(find_actor(actor_id).property_lists, wish["name"]), wish["method"])
        return change(*wish["arguments"])

    @web.post("/interop/{actor_id}/child")
    def make_child(actor_id: str, wish: dict[str, Any]) -> Any:
        """An actor elsewhere, of which this one is the trustee."""
        actingweb.add_actor_type("child", factory=wish["factory"], relationship="friend")
        return find_actor(actor_id).core_actor.get_peer_trustee(shorttype="child")

    @web.post("/interop/{actor_id}/delete-child")
    def delete_child(actor_id: str, wish: dict[str, Any]) -> Any:
        return find_actor(actor_id).core_actor.delete_peer_trustee(peerid=wish["peer"])

    @web.exception_handler(Exception)
    async def say_why(_request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": repr(error)}, 500)


def add_hooks(actingweb: ActingWebApp) -> None:
    @actingweb.method_hook("greet", description="Says hello")
    def greet(_actor: Any, _name: str, wish: dict[str, Any]) -> Any:
        return {"greeting": f"Hello {wish.get('to', 'you')}"}

    @actingweb.action_hook("wave", description="Waves")
    def wave(actor: Any, _name: str, wish: dict[str, Any]) -> Any:
        actor.properties["waved"] = wish
        return {"waved": True}


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("port", nargs="?", type=int, default=0)
    words.add_argument("--root")
    words.add_argument("--auto-accept", action="store_true")
    words.add_argument("--hooks", action="store_true")
    wish = words.parse_args()
    listener = socket.create_server(("127.0.0.1", wish.port))
    here = f"127.0.0.1:{listener.getsockname()[1]}"
    host = wish.root.removeprefix("http://").rstrip("/") if wish.root else here
    web = FastAPI()
    actingweb = (
        ActingWebApp(aw_type="urn:actingweb:example.com:interop", database="postgresql", fqdn=host, proto="http://")
        .with_web_ui(False)
        .with_devtest(True)
        .with_mcp(False)
        .with_subscription_processing()
        .with_peer_profile()
        .with_peer_capabilities()
        .with_peer_permissions()
    )
    if wish.auto_accept:
        actingweb.get_config().default_relationship = "friend"
        actingweb.get_config().auto_accept_default_relationship = True
    if wish.hooks:
        add_hooks(actingweb)
    add_owner_routes(web, actingweb)
    actingweb.integrate_fastapi(web)
    server = uvicorn.Server(uvicorn.Config(web, log_level="info"))
    print(f"the reference serves http://{here}/", flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
