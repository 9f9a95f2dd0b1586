"""`python -m training.selftest`: is a gradient on this machine a gradient? Prints one JSON line, exit status 0 or 1.

On some processors a quantised evaluation pass silently corrupts later gradients (learning notes 3.5), so the check
repeats our own pattern: a teacher pass without gradients, then a training pass, compared with finite differences.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from assistant.threads import wait_politely

WORST = 0.05
"""Largest relative difference between the gradient and a finite difference that passes."""


def tiny_model(architecture: str = "llama") -> Any:
    """A random two-layer model with a fresh adapter, to check machinery without weights; seeded."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    from training import lora

    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "vocab_size": 64,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "tie_word_embeddings": True,
    }
    base: Any = LlamaForCausalLM(LlamaConfig(**sizes)) if architecture == "llama" else None
    base = base if base is not None else Qwen2ForCausalLM(Qwen2Config(**sizes))
    base.requires_grad_(False)
    return lora.attach(base.eval(), rank=4, alpha=8.0)


def gradient_error() -> float:
    """Relative difference between the gradient's slope along itself and a central difference, after a teacher pass."""
    import torch

    from training import lora
    from training.forward import reply_logp
    from training.losses import forward_kl, row_means, spread
    from training.rows import collate

    model = tiny_model()
    weights = lora.parameters(model)
    with torch.no_grad():
        for weight in weights:
            weight.normal_(std=0.1)
    student, teacher = collate([([3, 5, 7], [11, 13, 2])]), collate([([3, 5, 9, 7], [11, 13, 2])])
    with torch.no_grad():
        target = reply_logp(model, teacher, adapter=False)

    def loss() -> torch.Tensor:
        return row_means(spread(forward_kl(target, reply_logp(model, student)), student.mask_NR), student.mask_NR).sum()

    gradients = torch.autograd.grad(loss(), weights)
    norm = sum(float((g * g).sum()) for g in gradients) ** 0.5
    step = 1e-2 / norm
    sides = []
    with torch.no_grad():
        for sign in (1.0, -2.0):
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.add_(gradient, alpha=sign * step)
            sides.append(loss().item())
    slope = (sides[0] - sides[1]) / (2 * step)
    return float(abs(slope - norm**2) / norm**2)


def main() -> int:
    """Prints `{"ok", "gradient_error", "dtype", "device"}`."""
    wait_politely()
    error = gradient_error()
    print(json.dumps({"ok": error <= WORST, "gradient_error": round(error, 6), "dtype": "float32", "device": "cpu"}))
    return 0 if error <= WORST else 1


if __name__ == "__main__":
    sys.exit(main())
