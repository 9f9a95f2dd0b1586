"""How commands print results and failures."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assistant.errors import MenteeError

log = logging.getLogger("mentee.commands")


def print_json(value: object) -> None:
    """One JSON value on one line, at once."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
    """Aligned columns with a heading, the last one as wide as it likes; `empty` where there are no rows."""
    if not rows:
        print(empty)
        return
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(len(column), *(len(line[at]) for line in cells)) for at, column in enumerate(columns)]
    for line in [list(columns), *cells]:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def when(seconds: float | None) -> str:
    """A time in the user's zone, to the minute."""
    return "" if seconds is None else datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def failure(error: Exception) -> int:
    """One line on stderr and exit status 1; the traceback goes to the debug log only."""
    log.debug("command failed", exc_info=error)
    known = isinstance(error, (MenteeError, OSError))
    text = str(error) if known else f"internal error: {type(error).__name__}: {error}"
    print("mentee: " + " ".join(text.split()), file=sys.stderr)
    return 1


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
