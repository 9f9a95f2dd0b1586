"""Adapters swapped live: effect, nothing stale, refusals, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.policy_process import PolicyProcess
from helpers.policy_versions import add_version
from helpers.random_adapter import write_random_adapter

from assistant.errors import PolicyRefused
from assistant.paths import DataDir
from assistant.policy.client import Completion, PolicyClient
from assistant.policy.gguf_info import ModelInfo
from assistant.store import Store

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg? " * 20}]


@pytest.fixture
def back_to_base(client: PolicyClient) -> Iterator[None]:
    yield
    client.use_version(0)


def say(client: PolicyClient, model: str = "mentee") -> Completion:
    return client.complete(EGG, model=model, turn_type="main", temperature=0, max_tokens=12)[0]


@pytest.mark.usefixtures("back_to_base")
def test_versions_act_and_leave_nothing_behind(client: PolicyClient, versions: tuple[int, int]) -> None:
    """Same prompt through base, two versions and back: every answer is the one of a cold start."""
    one, two = versions
    base = say(client)
    answers = {}
    for version in (one, two):
        client.use_version(version)
        answers[version] = say(client)
        # The side lane starts every exact request from an empty memory.
        cold = client.complete(EGG, model=f"mentee:{version}", temperature=0, max_tokens=12)[0]
        assert answers[version] == cold
    assert len({tuple(answer.logprobs) for answer in (base, *answers.values())}) == 3
    client.use_version(0)
    assert say(client) == base
    client.use_version(one)
    assert say(client) == answers[one]


@pytest.mark.usefixtures("back_to_base")
def test_the_chosen_version_is_stored_and_told(
    client: PolicyClient, versions: tuple[int, int], served_data: DataDir, info: ModelInfo
) -> None:
    client.use_version(versions[1])
    assert client.health()["version"] == versions[1]
    assert [one["id"] for one in client.versions() if one["active"]] == [versions[1]]
    with Store.open(served_data) as store:
        assert store.versions.active(info.sha256) == versions[1]
    with client.stream_chat(EGG, max_tokens=2) as stream:
        assert list(stream)[-1].version == versions[1]
    assert f"mentee:{versions[0]}" in client.models()


def test_a_version_by_name_does_not_change_the_active_one(client: PolicyClient, versions: tuple[int, int]) -> None:
    base = say(client, "mentee:0")
    assert say(client, f"mentee:{versions[0]}") != base
    assert say(client) == base


def test_different_versions_at_once_wait_their_turn(client: PolicyClient, versions: tuple[int, int]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    names = ["mentee:0", f"mentee:{versions[0]}", f"mentee:{versions[1]}"] * 2
    prompt = client.tokenize(EGG[:1])

    def one(name: str) -> Completion:
        return client.complete(prompt_token_ids=prompt, model=name, temperature=0, max_tokens=6)[0]

    alone = [one(name) for name in names[:3]] * 2
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, names)) == alone


def test_a_candidate_comes_and_goes(client: PolicyClient, served_data: DataDir, starter: Path) -> None:
    file = served_data.runs / "candidate.gguf"
    write_random_adapter(file, starter, seed=9)
    base = say(client)
    client.load_adapter("candidate-a", file)
    assert say(client, "candidate-a") != base
    write_random_adapter(file, starter, seed=10)
    first = say(client, "candidate-a")
    client.load_adapter("candidate-a", file)
    assert say(client, "candidate-a") != first
    client.unload_adapter("candidate-a")
    with pytest.raises(PolicyRefused) as caught:
        say(client, "candidate-a")
    assert caught.value.status == 404
    assert say(client) == base


def test_useless_and_foreign_adapters_are_refused(
    client: PolicyClient, served_data: DataDir, starter: Path, tmp_path: Path
) -> None:
    runs = served_data.runs
    write_random_adapter(runs / "idle.gguf", starter, seed=1, strength=0)
    write_random_adapter(runs / "foreign.gguf", starter, seed=1, architecture="qwen2")
    (runs / "garbage.gguf").write_bytes(b"GGUF" + b"\x07" * 500)
    write_random_adapter(tmp_path / "outside.gguf", starter, seed=1)
    files = [runs / "idle.gguf", runs / "foreign.gguf", runs / "garbage.gguf", runs / "missing.gguf"]
    base = say(client)
    for file in [*files, tmp_path / "outside.gguf"]:
        with pytest.raises(PolicyRefused) as caught:
            client.load_adapter("bad", file)
        assert caught.value.status == 400
    with pytest.raises(PolicyRefused):
        client.load_adapter("mentee:1", files[0])
    assert say(client) == base


def test_a_damaged_version_is_refused_and_the_last_good_one_stays(
    client: PolicyClient, served_data: DataDir, info: ModelInfo
) -> None:
    damaged = add_version(served_data, info, 77)
    file = served_data.versions / str(damaged) / "adapter.gguf"
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(PolicyRefused, match="damaged"):
        client.use_version(damaged)
    assert client.health()["version"] == 0


def test_a_version_damaged_while_away_gives_way_at_start(data: DataDir, info: ModelInfo) -> None:
    good = add_version(data, info, 1)
    bad = add_version(data, info, 2, parent=good)
    with Store.open(data) as store:
        store.versions.use(info.sha256, bad)
    (data.versions / str(bad) / "adapter.gguf").write_bytes(b"GGUF")
    server = PolicyProcess.start(data)
    try:
        health = server.client.health()
        assert server.hello["version"] == health["version"] == good
        assert any(f"Version {bad} is damaged" in notice for notice in health["notices"])
        assert say(server.client).token_ids
    finally:
        assert server.stop() == 0
    with Store.open(data) as store:
        assert store.versions.get(bad).state == "damaged"
        assert store.versions.active(info.sha256) == good
