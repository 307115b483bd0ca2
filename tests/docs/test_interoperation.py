"""docs/interoperation.md names tests that are there, that run in the direction it says, and the version they use."""
import re

import pytest

import live

PAGE = (live.ROOT / "docs" / "interoperation.md").read_text()
FOLDER = live.ROOT / "tests" / "interop"
BEGUN_BY_C, BEGUN_BY_PYTHON = "ours to theirs", "theirs to ours"


def rows_of(heading):
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def named_in(cell):
    return re.findall(r"`(test_\w+\.py): (test_\w+)`", cell)


CONVERSATIONS = rows_of("The conversations")
DIFFERENCES = rows_of("What is different, and what comes of it")


@pytest.fixture(scope="module")
def collected():
    """{(file, function): [what is in brackets, ...]}"""
    done = live.run("/usr/bin/python3", "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", FOLDER,
                    cwd=live.ROOT)
    found = {}
    for path, function, which in re.findall(r"^\S*?(test_\w+\.py)::(test_\w+)(?:\[(.*)\])?$", done.stdout, flags=re.M):
        found.setdefault((path, function), []).append(which)
    assert found, done.stdout
    return found


def runs(ways, direction):
    """Whether a test of these ways runs in a direction; one without directions says itself what it does."""
    return not any(one in way for way in ways for one in (BEGUN_BY_C, BEGUN_BY_PYTHON)) \
        or any(direction in way for way in ways)


@pytest.mark.parametrize("row", CONVERSATIONS, ids=lambda row: row[0][:60])
def test_a_conversation_has_tests_in_both_directions(collected, row):
    _, by_c, by_python = row
    assert named_in(by_c)
    for test in named_in(by_c):
        assert runs(collected[test], BEGUN_BY_C), test
    if by_python == "the same test does both":
        return
    if by_python.startswith("the same"):
        for test in named_in(by_c):
            assert any(BEGUN_BY_PYTHON in way for way in collected[test]), test
    else:
        assert named_in(by_python) or by_python == "-"
    for test in named_in(by_python):
        assert runs(collected[test], BEGUN_BY_PYTHON), test


@pytest.mark.parametrize("row", rows_of("One database"), ids=lambda row: row[0][:60])
def test_what_one_database_shows_has_tests(collected, row):
    assert named_in(row[1]) and set(named_in(row[1])) <= collected.keys()


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row[0][:60])
def test_a_difference_has_a_consequence_and_tests(collected, row):
    _, consequence, tests = row
    assert consequence and named_in(tests)
    assert set(named_in(tests)) <= collected.keys()


def test_no_test_is_forgotten(collected):
    """Each file of tests/interop has its place in the page."""
    named = {path for path, _ in named_in(PAGE)}
    assert {path for path, _ in collected} - named <= {"test_skipping.py"}


def test_the_version_is_the_one_that_is_tested_with():
    wanted = (live.ROOT / "tests" / "support" / "reference_requirements.txt").read_text()
    actingweb = re.search(r"^actingweb\[fastapi,postgresql\]==(\S+)$", wanted, flags=re.M)[1]
    uvicorn = re.search(r"^uvicorn==(\S+)$", wanted, flags=re.M)[1]
    assert f"`actingweb` {actingweb}" in PAGE and re.search(rf"`uvicorn`\s+{re.escape(uvicorn)}", PAGE)
