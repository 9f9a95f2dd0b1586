"""A random two-layer model file without a tokenizer, which llama.cpp and transformers both load.

The weights are drawn in the order in which llama.cpp stores them, so nothing here knows of a permutation: it is up to
the reader of the file to undo the one of its architecture. Rotary base and norm epsilon are no library's defaults, so
that a reader that ignores them is found out.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

LAYERS, HIDDEN, INNER, VOCAB = 2, 64, 96, 128
HEADS, KV_HEADS, HEAD_SIZE = 4, 2, 16
CONTEXT = 64


def write_tiny_model(path: Path, architecture: str, *, seed: int = 0) -> None:
    """A dense float32 model, "llama" or "qwen2" (which has biases on q, k and v); the output is the embedding."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name("tiny")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(VOCAB)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HEAD_SIZE)
    writer.add_rope_freq_base(500.0)
    writer.add_layer_norm_rms_eps(1e-3)
    writer.add_tokenizer_model("none")
    for name, array in _weights(architecture, np.random.default_rng(seed)).items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(architecture: str, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Matrices large enough for attention to be far from even, so that a wrong q or k shows."""

    def normal(*shape: int, std: float) -> np.ndarray:
        return random.normal(0, std, shape).astype(np.float32)

    wide, narrow = HEADS * HEAD_SIZE, KV_HEADS * HEAD_SIZE
    linear = {
        "attn_q": (wide, HIDDEN),
        "attn_k": (narrow, HIDDEN),
        "attn_v": (narrow, HIDDEN),
        "attn_output": (HIDDEN, wide),
        "ffn_gate": (INNER, HIDDEN),
        "ffn_up": (INNER, HIDDEN),
        "ffn_down": (HIDDEN, INNER),
    }
    found = {"token_embd.weight": normal(VOCAB, HIDDEN, std=0.3), "output_norm.weight": 1 + normal(HIDDEN, std=0.1)}
    for block in range(LAYERS):
        for name, (n_out, n_in) in linear.items():
            found[f"blk.{block}.{name}.weight"] = normal(n_out, n_in, std=1.2 * n_in**-0.5)
        if architecture == "qwen2":
            for name in ("attn_q", "attn_k", "attn_v"):
                found[f"blk.{block}.{name}.bias"] = normal(linear[name][0], std=0.5)
        for name in ("attn_norm", "ffn_norm"):
            found[f"blk.{block}.{name}.weight"] = 1 + normal(HIDDEN, std=0.1)
    return found
