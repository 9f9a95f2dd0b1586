"""A small random adapter file for a real model, made with the gguf package alone."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from assistant.policy.gguf_info import GgufHeader


def write_random_adapter(
    path: Path, model: Path, *, seed: int, architecture: str | None = None, strength: float = 0.05, rank: int = 4
) -> None:
    """An adapter on two matrices of every layer; `strength` 0 makes one that changes nothing."""
    header = GgufHeader(model)
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture or header.metadata["general.architecture"])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))
    for name, (shape, _, _) in header.tensors.items():
        if name.endswith(("attn_q.weight", "ffn_down.weight")):
            n_in, n_out = shape
            a = random.normal(0, strength, (rank, n_in))
            b = random.normal(0, strength, (n_out, rank))
            writer.add_tensor(f"{name}.lora_a", a.astype(np.float32))
            writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
