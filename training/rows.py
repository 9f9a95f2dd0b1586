"""Training rows and their batches: exact token ids in, tensors out.

A row holds two prompts for one reply: what the student reads (no hint) and what the teacher reads (with the hint).
Axis names: N rows, T tokens of prompt and reply, R reply positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

RowKind = Literal["practice", "own", "lesson", "anchor", "replay"]
KEEPING: frozenset[RowKind] = frozenset({"anchor", "replay"})
"""Rows that hold the model where it is; the others move it."""


class Measured(Protocol):
    """What has a length in tokens."""

    @property
    def length(self) -> int:
        """Tokens of the longest sequence that is read for it."""


L = TypeVar("L", bound=Measured)


@dataclass(frozen=True, slots=True)
class Row:
    """One reply to be distilled.

    Attributes:
        kind: practice (replies of the hinted teacher), own (replies of the version in training) and lesson rows pull
            to the hinted teacher; replay rows to the base without a hint; anchor rows to the version the run started
            from.
        student_prompt: token ids the student reads.
        teacher_prompt: token ids the teacher reads; equal to `student_prompt` where there is no hint.
        reply: token ids of the reply, end-of-turn token included where it was sampled.
        weight: how much the row counts, 0 to 1.
        lesson_id: the lesson it was made from, if any.
    """

    kind: RowKind
    student_prompt: tuple[int, ...]
    teacher_prompt: tuple[int, ...]
    reply: tuple[int, ...]
    weight: float = 1.0
    lesson_id: str | None = None

    @property
    def length(self) -> int:
        """Tokens of the longer of the two sequences."""
        return max(len(self.student_prompt), len(self.teacher_prompt)) + len(self.reply)


@dataclass(frozen=True, slots=True)
class Batch:
    """Right-padded sequences and where their reply logits stand.

    Attributes:
        tokens_NT: token ids, padded with 0 on the right.
        attention_NT: 1 on real tokens.
        positions_NR: index into T of the position that predicts each reply token.
        reply_NR: reply token ids, padded with 0.
        mask_NR: 1.0 on real reply tokens.
    """

    tokens_NT: Tensor
    attention_NT: Tensor
    positions_NR: Tensor
    reply_NR: Tensor
    mask_NR: Tensor


def collate(sequences: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Batch:
    """(prompt, reply) pairs as one batch. The logits of position t-1 predict token t.

    Raises:
        ValueError: a prompt or a reply is empty.
    """
    import torch

    if any(not prompt or not reply for prompt, reply in sequences):
        raise ValueError("a row needs at least one prompt token and one reply token")
    rows = len(sequences)
    longest = max(len(p) + len(r) for p, r in sequences)
    replies = max(len(r) for _, r in sequences)
    tokens = torch.zeros(rows, longest, dtype=torch.long)
    attention = torch.zeros(rows, longest, dtype=torch.long)
    positions = torch.zeros(rows, replies, dtype=torch.long)
    reply_ids = torch.zeros(rows, replies, dtype=torch.long)
    mask = torch.zeros(rows, replies)
    for i, (prompt, reply) in enumerate(sequences):
        n, r = len(prompt), len(reply)
        tokens[i, : n + r] = torch.tensor([*prompt, *reply])
        attention[i, : n + r] = 1
        positions[i, :r] = torch.arange(n - 1, n + r - 1)
        reply_ids[i, :r] = torch.tensor(list(reply))
        mask[i, :r] = 1.0
    return Batch(tokens, attention, positions, reply_ids, mask)


def micro_batches(rows: Iterable[L], size: int) -> Iterator[list[L]]:
    """Rows grouped by similar length, at most `size` each, so that padding stays small."""
    ordered = sorted(rows, key=lambda row: row.length)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def fitting(rows: Sequence[L], most_rows: int, most_tokens: int) -> list[list[L]]:
    """Micro-batches of at most so many rows, and so many tokens with padding, but never below one row."""
    longest = max((row.length for row in rows), default=1)
    return list(micro_batches(rows, max(1, min(most_rows, most_tokens // longest))))
