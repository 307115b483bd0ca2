"""What cmake --install puts below a prefix is enough to build programs with; the library exports what it declares."""
import os
import pathlib
import re
import subprocess

import pytest

import live
from live import ROOT

BEFRIEND = """
int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_actor *alice = NULL;
    aw_error err = {0};
    int rc = argc == 3 ? AW_OK : AW_E_INVALID;

    if (!rc)
        rc = aw_app_new(AW_WITH(app, .store = argv[1], .root = "http://localhost:9/"), &app, &err);
    if (!rc)
        rc = aw_actor_create(app, AW_WITH(actor_create, .creator = "alice"), &alice, &err);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!rc)
        rc = befriend(alice, argv[2], NULL);
    if (!rc)
        getchar(); /* until the test has read what the callback says */
    aw_actor_unref(alice);
    aw_app_free(app);
    return rc ? 1 : 0;
}
"""


def cached(name):
    """A variable of the build directory whose programs are under test."""
    found = re.search(rf"^{name}:\w+=(.*)$", (live.BUILD / "CMakeCache.txt").read_text(), flags=re.M)
    return found[1] if found else ""


def output_of(*argv, **more):
    done = subprocess.run([str(arg) for arg in argv], capture_output=True, text=True, timeout=live.LONG_S, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    output_of("cmake", "--install", live.BUILD, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def libraries(prefix):
    return prefix / cached("CMAKE_INSTALL_LIBDIR")


@pytest.fixture(scope="module", params=["shared", "static"])
def build(request, libraries, tmp_path_factory):
    """build(source, "-lfirst") is a program made of it, with nothing but what was installed."""
    folder = tmp_path_factory.mktemp(request.param)

    def pkg_config(*flags):
        env = {**os.environ, "PKG_CONFIG_PATH": str(libraries / "pkgconfig")}
        return output_of("pkg-config", *flags, "actingweb", env=env).split()

    def make(source, *first):
        program = folder / source.stem
        flags = pkg_config("--cflags")
        if request.param == "static":
            flags += [flag.replace("-lactingweb", "-l:libactingweb.a") for flag in pkg_config("--static", "--libs")]
        else:
            flags += pkg_config("--libs") + [f"-Wl,-rpath,{libraries}"]
        if cached("AW_SANITIZE"):
            flags.append("-fsanitize=" + cached("AW_SANITIZE"))
        output_of("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program, source, *first, *flags)
        needed = output_of("readelf", "-d", program)
        assert ("libactingweb.so" in needed) == (request.param == "shared")
        return program

    return make


# ---- programs ----

def test_a_script(build, server):
    bob = server.create("bob")
    done = live.run(build(ROOT / "examples" / "sync_script.c"), bob.url)
    assert done.returncode == 0, done.stderr
    assert f"the peer is {bob.id}, " in done.stdout and "the favourite colour is blue" in done.stdout


def test_what_the_readme_shows(build, server, tmp_path):
    snippet = re.search(r"^```c\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.M | re.S)[1]
    source = tmp_path / "befriend.c"
    source.write_text(snippet + BEFRIEND)
    argv = [build(source), f"sqlite:{tmp_path}/app.db", server.create("bob").url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=live.environment()) as running:
        said = running.stdout.readline()
        _, trouble = running.communicate("\n", timeout=live.LONG_S)
    assert running.returncode == 0 and "is now a friend" in said, said + trouble


def test_a_test_with_a_fake_peer(build, tmp_path):
    done = live.run(build(ROOT / "examples" / "fake_peer.c", "-lactingweb-test"), f"sqlite:{tmp_path}/app.db")
    assert done.returncode == 0, done.stderr
    assert "the peer behaved well, and badly" in done.stdout


@pytest.mark.parametrize("name", ["actingweb", "actingwebd"])
def test_the_programs(prefix, name):
    assert live.run(prefix / "bin" / name, "--version").stdout.startswith(name + " ")


# ---- files ----

def test_every_header_is_there(prefix):
    for folder, below in ((ROOT / "include" / "actingweb", ""), (ROOT / "adapters", "adapters")):
        for header in folder.rglob("*.h"):
            assert (prefix / "include" / "actingweb" / below / header.relative_to(folder)).is_file(), header


def test_every_manual_page_is_there(prefix):
    for page in (ROOT / "man").iterdir():
        assert (prefix / "share" / "man" / f"man{page.suffix[1:]}" / page.name).is_file()


# ---- symbols ----

def declared():
    """The names of the functions that the headers export, but for those of the fake peer, a library of its own."""
    names = set()
    for header in (ROOT / "include" / "actingweb").rglob("*.h"):
        if header.parent.name != "test":
            names |= set(re.findall(r"^AW_API\s[^;(]*?(\w+)\(", header.read_text(), flags=re.M))
    return names


def test_the_library_exports_what_the_headers_declare(libraries):
    lines = output_of("nm", "-D", "--defined-only", libraries / "libactingweb.so").splitlines()
    exported = {line.split()[-1].split("@")[0] for line in lines}
    assert exported == declared()
    assert not any(name.startswith("aw__") for name in exported)
