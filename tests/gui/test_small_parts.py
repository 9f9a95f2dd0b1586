"""Parts of the window that hold no widget: back-off, background tasks, words."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from app import words
from app.exam_words import examples, figures
from app.supervise.backoff import GIVE_UP_AFTER, BackOff
from app.supervise.command import last_line, parse_object
from app.tasks import Tasks
from assistant.errors import BadInput


class Thing:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.closed_on = 0

    def close(self) -> None:
        self.closed_on = threading.get_ident()


def test_the_wait_doubles_and_then_it_gives_up() -> None:
    back_off = BackOff()
    waits = [back_off.died(1) for _ in range(GIVE_UP_AFTER)]
    assert waits == sorted(waits)
    assert waits[1] == 2 * waits[0]
    assert back_off.exhausted


def test_a_long_life_starts_the_count_anew() -> None:
    back_off = BackOff()
    first = back_off.died(1)
    back_off.died(1)
    assert back_off.died(3600) == first
    assert not back_off.exhausted


def test_work_and_close_happen_on_one_other_thread(qtbot: QtBot) -> None:
    tasks = Tasks("test", Thing)
    results: list[tuple[Thing, int, int]] = []
    tasks.submit(
        lambda thing: (thing, threading.get_ident()),
        lambda both: results.append((*both, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: bool(results))
    tasks.close()
    thing, worked_on, delivered_on = results[0]
    assert thing.thread == worked_on == thing.closed_on
    assert delivered_on == threading.get_ident() != worked_on


def test_problems_reach_whoever_asked_else_everybody(qtbot: QtBot) -> None:
    tasks = Tasks("test", Thing)
    mine: list[Exception] = []
    others: list[Exception] = []
    tasks.on_problem = others.append

    def refuse(_thing: Thing) -> None:
        raise BadInput("no")

    tasks.submit(refuse, failed=mine.append)
    tasks.submit(refuse)
    qtbot.waitUntil(lambda: bool(mine and others))
    tasks.close()
    assert [str(problem) for problem in mine + others] == ["no", "no"]


def test_nothing_is_delivered_after_close(qtbot: QtBot) -> None:
    tasks = Tasks("test", Thing)
    results: list[int] = []
    tasks.submit(lambda _thing: 1, results.append)
    tasks.close()
    tasks.submit(lambda _thing: 2, results.append)
    qtbot.wait(20)
    assert results == []


@pytest.mark.parametrize(("line", "parsed"), [('{"a": 1}', {"a": 1}), ("[1]", None), ("chatter", None), ("", None)])
def test_only_objects_are_taken_from_children(line: str, parsed: object) -> None:
    assert parse_object(line) == parsed


def test_the_last_line_of_a_log(tmp_path: object) -> None:
    from pathlib import Path

    log = Path(str(tmp_path)) / "log"
    assert last_line(log) == ""
    log.write_text("first\nmentee serve: There is no model.\n\n")
    assert last_line(log) == "mentee serve: There is no model."


def test_words_for_versions_and_times() -> None:
    assert words.version_name(0) == "Base model"
    assert words.version_name(3) == "Version 3"
    assert words.duration(42) == "42\N{NO-BREAK SPACE}s"
    assert words.duration(200) == "3\N{NO-BREAK SPACE}min"


def test_broken_exam_data_is_no_crash() -> None:
    assert figures({"teacher": {}, "current": {}, "candidate": {}, "examples": "none", "odd": [1]}) == []
    assert examples({"examples": [{"prompt": "x"}, 3, {"prompt": "a", "before": "b", "after": "c"}]}) == [
        ("a", "b", "c")
    ]
    assert examples({}) == []
