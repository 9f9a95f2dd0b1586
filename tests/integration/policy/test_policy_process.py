"""The life of the server's process: starting, refusing to start, ending, being killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.policy_process import PolicyProcess, refused

from assistant.errors import PolicyUnavailable
from assistant.paths import DataDir
from assistant.policy.client import TextDelta
from assistant.policy.supervisor import connect_or_start, running

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg?"}]


@pytest.fixture
def server(data: DataDir) -> Iterator[PolicyProcess]:
    process = PolicyProcess.start(data)
    yield process
    process.stop()


def test_says_where_it_is(server: PolicyProcess, data: DataDir) -> None:
    assert set(server.hello) == {"url", "token", "model", "version"}
    assert server.hello["url"].startswith("http://127.0.0.1:")
    told = json.loads(data.server_file.read_text())
    assert (told["pid"], told["token"]) == (server.process.pid, server.hello["token"])
    assert stat.S_IMODE(data.server_file.stat().st_mode) == 0o600


def test_ends_with_its_parent(data: DataDir) -> None:
    server = PolicyProcess.start(data)
    assert server.stop() == 0
    assert not data.server_file.exists()


def test_sigterm_ends_it_in_the_middle_of_a_reply(server: PolicyProcess, data: DataDir) -> None:
    with server.client.stream_chat(EGG, max_tokens=3000, logit_bias={"2": -100}) as stream:
        events = iter(stream)
        assert isinstance(next(events), TextDelta)
        server.process.send_signal(signal.SIGTERM)
        rest = list(events)
    assert rest[-1].finish_reason == "cancelled"
    assert server.process.wait(20) == 0
    assert not data.server_file.exists()


def test_kill_in_the_middle_of_a_reply(server: PolicyProcess, data: DataDir) -> None:
    with server.client.stream_chat(EGG, max_tokens=3000, logit_bias={"2": -100}) as stream:
        events = iter(stream)
        assert isinstance(next(events), TextDelta)
        os.kill(server.process.pid, signal.SIGKILL)
        with pytest.raises(PolicyUnavailable):
            list(events)
    server.process.wait(20)
    assert running(data) is None
    # The file it left does not stand in the way of the next one.
    again = PolicyProcess.start(data)
    try:
        with running(data) as client:
            assert client.complete(EGG, max_tokens=2)[0].token_ids
    finally:
        assert again.stop() == 0


def test_a_running_server_is_joined_and_left_alone(server: PolicyProcess, data: DataDir) -> None:
    with connect_or_start(data) as client:
        assert client.health()["pid"] == server.process.pid
    assert server.client.health()["status"] == "ok"


def test_one_is_started_where_none_runs(data: DataDir) -> None:
    with connect_or_start(data) as client:
        pid = client.health()["pid"]
        with running(data) as same:
            assert same.health()["pid"] == pid
    assert running(data) is None


def test_its_reason_is_told_where_it_cannot_start(data: DataDir, tmp_path: Path) -> None:
    with pytest.raises(PolicyUnavailable, match="no model file"), connect_or_start(data, model=tmp_path / "none.gguf"):
        pass


def test_a_second_server_is_refused(server: PolicyProcess, data: DataDir) -> None:
    status, lines = refused(data)
    assert (status, len(lines)) == (1, 1)
    assert "Another policy server" in lines[0]
    assert server.client.health()["status"] == "ok"


def test_a_taken_port_is_refused(data: DataDir) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, lines = refused(data, "--port", str(taken.getsockname()[1]))
    assert (status, len(lines)) == (1, 1)
    assert "Cannot listen" in lines[0]


def test_bad_model_files_are_refused(data: DataDir, tmp_path: Path, starter: Path) -> None:
    text, cut = tmp_path / "text.gguf", tmp_path / "cut.gguf"
    text.write_text("This is not a model, only a text that is long enough to have a header.")
    with starter.open("rb") as whole:
        cut.write_bytes(whole.read(20_000_000))
    reasons = {tmp_path / "none.gguf": "no model file", text: "not a GGUF", cut: "truncated"}
    for file, reason in reasons.items():
        status, lines = refused(data, "--model", str(file))
        assert (status, len(lines)) == (1, 1)
        assert reason in lines[0]


def test_wrong_usage_is_status_2(data: DataDir) -> None:
    status, _ = refused(data, "--port", "99999")
    assert status == 2
