"""The store under several processes: nothing acknowledged is lost, whoever writes or dies."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.paths import DataDir
from assistant.store import Store

WRITER = """
import sys
from assistant.paths import DataDir
from assistant.store import Store
with Store.open(DataDir.resolve(sys.argv[1])) as store:
    conversation = store.conversations.create(sys.argv[2])
    parent = None
    for number in range(int(sys.argv[3])):
        parent = store.messages.add(conversation.id, parent, "user", f"message {number}").id
        print(parent, flush=True)
"""

COUNTER = """
import sys
from assistant.paths import DataDir
from assistant.store import Store
with Store.open(DataDir.resolve(sys.argv[1])) as store:
    for _ in range(int(sys.argv[2])):
        with store.immediate():
            store.state.set("count", str(int(store.state.get("count") or 0) + 1))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(processes: list[subprocess.Popen[str]]) -> list[list[str]]:
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, outputs, strict=True)] == [
        (0, "")
    ] * len(processes)
    return [output.split() for output, _ in outputs]


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir.resolve(tmp_path)


def test_concurrent_writers_lose_nothing_even_from_an_empty_directory(data: DataDir) -> None:
    acknowledged = finish([start(WRITER, data.root, name, 150) for name in "abc"])
    with Store.open(data) as store:
        assert sorted(found.title for found in store.conversations.list()) == ["a", "b", "c"]
        for ids in acknowledged:
            assert len(ids) == 150
            assert [message.id for message in store.messages.path(ids[-1])] == ids
        assert len(store.search("message", limit=-1)) == 450
        assert store.check() == []


def test_read_then_write_in_two_processes_counts_every_step(data: DataDir) -> None:
    finish([start(COUNTER, data.root, 200) for _ in range(2)])
    with Store.open(data) as store:
        assert store.state.get("count") == "400"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_writer_keeps_every_acknowledged_row(data: DataDir) -> None:
    writer = start(WRITER, data.root, "killed", 1_000_000)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=60)
    # The last line may have been cut in the middle.
    acknowledged += [line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    with Store.open(data) as store:
        assert [message.id for message in store.messages.path(acknowledged[-1])] == acknowledged
        assert store.check() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_reply_of_a_killed_writer_is_marked_interrupted_with_its_text(data: DataDir) -> None:
    code = """
import sys
from assistant.paths import DataDir
from assistant.store import Store
store = Store.open(DataDir.resolve(sys.argv[1]))
conversation = store.conversations.create()
message = store.messages.add(conversation.id, None, "assistant", "", state="streaming")
store.messages.update(message.id, "half a rep")
print(message.id, flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(data.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        message_id = writer.stdout.readline().strip()
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=60)
    with Store.open(data) as store:
        assert store.messages.get(message_id).state == "streaming"
        assert store.messages.mark_interrupted(older_than_s=0) == 1
        message = store.messages.get(message_id)
    assert (message.content, message.state) == ("half a rep", "interrupted")
