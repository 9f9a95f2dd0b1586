"""Requests before they reach a lane: bodies, headers, grammar, prefix reuse, the guard at the door."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from assistant.errors import AdapterUnusable, BadInput, DiskFull, InternalBug, NotFound
from assistant.policy.answering import Caller
from assistant.policy.chat_lane import PREFILL_CHUNK, reusable
from assistant.policy.grammar import grammar_of
from assistant.policy.guard import Guard
from assistant.policy.http_errors import ApiError, as_api_error
from assistant.policy.protocol import ChatBody

USER = [{"role": "user", "content": "Hi"}]


def test_nulls_and_single_stops_are_understood() -> None:
    body = ChatBody.model_validate({"messages": USER, "n": None, "stop": "x", "stream": None, "unknown": 1})
    assert (body.n, body.stop, body.stream, body.model) == (1, ["x"], False, "mentee")


def test_the_newer_name_of_the_limit_wins() -> None:
    body = ChatBody.model_validate({"messages": USER, "max_tokens": 5, "max_completion_tokens": 7})
    assert body.reply_tokens == 7


def test_tool_choice_none_hides_the_tools() -> None:
    body = ChatBody.model_validate({"messages": USER, "tools": [{}], "tool_choice": "none"})
    assert body.usable_tools is None


@pytest.mark.parametrize("wrong", [{}, {"messages": []}, {"messages": [{"content": "x"}]}, {"messages": "x"}])
def test_bodies_without_a_prompt_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ChatBody.model_validate(wrong)


@pytest.mark.parametrize(
    ("turn_type", "session", "expected"),
    [
        (None, None, "side"),
        (None, "s", "main"),
        ("side", "s", "side"),
        ("main", None, "main"),
        ("main", "s", "main"),
        (None, "", "side"),
    ],
)
def test_a_session_without_a_turn_type_is_main(turn_type: str | None, session: str | None, expected: str) -> None:
    assert Caller.read(turn_type, session, None).turn_type == expected


def test_an_unknown_turn_type_is_refused() -> None:
    with pytest.raises(ApiError):
        Caller.read("maybe", None, None)


def test_errors_and_their_status() -> None:
    expected = {
        NotFound("x"): 404,
        BadInput("x"): 400,
        AdapterUnusable("x"): 400,
        DiskFull("x"): 507,
        InternalBug("x"): 500,
        ApiError(429, "x"): 429,
    }
    assert {problem: as_api_error(problem).status for problem in expected} == expected


def test_the_text_of_an_unexpected_error_is_not_told() -> None:
    assert "secret" not in str(as_api_error(KeyError("secret")))


def test_free_text_has_no_grammar() -> None:
    assert grammar_of(None) is None
    assert grammar_of({"type": "text"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "yaml"},
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {"schema": []}},
        {"type": "json_schema", "json_schema": {"schema": {"type": "frog"}}},
        {"type": "json_schema", "json_schema": {"schema": {"const": "\ud83e"}}},
    ],
)
def test_unusable_formats_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        grammar_of(wrong)


def test_a_schema_is_not_written_into() -> None:
    schema = {"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}
    grammar_of({"type": "json_schema", "json_schema": {"schema": schema}})
    assert schema == {"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}


tokens = st.lists(st.integers(0, 2), max_size=400)


@given(cached=tokens, prompt=tokens.filter(bool), upto=st.integers(0, 400), exact=st.booleans())
def test_reuse_is_a_true_prefix_and_leaves_something_to_compute(
    cached: list[int], prompt: list[int], upto: int, exact: bool
) -> None:
    kept = reusable(cached, prompt, min(upto, len(cached)), exact)
    assert cached[:kept] == prompt[:kept]
    assert kept < len(prompt)
    if exact:
        assert kept <= upto
        assert kept % PREFILL_CHUNK == 0 or kept == upto


def test_reuse_of_an_extended_prompt() -> None:
    before = list(range(300))
    after = [*before, 7, 8, 9]
    assert reusable(before, after, 256, exact=False) == 300
    assert reusable(before, after, 256, exact=True) == 256
    assert reusable(before, after, 128, exact=True) == 128
    assert reusable(before, before, 256, exact=False) == 298
    assert reusable([5, *before], after, 256, exact=False) == 0


class Door:
    """A guard before an app that reads its whole body."""

    def __init__(self, limit: int = 100) -> None:
        self.guard = Guard(self.app, "right", limit)
        self.reached = False

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        self.reached = True
        if scope["path"] == "/fault":
            raise KeyError("what the user wrote")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def knock(self, path: str = "/x", headers: dict[str, str] | None = None, body: list[bytes] | None = None) -> int:
        given = {"authorization": "Bearer right"} if headers is None else headers
        scope = {"type": "http", "path": path, "headers": [(k.encode(), v.encode()) for k, v in given.items()]}
        parts = list(body or [b""])
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(self.guard(scope, receive, send))
        status = int(sent[0]["status"])
        if status != 200:
            assert json.loads(sent[1]["body"])["error"]["message"]
        return status


def test_the_right_token_passes() -> None:
    assert Door().knock() == 200


@pytest.mark.parametrize("given", [{}, {"authorization": "right"}, {"authorization": "Bearer wrong"}])
def test_a_wrong_token_does_not(given: dict[str, str]) -> None:
    door = Door()
    assert door.knock(headers=given) == 401
    assert not door.reached


def test_health_is_open() -> None:
    assert Door().knock("/health", headers={}) == 200


def test_announced_and_counted_sizes() -> None:
    right = {"authorization": "Bearer right"}
    assert Door().knock(headers={**right, "content-length": "101"}) == 413
    assert Door().knock(headers={**right, "content-length": "many"}) == 413
    assert Door().knock(body=[b"x" * 60, b"x" * 60]) == 413
    assert Door().knock(body=[b"x" * 50, b"x" * 50]) == 200


def test_a_fault_is_told_and_logged_without_its_text(caplog: pytest.LogCaptureFixture, expect_warning: Any) -> None:
    expect_warning("a request failed: KeyError")
    assert Door().knock("/fault") == 500
    assert "what the user wrote" not in caplog.text
