"""The learner as a child: what it is told, and what the window hears. A small script stands in for the learner."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from app.supervise import learner as supervised
from app.supervise.learner import LearnerProcess, LearnerResult, LearnerStatus
from assistant.paths import DataDir

SCRIPT = """
import json, sys

def say(**line):
    print(json.dumps(line), file=sys.stderr, flush=True)

def end(**line):
    print("some library chatter", flush=True)
    print(json.dumps(line), flush=True)
    sys.exit(0)

print("a warning of some library", file=sys.stderr, flush=True)
say(type="progress", stage="practice", done=1, total=4, seconds_left=9.5)
for line in sys.stdin:
    command = json.loads(line)["type"]
    if command == "stop":
        end(outcome="skipped", reason="Stopped; the next run goes on from here.")
    if command == "resume":
        end(outcome="adopted", reason="Passed.", version=3, lessons=2, exam={"questions": 8}, seconds=1.5)
    say(type="progress", stage=command, done=0, total=0, seconds_left=None)
say(type="progress", stage="the window is gone", done=0, total=0)
"""


@pytest.fixture
def learner(data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LearnerProcess]:
    script = tmp_path / "learner.py"
    script.write_text(SCRIPT)

    def scripted(parent: LearnerProcess, arguments: list[str]) -> QProcess:
        process = QProcess(parent)
        process.setProgram(sys.executable)
        process.setArguments([str(script), *arguments])
        return process

    monkeypatch.setattr(supervised, "mentee_process", scripted)
    monkeypatch.setattr(supervised, "_QUIET_MS", 50)
    made = LearnerProcess(data)
    yield made
    made.shut_down()


def heard(learner: LearnerProcess) -> list[LearnerStatus]:
    statuses: list[LearnerStatus] = []
    learner.changed.connect(statuses.append)
    return statuses


def test_progress_is_heard(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    qtbot.waitUntil(lambda: learner.status.stage == "practice", timeout=20_000)
    assert learner.status == LearnerStatus("running", "practice", "", 1, 4, 9.5)


def test_a_pause_by_hand_lasts(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    learner.pause()
    qtbot.waitUntil(lambda: learner.status.stage == "pause", timeout=20_000)
    learner.nudge()
    qtbot.wait(150)
    assert learner.status.state == "paused"
    assert not learner.status.yielding
    with qtbot.waitSignal(learner.finished, timeout=20_000) as caught:
        learner.resume()
    assert caught.args == [LearnerResult("adopted", "Passed.", 3, 2, {"questions": 8}, 1.5)]
    assert learner.status.state == "idle"


def test_it_yields_and_goes_on_by_itself(qtbot: QtBot, learner: LearnerProcess) -> None:
    statuses = heard(learner)
    learner.start()
    with qtbot.waitSignal(learner.finished, timeout=20_000) as caught:
        learner.nudge()
        assert learner.status.yielding
    assert caught.args[0].outcome == "adopted"
    assert any(status.state == "paused" and status.yielding for status in statuses)


def test_it_waits_for_the_end_of_a_reply(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    learner.hold(True)
    qtbot.waitUntil(lambda: learner.status.stage == "pause", timeout=20_000)
    qtbot.wait(200)
    assert learner.status.yielding
    with qtbot.waitSignal(learner.finished, timeout=20_000):
        learner.hold(False)


def test_stop_is_asked_for(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    with qtbot.waitSignal(learner.finished, timeout=20_000) as caught:
        learner.stop()
        assert learner.status.state == "stopping"
    assert caught.args[0].reason == "Stopped; the next run goes on from here."


def test_one_run_at_a_time(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    first = learner._process
    learner.start()
    assert learner._process is first


def test_a_killed_learner_was_cut_off(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    qtbot.waitUntil(lambda: learner.status.stage == "practice", timeout=20_000)
    with qtbot.waitSignal(learner.finished, timeout=20_000) as caught:
        learner._process.kill()
    assert caught.args[0] == LearnerResult("cut_off", "")
    assert not learner.is_running()


def test_a_program_that_is_missing_is_a_failed_run(
    qtbot: QtBot, learner: LearnerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(parent: LearnerProcess, arguments: list[str]) -> QProcess:
        process = QProcess(parent)
        process.setProgram("/nowhere/mentee")
        return process

    monkeypatch.setattr(supervised, "mentee_process", missing)
    with qtbot.waitSignal(learner.finished, timeout=20_000) as caught:
        learner.start()
    assert caught.args[0].outcome == "failed"


def test_closing_ends_the_child(qtbot: QtBot, learner: LearnerProcess) -> None:
    learner.start()
    process = learner._process
    qtbot.waitUntil(lambda: learner.status.stage == "practice", timeout=20_000)
    learner.shut_down()
    assert process.state() == QProcess.ProcessState.NotRunning
    assert not learner.is_running()
