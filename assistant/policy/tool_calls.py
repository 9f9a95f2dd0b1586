"""Finding a tool call in what a model wrote. Pure."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any

_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|$)", re.DOTALL)


def may_be_call(text: str) -> bool:
    """Whether a reply that begins like this could be a tool call, so that it must not be streamed as text."""
    start = text.lstrip()
    return not start or start[0] in "{[" or "<tool_call>".startswith(start[:11])


def find_calls(text: str, tools: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The calls of known tools in a reply, in OpenAI's shape; empty when it is plain text."""
    if not tools:
        return []
    names = {tool["function"].get("name") for tool in tools if isinstance(tool.get("function"), dict)}
    parts = _TAGGED.findall(text) or [text.strip()]
    return [call for part in parts for call in _read(part, names)]


def _read(text: str, names: set[Any]) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    calls = []
    for item in value if isinstance(value, list) else [value]:
        call = item.get("function", item) if isinstance(item, dict) else None
        if not isinstance(call, dict) or call.get("name") not in names:
            return []
        arguments = call.get("arguments", call.get("parameters", {}))
        text_form = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        function = {"name": call["name"], "arguments": text_form}
        calls.append({"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function})
    return calls
