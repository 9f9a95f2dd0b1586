"""What a candidate must not lose, whatever it was taught: fixed texts stay likely, checkable tasks get done.

The part of the exam that knows no hint (learning notes 5.5, tier A 2 and 4, tier B).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.abilities import DONE, BaseReplies, Kept, compare
from training.reference import Shift, picked, prompt_ids, shift

if TYPE_CHECKING:
    from assistant.policy.client import PolicyClient


@dataclass(frozen=True, slots=True)
class KeepingLimits:
    """What is allowed, set on the starter model (docs/results.md).

    Attributes:
        nll_rise: how much less likely the fixed texts may become, as a share.
        agreement: least share of their tokens at which base and candidate find the same one likeliest.
        kl: largest KL(base || candidate) over their tokens, nats. The notes start from 0.02 and 97 % agreement, which
            no version can meet that was taught a manner for everything it says; these limits catch a collapse.
        entropy: how far the candidate may become surer or less sure, as a share.
        luck: smallest p-value of the sign test on tasks lost and gained.
        lost: largest share of the tasks that the base does which may be lost, net of those gained; one always may.
    """

    nll_rise: float = 0.02
    agreement: float = 0.7
    kl: float = 0.4
    entropy: float = 0.35
    luck: float = 0.1
    lost: float = 0.34


class Keeping:
    """The base's side is taken before anything is trained, the candidate's when it is there.

    Args:
        model: the torch model.
        client: a running policy server.
        seed: picks the tasks.
        file: where the base's replies are kept from run to run.
        on_step: called between steps; may block or raise.
    """

    def __init__(self, model: Any, client: PolicyClient, seed: int, file: Path, on_step: Callable[[], None]) -> None:
        self.model, self.client, self.seed, self.on_step = model, client, seed, on_step
        self.tasks = picked(seed, DONE)
        self.base = BaseReplies(file, self.tasks)

    def asked(self) -> list[list[int]]:
        """The prompts that the base has not answered in an earlier run."""
        return [prompt_ids(self.client, task) for task in self.base.missing]

    def prompts(self) -> list[list[int]]:
        """The prompts of all tasks, for the candidate."""
        return [prompt_ids(self.client, task) for task in self.tasks]

    def moved(self) -> Shift:
        """How far the version that the torch model holds stands from the base on the fixed texts."""
        return shift(self.model, self.client, picked(self.seed), self.on_step)

    def compare(self, replies: Sequence[str]) -> Kept:
        """The tasks that base and candidate do."""
        return compare(self.tasks, self.base.texts, replies)


def lost_something(moved: Shift, kept: Kept, limits: KeepingLimits) -> str:
    """Why the candidate is refused; empty when it has kept what it should."""
    done = kept.kept + kept.lost
    checks = [
        (moved.nll_rise > limits.nll_rise, "The new version finds correct answers less likely than the model did."),
        (
            moved.kl > limits.kl or moved.agreement < limits.agreement,
            "The new version has moved too far from the model on texts that have nothing to do with your wishes.",
        ),
        (abs(moved.entropy_rise) > limits.entropy, "The new version has become much surer or less sure of its words."),
        (
            kept.luck < limits.luck or kept.lost - kept.gained > max(1.0, limits.lost * done),
            f"The new version can no longer do {kept.lost} of {done} small tasks that the model does.",
        ),
    ]
    return next((reason for failed, reason in checks if failed), "")
