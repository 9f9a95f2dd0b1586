"""The model's own chat template: messages in, prompt text out.

The one place that renders prompts; server and learner both use it. Knows neither llama.cpp nor torch. A template comes
from a downloaded file, so it runs in jinja2's immutable sandbox.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import BadInput
from assistant.policy.gguf_info import GgufHeader

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Used when the file brings no template of its own."""


class ChatTemplate:
    """One compiled template.

    Attributes:
        source: the jinja text.
        template_hash: SHA-256 of it; stored with every turn.
    """

    def __init__(self, source: str, *, bos_token: str = "", eos_token: str = "") -> None:
        self.source = source
        self.template_hash = hashlib.sha256(source.encode()).hexdigest()
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}

    @classmethod
    def from_gguf(cls, path: Path) -> ChatTemplate:
        """The template in a model file's metadata, ChatML when there is none.

        Raises:
            ModelUnusable: the file is not a readable GGUF.
        """
        header = GgufHeader(path)
        return cls(
            str(header.metadata.get("tokenizer.chat_template") or CHATML),
            bos_token=header.token_text("tokenizer.ggml.bos_token_id"),
            eos_token=header.token_text("tokenizer.ggml.eos_token_id"),
        )

    @property
    def supports_tools(self) -> bool:
        """Whether the template looks at `tools` at all."""
        return "tools" in self.source

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        add_generation_prompt: bool = True,
        tools: Sequence[Mapping[str, Any]] | None = None,
    ) -> str:
        """The prompt text, special tokens included.

        Raises:
            BadInput: the template refuses these messages (its own words are kept).
        """
        plain = [_plain(message) for message in messages]
        try:
            text = self._compiled.render(
                messages=plain, add_generation_prompt=add_generation_prompt, tools=tools or None, **self._tokens
            )
        except (TemplateError, TypeError, ValueError, KeyError, IndexError, AttributeError) as problem:
            raise BadInput(f"The chat template refuses these messages: {problem}") from None
        return str(text)

    @cached_property
    def _compiled(self) -> Any:
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        return environment.from_string(self.source)


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI's list-of-parts content as one text; None as empty; tool arguments as objects."""
    result = {key: value for key, value in message.items() if value is not None}
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    result["content"] = content or ""
    if isinstance(calls := message.get("tool_calls"), list):
        result["tool_calls"] = [_plain_call(call) for call in calls]
    return result


def _plain_call(call: Any) -> Any:
    """Templates expect arguments as an object, the protocol sends them as JSON text."""
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        return call
    return {**call, "function": {**function, "arguments": arguments}}


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise(message: str) -> None:
    raise TemplateError(message)
