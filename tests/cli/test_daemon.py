"""actingwebd: its options and where they come from, its exit status, and how it ends."""
import signal
import socket
import threading

import pytest

import live

ENDED, FAILED, USAGE = 0, 1, 2


def daemon(*flags, env=None, cwd=None):
    return live.run(live.program("actingwebd"), *flags, env=env, cwd=cwd)


def check(*flags, env=None, cwd=None):
    return daemon("--check-config", *flags, env=env, cwd=cwd)


def meta_of(server):
    return live.request("GET", server.create().url + "/meta").json


# ---- asking about itself ----

def test_help():
    done = daemon("--help")
    assert done.returncode == ENDED and done.stderr == ""
    for word in ("--listen HOST:PORT", "--store DATABASE", "--config FILE", "Exit status"):
        assert word in done.stdout
    assert daemon("-h").stdout == done.stdout


def test_version():
    done = daemon("--version")
    assert done.returncode == ENDED
    assert done.stdout.startswith("actingwebd ") and len(done.stdout.split()) == 2


def test_help_and_version_need_no_right_options():
    assert daemon("--help", env=live.environment(AW_WORKERS="many")).returncode == ENDED
    assert daemon("--version", "--config", "/nowhere").returncode == ENDED


# ---- right and wrong options ----

def test_check_config_makes_nothing(tmp_path):
    done = check("--store", "sqlite:actors.db", cwd=tmp_path)
    assert done.returncode == ENDED, done.stderr
    assert "right" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_configuration_is_right():
    done = check("--config", live.ROOT / "conf" / "actingwebd.ini")
    assert done.returncode == ENDED, done.stderr


@pytest.mark.parametrize("flags, name", [
    (["--workers", "0"], "workers"),
    (["--workers", "many"], "workers"),
    (["--web-threads", "9999"], "web-threads"),
    (["--gap-timeout-s", "0"], "gap-timeout-s"),
    (["--max-pending", "-1"], "max-pending"),
    (["--drain-timeout-s", "1.5"], "drain-timeout-s"),
    (["--delivery", "twice"], "delivery"),
    (["--log-level", "loud"], "log-level"),
    (["--devtest=perhaps"], "devtest"),
    (["--listen", ""], "listen"),
    (["--listen", "5000"], "listen"),
    (["--listen", "localhost:70000"], "listen"),
    (["--listen", "::1:80"], "listen"),
    (["--listen", "a b:80"], "listen"),
    (["--store", "postgres:x"], "store"),
    (["--store", "sqlite:"], "store"),
    (["--store", "sqlite::memory:"], "path of a file"),
    (["--store", "postgresql:///x?schema=Blue"], "lower-case letters"),
    (["--store", "postgresql:///x?statement_timeout=soon"], "1 to 3600 seconds"),
    (["--store", "postgresql:///x?sslmood=verify-full"], "is no URI for libpq"),
    (["--root", "ftp://example.com/"], "root"),
    (["--root", "https://example.com/?x=1"], "root"),
    (["--listen", "0.0.0.0:0"], "root"),
    (["--dance"], "dance"),
    (["dance"], "dance"),
    (["--config", "/nowhere/at/all"], "/nowhere/at/all"),
    (["--config", "/"], "--config /: cannot read it"),
    (["--delivery", "thrice"], "wants once or durable"),
    (["--devtest", "true"], "--devtest=false"),
    (["--listen"], "listen"),
])
def test_what_is_wrong_is_named_and_ends_with_2(flags, name, tmp_path):
    for done in (check(*flags, cwd=tmp_path), daemon(*flags, cwd=tmp_path)):
        assert done.returncode == USAGE
        assert name in done.stderr
        assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text, name", [
    ("workers = many\n", "workers"),
    ("[actingwebd]\ndelivery = twice\n", "delivery"),
    ("dance = yes\n", "dance"),
    ("; fine\nno equals sign\n", "line 2"),
])
def test_what_is_wrong_in_the_file_is_named(text, name, tmp_path):
    path = tmp_path / "actingwebd.ini"
    path.write_text(text)
    done = check("--config", path)
    assert done.returncode == USAGE
    assert name in done.stderr


def test_what_is_wrong_in_a_variable_is_named():
    done = check(env=live.environment(AW_GAP_TIMEOUT_S="soon"))
    assert done.returncode == USAGE
    assert "gap-timeout-s" in done.stderr and "variable" in done.stderr


# ---- where options come from ----

def test_flag_wins_over_variable_over_file(start_server, tmp_path):
    path = tmp_path / "actingwebd.ini"
    path.write_text("type = urn:from:file\ndevtest = true\n\n[another program]\ntype = urn:from:elsewhere\n")
    env = live.environment(AW_TYPE="urn:from:variable")
    assert meta_of(start_server("--config", path))["type"] == "urn:from:file"
    assert meta_of(start_server("--config", path, env=env))["type"] == "urn:from:variable"
    flags = ["--type", "urn:from:flag", "--config", path]
    assert meta_of(start_server(*flags, env=env))["type"] == "urn:from:flag"


def test_flags_can_be_switched_off_again(start_server, tmp_path):
    path = tmp_path / "actingwebd.ini"
    path.write_text("devtest = yes\n")
    on, off = start_server("--config", path), start_server("--config", path, "--devtest=no")
    for server, status in ((on, 204), (off, 404)):
        assert server.create().get("devtest/ping").status == status
    assert "--devtest is on" in on.err and "--devtest is on" not in off.err


def test_root_is_what_peers_are_told(start_server):
    server = start_server("--root", "https://actors.example.com/base")
    made = live.request("POST", f"http://localhost:{server.port}/", {"creator": "alice"})
    assert made.headers["Location"] == f"https://actors.example.com/base/{made.json['id']}"


# ---- serving ----

def test_data_outlives_the_process(tmp_path):
    server = live.Server(tmp_path, name="first")
    try:
        alice = server.create()
        alice.put("properties/colour", "blue")
    finally:
        assert server.stop() == ENDED
    again = live.Process(tmp_path, "second", [live.program("actingwebd"), "--listen", f"localhost:{server.port}",
                                              "--store", server.store])
    try:
        again.wait_for_output(" serves ")
        assert alice.get("properties/colour").json == "blue"
    finally:
        assert again.stop() == ENDED


def test_a_port_in_use_ends_with_1(server, tmp_path):
    done = daemon("--listen", f"localhost:{server.port}", "--store", f"sqlite:{tmp_path}/actors.db")
    assert done.returncode == FAILED
    assert "cannot serve" in done.stderr and str(server.port) in done.stderr


def test_a_store_that_cannot_be_opened_ends_with_1(tmp_path):
    done = daemon("--listen", "localhost:0", "--store", f"sqlite:{tmp_path}/absent/actors.db")
    assert done.returncode == FAILED
    assert "cannot start" in done.stderr
    (tmp_path / "text.db").write_text("no database at all, but long enough to look at its header" * 20)
    assert daemon("--listen", "localhost:0", "--store", f"sqlite:{tmp_path}/text.db").returncode == FAILED


def test_the_log_has_no_secrets(start_server, fake_peer):
    server = start_server("--log-level", "trace")
    alice = server.create(passphrase="a passphrase of alice")
    assert alice.post("trust", {"url": fake_peer.root + "bob"}).status == 201
    secret = alice.trust("bob")["secret"]
    alice.get("properties", auth=("alice", "a wrong passphrase"))
    alice.get("properties", auth=None, bearer="a wrong token")
    for word in ("a passphrase of alice", secret, "a wrong passphrase", "a wrong token"):
        assert word not in server.err and word not in server.out


# ---- ending ----

@pytest.fixture
def start(tmp_path):
    """start("--flag") is a server that the test ends; the fixture sees to it if the test fails."""
    servers = []

    def begin(*flags):
        servers.append(live.Server(tmp_path, *flags))
        return servers[-1]

    yield begin
    for server in servers:
        server.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_well(start, number):
    server = start()
    server.create()
    server.signal(number)
    assert server.wait() == ENDED


class WaitingRequest:
    """A trust request to a peer that keeps silent, in a thread of its own."""

    def __init__(self, alice, peer):
        self.answer = None
        self.thread = threading.Thread(target=self._ask, args=(alice, peer), daemon=True)
        self.thread.start()
        peer.wait_for_a_request()

    def _ask(self, alice, peer):
        try:
            self.answer = alice.post("trust", {"url": peer.url})
        except OSError as broken:
            self.answer = broken

    def wait(self):
        self.thread.join(live.LONG_S)
        assert not self.thread.is_alive()
        return self.answer


def refuses_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=live.LONG_S).close()
        return False
    except OSError:
        return True


def test_sigterm_answers_what_is_in_flight(start, silent_peer):
    server = start("--drain-timeout-s", "60")
    waiting = WaitingRequest(server.create(), silent_peer)
    server.signal(signal.SIGTERM)
    live.wait_until(lambda: refuses_connections(server.port), "the end of accepting")
    assert server.process.poll() is None
    silent_peer.release()
    assert waiting.wait().status == 408
    assert server.wait() == ENDED


def test_sigterm_gives_up_after_the_drain_timeout(start, silent_peer):
    server = start("--drain-timeout-s", "1")
    waiting = WaitingRequest(server.create(), silent_peer)
    server.signal(signal.SIGTERM)
    assert server.wait() == FAILED
    assert "not everything was answered" in server.err
    answer = waiting.wait()
    assert isinstance(answer, OSError) or answer.status == 503


def test_a_second_signal_ends_at_once(start, silent_peer):
    server = start("--drain-timeout-s", "600")
    waiting = WaitingRequest(server.create(), silent_peer)
    server.signal(signal.SIGTERM)
    live.wait_until(lambda: "answering what is in flight" in server.err, "the first signal")
    live.wait_until(lambda: refuses_connections(server.port), "the end of accepting")
    server.signal(signal.SIGTERM)
    assert server.wait() == -signal.SIGTERM
    waiting.wait()
