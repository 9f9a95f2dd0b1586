"""The official client as a stranger: nothing here knows of Mentee."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest
from helpers.policy_process import PolicyProcess

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def api(served: PolicyProcess) -> Iterator[openai.OpenAI]:
    url, token = served.hello["url"], served.hello["token"]
    with openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0) as client:
        yield client


def test_lists_models(api: openai.OpenAI) -> None:
    names = [model.id for model in api.models.list()]
    assert names[:2] == ["mentee", "mentee:0"]
    assert api.models.retrieve("mentee").id == "mentee"


def test_chats(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(model="mentee", messages=EGG, max_tokens=12, temperature=0)
    assert done.choices[0].message.role == "assistant"
    assert done.choices[0].message.content
    assert done.choices[0].finish_reason == "length"
    assert done.usage.completion_tokens == 12
    assert done.usage.prompt_tokens == 37


def test_streams_the_same_text(api: openai.OpenAI) -> None:
    whole = api.chat.completions.create(model="mentee", messages=EGG, max_tokens=20, temperature=0)
    chunks = list(
        api.chat.completions.create(
            model="mentee", messages=EGG, max_tokens=20, temperature=0, stream=True,
            stream_options={"include_usage": True},
        )
    )  # fmt: skip
    parts = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(parts) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.finish_reason for chunk in chunks for c in chunk.choices][-1] == "length"
    assert chunks[-1].usage.completion_tokens == 20


def test_logprobs(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3
    )
    content = done.choices[0].logprobs.content
    assert len(content) == 4
    for entry in content:
        # Greedy: what was drawn is what is likeliest.
        assert entry.top_logprobs[0].token == entry.token
        assert entry.top_logprobs[0].logprob == pytest.approx(entry.logprob)
        assert entry.top_logprobs[1].logprob <= entry.logprob <= 0


def test_stop_string_is_cut(api: openai.OpenAI) -> None:
    whole = api.chat.completions.create(model="mentee", messages=EGG, max_tokens=24, temperature=0)
    text = whole.choices[0].message.content
    stop = text[10:14]
    cut = api.chat.completions.create(model="mentee", messages=EGG, max_tokens=24, temperature=0, stop=stop)
    assert cut.choices[0].message.content == text[: text.index(stop)]
    assert cut.choices[0].finish_reason == "stop"


def test_tools_are_accepted(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(model="mentee", messages=EGG, max_tokens=8, tools=[TOOL], tool_choice="auto")
    assert done.choices[0].message.content or done.choices[0].message.tool_calls


def call_schema() -> dict[str, object]:
    call = {
        "type": "object",
        "properties": {"name": {"const": "get_weather"}, "arguments": {"const": {"city": "Oslo"}}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "call", "schema": call}}


def test_a_json_tool_call_is_read(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=80, temperature=0, tools=[TOOL], response_format=call_schema()
    )
    assert done.choices[0].finish_reason == "tool_calls"
    function = done.choices[0].message.tool_calls[0].function
    assert (function.name, json.loads(function.arguments)) == ("get_weather", {"city": "Oslo"})


def test_a_streamed_tool_call_is_not_shown_as_text(api: openai.OpenAI) -> None:
    chunks = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=80, temperature=0, tools=[TOOL], response_format=call_schema(),
        stream=True,
    )  # fmt: skip
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == ""
    assert [call.function.name for delta in deltas for call in delta.tool_calls or ()] == ["get_weather"]


def test_json_schema_is_obeyed(api: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"minutes": {"type": "integer"}, "size": {"enum": ["small", "large"]}},
        "required": ["minutes", "size"],
        "additionalProperties": False,
    }
    done = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=60, temperature=1.0, seed=3,
        response_format={"type": "json_schema", "json_schema": {"name": "egg", "schema": schema}},
    )  # fmt: skip
    value = json.loads(done.choices[0].message.content)
    assert set(value) == {"minutes", "size"}
    assert isinstance(value["minutes"], int)
    assert value["size"] in ("small", "large")


def test_characters_split_over_tokens(api: openai.OpenAI) -> None:
    wanted = 'Grüße 🥚🍳 "漢字" \\ \n.'
    chunks = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=80, temperature=0, stream=True,
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"const": wanted}}},
    )  # fmt: skip
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert json.loads(text) == wanted


def test_json_object_starts_as_one(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(
        model="mentee", messages=EGG, max_tokens=8, temperature=0, response_format={"type": "json_object"}
    )
    assert done.choices[0].message.content.startswith("{")


@pytest.mark.parametrize(
    "schema",
    [{"type": "no such type"}, {"$ref": "https://example.com/schema.json"}, {"$ref": "#/missing"}, {"enum": 5}],
)
def test_bad_schema_is_400(api: openai.OpenAI, schema: dict[str, object]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        api.chat.completions.create(
            model="mentee", messages=EGG, max_tokens=4,
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        )  # fmt: skip
    assert caught.value.body["type"] == "invalid_request_error"


def test_unknown_model_is_404(api: openai.OpenAI) -> None:
    for name in ("gpt-4", "mentee:99", "mentee:x"):
        with pytest.raises(openai.NotFoundError) as caught:
            api.chat.completions.create(model=name, messages=EGG)
        assert caught.value.code == "model_not_found"


def test_wrong_token_is_401(served: PolicyProcess) -> None:
    url = served.hello["url"]
    stranger = openai.OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError) as caught:
        stranger.models.list()
    assert caught.value.code == "invalid_api_key"


def test_too_long_a_prompt_is_400(api: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        api.chat.completions.create(model="mentee", messages=[{"role": "user", "content": "egg " * 5000}])
    assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"n": 0}, {"messages": []}, {"max_tokens": 0}])
def test_values_out_of_range_are_400(api: openai.OpenAI, wrong: dict[str, object]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        api.chat.completions.create(**{"model": "mentee", "messages": EGG, **wrong})
    assert caught.value.body["message"]
