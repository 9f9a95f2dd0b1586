"""Weak signs under a reply, where lessons come from, and the alarm of the learning page."""

from __future__ import annotations

import threading

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, settle
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import names
from app.chat import reading
from app.chat.message_row import ReplyRow
from app.main_window import MainWindow
from assistant.judge.reading import read_turns
from assistant.judge.rules import RulesJudge
from assistant.judge.signs import note_sign
from assistant.judge.silence import LEAST_TURNS
from assistant.store import Store
from assistant.store.records import NewTurn, Turn

SHORTER = "Too long, one short sentence please."


@pytest.fixture
def reply(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> ReplyRow:
    """The row of a finished reply."""
    backend.policy.queue("It takes many steps.")
    window.chat.send("How do I boil an egg?")
    return newest(qtbot, window)


def newest(qtbot: QtBot, window: MainWindow) -> ReplyRow:
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    row = window.chat_page.transcript.last_reply()
    assert row is not None
    return row


def again(qtbot: QtBot, window: MainWindow, backend: FakeBackend, row: ReplyRow) -> ReplyRow:
    backend.policy.queue("Six minutes.")
    row.bar.again.click()
    return newest(qtbot, window)


def observed(store: Store, row: ReplyRow) -> list[str]:
    return [one.category for one in store.verdicts.of_turn(row.item.turn_id or "") if one.backend == "observed"]


def test_copying_is_a_very_weak_sign(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    assert not reply.sign.isVisible()
    for _ in range(2):
        reply.bar.copy.click()
        settle(qtbot, window)
    assert observed(looking, reply) == ["copied"]
    assert reply.sign.isVisible()
    assert reply.sign.text() == "You copied it: a very weak sign."
    assert looking.lessons.list() == []


def test_a_thumb_takes_the_place_of_the_sign(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    reply.bar.copy.click()
    settle(qtbot, window)
    reply.bar.up.click()
    settle(qtbot, window)
    assert not reply.sign.isVisible()
    assert reply.chip.isVisible()


def test_a_reply_written_again_says_so_and_going_back_to_it_too(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, reply: ReplyRow, looking: Store
) -> None:
    second = again(qtbot, window, backend, reply)
    assert not second.sign.isVisible()
    second.bar.arrows.back.click()
    first = newest(qtbot, window)
    assert observed(looking, first) == ["regenerated", "older variant chosen"]
    assert first.sign.text() == "You went back to this one: a weak sign."
    first.bar.arrows.next.click()
    settle(qtbot, window)
    assert observed(looking, newest(qtbot, window)) == []
    first_turn = looking.turns.recent(10)[-1]
    assert [one.category for one in looking.verdicts.of_turn(first_turn.id)] == ["regenerated"]


def test_signs_are_written_off_the_gui_thread(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    note = reading.note_copied

    def watched(store: Store, message_id: str) -> bool:
        threads.append(threading.current_thread())
        return note(store, message_id)

    monkeypatch.setattr(reading, "note_copied", watched)
    reply.bar.copy.click()
    settle(qtbot, window)
    assert threads
    assert threading.main_thread() not in threads


def followed_turn(store: Store, said: str, role: str = "user") -> Turn:
    conversation = store.conversations.create("Eggs")
    asked = store.messages.add(conversation.id, None, "user", "How do I boil an egg?")
    reply = store.messages.add(conversation.id, asked.id, "assistant", "It takes long.")
    turn = store.turns.add(NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, "hash", "t", 0, "stop"))
    after = store.messages.add(conversation.id, reply.id, role, said)  # type: ignore[arg-type]
    store.conversations.set_leaf(conversation.id, after.id)
    return turn


def go_to(qtbot: QtBot, window: MainWindow, nav: str) -> QWidget:
    window.findChild(QPushButton, nav).click()
    settle(qtbot, window)
    return window.pages.currentWidget()


def test_replies_that_nobody_has_looked_at_are_announced(qtbot: QtBot, window: MainWindow, looking: Store) -> None:
    page = go_to(qtbot, window, names.NAV_LEARNING)
    stage = page.findChild(QLabel, names.LEARN_STAGE)
    assert stage.text() == "Nothing new to learn"
    copied = followed_turn(looking, "ok")
    note_sign(looking, copied.message_id, "copied")
    followed_turn(looking, "ok")
    go_to(qtbot, window, names.NAV_LEARNING)
    assert stage.text() == "Replies to look at: 2"
    read_turns(looking, RulesJudge(), 10)
    go_to(qtbot, window, names.NAV_LEARNING)
    assert stage.text() == "Nothing new to learn"


def test_the_ledger_says_where_each_lesson_comes_from(qtbot: QtBot, window: MainWindow, looking: Store) -> None:
    followed_turn(looking, SHORTER)
    followed_turn(looking, "exit code 0", role="tool")
    read_turns(looking, RulesJudge(), 10)
    page = go_to(qtbot, window, names.NAV_LEDGER)
    shown = [one.text() for one in page.findChildren(QLabel, names.LESSON_ORIGIN)]
    assert sorted(shown) == [
        "From a tool's result: “exit code 0” (how I read it: sure)",
        f"From what you said next: “{SHORTER}” (how I read it: likely)",
    ]


def test_the_ledger_names_the_users_own_correction(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store
) -> None:
    reply.open_correction().words.setPlainText(SHORTER)
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    page = go_to(qtbot, window, names.NAV_LEDGER)
    assert [one.text() for one in page.findChildren(QLabel, names.LESSON_ORIGIN)] == [
        f"From your correction: “{SHORTER}”"
    ]


def test_the_alarm_is_said_on_the_learning_page_and_goes_with_a_thumb(
    qtbot: QtBot, open_window: OpenWindow, backend: FakeBackend, looking: Store
) -> None:
    turns = [followed_turn(looking, "ok") for _ in range(LEAST_TURNS)]
    read_turns(looking, RulesJudge(), 100)
    looking.runs.finish(looking.runs.start(0, "user").id, "skipped", "There is nothing new to learn.")
    window = open_window(backend)
    page = go_to(qtbot, window, names.NAV_LEARNING)
    line = page.findChild(QLabel, names.SILENCE_LINE)
    assert line.isVisible()
    assert line.text() == (
        "Nothing to learn was found in your last 10 replies: you mostly went on without saying how a reply was. "
        "A thumb or a correction always counts."
    )
    looking.lessons.add(turns[0].id, polarity=1, hint=None, rewrite=None, scope="reply", weight=0.5)
    go_to(qtbot, window, names.NAV_LEDGER)
    go_to(qtbot, window, names.NAV_LEARNING)
    assert not line.isVisible()
