"""What followed a turn."""

from __future__ import annotations

from typing import Any

from assistant.conversation.nextstate import next_state
from assistant.store.records import Feedback, Message


def message(number: int, role: str, parent: str | None, content: str = "") -> Message:
    return Message(f"m{number}", "c", parent, role, content, "complete", 0.0)  # type: ignore[arg-type]


REPLY = message(2, "assistant", "m1")
ANSWER = message(3, "user", "m2", "thanks")


def state(feedback: Feedback | None = None, *following: Message) -> Any:
    return next_state(REPLY, feedback=feedback, following=following)


def test_explicit_feedback_outranks_what_was_said_next() -> None:
    feedback = Feedback("f", "t", "correction", "shorter", "durable", 0.0, None)
    assert state(feedback, ANSWER).kind == "feedback"
    assert state(feedback, ANSWER).text == "shorter"


def test_the_first_answer_counts() -> None:
    later = message(5, "user", "m2", "other branch")
    assert (state(None, later, ANSWER).kind, state(None, later, ANSWER).text) == ("user", "thanks")


def test_a_tool_result_is_told_from_a_user() -> None:
    assert state(None, message(3, "tool", "m2", "exit code 1")).kind == "tool"


def test_a_reply_made_anew_is_weak_evidence() -> None:
    again = state(None, message(4, "assistant", "m1"))
    assert (again.kind, again.weak) == ("regenerated", True)
    assert state(None, message(1, "assistant", "m1")).kind == "none"


def test_nothing_followed() -> None:
    assert state().kind == "none"
