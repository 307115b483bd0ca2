"""What the documents show is true: code compiles, quotes are verbatim, commands run and print what is shown."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import live
from markdown import PAGES, ROOT, all_blocks, anchors_of, blocks_of, label, links_of, name_of
from shell import Shell, shows

# What statements in documents may use without saying where it comes from.
PRELUDE = """\
#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""
STATEMENTS = PRELUDE + """\
aw_done_cb on_done;
aw_trust_cb on_trust;
aw_peer_info_cb on_info;
aw_proxy_cb on_answer;
aw_subscription_cb on_subscribed;
aw_group_cb on_all_done;
aw_offload_fn resize_picture;
void snippet(aw_app *, aw_runtime *, aw_actor *, aw_fake_peer *, void *, void *);
void snippet(aw_app *app, aw_runtime *runtime, aw_actor *actor, aw_fake_peer *bob, void *picture, void *ud)
{
    aw_error err = {0};
    (void)app, (void)runtime, (void)actor, (void)bob, (void)picture, (void)ud, (void)err;
    {
%s
    }
}
"""
PACKAGES = {"glib.h": "glib-2.0", "libuv.h": "libuv", "libevent.h": "libevent", "sd-event.h": "libsystemd"}


def blocks(language):
    return [block for block in all_blocks() if block.language == language]


def quoted_path(block):
    found = re.fullmatch(r"quotes: (\S+)", block.mark)
    return found and found[1]


# ---- C ----

@pytest.fixture(scope="module")
def include_folders(tmp_path_factory):
    """The headers as they are once installed: <actingweb/adapters/LOOP.h> included."""
    folder = tmp_path_factory.mktemp("include")
    (folder / "actingweb").mkdir()
    (folder / "actingweb" / "adapters").symlink_to(ROOT / "adapters")
    return [f"-I{ROOT / 'include'}", f"-I{folder}"]


def package_flags(text):
    flags = []
    for header, package in PACKAGES.items():
        if f"<actingweb/adapters/{header}>" in text:
            found = subprocess.run(["pkg-config", "--cflags", package], capture_output=True, text=True, check=False)
            if found.returncode:
                pytest.skip(f"{package} is not here")
            flags += found.stdout.split()
    if "adapters/libev.h" in text:
        flags.append("-Wno-strict-aliasing")  # libev's own macros
    return flags


@pytest.mark.parametrize("block", [block for block in blocks("c") if not quoted_path(block)], ids=label)
def test_c_compiles(block, include_folders):
    assert block.mark in ("", "c: statements", "c: declarations"), f"what does the mark {block.mark!r} mean?"
    text = block.text
    if block.mark == "c: statements":
        text = STATEMENTS % text
    elif block.mark == "c: declarations":
        text = PRELUDE + text
    done = subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
                           "-fsyntax-only", *include_folders, *package_flags(text), "-xc", "-"],
                          input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", [block for block in all_blocks() if quoted_path(block)], ids=label)
def test_quotes_are_verbatim(block):
    assert block.text in (ROOT / quoted_path(block)).read_text()


# ---- commands ----

def walk(page_blocks, server, folder):
    """Runs the sh blocks, in order, in one shell, and compares what they print with the text block that follows."""

    def here(text):
        return text.replace("localhost:5000", f"localhost:{server.port}").replace("$PWD/build/release", str(live.BUILD))

    shell = Shell(folder, live.environment())
    try:
        for block, following in zip(page_blocks, page_blocks[1:] + [None]):
            if block.language != "sh":
                continue
            expected = here(following.text) if following and following.language == "text" else None

            def attempt():
                status, output = shell.run(here(block.text))
                assert (status != 0) == (block.mark == "refused"), f"{label(block)}: status {status}\n{output}"
                return expected is None or shows(output, expected), output

            if block.mark == "soon":
                live.wait_until(lambda: attempt()[0], f"{label(block)}: {expected}")
            else:
                right, output = attempt()
                assert right, f"{label(block)} shows\n{expected}\nand it is\n{output}"
    finally:
        shell.close()


def shipped(*more):
    return ["--config", ROOT / "conf" / "actingwebd.ini", *more]


def test_the_tour(start_server, tmp_path):
    walk(blocks_of(ROOT / "docs" / "tour.md"), start_server(*shipped("--devtest"), name="tour"), tmp_path)
    assert not (tmp_path / "var" / "tour").exists()


def test_properties(start_server, tmp_path):
    walk(blocks_of(ROOT / "docs" / "properties.md"), start_server(*shipped(), name="properties"), tmp_path)


def test_subscriptions(start_server, tmp_path):
    page = blocks_of(ROOT / "docs" / "subscriptions.md")
    walk(page, start_server(*shipped("--devtest", "--gap-timeout-s", "3"), name="subscriptions"), tmp_path)


def test_trust(start_server, tmp_path):
    page = blocks_of(ROOT / "docs" / "trust-and-permissions.md")
    walk(page, start_server(*shipped(), name="trust"), tmp_path)


def test_operations(start_server, tmp_path):
    server = start_server(*shipped(), name="operations")
    (tmp_path / "var").mkdir()  # as script/server does
    (tmp_path / "var" / "actingweb.db").symlink_to(server.store.removeprefix("sqlite:"))
    walk(blocks_of(ROOT / "docs" / "operations.md"), server, tmp_path)


def test_the_readme(start_server, tmp_path):
    (tmp_path / "var").mkdir()  # as script/server does
    walk(blocks_of(ROOT / "README.md"), start_server(*shipped(), name="readme"), tmp_path)


# ---- links and names ----

@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for link in links_of(page):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target), link


def test_every_page_is_reachable_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        todo += [(page.parent / link.split("#")[0]).resolve() for link in links_of(page)
                 if not link.startswith(("https:", "#"))]
    assert set((ROOT / "docs").glob("*.md")) - seen == set()


def declared_names():
    text = "".join(path.read_text() for folder in ("include", "adapters") for path in (ROOT / folder).rglob("*.h"))
    variables = {"AW_" + name.upper().replace("-", "_") for name in help_options("actingwebd")}
    fields = {"aw_supported", "aw_formats", "aw_trust_types"}  # of /meta
    tables = set(re.findall(r"\b(?:TABLE|INDEX) IF NOT EXISTS (aw_\w+)",
                            (ROOT / "src" / "store" / "schema_postgres.c").read_text()))
    return tables | set(re.findall(r"\b(?:aw|AW)_\w+", text)) | variables | {"AW_ACTOR", "AW_CREATOR", "AW_PASSPHRASE"} | fields


def strange_names(text):
    """Names that look like the library's and are not. aw_noun_verb is a pattern, no name."""
    known = declared_names()
    return [name for name in re.findall(r"(?<![\w/{-])((?:aw|AW)_[A-Za-z]\w*)", text)
            if name not in known and not name.startswith(("aw__", "aw_noun_"))]


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs" or page.name == "README.md"],
                         ids=name_of)
def test_names_are_the_librarys(page):
    assert strange_names(page.read_text()) == []


def test_every_method_has_both_forms():
    """The table of async-operations.md: each function is declared, and in the library, with and without _async."""
    page = (ROOT / "docs" / "async-operations.md").read_text()
    functions = re.findall(r"\| `(aw_\w+)` \| `aw_\w+_cb` \|", page)
    assert len(functions) == 15
    library = subprocess.run(["nm", "-g", live.BUILD / "libactingweb.a"], capture_output=True, text=True, check=True)
    exported = set(re.findall(r" T (aw_\w+)", library.stdout))
    for function in functions:
        assert {function, function + "_async"} <= exported & declared_names(), function


# ---- options and commands ----

def help_of(program):
    return live.run(live.program(program), "--help").stdout


def help_options(program):
    options = re.findall(r"^  .*", help_of(program), flags=re.M)
    return {name for line in options if line.startswith("  --") for name in re.findall(r"(?<!\S)--([a-z-]+)", line)}


def help_commands():
    part = help_of("actingweb").split("Commands:\n")[1].split("\n\n")[0]
    return {" ".join(re.match(r"  ((?:[a-z]+ )+)", line)[1].split()) for line in part.splitlines()}


def man(name):
    return (ROOT / "man" / name).read_text()


def test_options_of_the_daemon_are_documented():
    assert set(re.findall(r"^\.It Fl -([a-z-]+)", man("actingwebd.8"), flags=re.M)) == help_options("actingwebd")
    table = (ROOT / "docs" / "server.md").read_text().split("## Behind TLS")[0]
    modes = {"config", "check-config", "version", "help"}
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, flags=re.M)) == help_options("actingwebd") - modes


def test_options_of_the_client_are_documented():
    assert set(re.findall(r"^\.It Fl -([a-z-]+)", man("actingweb.1"), flags=re.M)) == help_options("actingweb")


def test_commands_of_the_client_are_documented():
    in_man = set(re.findall(r"^\.It Cm ([a-z]+(?: [a-z]+)?)", man("actingweb.1"), flags=re.M))
    page = (ROOT / "docs" / "command-line.md").read_text()
    in_page = {" ".join(words.split()) for words in re.findall(r"^\| `((?:[a-z]+ ?)+)[^`]*` \|", page, flags=re.M)}
    assert in_man == in_page == help_commands()


def test_the_shipped_configuration_knows_its_options():
    text = (ROOT / "conf" / "actingwebd.ini").read_text()
    assert set(re.findall(r"^;? ?([a-z-]+) = ", text, flags=re.M)) <= help_options("actingwebd")


# ---- manual pages ----

@pytest.mark.parametrize("page", sorted((ROOT / "man").glob("*.[0-9]")), ids=name_of)
def test_manual_pages_are_clean(page):
    if not shutil.which("mandoc"):
        pytest.skip("no mandoc here")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", sorted((ROOT / "man").glob("*.[0-9]")), ids=name_of)
def test_manual_pages_name_what_there_is(page):
    assert strange_names(page.read_text()) == []


def test_the_library_page_names_every_header():
    headers = {path.name for path in (ROOT / "include" / "actingweb").glob("*.h")}
    assert headers <= set(re.findall(r"actingweb/(\w+\.h)", man("libactingweb.3"))), "a header is missing in the page"


def test_nothing_names_the_machine_it_was_written_on():
    home = os.path.expanduser("~")
    for page in PAGES + sorted((ROOT / "man").iterdir()):
        text = pathlib.Path(page).read_text()
        assert str(ROOT) + "/" not in text and (home == "/" or home + "/" not in text), page
