"""The bodies of requests, as OpenAI names them, with a few additions. Unknown fields are ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StreamOptions(_Body):
    """`stream_options`."""

    include_usage: bool = False


class ChatBody(_Body):
    """`POST /v1/chat/completions`.

    `prompt_token_ids` stands in for `messages`. `exact` true computes the reply alone, the same to the bit in both
    lanes whatever ran before; false lets it join a common batch, which is faster and rounds differently. Not given,
    replies at temperature 0 and seeded ones of the chat lane are exact.
    """

    model: str = "mentee"
    messages: list[dict[str, Any]] = Field(default_factory=list)
    prompt_token_ids: list[int] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=-1)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float | None = Field(default=None, gt=0, le=10)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[int, float] | None = None
    seed: int | None = None
    stop: list[str] = Field(default_factory=list, max_length=16)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: int = Field(default=1, ge=1, le=64)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    return_token_ids: bool = False
    add_generation_prompt: bool = True
    exact: bool | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if value is None:
            return []
        return [value] if isinstance(value, str) else value

    @field_validator("n", "stream", "model", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value is None else value

    @model_validator(mode="after")
    def _has_prompt(self) -> ChatBody:
        if not self.messages and self.prompt_token_ids is None:
            raise ValueError("messages must not be empty")
        for message in self.messages:
            if not isinstance(message.get("role"), str):
                raise ValueError("every message needs a role")
        return self

    @property
    def reply_tokens(self) -> int | None:
        """The limit on the reply; the newer name wins."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def usable_tools(self) -> list[dict[str, Any]] | None:
        """The tools the model may call."""
        return None if self.tool_choice == "none" else self.tools or None


class TokenizeBody(_Body):
    """`POST /tokenize`: chat messages or a text."""

    messages: list[dict[str, Any]] | None = None
    prompt: str | None = None
    add_generation_prompt: bool = True
    add_special: bool = False
    parse_special: bool = True
    tools: list[dict[str, Any]] | None = None


class DetokenizeBody(_Body):
    """`POST /detokenize`."""

    tokens: list[int]


class ScoreSequence(_Body):
    """Token ids and the index of the first one to score."""

    tokens: list[int]
    start: int = Field(alias="from", ge=1)


class ScoreBody(_Body):
    """`POST /v1/score`."""

    model: str = "mentee"
    sequences: list[ScoreSequence] = Field(max_length=4096)


class LoadAdapterBody(_Body):
    """`POST /v1/load_lora_adapter`."""

    lora_name: str = Field(min_length=1, max_length=200)
    lora_path: str


class UnloadAdapterBody(_Body):
    """`POST /v1/unload_lora_adapter`."""

    lora_name: str


class FeedbackBody(_Body):
    """`POST /v1/turns/{id}/feedback`."""

    kind: Literal["praise", "dislike", "correction", "rewrite"]
    text: str | None = None
