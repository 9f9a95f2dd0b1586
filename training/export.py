"""LoRA adapter -> GGUF adapter that llama.cpp loads.

Format (llama.cpp, `llama-adapter.cpp`): metadata `general.type` "adapter", `general.architecture` as the base,
`adapter.type` "lora", `adapter.lora.alpha` float32; tensors named as the base's GGUF tensor plus `.lora_a` (r x in)
and `.lora_b` (out x r). The runtime scale is alpha / r with r read from B, so alpha is written unscaled.

Llama and Mistral GGUFs hold the q and k projections with each head's rotary halves interleaved, so the rows of B of
these two modules are permuted the same way; A acts on the input side and stays.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np

from training.base_model import PERMUTED_ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

GGUF_NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}

_KEY = re.compile(r"model\.layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])$")


def permute_rows(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a q or k weight from the half-split rotary order of transformers to llama.cpp's interleaved one.

    Args:
        weight: out x anything, out = heads * head size.
        heads: query heads for q, key-value heads for k.

    Raises:
        ValueError: the rows do not divide into `heads` heads of even size.
    """
    rows = weight.shape[0]
    if rows % (heads * 2):
        raise ValueError(f"{rows} rows do not divide into {heads} heads of even size")
    split = weight.reshape(heads, 2, rows // heads // 2, *weight.shape[1:])
    return split.swapaxes(1, 2).reshape(weight.shape)


def gguf_name(key: str) -> str:
    """`model.layers.3.mlp.up_proj.lora_A` -> `blk.3.ffn_up.weight.lora_a`.

    Raises:
        ValueError: a tensor that the GGUF adapter format has no place for.
    """
    match = _KEY.search(key)
    if match is None or match[2] not in GGUF_NAMES:
        raise ValueError(f"no place for {key} in an adapter file")
    return f"blk.{match[1]}.{GGUF_NAMES[match[2]]}.weight.lora_{match[3].lower()}"


def write_adapter(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    architecture: str,
    alpha: float,
    heads: int,
    kv_heads: int,
) -> None:
    """Writes the adapter file.

    Args:
        path: the file to write.
        tensors: from `training.lora.state`.
        architecture: `general.architecture` of the base file.
        alpha: LoRA alpha, unscaled.
        heads: query heads of the base.
        kv_heads: key-value heads of the base.

    Raises:
        ValueError: see `gguf_name` and `permute_rows`.
    """
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key in sorted(tensors):
        array = tensors[key].float().numpy()
        if architecture in PERMUTED_ARCHITECTURES and key.endswith("q_proj.lora_B"):
            array = permute_rows(array, heads)
        elif architecture in PERMUTED_ARCHITECTURES and key.endswith("k_proj.lora_B"):
            array = permute_rows(array, kv_heads)
        writer.add_tensor(gguf_name(key), np.ascontiguousarray(array, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
