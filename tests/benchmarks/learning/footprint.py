"""How much memory a process needed at most, counted from a moment of one's choice."""

from __future__ import annotations

import resource
from pathlib import Path


def forget_peak() -> None:
    """Starts the count anew, where the system can (Linux); elsewhere the peak is that of the whole process so far."""
    file = Path("/proc/self/clear_refs")
    if file.exists():
        file.write_text("5")


def peak_mb() -> int:
    """Peak of this process since `forget_peak`, MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def children_peak_mb() -> int:
    """Largest peak among the child processes that have ended, MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
