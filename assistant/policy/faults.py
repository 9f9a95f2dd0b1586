"""Logging of unexpected faults without their text, which might quote what the user wrote."""

from __future__ import annotations

import logging
import traceback


def log_fault(log: logging.Logger, what: str, problem: BaseException) -> None:
    """One line: the type of an exception and where it came from, innermost place last."""
    frames = traceback.extract_tb(problem.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    log.error("%s: %s at %s", what, type(problem).__name__, places)
