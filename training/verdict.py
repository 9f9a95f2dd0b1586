"""The verdict of an exam: whether a candidate may be adopted, and if not, why, in one sentence. It fails closed."""

from __future__ import annotations

from dataclasses import dataclass

from training.measures import Arm, sign_test


@dataclass(frozen=True, slots=True)
class Limits:
    """What a candidate must reach, set on the starter model (docs/results.md).

    Attributes:
        least_rise: the teacher must beat the current version by this much gain, else the hint cannot be taught.
        share_of_teacher: share of the teacher's rise in gain that the candidate must reach.
        enough: share of the teacher's rise over the base with which the current version needs no more training.
        luck: largest p-value of the paired sign test, candidate against current.
        topical_margin: how far below the teacher's the on-topic share may lie.
        nats_margin: how much stranger than the teacher's the replies may be.
        degenerate_margin: how many more degenerate replies than the better of the other two arms, as a share.
        length_band: candidate tokens over teacher tokens.
        contrast_kept: least share of prompts with a wish of their own on which at least half the length is kept.
    """

    least_rise: float = 0.05
    share_of_teacher: float = 0.5
    enough: float = 0.9
    luck: float = 0.05
    topical_margin: float = 0.15
    nats_margin: float = 0.6
    degenerate_margin: float = 0.1
    length_band: tuple[float, float] = (0.5, 1.8)
    contrast_kept: float = 0.5


def hopeless(teacher: Arm, current: Arm, limits: Limits) -> str:
    """Why the hint cannot be taught; empty when it can: a teacher cannot teach what it cannot do."""
    if teacher.mean("gain") - current.mean("gain") < limits.least_rise:
        return "Even when told, this model does not follow the instruction, so it cannot learn it."
    if teacher.mean("topical") < 0.3 or teacher.mean("degenerate") > 0.5:
        return "When told, this model follows the instruction but loses the content, so it cannot learn it."
    return ""


def follows_already(teacher: Arm, current: Arm, untaught: Arm, limits: Limits) -> bool:
    """Whether the current version has most of what being told adds to the untaught base."""
    rise = teacher.mean("gain") - untaught.mean("gain")
    return rise >= limits.least_rise and current.mean("gain") - untaught.mean("gain") >= limits.enough * rise


def verdict(teacher: Arm | None, current: Arm, candidate: Arm, kept: float, limits: Limits) -> str:
    """Why the candidate is refused; empty when it passes.

    Args:
        teacher: the base, told the hint; None where single replies were corrected and no hint is to be followed
            everywhere: then the content is compared with the version in use.
        current: the version in use, not told.
        candidate: the new version, not told.
        kept: share of prompts with a wish of their own on which the candidate keeps half the length.
        limits: see `Limits`.
    """
    checks = _obedience_checks(teacher, current, candidate, limits) if teacher else []
    checks += _content_checks(teacher or current, current, candidate, limits)
    short = "The new version cuts replies short that asked for a length of their own."
    checks.append((kept < limits.contrast_kept, short))
    return next((reason for failed, reason in checks if failed), "")


def _obedience_checks(teacher: Arm, current: Arm, candidate: Arm, limits: Limits) -> list[tuple[bool, str]]:
    pairs = [(c.gain, b.gain) for c, b in zip(candidate.marks, current.marks, strict=True)]
    luck = sign_test(sum(c > b for c, b in pairs), sum(c < b for c, b in pairs))
    rise = teacher.mean("gain") - current.mean("gain")
    share = (candidate.mean("gain") - current.mean("gain")) / rise if rise > 0 else 0.0
    return [
        (luck > limits.luck, "The new version does not follow the instruction better than the one in use."),
        (
            share < limits.share_of_teacher,
            f"The new version follows the instruction only {max(0.0, share):.0%} as well as being told.",
        ),
    ]


def _content_checks(teacher: Arm, current: Arm, candidate: Arm, limits: Limits) -> list[tuple[bool, str]]:
    low, high = limits.length_band
    length = candidate.mean("tokens") / max(1.0, teacher.mean("tokens"))
    broken = min(teacher.mean("degenerate"), current.mean("degenerate")) + limits.degenerate_margin
    return [
        (
            candidate.mean("topical") < teacher.mean("topical") - limits.topical_margin - 1e-9,
            "The new version loses the topic more often than being told does.",
        ),
        (
            candidate.mean("relevance") < 0.5 * teacher.mean("relevance"),
            "The new version's replies would fit any question.",
        ),
        (
            candidate.mean("nats") > teacher.mean("nats") + limits.nats_margin,
            "The new version's replies read strangely.",
        ),
        (candidate.mean("degenerate") > broken + 1e-9, "The new version gives empty or repeating replies."),
        (
            not low <= length <= high,
            "The new version's replies are much shorter or longer than they should be.",
        ),
    ]
