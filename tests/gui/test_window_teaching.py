"""Thumbs, the correction box, the chip and its undo: what is pressed and what is then in the store."""

from __future__ import annotations

import pytest
from helpers.window_backend import FakeBackend, settle
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app import names
from app.chat.message_row import ReplyRow
from app.main_window import MainWindow
from assistant.store import Store


@pytest.fixture
def reply(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> ReplyRow:
    """The row of a finished reply."""
    backend.policy.queue("Boiling an egg takes many steps, the first of which is to find an egg.")
    window.chat.send("How do I boil an egg?")
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    row = window.chat_page.transcript.last_reply()
    assert row is not None
    return row


def test_the_bar_is_always_visible(reply: ReplyRow) -> None:
    assert all(control.isVisible() for control in (reply.bar.up, reply.bar.down, reply.bar.copy, reply.bar.again))


def test_thumb_up_makes_a_lesson_and_pressing_again_takes_it_back(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store
) -> None:
    reply.bar.up.click()
    settle(qtbot, window)
    assert [lesson.polarity for lesson in looking.lessons.pending()] == [1]
    assert reply.bar.up.isChecked()
    assert reply.chip.isVisible()
    reply.bar.up.click()
    settle(qtbot, window)
    assert looking.lessons.pending() == []
    assert not reply.bar.up.isChecked()
    assert not reply.chip.isVisible()


def test_a_correction_is_noted_at_once(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    qtbot.mouseClick(reply.bar.down, Qt.MouseButton.LeftButton)
    words = reply.findChild(QPlainTextEdit, names.CORRECTION_TEXT)
    assert words.hasFocus()
    qtbot.keyClicks(words, "Too long, one short sentence please.")
    qtbot.keyClick(words, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert reply.box is None
    turn = reply.item.turn_id
    assert [given.kind for given in looking.feedback.history(turn)] == ["dislike", "correction"]
    instruction = looking.memory.list(["active"])[0]
    assert reply.chip.isVisible()
    assert instruction.text in reply.chip.words.text()
    assert len(looking.lessons.pending()) == 1


def test_the_chip_takes_the_instruction_back(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    reply.open_correction().words.setPlainText("Always answer in one short sentence.")
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    assert len(looking.memory.list(["active"])) == 1
    reply.findChild(QPushButton, names.NOTED_UNDO).click()
    settle(qtbot, window)
    assert looking.memory.list(["active"]) == []
    assert looking.lessons.pending() == []
    assert not reply.chip.isVisible()


def test_the_note_is_there_after_a_restart(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    reply.open_correction().words.setPlainText("Always answer in one short sentence.")
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    said = reply.chip.words.text()
    window.teaching._fresh.clear()
    window.chat.refresh()
    settle(qtbot, window)
    assert reply.chip.words.text() == said


def test_the_better_reply_is_prefilled_and_kept(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store
) -> None:
    box = reply.open_correction()
    assert not box.rewrite.isVisible()
    box.fold.click()
    assert box.rewrite.toPlainText() == reply.text()
    box.rewrite.setPlainText("Six minutes in boiling water.")
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    assert looking.lessons.pending()[0].rewrite == "Six minutes in boiling water."


def test_correction_and_better_reply_make_one_lesson(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store
) -> None:
    box = reply.open_correction()
    box.words.setPlainText("Always answer in one short sentence.")
    box.fold.click()
    box.rewrite.setPlainText("Six minutes.")
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    lesson = looking.lessons.pending()[0]
    assert lesson.hint
    assert lesson.rewrite == "Six minutes."


def test_an_unchanged_reply_is_no_rewrite(qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store) -> None:
    box = reply.open_correction()
    box.fold.click()
    reply.findChild(QPushButton, names.CORRECTION_SEND).click()
    settle(qtbot, window)
    assert looking.feedback.history(reply.item.turn_id) == []


def test_typed_words_survive_a_refresh(qtbot: QtBot, window: MainWindow, reply: ReplyRow) -> None:
    reply.open_correction().words.setPlainText("half a")
    window.chat.refresh()
    settle(qtbot, window)
    assert reply.box is not None
    assert reply.box.words.toPlainText() == "half a"


def test_the_box_says_where_it_stays(reply: ReplyRow) -> None:
    from PySide6.QtWidgets import QLabel

    box = reply.open_correction()
    said = [label.text() for label in box.findChildren(QLabel)]
    assert "Stays on this computer; used the next time I learn." in said


def test_shortcuts_praise_and_dislike_the_last_reply(
    qtbot: QtBot, window: MainWindow, reply: ReplyRow, looking: Store
) -> None:
    window.activateWindow()
    editor = window.chat_page.composer.editor
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert looking.feedback.effective(reply.item.turn_id).kind == "praise"
    qtbot.keyClick(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert looking.feedback.effective(reply.item.turn_id).kind == "dislike"
    assert reply.box is not None


def test_copy_takes_the_raw_text(reply: ReplyRow) -> None:
    reply.bar.copy.click()
    assert QGuiApplication.clipboard().text() == reply.text()
