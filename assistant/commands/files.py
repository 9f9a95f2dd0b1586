"""Writing a file that a user asked for: whole or not at all, and readable by that user only."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from assistant.errors import BadInput


def write_out(pieces: Iterable[str], target: Path | None) -> None:
    """Writes text to a file, replacing it in one step, or to standard output.

    Raises:
        BadInput: the folder of the target does not exist, or the target is a folder.
        OSError: the file cannot be written.
    """
    if target is None:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
        return
    if target.is_dir() or not target.parent.is_dir():
        raise BadInput(f"{target} cannot be written: it is a folder, or lies in one that does not exist.")
    # mkstemp makes the file with mode 0600: what it holds is private.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
