"""What must hold before a run begins: parts installed, memory free, something to learn. Imports nothing heavy."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import psutil

from assistant.policy import gguf_info
from assistant.policy.gguf_info import ModelInfo


def nothing_to_learn(disliked: int, praised: int = 0) -> str:
    """Why a plan is empty.

    Args:
        disliked: lessons that wait for a word of the user.
        praised: lessons that ask for more of the same.
    """
    if disliked:
        replies = "1 reply was" if disliked == 1 else f"{disliked} replies were"
        return f"{replies} disliked without a word why; tell me what I should have done."
    if praised:
        return "There is only praise so far, and nothing that should be done differently."
    return "There is nothing new to learn."


def installed() -> bool:
    """Whether the extra `learn` is there; looks without importing."""
    return all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))


def no_memory(model: ModelInfo) -> str:
    """What is missing, in one sentence; empty when there is room."""
    need = _memory_needed(model)
    free = psutil.virtual_memory().available
    return f"Learning needs {need / 1e9:.1f} GB of free memory and there is {free / 1e9:.1f} GB." if need > free else ""


def parameters(path: Path) -> int:
    """How many weights a model file holds."""
    return sum(math.prod(shape) for shape, _, _ in gguf_info.GgufHeader(path).tensors.values())


def _memory_needed(model: ModelInfo) -> int:
    """Bytes: dense float32 weights, and activations and logits of one micro-batch (measured, docs/results.md)."""
    return 4 * parameters(model.path) + 1_500_000_000
