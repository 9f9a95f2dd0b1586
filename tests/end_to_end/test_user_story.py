"""What a new user does, from the first question to the way back: the real window, server, learner and model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPlainTextEdit, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import names, theme
from app.backend import LocalBackend
from app.chat.message_row import ReplyRow
from app.main_window import MainWindow
from app.widgets.switch import Switch
from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.records import Run, Turn

pytestmark = [
    pytest.mark.model,
    pytest.mark.timeout(1500),
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True),
]

SETTINGS = "[chat]\ntemperature = 0.0\nmax_tokens = 160\n"
QUESTION = "How do I boil an egg?"
WISH = "Too long, one short sentence please."
INSTRUCTION = "Reply in one short sentence only."
EVERYDAY = ("How should I sort my laundry?", "Who built the pyramids?", "How do I keep carrots crunchy?")
"""Asked in no practice: of the questions that are kept for judging from outside."""

SOON_MS, REPLY_MS, LEARNING_MS = 60_000, 180_000, 1_200_000


class User:
    """Looks at the window and presses what is there; `store` is for looking up what was kept."""

    def __init__(self, qtbot: QtBot, window: MainWindow, store: Store) -> None:
        self.qtbot, self.window, self.store = qtbot, window, store

    def wait(self, holds: Callable[[], bool], limit_ms: int = SOON_MS) -> None:
        self.qtbot.waitUntil(holds, timeout=limit_ms)

    def press(self, name: str, within: QWidget | None = None) -> None:
        """Presses the last visible button of that name."""
        found = [it for it in (within or self.window).findChildren(QPushButton, name) if it.isVisible()]
        assert found, f"no button {name} is on show"
        assert found[-1].isEnabled()
        self.qtbot.mouseClick(found[-1], Qt.MouseButton.LeftButton)

    def go_to(self, page: str) -> QWidget:
        self.press(page)
        return self.window.pages.currentWidget()

    def sees(self, words: str, within: QWidget | None = None) -> bool:
        return any(words in it.text() for it in (within or self.window).findChildren(QLabel) if it.isVisible())

    def ask(self, question: str, while_it_streams: Callable[[ReplyRow], None] = lambda _row: None) -> Turn:
        """Types a question and waits for the whole reply; what is on show must be what was kept."""
        transcript = self.window.chat_page.transcript
        before = len(transcript.items())
        self.qtbot.keyClicks(self.window.chat_page.composer.editor, question)
        self.qtbot.keyClick(self.window.chat_page.composer.editor, Qt.Key.Key_Return)
        self.wait(lambda: len(transcript.items()) == before + 2)
        while_it_streams(self.reply())
        self.wait(lambda: not self.window.chat.is_busy() and self.reply().item.turn_id is not None, REPLY_MS)
        turn = self.store.turns.get(self.reply().item.turn_id or "")
        message = self.store.messages.get(turn.message_id)
        assert (message.state, message.content) == ("complete", self.shown())
        assert self.store.messages.get(message.parent_id or "").content == question
        return turn

    def ask_anew(self, question: str, *, instructions: bool) -> Turn:
        """The same in a new conversation."""
        self.press(names.NEW_CONVERSATION)
        self.wait(lambda: not self.window.chat_page.transcript.items())
        if not instructions:
            switch = self.window.findChild(Switch, names.INSTRUCTIONS_SWITCH)
            self.qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
            assert not switch.isChecked()
        return self.ask(question)

    def reply(self) -> ReplyRow:
        row = self.window.chat_page.transcript.last_reply()
        assert row is not None
        return row

    def shown(self) -> str:
        """The text of the newest reply, as it is on show."""
        assert self.reply().view.isVisible()
        return self.reply().view.text()

    def prompt_of(self, turn: Turn) -> str:
        """What the model read, from the ids that were recorded."""
        return self.window.backend.server.client().detokenize(turn.prompt_token_ids)

    def model_hash(self) -> str:
        return str(self.window.backend.server.client().health()["model_hash"])


@pytest.fixture
def user(qtbot: QtBot, qapp: QApplication, data: DataDir) -> Iterator[User]:
    """A user in front of a window whose model is ready."""
    theme.apply_theme(qapp, "light")
    data.settings_file.write_text(SETTINGS, encoding="utf-8")
    window = MainWindow(LocalBackend(data))
    window.resize(1100, 800)
    window.show()
    window.start()
    with Store.open(data) as store:
        made = User(qtbot, window, store)
        made.wait(lambda: made.sees("Ready", window.side))
        yield made
        window.close()
    window.deleteLater()


def test_chat_correct_obey_learn_and_roll_back(user: User, data: DataDir) -> None:
    first = the_first_reply_streams(user)
    first_reply = user.shown()
    the_correction_is_noted(user, first)
    the_next_reply_obeys(user, first_reply)
    run, kept = the_learner_is_killed(user, data)
    learning_goes_on_where_it_was(user, data, run, kept)
    the_new_version_is_in_use(user, run)
    replies_are_short_untold(user)
    the_old_behaviour_comes_back(user, first, first_reply)


def the_first_reply_streams(user: User) -> Turn:
    lengths: list[int] = []

    def look(row: ReplyRow) -> None:
        for least in (1, 40, 80):
            user.wait(lambda: len(row.view.text()) >= least and row.item.state == "streaming", REPLY_MS)  # noqa: B023
            lengths.append(len(row.view.text()))
            assert user.window.findChild(QWidget, names.STOP).isVisible()

    turn = user.ask(QUESTION, look)
    assert lengths == sorted(set(lengths)), "it grew while it was on show"
    assert len(user.shown()) > max(lengths)
    assert not short(user.shown()), "else there is nothing to correct"
    assert (turn.version, turn.memory_ids) == (0, [])
    assert len(turn.logprobs) == len(turn.reply_token_ids) > 0
    assert QUESTION in user.prompt_of(turn)
    return turn


def the_correction_is_noted(user: User, first: Turn) -> None:
    row = user.reply()
    user.qtbot.mouseClick(row.bar.down, Qt.MouseButton.LeftButton)
    user.wait(lambda: row.box is not None and row.box.isVisible())
    words = row.findChild(QPlainTextEdit, names.CORRECTION_TEXT)
    assert words.hasFocus()
    user.qtbot.keyClicks(words, WISH)
    user.press(names.CORRECTION_SEND, row)
    chip = row.findChild(QFrame, names.NOTED_CHIP)
    user.wait(lambda: user.sees(f"Noted: {INSTRUCTION}", chip))
    kinds = [it.kind for it in user.store.feedback.history(first.id)]
    assert kinds == ["dislike", "correction"]
    (item,) = user.store.memory.list(["active"])
    assert (item.text, item.source_text, item.source_turn_id) == (INSTRUCTION, WISH, first.id)
    (lesson,) = user.store.lessons.pending()
    assert (lesson.turn_id, lesson.polarity, lesson.hint, lesson.scope) == (first.id, -1, INSTRUCTION, "durable")


def the_next_reply_obeys(user: User, first_reply: str) -> None:
    turn = user.ask(QUESTION)
    assert short(user.shown()), user.shown()
    (item,) = user.store.memory.list(["active"])
    assert turn.memory_ids == [item.id]
    assert f"{QUESTION}\n\n{INSTRUCTION}" in user.prompt_of(turn)
    path = user.store.messages.path(turn.message_id)
    assert [it.content for it in path] == [QUESTION, first_reply, QUESTION, user.shown()]


def the_learner_is_killed(user: User, data: DataDir) -> tuple[Run, dict[str, bytes]]:
    """The run that was cut off after its first round of training, and the files it had written until then."""
    page = user.go_to(names.NAV_LEARNING)
    user.wait(lambda: user.sees("Lessons waiting: 1", page))
    user.press(names.LEARN_NOW, page)
    bar = page.findChild(QProgressBar, names.LEARN_PROGRESS)
    user.wait(lambda: user.sees("Practising", page), LEARNING_MS)
    (run,) = user.store.runs.unfinished()
    assert bar.isVisible()
    assert 0 < bar.value() < bar.maximum()
    user.wait(lambda: stages(user, run)[-1] == "own practice" or not is_learning(user), LEARNING_MS)
    user.wait(lambda: user.sees("Trying it out", page))
    kept = files(data, run)
    learner().kill()
    user.wait(lambda: user.sees("Nothing is lost", user.window.toast))
    nothing_is_lost(user, page, run)
    return run, kept


def nothing_is_lost(user: User, page: QWidget, run: Run) -> None:
    user.wait(lambda: user.sees("Lessons waiting: 1", page))
    assert not page.findChild(QProgressBar, names.LEARN_PROGRESS).isVisible()
    assert page.findChild(QPushButton, names.LEARN_NOW).isEnabled()
    assert user.sees("Ready", user.window.side), "the model answers all the same"
    assert [it.id for it in user.store.runs.unfinished()] == [run.id]
    assert [it.hint for it in user.store.lessons.pending()] == [INSTRUCTION]
    assert [it.id for it in user.store.versions.list()] == [0]
    assert len(user.window.chat_page.transcript.items()) == 4
    assert user.store.check() == []


def learning_goes_on_where_it_was(user: User, data: DataDir, run: Run, kept: dict[str, bytes]) -> None:
    page = user.window.pages.currentWidget()
    user.press(names.LEARN_NOW, page)
    assert page.findChild(QProgressBar, names.LEARN_PROGRESS).isVisible()
    user.wait(lambda: stages(user, run).count("own practice") == 2 or not is_learning(user), LEARNING_MS)
    now = files(data, run)
    assert {"rows-practice.jsonl", "rows-replay.jsonl", "checkpoint-first.pt"} <= set(kept)
    unfinished = "rows-own.jsonl"
    assert {name: now[name] for name in kept if name != unfinished} == {
        name: data for name, data in kept.items() if name != unfinished
    }, "what was practised and trained before is used, not made again"
    user.wait(lambda: not is_learning(user), LEARNING_MS)
    user.wait(lambda: not user.store.runs.unfinished())
    (ended,) = user.store.runs.list()
    assert (ended.id, ended.outcome, ended.version_id, ended.lessons) == (run.id, "adopted", 1, 1), ended
    begun = stages(user, run)
    assert (begun.count("own practice"), begun.count("training on own replies")) == (2, 1), begun
    user.wait(lambda: user.sees("New version", page) and user.sees("Nothing new to learn", page))
    assert not (data.runs / run.id).exists()


def the_new_version_is_in_use(user: User, run: Run) -> None:
    user.wait(lambda: user.sees("Ready · Version 1", user.window.side))
    page = user.go_to(names.NAV_VERSIONS)
    user.wait(lambda: user.sees(f"Taught: {INSTRUCTION}", page))
    assert in_use(user, page) == "Version 1"
    version = user.store.versions.get(1)
    assert user.store.versions.active(user.model_hash()) == 1
    assert (version.run_id, version.parent_id, version.state) == (run.id, 0, "adopted")
    assert [user.store.lessons.get(it).state for it in version.lesson_ids] == ["learned"]
    assert user.store.lessons.pending() == []


def replies_are_short_untold(user: User) -> None:
    said: dict[str, str] = {}
    for question in EVERYDAY:
        turn = user.ask_anew(question, instructions=False)
        assert (turn.version, turn.memory_ids) == (1, [])
        assert INSTRUCTION not in user.prompt_of(turn)
        assert user.store.conversations.get(turn.conversation_id).instructions_off
        assert user.sees("Version 1", user.reply())
        said[question] = user.shown()
    assert sum(short(text) for text in said.values()) > len(EVERYDAY) / 2, said
    assert all(said.values())


def the_old_behaviour_comes_back(user: User, first: Turn, first_reply: str) -> None:
    page = user.go_to(names.NAV_VERSIONS)
    back = page.findChild(QPushButton, names.VERSION_USE)
    assert back.accessibleName() == "Go back to this: Base model"
    user.press(names.VERSION_USE, page)
    user.wait(lambda: user.sees("Base model answers from now on.", user.window.toast))
    user.wait(lambda: in_use(user, page) == "Base model")
    assert user.store.versions.active(user.model_hash()) == 0
    turn = user.ask_anew(QUESTION, instructions=False)
    assert turn.version == 0
    assert user.prompt_of(turn) == user.prompt_of(first)
    assert user.shown().encode() == first_reply.encode()
    assert turn.reply_token_ids == first.reply_token_ids


def short(text: str) -> bool:
    """Whether a reply is what the user asked for."""
    return 0 < len(text) <= 160 and text.count(".") <= 2


def in_use(user: User, page: QWidget) -> str:
    """Name of the version whose card says that it is in use."""
    cards = [it for it in page.findChildren(QWidget, names.VERSION_CARD) if it.isVisible()]
    return next((it.accessibleName() for it in cards if user.sees("In use", it)), "")


def is_learning(user: User) -> bool:
    return user.window.backend.learner.is_running()


def stages(user: User, run: Run) -> list[str]:
    """The stages that a run has begun, in order, over all its attempts."""
    return [it.data["stage"] for it in user.store.runs.events(run.id) if it.kind == "stage"]


def files(data: DataDir, run: Run) -> dict[str, bytes]:
    """Digests of what a run has written down so far."""
    written = [file for file in (data.runs / run.id).iterdir() if file.suffix != ".part"]
    return {file.name: hashlib.sha256(file.read_bytes()).digest() for file in written}


def learner() -> psutil.Process:
    """The one child of this process that learns."""
    (found,) = [it for it in psutil.Process().children() if "learn" in it.cmdline()]
    return found
