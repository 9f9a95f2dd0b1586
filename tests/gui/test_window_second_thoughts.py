"""Forgetting, contradicting and taking back, as the user sees it; over the real store."""

from __future__ import annotations

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, go_to, settle, texts
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app import names
from app.chat.items import GiveFeedback
from app.main_window import MainWindow
from app.supervise.server import ServerStatus
from assistant.conversation.feedback import give_feedback
from assistant.store import Store
from assistant.store.records import NewTurn


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
    assert window.toast.accessibleName() == "Counts again. Version 1 answers from now on."
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
