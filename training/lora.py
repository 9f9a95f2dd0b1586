"""Plain LoRA on the seven linear modules of every block, and its safetensors form.

W' = W + (alpha / r) B A, A: r x in (Kaiming), B: out x r (zeros), dropout 0 (Hu et al., arXiv 2106.09685). Everything
beyond plain LoRA (rank-stabilised scale, DoRA, bias, saved modules) is refused or mis-scaled by llama.cpp's adapter
format, so it is not offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

RANK = 16
ALPHA = 32.0
MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def attach(base: PreTrainedModel, *, rank: int = RANK, alpha: float = ALPHA, seed: int = 0) -> Any:
    """`base` wrapped by peft with a fresh adapter; only the adapter's weights (float32) are trainable.

    A fresh adapter has B = 0, so the wrapped model equals the base exactly.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank,
        lora_alpha=int(alpha),
        target_modules=list(MODULES),
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(base, config)


@contextmanager
def merged(model: Any) -> Iterator[None]:
    """Within it the model computes with W + (alpha / r) B A as one matrix: the same output, but for rounding.

    An adapter beside the weights costs 40 % of a decoding step (many thin products). The base's own tensors are put
    aside and put back, never added to and subtracted from, so the base stays the same to the bit. Needs the adapted
    weights a second time in memory. Not for training.
    """
    import torch
    from peft.tuners.lora import LoraLayer

    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    aside = [layer.get_base_layer().weight.data for layer in layers]
    try:
        with torch.no_grad(), model.disable_adapter():
            for layer, weight in zip(layers, aside, strict=True):
                layer.get_base_layer().weight.data = weight + layer.get_delta_weight("default").to(weight.dtype)
            yield
    finally:
        for layer, weight in zip(layers, aside, strict=True):
            layer.get_base_layer().weight.data = weight


def parameters(model: Any) -> list[torch.nn.Parameter]:
    """The trainable tensors, in a stable order."""
    return [p for p in model.parameters() if p.requires_grad]


def state(model: Any) -> dict[str, torch.Tensor]:
    """The adapter as `{block.module.lora_A|lora_B: tensor}` in float32 on the CPU.

    Names are short and stable: `model.layers.0.self_attn.q_proj.lora_A`.
    """
    found: dict[str, torch.Tensor] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            short = name.removeprefix("base_model.model.").replace(".default.weight", "")
            found[short] = parameter.detach().float().cpu().clone()
    return found


def restore(model: Any, tensors: dict[str, torch.Tensor]) -> None:
    """Puts an adapter saved by `state` back.

    Raises:
        KeyError: the adapter lacks a tensor of this model or has another shape.
    """
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                short = name.removeprefix("base_model.model.").replace(".default.weight", "")
                value = tensors[short]
                if value.shape != parameter.shape:
                    raise KeyError(f"{short} has shape {tuple(value.shape)}, not {tuple(parameter.shape)}")
                parameter.copy_(value)


def save(model: Any, path: Path) -> None:
    """Writes the adapter as safetensors."""
    from safetensors.torch import save_file

    save_file(state(model), path)


def load(model: Any, path: Path) -> None:
    """Reads an adapter written by `save` into `model`."""
    from safetensors.torch import load_file

    restore(model, load_file(path))
