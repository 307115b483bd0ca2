"""docs/moving-from-python.md: its steps, done. There and back again, with the words of the page."""
import re

import pytest

import live
from parties import Ours, make_party
from shared import FLAGS, a_service

PAGE = (live.ROOT / "docs" / "moving-from-python.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.M | re.S)


@pytest.fixture
def service(request, tmp_path, python_library, postgres, start_reference, start_server):
    with a_service(request.node.name, tmp_path, python_library, postgres, start_reference, start_server) as one:
        yield one


@pytest.fixture(scope="module")
def elsewhere(start_server):
    return start_server(*FLAGS)


def test_there_and_back(service, elsewhere):
    # With Python.
    service.migrate()
    service.start_theirs()
    alice = service.make_actor(service.theirs, "alice")
    bob = make_party(Ours, elsewhere, "bob")
    bob.befriend(alice)
    alice.set("colour", "blue")
    subscription = bob.subscribe_to(alice)
    before, shape = service.rows(), service.shape()
    current = service.alembic("current").strip()
    assert current and current in PAGE

    # Beside it. Nothing of what is there changes; and then all of it is moved.
    service.start_ours()
    assert service.rows() == before and service.shape() == shape
    moved = service.at(service.ours, alice)
    assert moved.value() == {"colour": "blue"}
    service.stop_theirs()
    moved.set("colour", "red")
    bob.wait_for_kept(alice, "colour", "red")
    bob.set("mood", "good")
    moved.subscribe_to(bob)
    moved.permit(bob, methods={"allowed": ["sing"]})

    # And back.
    count, drop = blocks("sql")
    live.wait_until(lambda: service.sql(count) == [["0"]], "the delivery")
    service.stop_ours()
    service.start_theirs()
    again = service.at(service.theirs, alice)
    assert again.value() == {"colour": "red"}
    assert again.kept(bob) == {"mood": {"value": "good"}}
    assert again.get(f"trust/friend/{bob.id}/permissions").json["methods"]["allowed"] == ["sing"]
    again.set("colour", "green")
    bob.wait_for_kept(alice, "colour", "green")
    assert bob.subscriptions(alice)[subscription]["sequence"] == 2
    bob.set("mood", "better")
    again.wait_for_kept(bob, "mood", "better")

    # Without what was added.
    service.sql(drop)
    assert service.shape() == shape
    names = {name for name, in service.sql("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
                                           " AND relkind IN ('r', 'i')")}
    assert not any(name.startswith("aw_") or name in ("outbox", "outbox_queues", "servers") for name in names)
    service.alembic("upgrade", "head")
    again.set("colour", "white")
    bob.wait_for_kept(alice, "colour", "white")

    # And there once more, as if nothing had been.
    service.start_ours()
    assert service.at(service.ours, alice).value() == {"colour": "white"}


def test_another_version_is_refused(service):
    """Whether it has used these tables before or not: the library's next version may have changed them since."""
    service.migrate()
    for _ in range(2):
        service.alembic("downgrade", "-1")
        done = live.run(live.program("actingwebd"), "--listen", "localhost:0", "--store", service.store)
        assert done.returncode == 1 and "e5f6a7b8c9d0" in done.stderr and "alembic upgrade head" in done.stderr
        service.alembic("upgrade", "head")
        service.start_ours()
        service.stop_ours()


def test_what_is_added_is_what_the_page_removes(service):
    """All of it: the page would leave what it does not name."""
    listing = """SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i')
        UNION SELECT collname FROM pg_collation WHERE collnamespace = current_schema()::regnamespace"""
    service.migrate()
    before = service.sql(listing)
    service.start_ours()
    assert sorted(service.sql(listing)) != sorted(before)
    service.stop_ours()
    service.sql(blocks("sql")[1])
    assert sorted(service.sql(listing)) == sorted(before)
