"""Sending, streaming, stopping, variants, editing, and that nothing written is lost."""

from __future__ import annotations

import pytest
from helpers.window_backend import FakeBackend, Gate, OpenWindow, settle
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from app import names
from app.chat.message_row import ReplyRow, UserRow
from app.main_window import MainWindow
from app.supervise.server import ServerStatus
from assistant.errors import DiskFull, PolicyUnavailable
from assistant.store import Store


def say(qtbot: QtBot, window: MainWindow, text: str) -> None:
    editor = window.findChild(QPlainTextEdit, names.COMPOSER)
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def wait_for_reply(qtbot: QtBot, window: MainWindow) -> ReplyRow:
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    row = window.chat_page.transcript.last_reply()
    assert row is not None
    return row


def test_a_reply_streams_into_the_window(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    gate = Gate()
    backend.policy.queue("Boil it ", "for six ", gate, "minutes.")
    say(qtbot, window, "How do I boil an egg?")
    qtbot.waitUntil(gate.reached.is_set)

    def first_half_is_seen() -> bool:
        row = window.chat_page.transcript.last_reply()
        return row is not None and row.view.toPlainText() == "Boil it for six"

    qtbot.waitUntil(first_half_is_seen)
    assert looking.messages.path(_leaf(looking))[0].content == "How do I boil an egg?"
    gate.opened.set()
    row = wait_for_reply(qtbot, window)
    assert row.view.toPlainText() == "Boil it for six minutes."
    assert looking.messages.path(_leaf(looking))[1].content == "Boil it for six minutes."
    assert window.side.conversations.count() == 1
    assert window.chat_page.title.text() != "New conversation"


def test_stop_keeps_what_arrived(qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store) -> None:
    gate = Gate()
    backend.policy.queue("One, two", gate, ", three")
    say(qtbot, window, "Count")
    qtbot.waitUntil(gate.reached.is_set)
    stop = window.findChild(QToolButton, names.STOP)
    assert stop.isVisible()
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    row = wait_for_reply(qtbot, window)
    assert row.text() == "One, two"
    assert row.note.isVisible()
    assert looking.messages.path(_leaf(looking))[1].state == "stopped"
    assert window.findChild(QToolButton, names.SEND).isVisible()


def test_escape_stops(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    gate = Gate()
    backend.policy.queue("One", gate, "two")
    say(qtbot, window, "Count")
    qtbot.waitUntil(gate.reached.is_set)
    qtbot.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Escape)
    assert wait_for_reply(qtbot, window).item.state == "stopped"


def test_shift_enter_breaks_the_line(qtbot: QtBot, window: MainWindow) -> None:
    editor = window.chat_page.composer.editor
    qtbot.keyClicks(editor, "one")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor, "two")
    assert editor.toPlainText() == "one\ntwo"
    assert not window.chat.is_busy()


def test_what_is_typed_during_a_reply_stays(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    gate = Gate()
    backend.policy.queue("Yes", gate)
    say(qtbot, window, "First")
    qtbot.waitUntil(gate.reached.is_set)
    say(qtbot, window, "Second")
    assert window.chat_page.composer.editor.toPlainText() == "Second"
    gate.opened.set()
    wait_for_reply(qtbot, window)
    assert window.chat_page.composer.editor.toPlainText() == "Second"


def test_a_message_waits_for_the_model(
    qtbot: QtBot, open_window: OpenWindow, backend: FakeBackend, looking: Store
) -> None:
    backend.server.status = ServerStatus("starting")
    window = open_window(backend)
    backend.policy.queue("Hello.")
    say(qtbot, window, "Hi")
    assert window.chat_page.composer.editor.toPlainText() == "Hi"
    assert "ready" in window.chat_page.hint.text()
    backend.server.tell(ServerStatus("ready", model="m"))
    assert wait_for_reply(qtbot, window).text() == "Hello."


def test_a_reply_that_breaks_off_is_kept(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    backend.policy.queue("Half a", PolicyUnavailable("gone"))
    say(qtbot, window, "Tell me")
    row = wait_for_reply(qtbot, window)
    assert row.text() == "Half a"
    assert row.item.state == "interrupted"
    backend.policy.queue("All of it.")
    row.bar.again.click()
    again = wait_for_reply(qtbot, window)
    assert again.text() == "All of it."
    assert again.bar.arrows.place.text() == "2/2"


def test_a_message_is_stored_although_the_model_just_went_away(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    backend.server.status = ServerStatus("restarting")
    say(qtbot, window, "Anybody there?")
    row = wait_for_reply(qtbot, window)
    assert row.item.state == "interrupted"
    assert looking.messages.path(_leaf(looking))[0].content == "Anybody there?"
    backend.server.status = ServerStatus("ready")
    backend.policy.queue("Here I am.")
    row.bar.again.click()
    assert wait_for_reply(qtbot, window).text() == "Here I am."


def test_a_message_that_cannot_be_stored_goes_back_to_the_composer(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: Store) -> None:
        raise DiskFull("The disk is full.")

    monkeypatch.setattr(window._worker, "_make_chat", full)
    say(qtbot, window, "Precious words")
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    assert window.chat_page.composer.editor.toPlainText() == "Precious words"
    assert "The disk is full." in window.toast.accessibleName()


def test_regenerate_keeps_variants(qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store) -> None:
    backend.policy.queue("First.")
    say(qtbot, window, "Go")
    backend.policy.queue("Second.")
    wait_for_reply(qtbot, window).bar.again.click()
    second = wait_for_reply(qtbot, window)
    assert second.text() == "Second."
    second.bar.arrows.back.click()
    qtbot.waitUntil(lambda: window.chat_page.transcript.last_reply().text() == "First.")
    assert window.chat_page.transcript.last_reply().bar.arrows.place.text() == "1/2"
    assert looking.messages.path(_leaf(looking))[-1].content == "First."


def test_editing_keeps_the_old_wording(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    backend.policy.queue("Blue.")
    say(qtbot, window, "Colour?")
    wait_for_reply(qtbot, window)
    qtbot.keyClicks(window.chat_page.composer.editor, "draft")
    row = next(row for row in _rows(window) if isinstance(row, UserRow))
    row.edit.click()
    editor = window.chat_page.composer.editor
    assert editor.toPlainText() == "Colour?"
    editor.setPlainText("Colours?")
    backend.policy.queue("Red and blue.")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert wait_for_reply(qtbot, window).text() == "Red and blue."
    assert editor.toPlainText() == "draft"
    assert next(row for row in _rows(window) if isinstance(row, UserRow)).arrows.place.text() == "2/2"


def test_closing_while_a_reply_streams_keeps_it(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    gate = Gate()
    backend.policy.queue("So far", gate, " and more")
    say(qtbot, window, "Go on")
    qtbot.waitUntil(gate.reached.is_set)
    window.close()
    reply = looking.messages.path(_leaf(looking))[-1]
    assert reply.content == "So far"
    assert reply.state == "stopped"
    assert backend.server.calls[-1] == "stop"
    assert backend.learner.calls[-1] == "shut_down"


def test_a_reply_goes_on_while_another_conversation_is_shown(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    gate = Gate()
    backend.policy.queue("Still ", gate, "here.")
    say(qtbot, window, "Wait for me")
    qtbot.waitUntil(gate.reached.is_set)
    first = window.chat.current()
    window.side.new.click()
    assert window.chat_page.transcript.items() == []
    window.chat.open(first)
    settle(qtbot, window)
    assert window.chat_page.transcript.last_reply().text() == "Still "
    gate.opened.set()
    assert wait_for_reply(qtbot, window).text() == "Still here."


def test_keys_in_the_composer_make_the_learner_yield(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    qtbot.keyClicks(window.chat_page.composer.editor, "x")
    assert backend.learner.calls == ["nudge"]


def test_the_learner_yields_for_a_whole_reply(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    gate = Gate()
    backend.policy.queue("Yes", gate)
    window.chat.send("Hello")
    qtbot.waitUntil(gate.reached.is_set)
    assert backend.learner.calls == ["hold"]
    gate.opened.set()
    wait_for_reply(qtbot, window)
    assert backend.learner.calls == ["hold", "let go"]


def test_the_status_line_names_the_version(qtbot: QtBot, window: MainWindow) -> None:
    assert window.side.status.text() == "Ready · Base model"
    assert window.side.status.toolTip() == "test model"


def test_the_switch_turns_standing_instructions_off(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store
) -> None:
    looking.memory.add("instruction", "Reply in French.")
    backend.policy.queue("Bonjour.")
    say(qtbot, window, "Hello")
    wait_for_reply(qtbot, window)
    assert "French" in str(backend.policy.requests[0])
    window.side.new.click()
    window.chat_page.instructions.click()
    backend.policy.queue("Hello.")
    say(qtbot, window, "Hello")
    wait_for_reply(qtbot, window)
    assert "French" not in str(backend.policy.requests[1])
    assert looking.conversations.get(window.chat.current()).instructions_off


def test_drafts_stay_with_their_conversation(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    backend.policy.queue("Hello.")
    say(qtbot, window, "Hi")
    wait_for_reply(qtbot, window)
    first = window.chat.current()
    qtbot.keyClicks(window.chat_page.composer.editor, "half a thought")
    window.side.new.click()
    assert window.chat_page.composer.editor.toPlainText() == ""
    window.chat.open(first)
    assert window.chat_page.composer.editor.toPlainText() == "half a thought"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_not_sent(qtbot: QtBot, window: MainWindow, text: str) -> None:
    window.chat_page.composer.editor.setPlainText(text)
    window.chat_page.composer.submit()
    assert not window.chat.is_busy()


def _leaf(store: Store) -> str:
    leaf = store.conversations.list()[0].leaf_id
    assert leaf is not None
    return leaf


def _rows(window: MainWindow) -> list[object]:
    transcript = window.chat_page.transcript
    return [transcript.row(item.id) for item in transcript.items()]
