"""`response_format` to a llama.cpp grammar."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from llama_cpp.llama_grammar import BuiltinRule, SchemaConverter

from assistant.errors import BadInput

_CHAR = r'[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])'


class _Converter(SchemaConverter):  # type: ignore[misc]
    """The library's converter with two faults put right (seen in llama-cpp-python 0.3.36).

    Backslashes in constants and property names are not escaped, so that the reply would be no JSON and an emoji would
    become two halves; and its strings may hold raw line breaks, which JSON forbids.
    """

    def _format_literal(self, literal: str) -> str:
        with contextlib.suppress(ValueError):  # a single letter of a pattern is no JSON
            literal = json.dumps(json.loads(literal), ensure_ascii=False)
        escaped = literal.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'

    def _add_primitive(self, name: str, rule: Any) -> Any:
        return super()._add_primitive(name, BuiltinRule(_CHAR, []) if name == "char" else rule)


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
    converter = _Converter(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
    try:
        own = json.loads(json.dumps(schema))  # the converter writes into it
        converter.visit(converter.resolve_refs(own, "schema"), "")
        grammar = str(converter.format_grammar())
        grammar.encode()
    except Exception as problem:
        # The converter has no error type of its own: what it raises depends on where the schema is wrong.
        reason = str(problem) or type(problem).__name__
        raise BadInput(f"The JSON schema cannot be used: {reason[:300]}") from None
    return grammar
