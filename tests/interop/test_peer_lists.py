"""List properties of the reference: what actingwebd keeps of them is what another reference keeps."""
import live
import pytest

TIMES = ("created_at", "updated_at", "synced_at")


@pytest.fixture
def readers(make_ours, make_theirs):
    """Bob, who has lists, and two who subscribe to him: Alice is ours, and Carol shows what the reference keeps."""
    bob = make_theirs("bob")
    return bob, [make_ours("alice"), make_theirs("carol")]


def begin(bob, subscribers):
    for one in subscribers:
        one.befriend(bob)
        one.subscribe_to(bob)


def without_times(kept):
    return {name: {key: value for key, value in row.items() if key not in TIMES} for name, row in kept.items()}


def wait_for_both(bob, subscribers, name, items):
    ours, theirs = subscribers
    for one in subscribers:
        try:
            live.wait_until(lambda one=one: one.kept_list(bob, name) == items)
        except AssertionError as late:
            raise AssertionError(f"not {items} but {one.kept(bob)} with {one.service.root}") from late
    assert without_times(ours.kept(bob)) == without_times(theirs.kept(bob))


def test_baseline(readers):
    bob, subscribers = readers
    bob.change_list("notes", "extend", [{"id": 1}, {"id": 2}])
    bob.set("colour", "blue")
    begin(bob, subscribers)
    wait_for_both(bob, subscribers, "notes", [{"id": 1}, {"id": 2}])


def test_each_operation_of_the_library(readers):
    bob, subscribers = readers
    begin(bob, subscribers)
    for method, arguments, items in (
            ("append", [{"id": 1}], [{"id": 1}]),
            ("extend", [[{"id": 2}, {"id": 3}]], [{"id": 1}, {"id": 2}, {"id": 3}]),
            ("insert", [0, {"id": 0}], [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 3}]),
            ("pop", [], [{"id": 0}, {"id": 1}, {"id": 2}]),
            ("pop", [0], [{"id": 1}, {"id": 2}]),
            ("remove", [{"id": 1}], [{"id": 2}]),
            ("set_description", ["what I remember"], [{"id": 2}]),
            ("append", [{"id": 4}], [{"id": 2}, {"id": 4}]),
            ("clear", [], []),
            ("append", [{"id": 5}], [{"id": 5}]),
            ("delete", [], [])):
        bob.change_list("notes", method, *arguments)
        wait_for_both(bob, subscribers, "notes", items)
    for one in subscribers:
        assert one.kept(bob) == {}
