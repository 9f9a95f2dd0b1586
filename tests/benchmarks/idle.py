"""What Mentee costs when nobody asks: `python -m tests.benchmarks.idle [--seconds N]`.

The real window and the policy server that it starts, without a display. Prints one JSON object: the share of one
core that both use together, in percent, and their memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import psutil

from assistant.paths import DataDir
from assistant.policy.supervisor import running

SETTLE_S = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mentee-idle-") as folder:
        data = DataDir.resolve(folder)
        command = [sys.executable, "-m", "mentee", "--data-dir", folder]
        environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
        window = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        try:
            print(json.dumps(measure(window, data, args.seconds), indent=1))
        finally:
            window.terminate()
            window.wait(30)
    return 0


def measure(window: subprocess.Popen[bytes], data: DataDir, seconds: float) -> dict[str, float | int]:
    """Waits until the model is ready and the window has settled, then counts processor time."""
    for _ in range(600):
        if client := running(data):
            client.close()
            break
        time.sleep(0.1)
    time.sleep(SETTLE_S)
    parent = psutil.Process(window.pid)
    processes = [parent, *parent.children(recursive=True)]
    before = _used(processes)
    time.sleep(seconds)
    used = _used(processes) - before
    return {
        "processes": len(processes),
        "seconds": seconds,
        "idle_cpu_percent": round(100 * used / seconds, 3),
        "memory_mb": round(sum(it.memory_info().rss for it in processes) / 1e6),
    }


def _used(processes: list[psutil.Process]) -> float:
    return sum(it.cpu_times().user + it.cpu_times().system for it in processes)


if __name__ == "__main__":
    sys.exit(main())
