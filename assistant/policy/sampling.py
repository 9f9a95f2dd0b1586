"""Choosing the next token: a chain of llama.cpp samplers in C, an optional grammar, raw log-probabilities.

Order as in vLLM and transformers: penalties, bias, temperature, top-k, top-p, min-p, draw. Temperature 0 is greedy.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import asdict, dataclass, field
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from assistant.errors import BadInput
from assistant.policy.context import Context, FloatRow
from assistant.policy.native import NativeModel

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How to draw tokens; `seed` is always set, so that every reply can be repeated."""

    temperature: float
    top_p: float
    seed: int
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: dict[int, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """What is stored with a turn: everything that was not off."""
        off = {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0, "logit_bias": {}}
        off |= {"frequency_penalty": 0.0, "presence_penalty": 0.0}
        return {key: value for key, value in asdict(self).items() if off.get(key, ...) != value}

    @property
    def greedy(self) -> bool:
        """Whether always the likeliest token is taken."""
        return self.temperature <= 0


class RawLogProbs:
    """log p(token) under the model itself, before temperature and the rest; one buffer, no copies."""

    def __init__(self, n_vocab: int) -> None:
        self._buffer = np.empty(n_vocab, np.float32)

    def of(self, row: FloatRow, token: int) -> float:
        """log softmax(row)[token], computed in 70 microseconds for 49,000 entries."""
        return float(row[token]) - self._log_sum(row)

    def top(self, row: FloatRow, count: int) -> list[tuple[int, float]]:
        """The `count` likeliest tokens with their log-probabilities, best first."""
        best = np.argpartition(row, -count)[-count:]
        best = best[np.argsort(-row[best], kind="stable")]
        total = self._log_sum(row)
        return [(int(token), float(row[token]) - total) for token in best]

    def _log_sum(self, row: FloatRow) -> float:
        peak = row.max()
        np.subtract(row, peak, out=self._buffer)
        np.exp(self._buffer, out=self._buffer)
        return float(peak) + float(np.log(self._buffer.sum()))


class Sampler:
    """The state of drawing one reply. Lives on the lane's thread; close it."""

    def __init__(self, model: NativeModel, settings: SamplerSettings, grammar: str | None = None) -> None:
        self._grammar: Any = compile_grammar(model, grammar) if grammar else None
        self._plain_greedy = settings.greedy and not self._grammar and not _changes_logits(settings)
        self._reach = _reach(settings, model.n_vocab)
        self._candidates: Any = None
        self._n_vocab = model.n_vocab
        self._chain = _build_chain(model, settings)

    def close(self) -> None:
        """Frees the C samplers."""
        for sampler in (self._chain, self._grammar):
            if sampler:
                llama.llama_sampler_free(sampler)
        self._chain = self._grammar = None

    def from_context(self, context: Context, row: int, logits: FloatRow) -> int:
        """Draws from a row that is still in the context."""
        if self._plain_greedy:
            return int(logits.argmax())
        if self._reach:
            token = self._from_likely(logits)
        else:
            token = int(llama.llama_sampler_sample(self._chain, context.handle, row))
        return self._checked(token, logits)

    def from_row(self, logits: FloatRow) -> int:
        """Draws from a copied row: the first token of several samples that share a prompt."""
        if self._plain_greedy:
            return int(logits.argmax())
        if self._reach:
            token = self._from_likely(logits)
        else:
            token = self._apply(self._chain, logits)
            llama.llama_sampler_accept(self._chain, token)
        return self._checked(token, logits)

    def _from_likely(self, logits: FloatRow) -> int:
        """Runs the chain over the tokens that top-p can keep: a third of the time of running it over all."""
        likely = np.flatnonzero(logits > logits.max() - self._reach)
        items = self._buffer()[: len(likely)]
        items["id"] = likely
        items["logit"] = logits[likely]
        array = _as_array(items)
        llama.llama_sampler_apply(self._chain, ctypes.byref(array))
        token = int(array.data[array.selected].id)
        llama.llama_sampler_accept(self._chain, token)
        return token

    def _checked(self, token: int, logits: FloatRow) -> int:
        """The token, or where the grammar forbids it another one."""
        if not self._grammar:
            return token
        if not self._allows(token):
            return self._constrained(logits)
        llama.llama_sampler_accept(self._grammar, token)
        return token

    def _allows(self, token: int) -> bool:
        one = np.array([(token, 1.0, 0.0)], _CANDIDATE)
        array = _as_array(one)
        llama.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(np.isfinite(one["logit"][0]))

    def _constrained(self, logits: FloatRow) -> int:
        """Draws among the tokens that the grammar allows; slow, so only after a miss."""
        token = self._apply(self._grammar, logits, self._chain)
        llama.llama_sampler_accept(self._grammar, token)
        return token

    def _apply(self, first: Any, logits: FloatRow, second: Any = None) -> int:
        items = self._buffer()
        items["id"] = np.arange(self._n_vocab, dtype=np.int32)
        items["logit"] = logits
        array = _as_array(items)
        llama.llama_sampler_apply(first, ctypes.byref(array))
        if second:
            llama.llama_sampler_apply(second, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def _buffer(self) -> Any:
        if self._candidates is None:
            self._candidates = np.zeros(self._n_vocab, _CANDIDATE)
        return self._candidates


def compile_grammar(model: NativeModel, grammar: str) -> Any:
    """A grammar sampler.

    Raises:
        BadInput: llama.cpp cannot parse the grammar.
    """
    sampler = llama.llama_sampler_init_grammar(model.vocab, grammar.encode(), b"root")
    if not sampler:
        raise BadInput("The response format cannot be turned into a grammar.")
    return sampler


def _reach(settings: SamplerSettings, n_vocab: int) -> float:
    """How far below the peak a logit may lie for top-p to keep its token, in nats; 0 where all have to be looked at.

    The n tokens below peak - T ln(n / e) weigh less than n exp(-ln(n / e)) = e together, the peak alone weighs 1.
    With e a hundredth of what top-p cuts off anyway, leaving them out moves the cut by less than e.
    """
    if settings.greedy or settings.top_p >= 1 or _changes_logits(settings):
        return 0.0
    return settings.temperature * math.log(n_vocab * 100 / (1 - settings.top_p))


def _changes_logits(settings: SamplerSettings) -> bool:
    penalties = (settings.repetition_penalty, settings.frequency_penalty, settings.presence_penalty)
    return penalties != (1.0, 0.0, 0.0) or bool(settings.logit_bias)


def _build_chain(model: NativeModel, settings: SamplerSettings) -> Any:
    params = llama.llama_sampler_chain_default_params()
    params.no_perf = True
    chain = llama.llama_sampler_chain_init(params)
    parts: list[Any] = []
    if _changes_logits(settings):
        parts += _corrections(model, settings)
    if settings.greedy:
        parts.append(llama.llama_sampler_init_greedy())
    else:
        parts.append(llama.llama_sampler_init_temp(settings.temperature))
        if settings.top_k > 0:
            parts.append(llama.llama_sampler_init_top_k(settings.top_k))
        if settings.top_p < 1:
            parts.append(llama.llama_sampler_init_top_p(settings.top_p, 1))
        if settings.min_p > 0:
            parts.append(llama.llama_sampler_init_min_p(settings.min_p, 1))
        parts.append(llama.llama_sampler_init_dist(settings.seed & 0xFFFFFFFF))
    for part in parts:
        llama.llama_sampler_chain_add(chain, part)
    return chain


def _corrections(model: NativeModel, settings: SamplerSettings) -> list[Any]:
    parts = []
    biases = [(token, bias) for token, bias in settings.logit_bias.items() if 0 <= token < model.n_vocab]
    if biases:
        array = (llama.llama_logit_bias * len(biases))(*(llama.llama_logit_bias(t, b) for t, b in biases))
        parts.append(llama.llama_sampler_init_logit_bias(model.n_vocab, len(biases), array))
    penalties = (settings.repetition_penalty, settings.frequency_penalty, settings.presence_penalty)
    if penalties != (1.0, 0.0, 0.0):
        parts.append(llama.llama_sampler_init_penalties(model.n_vocab, 256, *penalties))
    return parts


def _as_array(items: Any) -> Any:
    data = ctypes.cast(ctypes.c_void_p(items.ctypes.data), llama.llama_token_data_p)
    return llama.llama_token_data_array(data=data, size=len(items), selected=-1, sorted=False)
