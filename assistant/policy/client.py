"""The client of the policy server: what app, learner and commands use. Loads neither llama.cpp nor torch.

Synchronous and thread-safe; one connection pool.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from assistant.errors import PolicyRefused, PolicyUnavailable

Messages = Sequence[Mapping[str, Any]]

# A request may wait for others before its first token, so only connecting has a short limit.
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text of a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a reply: exactly what was read and written.

    Attributes:
        logprobs: raw natural-log probability of each of `token_ids`.
        finish_reason: stop, length, cancelled or tool_calls.
    """

    prompt_token_ids: list[int]
    token_ids: list[int]
    logprobs: list[float]
    version: int
    model_hash: str
    template_hash: str
    finish_reason: str
    sampler: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """One sample of a whole reply."""

    text: str
    token_ids: list[int]
    logprobs: list[float]
    finish_reason: str


class Stream:
    """A reply being streamed: iterate over it inside `with`. Ends with `Finished`, also when cancelled.

    Attributes:
        headers: of the request, sent when the iteration begins.
    """

    def __init__(self, client: PolicyClient, body: dict[str, Any], headers: dict[str, str]) -> None:
        self._client, self._body = client, body
        self._id = secrets.token_hex(16)
        self.headers = {**headers, "X-Request-Id": self._id}
        self._over = threading.Event()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._over.is_set():
            self.cancel()

    def cancel(self) -> None:
        """Ends the reply soon; the iteration still yields `Finished` with what was written. Any thread."""
        if not self._over.is_set():
            # A server that is gone has stopped already; the iteration says so.
            with contextlib.suppress(PolicyUnavailable, PolicyRefused):
                self._client.request("POST", f"/v1/requests/{self._id}/cancel", {}, timeout=5.0)

    def __iter__(self) -> Iterator[TextDelta | Finished]:
        try:
            with self._client.open_stream(self._body, self.headers) as response:
                for chunk in _events(response):
                    yield from self._read(chunk)
        except httpx.HTTPError as problem:
            raise PolicyUnavailable(f"The model stopped answering ({type(problem).__name__}).") from None
        finally:
            self._over.set()

    def _read(self, chunk: dict[str, Any]) -> Iterator[TextDelta | Finished]:
        if "error" in chunk:
            raise PolicyRefused(500, str(chunk["error"].get("message", "")))
        for choice in chunk.get("choices", ()):
            if text := choice["delta"].get("content"):
                yield TextDelta(text)
            if choice.get("finish_reason"):
                yield _finished(chunk, choice)


class PolicyClient:
    """A connection to one policy server."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        # Proxies of the environment are for the internet, not for this machine.
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(max_connections=128, max_keepalive_connections=16, keepalive_expiry=60.0),
        )

    def __enter__(self) -> PolicyClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; the server goes on."""
        self._http.close()

    def health(self, timeout_s: float = 5.0) -> dict[str, Any]:
        """What /health tells."""
        return self.request("GET", "/health", timeout=timeout_s)

    def models(self) -> list[str]:
        """Model names that may be asked for."""
        return [str(model["id"]) for model in self.request("GET", "/v1/models")["data"]]

    def stream_chat(
        self, messages: Messages, *, model: str = "mentee", turn_type: str = "main", **sampling: Any
    ) -> Stream:
        """A streamed reply; the request is sent when the iteration begins.

        Args:
            messages: OpenAI messages.
            model: "mentee", "mentee:N", or a loaded adapter.
            turn_type: "main" (chat lane) or "side".
            sampling: temperature, top_p, max_tokens, seed, stop and so on; None means not given.
        """
        body = _body(sampling, model=model, messages=[dict(m) for m in messages], stream=True)
        return Stream(self, body, {"X-Turn-Type": turn_type})

    def complete(
        self,
        messages: Messages | None = None,
        *,
        prompt_token_ids: Sequence[int] | None = None,
        model: str = "mentee",
        n: int = 1,
        turn_type: str = "side",
        timeout_s: float | None = None,
        **sampling: Any,
    ) -> list[Completion]:
        """n whole replies to one prompt, given as messages or as token ids.

        Send many at once from threads: they are computed together. At temperature 0 a reply is computed alone, so
        that it is the same to the bit everywhere; `exact=False` lets it join the others.

        Raises:
            PolicyUnavailable: no server.
            PolicyRefused: it answers with an error.
        """
        body = _body(sampling, model=model, n=n)
        if prompt_token_ids is not None:
            body["prompt_token_ids"] = [int(token) for token in prompt_token_ids]
        else:
            body["messages"] = [dict(message) for message in messages or ()]
        headers = {"X-Turn-Type": turn_type}
        answer = self.request("POST", "/v1/chat/completions", body, headers=headers, timeout=timeout_s)
        return [_completion(choice) for choice in answer["choices"]]

    def tokenize(
        self, messages: Messages, *, add_generation_prompt: bool = True, tools: list[dict[str, Any]] | None = None
    ) -> list[int]:
        """The prompt that these messages become."""
        body = {"messages": [dict(m) for m in messages], "add_generation_prompt": add_generation_prompt}
        return _ids(self.request("POST", "/tokenize", {**body, "tools": tools}))

    def tokenize_text(self, text: str, *, parse_special: bool = True) -> list[int]:
        """The token ids of a text, nothing added."""
        return _ids(self.request("POST", "/tokenize", {"prompt": text, "parse_special": parse_special}))

    def detokenize(self, tokens: Sequence[int]) -> str:
        """The text of token ids, special ones spelled out."""
        return str(self.request("POST", "/detokenize", {"tokens": list(tokens)})["prompt"])

    def end_of_turn(self) -> list[int]:
        """The token that a finished reply ends with, as a list (empty where the model has none)."""
        return list(self.request("POST", "/tokenize", {"prompt": ""})["end_of_turn"])

    def score(self, model: str, sequences: Sequence[tuple[Sequence[int], int]]) -> list[list[float]]:
        """Log-probabilities of the tokens from an index on.

        Args:
            model: as in `complete`.
            sequences: pairs of token ids and the index (1 or more) of the first token to score.
        """
        body = [{"tokens": [int(t) for t in tokens], "from": start} for tokens, start in sequences]
        scores = self.request("POST", "/v1/score", {"model": model, "sequences": body})["scores"]
        return [list(map(float, one)) for one in scores]

    def versions(self) -> list[dict[str, Any]]:
        """The versions of the served model, as in /v1/versions."""
        return list(self.request("GET", "/v1/versions")["data"])

    def use_version(self, version_id: int) -> None:
        """Makes a version active from the next turn on."""
        self.request("POST", f"/v1/versions/{version_id}/use", {})

    def load_adapter(self, name: str, path: Path) -> None:
        """Loads a candidate of the data directory under a name."""
        self.request("POST", "/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(path)})

    def unload_adapter(self, name: str) -> None:
        """Lets go of a candidate."""
        self.request("POST", "/v1/unload_lora_adapter", {"lora_name": name})

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """One request and its JSON.

        Raises:
            PolicyUnavailable: no answer.
            PolicyRefused: an error for an answer.
        """
        limit = _TIMEOUT if timeout is None else httpx.Timeout(timeout)
        try:
            response = self._http.request(method, path, json=body, headers=headers, timeout=limit)
        except httpx.HTTPError as problem:
            raise PolicyUnavailable(f"The model does not answer ({type(problem).__name__}).") from None
        except RuntimeError:
            raise PolicyUnavailable("The connection to the model was closed.") from None
        _raise_for(response)
        result: dict[str, Any] = response.json()
        return result

    @contextlib.contextmanager
    def open_stream(self, body: dict[str, Any], headers: dict[str, str]) -> Iterator[httpx.Response]:
        """A streaming chat request, checked for errors."""
        with self._http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as response:
            if response.status_code != 200:
                response.read()
            _raise_for(response)
            yield response


def _body(sampling: dict[str, Any], **fixed: Any) -> dict[str, Any]:
    given = {key: value for key, value in sampling.items() if value is not None}
    return {**given, **fixed, "return_token_ids": True}


def _events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """The JSON of server-sent events, read from raw bytes: httpx's line reader costs too much per token."""
    rest = b""
    for raw in response.iter_raw():
        *events, rest = (rest + raw).split(b"\n\n")
        for event in events:
            if event != b"data: [DONE]":
                yield json.loads(event[6:])


def _finished(chunk: dict[str, Any], choice: dict[str, Any]) -> Finished:
    about = chunk.get("mentee", {})
    return Finished(
        prompt_token_ids=list(chunk.get("prompt_token_ids", ())),
        token_ids=list(choice.get("token_ids", ())),
        logprobs=list(choice.get("token_logprobs", ())),
        version=int(about.get("version", 0)),
        model_hash=str(about.get("model_hash", "")),
        template_hash=str(about.get("template_hash", "")),
        finish_reason=str(choice["finish_reason"]),
        sampler=dict(about.get("sampler", {})),
    )


def _completion(choice: dict[str, Any]) -> Completion:
    return Completion(
        text=choice["message"].get("content") or "",
        token_ids=list(choice.get("token_ids", ())),
        logprobs=list(choice.get("token_logprobs", ())),
        finish_reason=str(choice["finish_reason"]),
    )


def _ids(answer: dict[str, Any]) -> list[int]:
    return [int(token) for token in answer["tokens"]]


def _raise_for(response: httpx.Response) -> None:
    if response.status_code < 400:
        return
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"The server answered with status {response.status_code}."
    raise PolicyRefused(response.status_code, message)
