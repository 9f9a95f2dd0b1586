"""How `mentee learn` ends when there is nothing to do, when it is told to stop, and when a version is broken."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.command_line import Ran
from helpers.policy_versions import add_version
from helpers.real_program import EXECUTABLE, TIMEOUT_S, RealProgram, environment

from assistant.conversation.feedback import Outcome, give_feedback
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.gguf_info import ModelInfo
from assistant.policy.supervisor import running
from assistant.store import Store
from assistant.store.records import FeedbackKind, NewTurn

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

WISH = "Too long, one short sentence please."
STOP_S = 10
BEFORE_THE_FIRST_STEP, IN_THE_EXAM = "loading", "exam of the present version"


def learn(data: DataDir, *argv: str) -> Ran:
    """A whole run; what is not a pipe on its standard input is no parent that could go away."""
    done = subprocess.run(
        [EXECUTABLE, "learn", "--data-dir", data.root, *argv],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, env=environment(),
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def taught(data: DataDir, info: ModelInfo, kind: FeedbackKind, text: str | None = None) -> Outcome:
    """One reply of the starter model, and feedback on it."""
    with Store.open(data) as store:
        conversation = store.conversations.create("Eggs")
        asked = store.messages.add(conversation.id, None, "user", "How do I boil an egg?")
        reply = store.messages.add(conversation.id, asked.id, "assistant", "It takes long.")
        store.conversations.set_leaf(conversation.id, reply.id)
        turn = store.turns.add(
            NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, info.sha256, "template", 0, "stop")
        )
        return give_feedback(store, turn.id, kind, text)


def only_line(ran: Ran) -> dict[str, Any]:
    """The result of a run that had nothing to do: exit 0, and the result is all it prints."""
    assert ran.status == 0, ran
    (line,) = ran.out.splitlines()
    result: dict[str, Any] = json.loads(line)
    assert set(result) - {"judged"} == {"outcome", "reason", "version", "lessons", "exam", "seconds"}
    assert (result["version"], result["lessons"], result["exam"]) == (None, 0, {})
    return result


def test_without_lessons_there_is_nothing_to_do(mentee: RealProgram, data: DataDir) -> None:
    result = only_line(learn(data))
    assert (result["outcome"], result["reason"]) == ("skipped", "There is nothing new to learn.")
    with Store.open(data) as store:
        (run,) = store.runs.list()
        assert (run.outcome, run.reason) == ("skipped", result["reason"])
        assert store.runs.unfinished() == []


def test_a_bare_dislike_teaches_nothing_and_the_user_is_told_so(
    mentee: RealProgram, data: DataDir, info: ModelInfo
) -> None:
    lesson = taught(data, info, "dislike").lesson
    assert lesson is not None
    result = only_line(learn(data))
    assert result["outcome"] == "skipped"
    assert "disliked without a word why" in result["reason"]
    with Store.open(data) as store:
        assert [it.id for it in store.lessons.pending()] == [lesson.id], "it may yet be explained"


def test_learning_that_is_switched_off_does_nothing(mentee: RealProgram, data: DataDir, info: ModelInfo) -> None:
    taught(data, info, "correction", WISH)
    settings = data.settings_file.read_text(encoding="utf-8")
    data.settings_file.write_text(f"{settings}[learning]\nenabled = false\n", encoding="utf-8")
    result = only_line(learn(data))
    assert (result["outcome"], result["reason"]) == ("skipped", "Learning is switched off.")
    with Store.open(data) as store:
        assert store.runs.list() == []
        assert len(store.lessons.pending()) == 1


def test_force_learns_although_it_is_switched_off(mentee: RealProgram, data: DataDir) -> None:
    data.settings_file.write_text("[learning]\nenabled = false\n[serving]\nthreads = 1\n", encoding="utf-8")
    assert only_line(learn(data, "--force"))["reason"] == "There is nothing new to learn."


@contextmanager
def started(mentee: RealProgram, stage: str, noise: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A learner that has just said that it begins a stage; its standard input stays open.

    What is no JSON line among its progress goes into `noise`.
    """
    with mentee.start("learn") as child:
        assert child.stderr is not None
        try:
            for line in child.stderr:
                if (report := _parsed(line)) is None:
                    noise.append(line)
                elif report["stage"] == stage:
                    assert {"type", "stage", "done", "total", "seconds_left"} <= set(report)
                    break
            else:
                pytest.fail(f"the learner never came to {stage!r}: {noise}")
            yield child
        finally:
            child.kill()


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def end_by_signal(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGTERM)


def end_by_closed_pipe(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.close()


def end_by_command(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write('{"type": "stop"}\n')
    child.stdin.flush()


@pytest.mark.parametrize(
    ("end", "stage"),
    [
        (end_by_signal, IN_THE_EXAM),
        (end_by_closed_pipe, BEFORE_THE_FIRST_STEP),
        (end_by_command, BEFORE_THE_FIRST_STEP),
    ],
)
def test_a_stop_early_in_a_run_leaves_the_run_open(
    mentee: RealProgram, data: DataDir, info: ModelInfo, end: Callable[..., None], stage: str
) -> None:
    lesson = taught(data, info, "correction", WISH).lesson
    assert lesson is not None
    noise: list[str] = []
    with started(mentee, stage, noise) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        end(child)
        assert child.wait(STOP_S) == 0
        result = json.loads(child.stdout.read().splitlines()[-1])
        assert "Traceback" not in child.stderr.read()
    assert (result["outcome"], result["version"]) == ("skipped", None)
    assert "goes on from here" in result["reason"]
    with Store.open(data) as store:
        (run,) = store.runs.unfinished()
        assert {it.kind for it in store.runs.events(run.id)} - {"judged"}, "the ledger knows how far it came"
        assert [it.id for it in store.lessons.pending()] == [lesson.id]
    eventually(lambda: running(data) is None and not data.server_file.exists(), "its own server ends with it")
    assert noise == [], "progress is JSON lines and nothing else"


def test_time_for_a_run_that_is_used_up_leaves_the_run_open(
    mentee: RealProgram, data: DataDir, info: ModelInfo
) -> None:
    taught(data, info, "correction", WISH)
    settings = data.settings_file.read_text(encoding="utf-8")
    data.settings_file.write_text(f"{settings}[learning]\ntime_budget_s = 10\n", encoding="utf-8")
    result = json.loads(learn(data).out.splitlines()[-1])
    assert (result["outcome"], result["version"]) == ("skipped", None)
    assert result["reason"] == "The time for one run was used up; the next run goes on from here."
    with Store.open(data) as store:
        assert len(store.runs.unfinished()) == 1


def test_a_second_learner_is_refused_and_the_first_goes_on(mentee: RealProgram, data: DataDir, info: ModelInfo) -> None:
    taught(data, info, "correction", WISH)
    with started(mentee, BEFORE_THE_FIRST_STEP, []) as first:
        second = learn(data)
        assert first.poll() is None
    assert (second.status, second.out) == (1, "")
    assert second.err == "mentee learn: a learning run is already going on for this data directory\n"
    with Store.open(data) as store:
        assert len(store.runs.list()) == 1


def cut_adapter(folder: Path) -> None:
    adapter = folder / "adapter.gguf"
    adapter.write_bytes(adapter.read_bytes()[:-4096])


def remove_marker(folder: Path) -> None:
    (folder / "READY").unlink()


def swap_model(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "model_hash": "0" * 64}), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_adapter, "Version 2 is damaged"),
        (remove_marker, "Version 2 is missing or incomplete"),
        (swap_model, "Version 2 was made for another model"),
    ],
)
def test_a_damaged_version_gives_way_to_the_last_good_one(
    mentee: RealProgram, data: DataDir, info: ModelInfo, damage: Callable[[Path], None], said: str
) -> None:
    good = add_version(data, info, seed=1)
    broken = add_version(data, info, seed=2, parent=good)
    with Store.open(data) as store:
        store.versions.use(info.sha256, broken)
    damage(data.versions / str(broken))
    with mentee.server() as hello, PolicyClient(hello["url"], hello["token"]) as client:
        assert hello["version"] == good
        (notice,) = client.health()["notices"]
        assert said in notice
        assert notice.endswith(f"Version {good} is used instead.")
        assert mentee("chat", "Say hello.", "--max-tokens", "4", "--json").json["version"] == good
    with Store.open(data) as store:
        assert store.versions.get(broken).state == "damaged"
        assert store.versions.active(info.sha256) == good


def eventually(holds: Callable[[], bool], what: str) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail(f"never: {what}")
