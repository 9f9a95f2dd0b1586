"""The whole command line: the real executable, the real starter model, nothing faked."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
from pathlib import Path

import pytest
from helpers.command_line import Ran
from helpers.real_program import TIMEOUT_S, RealProgram

from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.starter import starter_model
from assistant.store import Store
from assistant.store.records import NewVersion

pytestmark = pytest.mark.model

ASK = ["--temperature", "0", "--max-tokens", "12"]
WISH = "Too long, one short sentence please."
INSTRUCTION = "Reply in one short sentence only."


@pytest.fixture
def mentee(data: DataDir) -> RealProgram:
    return RealProgram(data.root)


def refused(ran: Ran) -> str:
    """The one line on stderr of a refused command."""
    assert (ran.status, ran.out) == (1, ""), ran
    assert ran.err.startswith("mentee"), ran.err
    assert ran.err.count("\n") == 1, ran.err
    return ran.err


def test_corrected_once_obeyed_at_once(mentee: RealProgram, data: DataDir) -> None:
    with mentee.server() as server:
        first = mentee("chat", "How do I boil an egg?", "--json", *ASK).json
        assert first["text"]
        assert first["version"] == server["version"] == 0
        noted = mentee("feedback", "last", "--correct", WISH, "--json").json
        assert (noted["turn"], noted["noted"]) == (first["turn"], INSTRUCTION)
        plain = mentee("chat", "Why is the sky blue?", *ASK)
        assert (plain.status, plain.err) == (0, "")
        second = mentee("chat", "Why is the sky blue?", "--json", *ASK).json
        assert plain.out == second["text"] + "\n", "temperature 0 repeats itself, streamed or not"
        without = mentee("chat", "Why is the sky blue?", "--no-instructions", "--json", *ASK).json
        with PolicyClient(server["url"], server["token"]) as client, Store.open(data) as store:
            told = client.detokenize(store.turns.get(second["turn"]).prompt_token_ids)
            untold = client.detokenize(store.turns.get(without["turn"]).prompt_token_ids)
    assert f"Why is the sky blue?\n\n{INSTRUCTION}" in told
    assert "Why is the sky blue?" in untold
    assert INSTRUCTION not in untold


def test_a_conversation_goes_on_where_it_was(mentee: RealProgram, data: DataDir) -> None:
    with mentee.server():
        first = mentee("chat", "My favourite colour is green.", "--json", *ASK).json
        second = mentee("chat", "Which one?", "--conversation", first["conversation"], "--json", *ASK).json
        last = mentee("chat", "And now?", "--conversation", "last", "--json", *ASK).json
    assert first["conversation"] == second["conversation"] == last["conversation"]
    with Store.open(data) as store:
        said = [message.content for message in store.messages.path(last["message"])]
        assert said[0::2] == ["My favourite colour is green.", "Which one?", "And now?"]
        assert said[1::2] == [first["text"], second["text"], last["text"]]
        prompts = [len(store.turns.get(one["turn"]).prompt_token_ids) for one in (first, second, last)]
    assert prompts == sorted(prompts)
    hits = mentee("search", "favourite colour", "--json").json
    assert {hit["conversation_id"] for hit in hits} == {first["conversation"]}


def test_chat_without_a_server_starts_one_and_leaves_none(mentee: RealProgram, data: DataDir) -> None:
    ran = mentee("chat", "Say hello.", *ASK)
    assert ran.status == 0, ran.err
    assert ran.out.strip()
    assert not data.server_file.exists()


def test_what_is_the_users_goes_out_and_in_again(mentee: RealProgram, data: DataDir, tmp_path: Path) -> None:
    said = mentee("chat", "Say hello.", "--json", *ASK).json
    assert mentee("feedback", "last", "--correct", WISH).status == 0
    (item,) = mentee("memory", "list", "--json").json
    assert item["text"] == INSTRUCTION
    copy, out = tmp_path / "copy.sqlite3", tmp_path / "out.json"
    assert mentee("backup", str(copy)).out == f"{copy}\n"
    assert mentee("memory", "remove", item["id"]).status == 0
    assert mentee("memory", "list", "--json").json == []
    assert mentee("restore", str(copy)).status == 0
    assert mentee("memory", "list", "--json").json == [item]
    assert mentee("export", str(out)).status == 0
    other = RealProgram(DataDir.resolve(tmp_path / "other").root)
    assert other("import", str(out), "--json").json["turns"] == 1
    assert other("lessons", "list", "--json").json == mentee("lessons", "list", "--json").json
    assert json.loads(other("export").out)["messages"] == json.loads(mentee("export").out)["messages"]
    with Store.open(DataDir(other.data_dir)) as store:
        assert store.turns.get(said["turn"]).message_id == said["message"]


def test_ctrl_c_keeps_what_arrived(mentee: RealProgram, data: DataDir) -> None:
    with mentee.server():
        child = mentee.start("chat", "Tell me a very long story.", "--max-tokens", "2000")
        assert child.stdout is not None
        assert child.stdout.read(1)
        child.send_signal(signal.SIGINT)
        rest, error = child.communicate(timeout=TIMEOUT_S)
    assert (child.returncode, error) == (130, "")
    with Store.open(data) as store:
        (conversation,) = store.conversations.list()
        assert conversation.leaf_id is not None
        reply = store.messages.get(conversation.leaf_id)
    assert reply.state == "stopped"
    assert rest.strip() in reply.content


def test_versions_are_listed_used_and_refused(mentee: RealProgram, data: DataDir) -> None:
    (base,) = mentee("versions", "list", "--json").json
    assert (base["id"], base["active"]) == (0, True)
    with Store.open(data) as store:
        damaged = store.versions.add(NewVersion(_model_hash(data), 0, None, "x", {}, 16, 32.0)).id
    with mentee.server() as server:
        assert mentee("versions", "use", "0", "--json").json == {"version": 0, "server_told": True}
        refused(mentee("versions", "use", "99"))
        refused(mentee("versions", "use", str(damaged)))
        with PolicyClient(server["url"], server["token"]) as client:
            assert client.health()["version"] == 0
        same = mentee("versions", "compare", "0", "0", "Say hello.", "--max-tokens", "8", "--json").json
    assert len({one["text"] for one in same["replies"]}) == 1
    with Store.open(data) as store:
        assert store.versions.active(_model_hash(data)) == 0


def _model_hash(data: DataDir) -> str:
    from assistant.policy.gguf_info import inspect

    return inspect(starter_model(), data).sha256


@pytest.mark.parametrize("command", ["chat", "serve"])
@pytest.mark.parametrize("fault", ["missing", "text", "truncated"])
def test_a_bad_model_file_is_refused(mentee: RealProgram, tmp_path: Path, command: str, fault: str) -> None:
    model = tmp_path / "model.gguf"
    if fault == "text":
        model.write_text("hello " * 1000)
    elif fault == "truncated":
        with starter_model().open("rb") as whole:
            model.write_bytes(whole.read(5_000_000))
    arguments = ["chat", "hello"] if command == "chat" else ["serve"]
    assert "model.gguf" in refused(mentee(*arguments, "--model", str(model)))


def test_a_model_that_cannot_learn_chats_and_learning_says_why(mentee: RealProgram, tmp_path: Path) -> None:
    model = tmp_path / "gemma.gguf"
    header, rest = (data := starter_model().read_bytes())[:4_000_000], data[4_000_000:]
    # The same tensors under the name of another architecture: what it writes makes no sense, but it writes.
    head, name, tail = header.partition(b"general.architecture")
    model.write_bytes((head + name + tail.replace(b"llama", b"gemma", 1)).replace(b"llama.", b"gemma.") + rest)
    with mentee.server("--model", str(model)):
        assert mentee("chat", "hello", "--json", *ASK).json["version"] == 0
        learned = mentee("learn")
    assert learned.status == 0
    result = json.loads(learned.out.splitlines()[-1])
    assert result["outcome"] == "skipped"
    assert result["reason"] == "Learning does not support models of the type gemma; chatting works."


def test_a_database_newer_than_the_program_is_refused_and_left_alone(mentee: RealProgram, data: DataDir) -> None:
    Store.open(data).close()
    with sqlite3.connect(data.database) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = data.database.read_bytes()
    for command in (["versions", "list"], ["learn"], ["export"]):
        ran = mentee(*command)
        assert ran.status == 1, ran
        assert "written by a newer Mentee" in ran.err.splitlines()[-1]
    assert data.database.read_bytes() == before


def test_a_port_that_is_taken_is_refused(mentee: RealProgram) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert str(port) in refused(mentee("serve", "--port", str(port)))


@pytest.mark.parametrize(
    "argv",
    [
        ["chat", "hello", "--conversation", "nothing"], ["feedback", "last", "--praise"],
        ["feedback", "nothing", "--dislike"], ["lessons", "forget", "nothing"], ["memory", "remove", "nothing"],
        ["import", "/nowhere.json"], ["restore", "/nowhere.sqlite3"], ["judge", "/nowhere.jsonl"],
    ],
)  # fmt: skip
def test_unknown_things_are_refused_in_one_line(mentee: RealProgram, argv: list[str]) -> None:
    refused(mentee(*argv))


@pytest.mark.parametrize(
    "argv", [["nonsense"], ["chat"], ["feedback", "last"], ["serve", "--port", "many"], ["learn", "--nonsense"]]
)
def test_wrong_usage_is_status_2(mentee: RealProgram, argv: list[str]) -> None:
    ran = mentee(*argv)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_judge_reads_standard_input(mentee: RealProgram) -> None:
    row = {"messages": [], "next_state": {"role": "user", "content": WISH}, "label": -1}
    ran = mentee("judge", "-", stdin=json.dumps(row) + "\n")
    verdict, figures = (json.loads(line) for line in ran.out.splitlines())
    assert (verdict["score"], verdict["hint"], figures["macro_f1"]) == (-1, INSTRUCTION, 1.0)


def test_doctor_finds_everything_in_order(mentee: RealProgram) -> None:
    ran = mentee("doctor", "--json")
    states = {check["name"]: check["state"] for check in ran.json["checks"]}
    assert set(states) == {"database", "disk", "memory", "gradient", "model", "token", "adapter"}
    assert set(states.values()) <= {"ok", "skipped"}, ran.json
    assert ran.status == 0


def test_doctor_says_what_is_wrong(mentee: RealProgram, data: DataDir, tmp_path: Path) -> None:
    data.database.write_text("not a database " * 500)
    ran = mentee("doctor", "--model", str(tmp_path / "missing.gguf"))
    lines = {line.split()[1]: line.split()[0] for line in ran.out.splitlines()}
    assert (lines["database"], lines["model"], lines["server"], lines["disk"]) == (
        "failed", "failed", "failed", "ok",
    )  # fmt: skip
    assert (ran.status, ran.err) == (1, "")
