"""Learning, versions, ledger, memory and settings pages, over the real store."""

from __future__ import annotations

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, go_to, settle, texts
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app import names
from app.learning.run_panel import overall
from app.main_window import MainWindow
from app.settings.dialog import SettingsDialog
from app.supervise.learner import LearnerResult, LearnerStatus
from app.supervise.server import ServerStatus
from app.widgets.switch import Switch
from assistant.judge.line import keep_judge_line
from assistant.store import Store


def test_the_learning_page_says_who_reads_reactions(
    qtbot: QtBot, open_window: OpenWindow, backend: FakeBackend
) -> None:
    with Store.open(backend.data) as store:
        keep_judge_line(store, "The model is not good enough.")
    window = open_window(backend)
    page = go_to(qtbot, window, names.NAV_LEARNING)
    line = page.findChild(QLabel, names.JUDGE_LINE)
    assert (line.text(), line.property("kind")) == ("The model is not good enough.", "muted")


def test_roll_back_to_the_base_model(qtbot: QtBot, window: MainWindow, backend: FakeBackend, version: int) -> None:
    page = go_to(qtbot, window, names.NAV_VERSIONS)
    assert "Version 1" in texts(page)
    assert "In use" in texts(page)
    back = page.findChild(QPushButton, names.VERSION_USE)
    assert back.accessibleName() == "Go back to this: Base model"
    back.click()
    settle(qtbot, window)
    assert backend.policy.used == [0]


def test_roll_back_while_no_model_runs(
    qtbot: QtBot, open_window: OpenWindow, backend: FakeBackend, looking: Store, version: int, model_hash: str
) -> None:
    backend.server.status = ServerStatus("failed", "The model file is missing.")
    window = open_window(backend)
    page = go_to(qtbot, window, names.NAV_VERSIONS)
    page.findChild(QPushButton, names.VERSION_USE).click()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: looking.versions.active(model_hash) == 0)
    window.toast._undo.click()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: looking.versions.active(model_hash) == version)


def test_exam_figures_are_in_plain_words(qtbot: QtBot, window: MainWindow, version: int) -> None:
    shown = texts(go_to(qtbot, window, names.NAV_VERSIONS)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Does as told: 0 % → 75 %" in shown
    assert "Stays on topic: 90 % → 85 %" in shown
    assert "Taught: Reply in one short sentence only." in shown
    assert "lora" not in shown.lower()


def test_compare_asks_both_versions(qtbot: QtBot, window: MainWindow, backend: FakeBackend, version: int) -> None:
    page = go_to(qtbot, window, names.NAV_VERSIONS)
    backend.policy.queue("A long reply.")
    backend.policy.queue("Short.")
    qtbot.keyClicks(page.findChild(QLineEdit, names.COMPARE_PROMPT), "How?")
    page.findChild(QPushButton, names.COMPARE_RUN).click()
    qtbot.waitUntil(lambda: page.compare.right_text.text() == "Short.")
    assert page.compare.left_text.text() == "A long reply."
    asked = [(request["model"], request["turn_type"]) for request in backend.policy.sampling]
    assert asked == [("mentee:0", "side"), ("mentee:1", "side")]


def test_learn_now_shows_progress_and_the_result(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, lesson_id: str
) -> None:
    page = go_to(qtbot, window, names.NAV_LEARNING)
    assert "Lessons waiting: 1" in texts(page)
    page.findChild(QPushButton, names.LEARN_NOW).click()
    assert backend.learner.calls == ["start"]
    backend.learner.tell(LearnerStatus("running", "practice", "", 5, 10, 42.0))
    bar = page.findChild(QProgressBar, names.LEARN_PROGRESS)
    assert bar.isVisible()
    assert 0 < bar.value() < bar.maximum()
    assert "Practising" in texts(page)
    assert "42" in texts(page)
    page.findChild(QPushButton, names.LEARN_PAUSE).click()
    backend.learner.tell(LearnerStatus("paused", "practice"))
    page.findChild(QPushButton, names.LEARN_PAUSE).click()
    page.findChild(QPushButton, names.LEARN_STOP).click()
    assert backend.learner.calls == ["start", "pause", "resume", "stop"]
    backend.learner.end(LearnerResult("rejected", "It lost the content."))
    settle(qtbot, window)
    assert not bar.isVisible()
    assert "It lost the content." in window.toast.accessibleName()
    assert "It lost the content." in texts(page)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            LearnerResult("skipped", "Stopped; the next run goes on from here."),
            "Stopped; the next run goes on from here.",
        ),
        (LearnerResult("adopted", "It passed, but stays aside.", 2, in_use=False), "It passed, but stays aside."),
        (LearnerResult("adopted", "Passed.", 2), "I learned. Version 2 answers from now on."),
    ],
)
def test_the_end_of_a_run_is_told_as_it_was(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, result: LearnerResult, said: str
) -> None:
    go_to(qtbot, window, names.NAV_LEARNING)
    backend.learner.end(result)
    settle(qtbot, window)
    assert window.toast.accessibleName() == said


def test_yielding_is_not_taken_for_paused(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    page = go_to(qtbot, window, names.NAV_LEARNING)
    backend.learner.tell(LearnerStatus("paused", "training", yielding=True))
    assert "goes on by itself" in texts(page)
    assert page.findChild(QPushButton, names.LEARN_PAUSE).text() == "Pause"


def test_progress_never_goes_back() -> None:
    stages = ("", "exam of the present version", "practice", "training", "exam of the new version")
    points = [overall(LearnerStatus("running", stage, "", done, 4)) for stage in stages[1:] for done in range(5)]
    assert points == sorted(points)
    assert points[-1] == 1.0


def test_runs_show_outcome_reason_and_before_and_after(qtbot: QtBot, window: MainWindow, version: int) -> None:
    shown = texts(go_to(qtbot, window, names.NAV_LEARNING))
    for words in ("New version", "Passed.", "Before and after", "A long reply.", "Short."):
        assert words in shown


def test_the_master_switch_is_kept_and_only_stops_learning(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    page = go_to(qtbot, window, names.NAV_LEARNING)
    page.findChild(Switch, names.LEARNING_SWITCH).click()
    settle(qtbot, window)
    assert not backend.load_settings().learning.enabled
    assert not page.findChild(QPushButton, names.LEARN_NOW).isEnabled()
    backend.policy.queue("Hello.")
    window.chat.send("Hi")
    qtbot.waitUntil(lambda: not window.chat.is_busy())
    settle(qtbot, window)
    assert window.chat_page.transcript.last_reply().text() == "Hello."


def test_lessons_can_be_excluded_forgotten_and_brought_back(
    qtbot: QtBot, window: MainWindow, looking: Store, lesson_id: str
) -> None:
    page = go_to(qtbot, window, names.NAV_LEDGER)
    assert "When asked: “How do I boil an egg?”" in texts(page)
    page.findChild(QPushButton, names.LESSON_EXCLUDE).click()
    settle(qtbot, window)
    assert looking.lessons.get(lesson_id).state == "excluded"
    page.findChild(QPushButton, names.LESSON_EXCLUDE).click()
    settle(qtbot, window)
    assert looking.lessons.get(lesson_id).state == "pending"
    page.findChild(QPushButton, names.LESSON_FORGET).click()
    settle(qtbot, window)
    assert looking.lessons.get(lesson_id).state == "forgotten"
    window.toast._undo.click()
    settle(qtbot, window)
    assert looking.lessons.get(lesson_id).state == "pending"


def test_a_lesson_leads_to_its_conversation(qtbot: QtBot, window: MainWindow, lesson_id: str) -> None:
    page = go_to(qtbot, window, names.NAV_LEDGER)
    show = next(b for b in page.findChildren(QPushButton) if b.text() == "Show")
    show.click()
    settle(qtbot, window)
    assert window.pages.currentWidget() is window.chat_page
    assert window.chat_page.title.text() == "Eggs"


def test_memory_items_are_added_edited_switched_and_removed(qtbot: QtBot, window: MainWindow, looking: Store) -> None:
    page = go_to(qtbot, window, names.NAV_MEMORY)
    field = page.findChild(QLineEdit, names.MEMORY_ADD_TEXT)
    qtbot.keyClicks(field, "Always answer in one short sentence.")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window)
    (item,) = looking.memory.list()
    page.findChild(QToolButton, names.MEMORY_EDIT).click()
    editor = next(e for e in page.findChildren(QLineEdit) if e is not field and e.isVisible())
    editor.setText("Answer in two sentences.")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert looking.memory.get(item.id).text == "Answer in two sentences."
    page.findChild(Switch, names.MEMORY_SWITCH).click()
    settle(qtbot, window)
    assert looking.memory.get(item.id).state == "off"
    page.findChild(QToolButton, names.MEMORY_REMOVE).click()
    settle(qtbot, window)
    assert looking.memory.list() == []
    window.toast._undo.click()
    settle(qtbot, window)
    (again,) = looking.memory.list()
    assert (again.text, again.state) == ("Answer in two sentences.", "off")


def test_settings_are_saved(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    dialog = window.open_settings()
    dialog.temperature.setValue(0.3)
    dialog.scheme.setCurrentIndex(dialog.scheme.findData("dark"))
    with qtbot.waitSignal(window.appearance_changed):
        dialog.findChild(QPushButton, names.SETTINGS_SAVE).click()
    settle(qtbot, window)
    assert backend.load_settings().chat.temperature == 0.3
    assert backend.load_settings().appearance.scheme == "dark"
    assert "restart" not in backend.server.calls


def test_settings_left_alone_change_nothing(qtbot: QtBot, backend: FakeBackend) -> None:
    settings = backend.load_settings().with_value("learning", "time_budget_s", 150)
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    assert dialog.values() == settings


def test_another_model_restarts_the_server(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    dialog = window.open_settings()
    dialog.model.setText("/models/other.gguf")
    dialog.findChild(QPushButton, names.SETTINGS_SAVE).click()
    qtbot.waitUntil(lambda: "restart" in backend.server.calls)
    assert backend.load_settings().serving.model == "/models/other.gguf"


@pytest.mark.parametrize(
    ("status", "words", "retry"),
    [
        (ServerStatus("starting"), "Starting the model…", False),
        (ServerStatus("failed", "There is no model file at /x."), "There is no model file at /x.", True),
        (ServerStatus("ready", model="SmolLM2"), "Ready", False),
    ],
    ids=["starting", "failed", "ready"],
)
def test_the_status_line(
    window: MainWindow, backend: FakeBackend, status: ServerStatus, words: str, retry: bool
) -> None:
    backend.server.tell(status)
    assert words in window.side.status.text()
    assert window.side.retry.isVisible() == retry


def test_what_the_server_put_right_is_told(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> None:
    backend.policy.notices = ("Version 2 is damaged. Version 1 is used instead.",)
    backend.server.tell(ServerStatus("ready", model="m"))
    settle(qtbot, window)
    assert "Version 2 is damaged" in window.toast.accessibleName()


def test_empty_pages_teach(qtbot: QtBot, window: MainWindow) -> None:
    teaching: dict[str, str] = {
        names.NAV_LEARNING: "No runs yet",
        names.NAV_LEDGER: "No lessons yet",
        names.NAV_MEMORY: "No standing instructions yet",
    }
    for nav, words in teaching.items():
        assert words in texts(go_to(qtbot, window, nav))


def test_conversations_are_renamed_searched_trashed_and_restored(
    qtbot: QtBot, window: MainWindow, looking: Store, lesson_id: str
) -> None:
    other = looking.conversations.create("Lisbon")
    window.library.refresh()
    settle(qtbot, window)
    conversations = window.side.conversations
    assert conversations.count() == 2
    qtbot.keyClicks(window.side.search, "boil")
    qtbot.waitUntil(lambda: conversations.count() == 1)
    window.side.search.clear()
    qtbot.waitUntil(lambda: conversations.count() == 2)
    line = next(conversations.item(at) for at in range(2) if conversations.item(at).text() == "Lisbon")
    line.setText("Porto")
    settle(qtbot, window)
    assert looking.conversations.get(other.id).title == "Porto"
    window.chat.open(other.id)
    conversations.trashed.emit(other.id)
    settle(qtbot, window)
    assert looking.conversations.get(other.id).deleted_at is not None
    assert window.chat.current() is None
    window.toast._undo.click()
    settle(qtbot, window)
    assert looking.conversations.get(other.id).deleted_at is None
    assert window.chat.current() == other.id
