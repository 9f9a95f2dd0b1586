"""Text streams and tool calls: pure pieces of the reply's way out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.policy.text_stream import TextStream
from assistant.policy.tool_calls import find_calls, may_be_call

TOOLS = [{"type": "function", "function": {"name": "add"}}]


def cut(raw: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(raw[:size])
        raw = raw[size:]
    return [*pieces, raw]


@given(text=st.text(), sizes=st.lists(st.integers(0, 3), max_size=30))
def test_any_cut_gives_the_text_back(text: str, sizes: list[int]) -> None:
    stream = TextStream()
    shown = [stream.push(piece) for piece in cut(text.encode(), sizes)] + [stream.finish()]
    assert "".join(shown) == text == stream.text
    assert "\ufffd" in text or all("\ufffd" not in part for part in shown)


@given(text=st.text("abc"), stop=st.text("abc", min_size=1), sizes=st.lists(st.integers(0, 2), max_size=20))
def test_nothing_from_the_stop_string_on_is_shown(text: str, stop: str, sizes: list[int]) -> None:
    stream = TextStream([stop])
    shown = "".join([stream.push(piece) for piece in cut(text.encode(), sizes)] + [stream.finish()])
    assert shown == text.split(stop)[0] == stream.text
    assert stream.stopped == (stop in text)


def test_the_earliest_of_several_stops_counts() -> None:
    stream = TextStream(["world", "lo"])
    assert stream.push(b"hello world") == "hel"
    assert stream.push(b" again") == ""


def test_text_that_cannot_begin_a_stop_is_shown_at_once() -> None:
    stream = TextStream(["###"])
    assert stream.push(b"one #") == "one "
    assert stream.push(b"two") == "#two"


def test_a_cut_character_at_the_end_is_marked() -> None:
    stream = TextStream()
    assert stream.push("é".encode()[:1]) == ""
    assert stream.finish() == "\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "add", "arguments": {"a": 1}}',
        ' [{"name": "add", "parameters": {"a": 1}}]',
        '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>',
        '{"function": {"name": "add", "arguments": "{\\"a\\": 1}"}}',
    ],
)
def test_calls_are_found(text: str) -> None:
    (call,) = find_calls(text, TOOLS)
    assert call["function"]["name"] == "add"
    assert json.loads(call["function"]["arguments"]) == {"a": 1}
    assert may_be_call(text[:3])


@pytest.mark.parametrize("text", ["", "Hello", '{"name": "drop"}', '{"a": 1}', "{", "[1]", "<tool_call>x</tool_call>"])
def test_other_text_is_no_call(text: str) -> None:
    assert find_calls(text, TOOLS) == []


def test_without_tools_nothing_is_a_call() -> None:
    assert find_calls('{"name": "add"}', None) == []


def test_several_calls() -> None:
    text = '<tool_call>{"name": "add"}</tool_call><tool_call>{"name": "add", "arguments": {"a": 2}}</tool_call>'
    assert [json.loads(call["function"]["arguments"]) for call in find_calls(text, TOOLS)] == [{}, {"a": 2}]


@pytest.mark.parametrize(("text", "possible"), [("Hel", False), ("<b>", False), (" ", True), ("<tool", True)])
def test_what_may_become_a_call_is_held(text: str, possible: bool) -> None:
    assert may_be_call(text) is possible
