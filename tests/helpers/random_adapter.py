"""A small random adapter file for a real model, made with the gguf package alone."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from assistant.policy.gguf_info import GgufHeader

_NAMES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
LINEAR = tuple(f"{name}.weight" for name in _NAMES)


def write_random_adapter(
    path: Path,
    model: Path,
    *,
    seed: int,
    architecture: str | None = None,
    strength: float = 0.05,
    rank: int = 4,
    all_linear: bool = False,
) -> None:
    """An adapter on two (or all) matrices of every layer; `strength` 0 makes one that changes nothing."""
    header = GgufHeader(model)
    targets = LINEAR if all_linear else ("attn_q.weight", "ffn_down.weight")
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture or header.metadata["general.architecture"])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))
    for name, (shape, _, _) in header.tensors.items():
        if name.startswith("blk.") and name.endswith(targets):
            n_in, n_out = shape
            a = random.normal(0, strength, (rank, n_in))
            b = random.normal(0, strength, (n_out, rank))
            writer.add_tensor(f"{name}.lora_a", a.astype(np.float32))
            writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
