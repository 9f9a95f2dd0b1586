"""What every stage of a run needs at hand, and how a run can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.gguf_info import ModelInfo
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import RunOutcome
from training.control import Progress


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place.

    Attributes:
        data: the data directory.
        store: open in this thread.
        client: the running policy server.
        settings: the user's.
        model: the served model.
        progress: told at every border.
        seed: makes a run repeatable, apart from what the user's prompts add.
    """

    data: DataDir
    store: Store
    client: PolicyClient
    settings: Settings
    model: ModelInfo
    progress: Progress
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: outcome, one plain sentence, and what it produced."""

    outcome: RunOutcome
    reason: str
    version: int | None = None
    exam: dict[str, Any] = field(default_factory=dict)
    in_use: bool = True
