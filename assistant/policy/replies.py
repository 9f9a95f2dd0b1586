"""The JSON of chat replies: whole, and as chunks of a stream. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from assistant.policy.answering import Answer
from assistant.policy.generation import Delta, Finished, TokenLogProb

PieceOf = Callable[[int], bytes]


def whole(answer: Answer) -> dict[str, Any]:
    """A `chat.completion`."""
    ended = [answer.done[index] for index in sorted(answer.done)]
    result: dict[str, Any] = {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.body.model,
        "choices": [_choice(answer, finished) for finished in ended],
        "usage": usage(answer),
        "mentee": answer.about,
    }
    if answer.body.return_token_ids:
        result["prompt_token_ids"] = answer.request.prompt
    return result


def usage(answer: Answer) -> dict[str, Any]:
    """Token counts; what the prefix cache saved is told as OpenAI does."""
    prompt = len(answer.request.prompt)
    reply = sum(len(finished.token_ids) for finished in answer.done.values())
    computed = sum(finished.prefilled for finished in answer.done.values())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": reply,
        "total_tokens": prompt + reply,
        "prompt_tokens_details": {"cached_tokens": max(prompt - computed, 0)},
    }


def exact_fields(finished: Finished) -> dict[str, Any]:
    """What `return_token_ids` adds to a choice."""
    return {"token_ids": finished.token_ids, "token_logprobs": finished.logprobs}


class Chunks:
    """Writes the chunks of one stream as server-sent events."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self._piece_of = answer, answer.piece_of
        self._head = {
            "id": answer.id,
            "object": "chat.completion.chunk",
            "created": answer.created,
            "model": answer.body.model,
        }
        # The start of every chunk is the same, so it is written once.
        self._prefix = "data: " + json.dumps(self._head)[:-1] + ', "choices": [{"index": '
        self._begun: set[int] = set()

    def delta(self, delta: Delta, text: str) -> bytes:
        """New text of a sample."""
        role = "" if delta.index in self._begun else '"role": "assistant", '
        self._begun.add(delta.index)
        logprobs = ""
        if delta.tokens:
            logprobs = ', "logprobs": ' + json.dumps(logprob_content(delta.tokens, self._piece_of))
        body = f'{delta.index}, "delta": {{{role}"content": {json.dumps(text)}}}{logprobs}'
        return (self._prefix + body + ', "finish_reason": null}]}\n\n').encode()

    def last(self, finished: Finished, calls: list[dict[str, Any]], held: str) -> bytes:
        """The end of a sample, with what was held back."""
        delta: dict[str, Any] = {} if finished.index in self._begun else {"role": "assistant", "content": ""}
        reason: str = finished.finish_reason
        if calls:
            numbered = [{"index": i, **call} for i, call in enumerate(calls)]
            delta, reason = {**delta, "tool_calls": numbered}, "tool_calls"
        elif held:
            delta["content"] = held
        choice = {"index": finished.index, "delta": delta, "finish_reason": reason}
        chunk: dict[str, Any] = {**self._head, "choices": [choice], "mentee": self._answer.about}
        if self._answer.body.return_token_ids:
            chunk["prompt_token_ids"] = self._answer.request.prompt
            choice.update(exact_fields(finished))
        return event(chunk)

    def tail(self) -> bytes:
        """Usage, where asked for, and the end mark."""
        options = self._answer.body.stream_options
        end = b"data: [DONE]\n\n"
        if options and options.include_usage:
            return event({**self._head, "choices": [], "usage": usage(self._answer)}) + end
        return end


def event(value: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(value)}\n\n".encode()


def logprob_content(tokens: Iterable[TokenLogProb], piece_of: PieceOf) -> dict[str, Any]:
    """OpenAI's `logprobs` object."""

    def entry(token: int, logprob: float) -> dict[str, Any]:
        raw = piece_of(token)
        return {"token": raw.decode("utf-8", errors="replace"), "logprob": logprob, "bytes": list(raw)}

    return {
        "content": [
            {**entry(one.token, one.logprob), "top_logprobs": [entry(*other) for other in one.top]} for one in tokens
        ],
        "refusal": None,
    }


def _choice(answer: Answer, finished: Finished) -> dict[str, Any]:
    calls = answer.calls_in(finished)
    message: dict[str, Any] = {"role": "assistant", "content": None if calls else finished.text}
    if calls:
        message["tool_calls"] = calls
    choice: dict[str, Any] = {
        "index": finished.index,
        "message": message,
        "finish_reason": "tool_calls" if calls else finished.finish_reason,
        "logprobs": None,
    }
    if answer.body.logprobs:
        choice["logprobs"] = logprob_content(answer.tokens.get(finished.index, []), answer.piece_of)
    if answer.body.return_token_ids:
        choice.update(exact_fields(finished))
    return choice
