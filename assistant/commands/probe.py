"""Asks the policy server for one token, and takes an adapter there and back."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from assistant.errors import MenteeError
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.gguf_info import GgufHeader, ModelInfo
from assistant.store import Store

_PROMPT = [{"role": "user", "content": "Say hello."}]
_TOKENS = 8


class Probing:
    """Probes of one running server."""

    def __init__(self, data: DataDir, client: PolicyClient, info: ModelInfo) -> None:
        self._data = data
        self._client = client
        self._info = info

    def one_token(self) -> str:
        """One token from the base model."""
        started = time.monotonic()
        done = self._client.complete(_PROMPT, model="mentee:0", max_tokens=1, temperature=0.0)[0]
        if not done.token_ids:
            raise MenteeError("the model gave no token")
        return f"one token in {time.monotonic() - started:.2f} s"

    def adapter_round_trip(self) -> str:
        """Base, adapter, base again: the adapter must change something and leave nothing behind.

        The version in use is taken, else a small random adapter made for the purpose.
        """
        with Store.open(self._data) as store:
            active = store.versions.active(self._info.sha256)
        before = self._logprobs("mentee:0")
        if active:
            with_adapter, name = self._logprobs(f"mentee:{active}"), f"version {active}"
        else:
            with_adapter, name = self._random_adapter(), "a random adapter"
        if self._logprobs("mentee:0") != before:
            raise MenteeError(f"{name} left something behind in the base model")
        if with_adapter == before:
            raise MenteeError(f"{name} changed nothing")
        shift = max(abs(a - b) for a, b in zip(with_adapter, before, strict=False))
        return f"{name} there and back, first tokens moved by up to {shift:.2g} nats"

    def _random_adapter(self) -> list[float]:
        name = "doctor-probe"
        with tempfile.TemporaryDirectory(dir=self._data.runs, prefix="doctor-") as folder:
            path = Path(folder) / "probe.gguf"
            write_probe_adapter(path, self._info)
            self._client.load_adapter(name, path)
            try:
                return self._logprobs(name)
            finally:
                self._client.unload_adapter(name)

    def _logprobs(self, model: str) -> list[float]:
        done = self._client.complete(_PROMPT, model=model, max_tokens=_TOKENS, temperature=0.0)[0]
        return list(done.logprobs)


def write_probe_adapter(path: Path, info: ModelInfo) -> None:
    """A rank-1 adapter on one matrix of the model, random but the same every time.

    Format: docs of llama.cpp's `convert_lora_to_gguf`; A is rank x inputs, B is outputs x rank.
    """
    import gguf
    import numpy as np

    target, (inputs, outputs) = _a_matrix(info)
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, info.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 1.0)
    writer.add_tensor(f"{target}.lora_a", random.normal(0, 0.1, (1, inputs)).astype(np.float32))
    writer.add_tensor(f"{target}.lora_b", random.normal(0, 0.1, (outputs, 1)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _a_matrix(info: ModelInfo) -> tuple[str, tuple[int, int]]:
    for name, (shape, _, _) in GgufHeader(info.path).tensors.items():
        if name.startswith("blk.") and name.endswith(("attn_output.weight", "ffn_down.weight")) and len(shape) == 2:
            return name, (shape[0], shape[1])
    raise MenteeError(f"no matrix for an adapter in a model of the type {info.architecture}")
