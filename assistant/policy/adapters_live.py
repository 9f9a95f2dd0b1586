"""Adapters in the memory of the running model: load, prove that they act, free.

An adapter is freed when nobody holds it any more, always before the model. Loading runs on the caller's thread with a
context of its own, so that no lane waits for it.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from assistant.errors import AdapterUnusable
from assistant.policy.native import NativeModel


class Adapter:
    """One loaded adapter, counted by its holders.

    Attributes:
        key: unique per load; cached states of a context are keyed by it.
        name: the model name it answers to.
        version: the version number for recording; None for a candidate.
        digest: of the file, where the caller knows it.
    """

    def __init__(self, model: NativeModel, path: Path, key: str, name: str, version: int | None) -> None:
        self.key, self.name, self.version = key, name, version
        self.handle: Any = llama.llama_adapter_lora_init(model.handle, os.fsencode(path))
        if not self.handle:
            raise AdapterUnusable(f"{path.name} is damaged or was made for another model.")
        self.digest = ""
        self._holders = 1
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Adds a holder."""
        with self._lock:
            self._holders += 1

    def release(self) -> None:
        """Drops a holder; the last one frees the memory."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self.handle:
                llama.llama_adapter_lora_free(self.handle)
                self.handle = None


class AdapterShelf:
    """The adapters that are loaded, by model name.

    Attributes:
        model_hash: of the served model; part of every key.
    """

    def __init__(self, model: NativeModel, model_hash: str) -> None:
        self._model, self.model_hash = model, model_hash
        self._loaded: dict[str, Adapter] = {}
        self._lock = threading.Lock()
        # Made at once: the first swap is to be as quick as the others.
        self._probe = _Probe(model)
        self._count = 0

    def load(self, name: str, path: Path, version: int | None = None, digest: str = "") -> Adapter:
        """Loads an adapter file under a name, replacing an adapter of that name.

        Raises:
            AdapterUnusable: unreadable, made for another model, or without any effect.
        """
        with self._lock:
            self._count += 1
            adapter = Adapter(self._model, path, f"{self.model_hash}:{name}#{self._count}", name, version)
            adapter.digest = digest
            try:
                self._probe.check(adapter)
            except AdapterUnusable:
                adapter.release()
                raise
            old = self._loaded.pop(name, None)
            self._loaded[name] = adapter
        if old:
            old.release()
        return adapter

    def get(self, name: str) -> Adapter | None:
        """The adapter of that name, held for the caller, who must release it."""
        with self._lock:
            adapter = self._loaded.get(name)
            if adapter:
                adapter.acquire()
            return adapter

    def names(self) -> list[str]:
        """All loaded names."""
        with self._lock:
            return sorted(self._loaded)

    def unload(self, name: str) -> bool:
        """Lets go of an adapter; it is freed when the last reply that uses it has ended."""
        with self._lock:
            adapter = self._loaded.pop(name, None)
        if adapter:
            adapter.release()
        return adapter is not None

    def close(self) -> None:
        """Frees everything; the contexts of the lanes must be closed before."""
        self._probe.close()
        for name in self.names():
            self.unload(name)


class _Probe:
    """A tiny context that compares the logits of two tokens with and without an adapter."""

    def __init__(self, model: NativeModel) -> None:
        from assistant.policy.context import Context, ContextShape

        self._context = Context(model, ContextShape(n_ctx=64, n_batch=8, n_seq=1, threads=1))
        self._tokens = [1 % model.n_vocab, model.n_vocab // 2]
        self._base = self._run()

    def check(self, adapter: Adapter) -> None:
        self._context.use_adapter(adapter)
        try:
            row = self._run()
        finally:
            self._context.use_adapter(None)
        if not np.isfinite(row).all():
            raise AdapterUnusable("The adapter is damaged: it yields no numbers.")
        if np.array_equal(row, self._base):
            raise AdapterUnusable("The adapter changes nothing.")

    def close(self) -> None:
        self._context.close()

    def _run(self) -> Any:
        self._context.clear()
        self._context.begin()
        last = 0
        for position, token in enumerate(self._tokens):
            last = self._context.add(token, position, 0, position == len(self._tokens) - 1)
        self._context.decode()
        return self._context.logits(last).copy()
