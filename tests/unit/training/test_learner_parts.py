"""Parts of a run that need no model: what praise holds on to, and how a run without practice ends."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.ledger.changes import forget
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion
from training.learner import ANCHOR_TOKENS, NO_REPLY_ROWS, NO_ROWS, Learner
from training.practice import LONGEST_PROMPT


def anchor(prompt: Sequence[int], reply: Sequence[int]) -> Any:
    turn = SimpleNamespace(prompt_token_ids=[*prompt], reply_token_ids=[*reply])
    return SimpleNamespace(lesson=SimpleNamespace(weight=0.5, id="L"), turn=turn, messages=())


def anchors(*praised: Any) -> list[Any]:
    learner: Any = SimpleNamespace(
        client=SimpleNamespace(tokenize=lambda _messages: [1, 2]), plan=SimpleNamespace(anchors=praised)
    )
    return Learner._anchors(learner)


def test_what_is_forgotten_meanwhile_does_not_mark_the_version_that_follows_it_already(store: Store) -> None:
    conversation = store.conversations.create()
    reply = store.messages.add(conversation.id, None, "assistant", "Ten minutes.")
    turn = store.turns.add(NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.5], {}, "m", "t", 0, "stop"))
    said = {"polarity": -1, "hint": "Be brief.", "rewrite": None, "scope": "durable", "weight": 1.0}
    lessons = [store.lessons.add(turn.id, **said) for _ in range(2)]
    version = store.versions.add(NewVersion("m", 0, None, "hash", {}, 16, 32.0)).id
    forget(store, lessons[0].id)
    plan, run = SimpleNamespace(lessons=lessons), SimpleNamespace(base_version=version)
    learner: Any = SimpleNamespace(store=store, plan=plan, run=run)
    Learner._know_already(learner)
    assert store.versions.get(version).lesson_ids == (lessons[1].id,)
    assert store.versions.get(version).usable


def test_praise_of_an_empty_reply_holds_nothing() -> None:
    assert anchors(anchor([1, 2], [])) == []
    assert anchors(anchor([], [3])) == []


def test_of_an_endless_reply_the_beginning_is_held() -> None:
    (row,) = anchors(anchor([1, 2], range(5000)))
    assert row.reply == tuple(range(ANCHOR_TOKENS))


def test_praise_after_an_endless_conversation_holds_nothing() -> None:
    assert anchors(anchor(range(LONGEST_PROMPT + 1), [3])) == []


@pytest.mark.parametrize(("hints", "reason"), [(("Be brief.",), NO_ROWS), ((), NO_REPLY_ROWS)])
def test_without_any_row_the_run_is_rejected_with_a_plain_reason(hints: tuple[str, ...], reason: str) -> None:
    learner: Any = SimpleNamespace(
        work=SimpleNamespace(agrees=lambda _identity: True), identity={}, _load=lambda: None,
        _sit_down=lambda: None, _needless=lambda _exam: None, _train=lambda: ([], []),
        plan=SimpleNamespace(new_hints=hints),
    )  # fmt: skip
    ending = Learner.carry_out(learner)
    assert (ending.outcome, ending.reason, ending.version) == ("rejected", reason, None)
