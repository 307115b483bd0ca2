"""docs/several-servers.md: nginx takes the configuration that it shows, by itself and in Debian's own, and actingwebd the
commands. What is served through it is tested in tests/wire/test_behind_nginx.py, and by all wire tests behind nginx."""
import pathlib
import re
import shlex

import pytest

import live
import nginx
from markdown import ROOT, blocks_of

PAGE = ROOT / "docs" / "several-servers.md"
DEBIANS = pathlib.Path("/etc/nginx/nginx.conf")


def blocks(language, page=PAGE):
    return [block.text for block in blocks_of(page) if block.language == language]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return nginx.make_certificate(tmp_path_factory.mktemp("certificate"))


def with_certificate(text, certificate):
    """The files that a machine of this name would have are others here."""
    text = re.sub(r"/etc/ssl/\S+\.pem", str(certificate[0]), text)
    return re.sub(r"/etc/ssl/private/\S+\.key", str(certificate[1]), text)


def test_the_page_shows_the_whole_file():
    assert blocks("nginx") == [nginx.CONFIGURATION.read_text()]


def test_nginx_takes_it(tmp_path, certificate, check):
    text = with_certificate(nginx.CONFIGURATION.read_text(), certificate)
    text = text.replace("/var/log/nginx/actingwebd.log", str(tmp_path / "access.log"))
    assert "[warn]" not in check(nginx.write_around(tmp_path, text))


def test_it_fits_into_debians(tmp_path, certificate, check):
    """With all that Debian's nginx.conf has beside it, where the page says to copy it to."""
    if not DEBIANS.exists():
        pytest.skip("no /etc/nginx/nginx.conf: its package is nginx-light")
    (tmp_path / "actingweb.conf").write_text(with_certificate(nginx.CONFIGURATION.read_text(), certificate).replace(
        "/var/log/nginx/actingwebd.log", str(tmp_path / "access.log")))
    text = DEBIANS.read_text()
    assert "include /etc/nginx/conf.d/*.conf;" in text
    text = text.replace("/etc/nginx/conf.d/*.conf", str(tmp_path / "actingweb.conf"))
    text = re.sub(r"include /etc/nginx/sites-enabled/\*;", "", text)
    text = text.replace("/run/nginx.pid", str(tmp_path / "nginx.pid"))
    text = re.sub(r"/var/log/nginx/(\w+\.log)", rf"{tmp_path}/\1", text)
    text = text.replace("http {\n", "http {\n" + nginx.own_folders(tmp_path), 1)
    (tmp_path / "nginx.conf").write_text(text)
    check(tmp_path / "nginx.conf")


def test_nginx_takes_that_of_one_server(tmp_path, certificate, check):
    """docs/server.md's."""
    text, = blocks("nginx", ROOT / "docs" / "server.md")
    check(nginx.write_around(tmp_path, with_certificate(text, certificate)))


def commands():
    """Those that start a server, each as its words."""
    lines = re.findall(r"^\$ (actingwebd .*)$", "\n".join(blocks("console")), flags=re.M)
    assert len(lines) == 2
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[2])
def test_the_commands_are_right(words):
    done = live.run(live.program("actingwebd"), *words[1:], "--check-config")
    assert done.returncode == 0, done.stderr


def test_the_commands_and_nginx_mean_the_same_servers():
    ports = [words[words.index("--listen") + 1].rsplit(":", 1)[1] for words in commands()]
    text = nginx.CONFIGURATION.read_text()
    upstreams = re.findall(r"^upstream \w+ \{\n(.*?)^\}", text, flags=re.M | re.S)
    assert len(upstreams) == 2
    for upstream in upstreams:
        assert re.findall(r"server 127\.0\.0\.1:(\d+) ", upstream) == ports
    for words in commands():
        assert f"server_name {words[words.index('--root') + 1].split('/')[2]};" in text


def test_the_unit_and_the_options_are_right(tmp_path):
    unit = (ROOT / "conf" / "actingwebd@.service").read_text()
    options = tmp_path / "actingwebd.ini"
    shown = [text for text in blocks("ini") if "[Service]" not in text]
    assert len(shown) == 1
    options.write_text(shown[0])
    words = shlex.split(re.search(r"^ExecStart=(.*)$", unit, flags=re.M)[1].replace("%i", "5001"))
    words[words.index("/etc/actingwebd.ini")] = str(options)
    done = live.run(live.program("actingwebd"), *words[1:], "--check-config")
    assert done.returncode == 0, done.stderr
    drain_s = int(re.search(r"\| `drain-timeout-s` \| (\d+) \|", (ROOT / "docs" / "server.md").read_text())[1])
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit, flags=re.M)[1]) > drain_s
