"""One reply being written: what was asked, what was drawn so far, what the listener is told.

Shared by both lanes. Everything here runs on a lane's thread except `Request.cancel`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from assistant.policy.adapters_live import Adapter
from assistant.policy.context import Context, FloatRow
from assistant.policy.native import NativeModel
from assistant.policy.sampling import RawLogProbs, Sampler, SamplerSettings
from assistant.policy.text_stream import TextStream

FinishReason: TypeAlias = Literal["stop", "length", "cancelled"]

CHUNK_INTERVAL_S = 0.036
"""At most 28 deltas a second: every one costs time on the cores that compute the next token."""

TIME_LIMIT_S = 900.0
"""A reply that takes longer is cut as if it had reached its length: nobody may hold the model for ever."""


@dataclass(frozen=True, slots=True)
class TokenLogProb:
    """One drawn token with the model's own likeliest alternatives."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """New text of sample `index`; `tokens` only when log-probabilities were asked for."""

    index: int
    text: str
    tokens: tuple[TokenLogProb, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """Sample `index` has ended; the ids and log-probabilities are complete and exact."""

    index: int
    text: str
    token_ids: list[int]
    logprobs: list[float]
    finish_reason: FinishReason
    prefilled: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The request cannot be answered."""

    error: Exception


Event: TypeAlias = Delta | Finished | Failed


@dataclass(slots=True)
class Request:
    """What a lane is asked for.

    Attributes:
        prompt: token ids, exactly what will be decoded.
        adapter: held for this request; None is the base model.
        n: samples of the same prompt.
        exact: computed alone, so that the result is the same to the bit in both lanes whatever ran before.
        listen: called on the lane's thread with every event.
    """

    prompt: list[int]
    sampling: SamplerSettings
    max_tokens: int
    listen: Callable[[Event], None]
    adapter: Adapter | None = None
    n: int = 1
    stops: tuple[str, ...] = ()
    grammar: str | None = None
    wants_logprobs: bool = True
    top_logprobs: int | None = None
    exact: bool = False
    cancelled: bool = False
    on_cancel: Callable[[], None] | None = None

    @property
    def adapter_key(self) -> str:
        """The key of the adapter, empty for the base model."""
        return self.adapter.key if self.adapter else ""

    def cancel(self) -> None:
        """Ends the request as soon as possible. Any thread."""
        self.cancelled = True
        if self.on_cancel:
            self.on_cancel()


@dataclass(slots=True)
class Generation:
    """Sample `index` of a request.

    Attributes:
        position: where the next token goes.
        next_token: drawn but not yet decoded.
    """

    request: Request
    index: int
    model: NativeModel
    sampler: Sampler
    prefilled: int = 0
    position: int = 0
    next_token: int = -1
    sequence: int = 0
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    _stream: TextStream = field(default_factory=TextStream)
    _pending: list[str] = field(default_factory=list)
    _pending_tokens: list[TokenLogProb] = field(default_factory=list)
    _sent_at: float = 0.0
    _ends_at: float = field(default_factory=lambda: time.monotonic() + TIME_LIMIT_S)

    @classmethod
    def start(cls, request: Request, index: int, model: NativeModel) -> Generation:
        """A generation whose prompt is in the memory already; each sample of a request has its own seed."""
        settings = request.sampling
        if index:
            settings = replace(settings, seed=(settings.seed + index) & 0xFFFFFFFF)
        sampler = Sampler(model, settings, request.grammar)
        return cls(request, index, model, sampler, position=len(request.prompt), _stream=TextStream(request.stops))

    def draw(self, context: Context, row: int, probs: RawLogProbs) -> FinishReason | None:
        """Draws the next token from a row of the context."""
        logits = context.logits(row)
        return self._accept(self.sampler.from_context(context, row, logits), logits, probs)

    def draw_from(self, logits: FloatRow, probs: RawLogProbs) -> FinishReason | None:
        """Draws the next token from a copied row."""
        return self._accept(self.sampler.from_row(logits), logits, probs)

    def finish(self, reason: FinishReason) -> None:
        """Tells the listener the end and frees the sampler."""
        self._pending.append(self._stream.finish())
        self._send()
        self.sampler.close()
        ids, logprobs = self.token_ids, self.logprobs
        self.request.listen(Finished(self.index, self._stream.text, ids, logprobs, reason, self.prefilled))

    def _accept(self, token: int, logits: FloatRow, probs: RawLogProbs) -> FinishReason | None:
        request = self.request
        self.token_ids.append(token)
        self.next_token = token
        if request.wants_logprobs:
            logprob = probs.of(logits, token)
            self.logprobs.append(logprob)
            if request.top_logprobs is not None:
                top = tuple(probs.top(logits, request.top_logprobs)) if request.top_logprobs else ()
                self._pending_tokens.append(TokenLogProb(token, logprob, top))
        if self.model.is_end(token):
            return "stop"
        text = self._stream.push(self.model.piece(token))
        if text:
            self._pending.append(text)
            now = time.monotonic()
            if now - self._sent_at >= CHUNK_INTERVAL_S:
                self._sent_at = now
                self._send()
        if self._stream.stopped:
            return "stop"
        full = len(self.token_ids) >= request.max_tokens or time.monotonic() > self._ends_at
        return "length" if full else None

    def _send(self) -> None:
        text = "".join(self._pending)
        if text or self._pending_tokens:
            self.request.listen(Delta(self.index, text, tuple(self._pending_tokens)))
        self._pending.clear()
        self._pending_tokens.clear()
