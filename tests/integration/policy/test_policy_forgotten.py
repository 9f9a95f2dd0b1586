"""Forgetting and the live watch with a real server: what answers, and that nothing of the lesson is left in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.policy_process import PolicyProcess
from helpers.policy_versions import add_version

from assistant.commands.main import run
from assistant.conversation.feedback import give_feedback
from assistant.errors import PolicyRefused
from assistant.paths import DataDir
from assistant.policy.client import Completion, PolicyClient
from assistant.policy.gguf_info import ModelInfo
from assistant.store import Store
from assistant.store.records import NewTurn

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg?"}]
WISH = "Too long, one short sentence please."


def say(client: PolicyClient, model: str = "mentee") -> Completion:
    return client.complete(EGG, model=model, turn_type="main", temperature=0, max_tokens=12)[0]


def recorded(store: Store, info: ModelInfo, version: int = 0) -> str:
    conversation = store.conversations.create("Eggs")
    asked = store.messages.add(conversation.id, None, "user", "How do I boil an egg?")
    reply = store.messages.add(conversation.id, asked.id, "assistant", "It takes long.")
    store.conversations.set_leaf(conversation.id, reply.id)
    return store.turns.add(
        NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, info.sha256, "template", version, "stop")
    ).id


@pytest.fixture
def version(data: DataDir, info: ModelInfo) -> int:
    """Version 1, in use, made by a run."""
    made = add_version(data, info, seed=1)
    with Store.open(data) as store:
        run_id = store.runs.start(0, "user").id
        store.connection.write("UPDATE versions SET run_id = ? WHERE id = ?", [run_id, made])
        store.versions.use(info.sha256, made)
    return made


@pytest.fixture
def lesson(data: DataDir, info: ModelInfo, version: int) -> str:
    """The only lesson of the version."""
    with Store.open(data) as store:
        lesson = give_feedback(store, recorded(store, info), "correction", WISH).lesson
        assert lesson is not None
        store.lessons.mark_learned([lesson.id], version)
    return lesson.id


@pytest.fixture
def server(data: DataDir, lesson: str) -> Iterator[PolicyProcess]:
    process = PolicyProcess.start(data)
    yield process
    assert process.stop() == 0


def command(data: DataDir, *argv: str) -> int:
    return run(["--data-dir", str(data.root), *argv], window=lambda _: 1, learner=lambda _: 1)


def test_after_forgetting_the_only_lesson_replies_are_those_of_the_base_to_the_token(
    data: DataDir, lesson: str, version: int, server: PolicyProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    client = server.client
    base = say(client, "mentee:0")
    assert say(client) != base
    assert client.health()["version"] == version
    assert command(data, "lessons", "forget", lesson) == 0
    assert "The base model answers now." in capsys.readouterr().out
    assert client.health()["version"] == 0
    assert say(client) == base, "text, token ids and log-probs"
    with pytest.raises(PolicyRefused, match="forgotten"):
        say(client, f"mentee:{version}")
    with pytest.raises(PolicyRefused, match="contains something you forgot"):
        client.use_version(version)
    assert command(data, "versions", "use", str(version)) == 1
    assert f"mentee:{version}" not in client.models()


def test_a_server_that_starts_later_answers_as_the_base_and_erases_the_weights(
    data: DataDir, lesson: str, version: int
) -> None:
    assert command(data, "lessons", "forget", lesson) == 0
    assert (data.versions / str(version)).exists()
    process = PolicyProcess.start(data)
    try:
        assert process.client.health()["version"] == 0
        assert say(process.client) == say(process.client, "mentee:0")
        assert not (data.versions / str(version)).exists()
    finally:
        assert process.stop() == 0
    with Store.open(data) as store:
        assert store.versions.get(version).state == "deleted"


def test_feedback_over_http_takes_a_bad_version_back_at_once(
    data: DataDir, info: ModelInfo, version: int, server: PolicyProcess
) -> None:
    with Store.open(data) as store:
        for _ in range(8):
            give_feedback(store, recorded(store, info), "praise")
        turns = [recorded(store, info, version) for _ in range(5)]
    client = server.client
    for turn in turns:
        assert client.health()["version"] == version
        client.request("POST", f"/v1/turns/{turn}/feedback", {"kind": "dislike"})
    assert client.health()["version"] == 0
    # The correction that made the lesson counts too.
    (notice,) = client.health()["notices"]
    assert notice == "Version 1 was taken back: 5 of 5 replies displeased, 1 of 9 before."
    assert say(client) == say(client, "mentee:0")
