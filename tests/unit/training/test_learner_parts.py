"""Parts of a run that need no model: what praise holds on to, and how a run without practice ends."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

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
