"""An exported adapter does in llama.cpp what it did in torch, on tiny float32 models of both row orders.

Whole distributions at every position are compared; with float32 weights and caches on both sides only rounding is
left, so a wrong scale, row order, name or bias stands out by orders of magnitude.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest
import torch
from helpers.tiny_gguf import HEADS, KV_HEADS, VOCAB, write_tiny_model

from assistant.paths import DataDir
from assistant.policy.adapters_live import Adapter
from assistant.policy.native import NativeModel
from training import export, lora
from training.base_model import load_dense
from training.forward import reply_logp
from training.rows import collate

TOKENS = np.random.default_rng(7).integers(0, VOCAB, 24).tolist()
TOLERANCE = 1e-3
"""Nats, at the worst token of the worst position."""
FAR = 0.3
"""Nats that an adapter, or a mistake in one, moves the worst token at least."""
RANK, ALPHA = 4, 8.0


@dataclass
class Pair:
    """One model in both engines, and its random adapter."""

    architecture: str
    torch_model: Any
    native: NativeModel

    def torch_logp(self, *, adapter: bool) -> np.ndarray:
        """Log-softmax after each token but the last, positions x vocabulary."""
        batch = collate([(TOKENS[:1], TOKENS[1:])])
        with torch.no_grad():
            return reply_logp(self.torch_model, batch, adapter=adapter).numpy()

    def llama_logp(self, adapter: Path | None = None) -> np.ndarray:
        """The same from llama.cpp, in a fresh context with a float32 cache."""
        params = llama.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = len(TOKENS)
        params.n_threads = params.n_threads_batch = 1
        params.type_k = params.type_v = llama.GGML_TYPE_F32
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = llama.llama_init_from_model(self.native.handle, params)
        assert context
        loaded = Adapter(self.native, adapter, "key", "name", None) if adapter else None
        try:
            if loaded:
                handles = (llama.llama_adapter_lora_p_ctypes * 1)(loaded.handle)
                assert llama.llama_set_adapters_lora(context, handles, 1, (ctypes.c_float * 1)(1.0)) == 0
            return _decode(context)
        finally:
            llama.llama_free(context)
            if loaded:
                loaded.release()

    def write(self, path: Path) -> Path:
        """The adapter as the learner writes it."""
        config = self.torch_model.get_base_model().config
        export.write_adapter(
            path,
            lora.state(self.torch_model),
            architecture=self.architecture,
            alpha=ALPHA,
            heads=config.num_attention_heads,
            kv_heads=config.num_key_value_heads,
        )
        return path


def _decode(context: Any) -> np.ndarray:
    batch = llama.llama_batch_init(len(TOKENS), 0, 1)
    try:
        batch.n_tokens = len(TOKENS)
        for row, token in enumerate(TOKENS):
            batch.token[row], batch.pos[row] = token, row
            batch.n_seq_id[row], batch.seq_id[row][0] = 1, 0
            batch.logits[row] = 1
        assert llama.llama_decode(context, batch) == 0
        flat = np.ctypeslib.as_array(llama.llama_get_logits(context), (len(TOKENS) * VOCAB,))
        logits = torch.from_numpy(flat.reshape(len(TOKENS), VOCAB).copy())
        return torch.log_softmax(logits[:-1], dim=-1).numpy()
    finally:
        llama.llama_batch_free(batch)


def make_pair(architecture: str, folder: Path) -> Pair:
    file = folder / "tiny.gguf"
    write_tiny_model(file, architecture)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    base = load_dense(file, digest, DataDir.resolve(folder / "data"), torch.float32)
    model = lora.attach(base, rank=RANK, alpha=ALPHA)
    torch.manual_seed(5)
    with torch.no_grad():
        for weight in lora.parameters(model):
            weight.normal_(std=0.2)
    return Pair(architecture, model, NativeModel(file))


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = make_pair(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.native.close()


def worst(left: np.ndarray, right: np.ndarray) -> float:
    assert left.shape == right.shape == (len(TOKENS) - 1, VOCAB)
    return float(np.abs(left - right).max())


def test_the_base_is_the_same_model_in_both(pair: Pair) -> None:
    config = pair.torch_model.get_base_model().config
    assert (config.model_type, config.num_attention_heads, config.num_key_value_heads) == (
        pair.architecture,
        HEADS,
        KV_HEADS,
    )
    assert worst(pair.torch_logp(adapter=False), pair.llama_logp()) < TOLERANCE


def test_the_adapter_does_the_same_in_both(pair: Pair, tmp_path: Path) -> None:
    served = pair.llama_logp(pair.write(tmp_path / "adapter.gguf"))
    assert worst(pair.torch_logp(adapter=True), served) < TOLERANCE


def test_the_adapter_moves_both_far(pair: Pair, tmp_path: Path) -> None:
    served = pair.llama_logp(pair.write(tmp_path / "adapter.gguf"))
    assert worst(served, pair.llama_logp()) > FAR
    assert worst(pair.torch_logp(adapter=True), pair.torch_logp(adapter=False)) > FAR


def test_the_other_order_of_rows_is_noticed(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Llama without the permutation, Qwen2 with it."""
    permuted = frozenset() if pair.architecture == "llama" else frozenset({pair.architecture})
    monkeypatch.setattr(export, "PERMUTED_ARCHITECTURES", permuted)
    served = pair.llama_logp(pair.write(tmp_path / "adapter.gguf"))
    assert worst(pair.torch_logp(adapter=True), served) > FAR


def test_a_scaled_alpha_is_noticed(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """alpha / rank in place of alpha, the usual mistake."""
    monkeypatch.setattr(f"{__name__}.ALPHA", ALPHA / RANK)
    served = pair.llama_logp(pair.write(tmp_path / "adapter.gguf"))
    assert worst(pair.torch_logp(adapter=True), served) > FAR
