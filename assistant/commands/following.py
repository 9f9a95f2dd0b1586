"""Has a running server follow a version that was changed in the store first."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.paths import DataDir
from assistant.policy import supervisor


def follow(data: DataDir, in_use: Mapping[str, int]) -> bool:
    """Tells the server of this data directory which version answers now; whether it had to be told.

    The change is in the store already, so that a server that starts later finds it there.

    Args:
        data: whose server.
        in_use: version by model hash; only that of the served model is told.
    """
    running = supervisor.running(data) if in_use else None
    if running is None:
        return False
    with running as client:
        health = client.health()
        wanted = in_use.get(str(health["model_hash"]))
        if wanted is None or wanted == health["version"]:
            return False
        client.use_version(wanted)
    return True
