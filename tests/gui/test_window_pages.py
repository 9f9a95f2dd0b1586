"""Learning, versions, ledger, memory and settings pages, over the real store."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, settle
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app import names
from app.chat.items import GiveFeedback
from app.learning.run_panel import overall
from app.main_window import MainWindow
from app.settings.dialog import SettingsDialog
from app.supervise.learner import LearnerResult, LearnerStatus
from app.supervise.server import ServerStatus
from app.widgets.switch import Switch
from assistant.conversation.feedback import give_feedback
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import starter_model
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion

EXAM: dict[str, Any] = {
    "questions": 32,
    "teacher": {"gain": 0.8, "topical": 0.75, "tokens": 30.0},
    "current": {"gain": 0.0, "topical": 0.9, "tokens": 90.0},
    "candidate": {"gain": 0.6, "topical": 0.85, "tokens": 31.0},
    "examples": [{"prompt": "How?", "before": "A long reply.", "after": "Short."}],
}


@pytest.fixture(scope="session")
def model_hash(tmp_path_factory: pytest.TempPathFactory) -> str:
    return inspect(starter_model(), DataDir.resolve(tmp_path_factory.mktemp("hash"))).sha256


@pytest.fixture
def lesson_id(looking: Store) -> str:
    """A lesson from a correction of one reply."""
    conversation = looking.conversations.create("Eggs")
    asked = looking.messages.add(conversation.id, None, "user", "How do I boil an egg?")
    reply = looking.messages.add(conversation.id, asked.id, "assistant", "It takes long.")
    looking.conversations.set_leaf(conversation.id, reply.id)
    turn = looking.turns.add(
        NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, "hash", "template", 0, "stop")
    )
    return looking.lessons.add(
        turn.id, polarity=-1, hint="Reply in one short sentence only.", rewrite=None, scope="durable", weight=1.0
    ).id


@pytest.fixture
def version(looking: Store, backend: FakeBackend, model_hash: str, lesson_id: str) -> int:
    """Version 1, in use."""
    backend.policy.model_hash = model_hash
    run = looking.runs.start(0, "user")
    made = looking.versions.add(NewVersion(model_hash, 0, run.id, "0" * 64, EXAM, 16, 32.0, [lesson_id]))
    looking.lessons.mark_learned([lesson_id], made.id)
    looking.versions.use(model_hash, made.id)
    looking.runs.finish(run.id, "adopted", "Passed.", version_id=made.id, exam=EXAM, lessons=1)
    return made.id


def go_to(qtbot: QtBot, window: MainWindow, nav: str) -> QWidget:
    window.findChild(QPushButton, nav).click()
    settle(qtbot, window)
    return window.pages.currentWidget()


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


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


def test_forgetting_what_a_version_learned_takes_it_out_of_use_and_undo_brings_it_back(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store, version: int, model_hash: str
) -> None:
    page = go_to(qtbot, window, names.NAV_LEDGER)
    page.findChild(QPushButton, names.LESSON_FORGET).click()
    settle(qtbot, window)
    assert "Version 1 may not answer any more. Base model answers from now on." in window.toast.accessibleName()
    assert looking.versions.active(model_hash) == 0
    assert backend.policy.used == [0]
    versions_page = go_to(qtbot, window, names.NAV_VERSIONS)
    assert "Contains something you forgot" in texts(versions_page)
    assert "Taught: Reply in one short sentence only." not in texts(versions_page)
    assert [b for b in versions_page.findChildren(QPushButton, names.VERSION_USE) if b.isVisible()] == []
    assert versions_page.compare.right.count() == 1
    window.toast._undo.click()
    settle(qtbot, window)
    assert looking.versions.active(model_hash) == version
    assert backend.policy.used == [0, version]


def test_forgetting_while_no_model_runs(
    qtbot: QtBot, open_window: OpenWindow, backend: FakeBackend, looking: Store, version: int, model_hash: str
) -> None:
    backend.server.status = ServerStatus("failed", "The model file is missing.")
    window = open_window(backend)
    go_to(qtbot, window, names.NAV_LEDGER).findChild(QPushButton, names.LESSON_FORGET).click()
    settle(qtbot, window)
    assert looking.versions.active(model_hash) == 0
    assert backend.policy.used == []


def test_forgetting_one_of_two_says_that_the_rest_is_learned_again(
    qtbot: QtBot, window: MainWindow, looking: Store, version: int, lesson_id: str
) -> None:
    turn_id = looking.lessons.get(lesson_id).turn_id
    both = {"polarity": -1, "rewrite": None, "scope": "durable", "weight": 1.0}
    other = looking.lessons.add(turn_id, hint="Always end with a question.", **both)
    looking.lessons.mark_learned([other.id], version)
    page = go_to(qtbot, window, names.NAV_LEDGER)
    page.findChildren(QPushButton, names.LESSON_FORGET)[-1].click()
    settle(qtbot, window)
    assert "Base model answers until I have learned the rest again." in window.toast.accessibleName()
    assert "Lessons waiting: 1" in texts(go_to(qtbot, window, names.NAV_LEARNING))


def test_a_lesson_that_a_later_one_overrules_says_so(
    qtbot: QtBot, window: MainWindow, looking: Store, lesson_id: str
) -> None:
    both = {"polarity": -1, "rewrite": None, "scope": "durable", "weight": 1.0}
    looking.lessons.add(looking.lessons.get(lesson_id).turn_id, hint="Write longer replies.", **both)
    shown = texts(go_to(qtbot, window, names.NAV_LEDGER))
    assert shown.count("You said otherwise later, and that counts: “Write longer replies.”") == 1


def test_a_lesson_replaced_by_later_feedback_on_the_same_reply_says_so(
    qtbot: QtBot, window: MainWindow, looking: Store, lesson_id: str
) -> None:
    turn_id = looking.lessons.get(lesson_id).turn_id
    give_feedback(looking, turn_id, "praise")
    give_feedback(looking, turn_id, "dislike")
    shown = texts(go_to(qtbot, window, names.NAV_LEDGER))
    assert shown.count("You gave other feedback on this reply later; that counts.") == 1


@pytest.fixture
def disliked_turns(looking: Store, version: int, model_hash: str) -> list[str]:
    """Eight praised replies of the base model, four disliked ones of version 1, and a fifth without feedback."""

    def reply(number: int) -> str:
        conversation = looking.conversations.create(f"Talk {number}")
        asked = looking.messages.add(conversation.id, None, "user", "Why?")
        said = looking.messages.add(conversation.id, asked.id, "assistant", "So.")
        looking.conversations.set_leaf(conversation.id, said.id)
        return looking.turns.add(
            NewTurn(said.id, conversation.id, "main", [1], [2], [-0.1], {}, model_hash, "template", number, "stop")
        ).id

    for _ in range(8):
        give_feedback(looking, reply(0), "praise")
    bad = [reply(version) for _ in range(5)]
    for turn_id in bad[:4]:
        assert give_feedback(looking, turn_id, "dislike").taken_back is None
    return bad


def test_a_version_that_displeases_is_taken_back_in_sight_and_may_be_chosen_again(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, looking: Store, disliked_turns: list[str], model_hash: str
) -> None:
    note = "Version 1 was taken back: 5 of 5 replies displeased, 0 of 8 before."
    window.teaching.give(GiveFeedback("message", disliked_turns[-1], "dislike"))
    settle(qtbot, window)
    settle(qtbot, window)
    assert window.toast.accessibleName() == note
    assert looking.versions.active(model_hash) == 0
    assert backend.policy.used == [0]
    for nav in (names.NAV_VERSIONS, names.NAV_LEARNING):
        assert note in texts(go_to(qtbot, window, nav))
    window.toast._undo.click()
    settle(qtbot, window)
    assert backend.policy.used == [0, 1]
    looking.versions.use(model_hash, 1)
    run_id = looking.versions.get(1).run_id
    assert [it.kind for it in looking.runs.events(run_id)] == ["taken_back", "chosen"]


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
