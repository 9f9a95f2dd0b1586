"""A policy client with queued replies, for unit tests only: no server, no model, no network."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.policy.client import Completion, Finished, TextDelta

Piece = str | Exception


class FakePolicy:
    """Answers with what was queued, in order; one token id a character.

    Attributes:
        requests: the messages of every request, in order.
        sampling: the other arguments of every request.
    """

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.sampling: list[dict[str, Any]] = []
        self.used: list[int] = []
        self.context_tokens = 4096
        self._replies: deque[list[Piece] | Exception] = deque()

    def queue(self, *pieces: Piece) -> None:
        """The pieces of the next reply; an exception among them is raised when its turn comes."""
        self._replies.append(list(pieces))

    def queue_refusal(self, error: Exception) -> None:
        """The next request fails before anything streams."""
        self._replies.append(error)

    def stream_chat(self, messages: Sequence[dict[str, Any]], **sampling: Any) -> FakeStream:
        reply = self._next(messages, sampling)
        return FakeStream(reply, prompt=self.tokenize(messages), sampling=sampling)

    def complete(self, messages: Sequence[dict[str, Any]], **sampling: Any) -> list[Completion]:
        text = "".join(str(piece) for piece in self._next(messages, sampling))
        ids = [ord(letter) for letter in text]
        return [Completion(text=text, token_ids=ids, logprobs=[-0.5] * len(ids), finish_reason="stop")]

    def tokenize(self, messages: Sequence[dict[str, Any]]) -> list[int]:
        return [ord(letter) for message in messages for letter in str(message["content"])]

    def request(self, method: str, path: str) -> dict[str, Any]:
        assert (method, path) == ("GET", "/v1/models/mentee")
        return {"id": "mentee", "max_model_len": self.context_tokens}

    def use_version(self, version: int) -> None:
        self.used.append(version)

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> FakePolicy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, messages: Sequence[dict[str, Any]], sampling: dict[str, Any]) -> list[Piece]:
        self.requests.append([dict(message) for message in messages])
        self.sampling.append(sampling)
        reply = self._replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply


class FakeStream:
    """One queued reply as a stream; a cancelled one ends early with what arrived, like the real one."""

    def __init__(self, pieces: list[Piece], *, prompt: list[int], sampling: dict[str, Any]) -> None:
        self._pieces = pieces
        self._prompt = prompt
        self._sampling = sampling
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def __enter__(self) -> FakeStream:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def __iter__(self) -> Iterator[TextDelta | Finished]:
        said = ""
        for piece in self._pieces:
            if self._cancelled:
                break
            if isinstance(piece, Exception):
                raise piece
            said += piece
            yield TextDelta(piece)
        yield self._finished(said)

    def _finished(self, said: str) -> Finished:
        ids = [ord(letter) for letter in said]
        return Finished(
            prompt_token_ids=self._prompt,
            token_ids=ids,
            logprobs=[-0.5] * len(ids),
            version=0,
            model_hash="model-a",
            template_hash="template",
            finish_reason="cancelled" if self._cancelled else "stop",
            sampler={key: self._sampling[key] for key in ("temperature", "seed")},
        )
