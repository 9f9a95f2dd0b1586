"""Colours for code, by Pygments. Pygments is loaded at the first code block, not at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import theme

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line in one colour; `start` and `length` count characters."""

    start: int
    length: int
    colour: str


def spans_per_line(code: str, language: str) -> list[list[Span]]:
    """One list of spans for each line; all empty for an unknown language or very long code."""
    lines: list[list[Span]] = [[] for _ in code.split("\n")]
    lexer = _lexer(language) if len(code) <= _MAX_CHARS else None
    if lexer is None:
        return lines
    line, start = 0, 0
    for token, text in lexer.get_tokens(code):
        colour = _colour(str(token))
        for at, piece in enumerate(text.split("\n")):
            if at:
                line, start = line + 1, 0
            if piece and colour and line < len(lines):
                lines[line].append(Span(start, len(piece), colour))
            start += len(piece)
    return lines


def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None


def _colour(token: str) -> str | None:
    tone = theme.colours()
    by_prefix = (
        ("Token.Keyword", tone.code_keyword),
        ("Token.Operator.Word", tone.code_keyword),
        ("Token.Literal.String", tone.code_string),
        ("Token.Literal.Number", tone.code_number),
        ("Token.Comment", tone.code_comment),
        ("Token.Name.Function", tone.code_name),
        ("Token.Name.Class", tone.code_name),
        ("Token.Name.Builtin", tone.code_name),
        ("Token.Name.Tag", tone.code_keyword),
        ("Token.Name.Decorator", tone.code_name),
    )
    return next((colour for prefix, colour in by_prefix if token.startswith(prefix)), None)
