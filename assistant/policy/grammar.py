"""`response_format` to a llama.cpp grammar."""

from __future__ import annotations

import json
from typing import Any

from llama_cpp.llama_grammar import json_schema_to_gbnf

from assistant.errors import BadInput


def grammar_of(response_format: dict[str, Any] | None) -> str | None:
    """The grammar a reply must follow, None for free text.

    Raises:
        BadInput: an unknown type or a schema that cannot be turned into a grammar.
    """
    if not response_format or response_format.get("type") == "text":
        return None
    kind = response_format.get("type")
    if kind == "json_object":
        return _convert({"type": "object"})
    if kind != "json_schema":
        raise BadInput(f"response_format of the type {kind!r} is not supported.")
    holder = response_format.get("json_schema")
    schema = holder.get("schema") if isinstance(holder, dict) else None
    if not isinstance(schema, dict):
        raise BadInput("response_format needs json_schema.schema, an object.")
    return _convert(schema)


def _convert(schema: dict[str, Any]) -> str:
    try:
        return str(json_schema_to_gbnf(json.dumps(schema)))
    except Exception as problem:
        # The converter has no error type of its own: what it raises depends on where the schema is wrong.
        reason = str(problem) or type(problem).__name__
        raise BadInput(f"The JSON schema cannot be used: {reason[:300]}") from None
