"""How much memory a process needed at most: this one from a moment of one's choice, or one that is run."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

LOOK_S = 0.2


def forget_peak() -> None:
    """Starts the count anew, where the system can (Linux); elsewhere the peak is that of the whole process so far."""
    file = Path("/proc/self/clear_refs")
    if file.exists():
        file.write_text("5")


def peak_mb() -> int:
    """Peak of this process since `forget_peak`, MB."""
    return _high_water_mb("self") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def ran(command: Sequence[str]) -> tuple[str, str, int]:
    """Runs a command; its standard output, its complaints, and the peak of its memory, MB.

    Looked up while it runs: what the system tells of a child afterwards begins with the size of its parent.
    """
    peak = 0
    with TemporaryFile("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        while True:
            try:
                out, _ = process.communicate(timeout=LOOK_S)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, _high_water_mb(str(process.pid)))
        complaints.seek(0)
        return out, complaints.read(), peak


def _high_water_mb(process: str) -> int:
    """0 where the system does not tell, or the process has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)
