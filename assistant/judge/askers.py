"""Whom a language-model judge asks: the policy server, or any server that speaks OpenAI's protocol."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from assistant.errors import PolicyRefused, PolicyUnavailable
from assistant.judge.prompt import REPLY_TOKENS
from assistant.policy.client import PolicyClient

KEY_VARIABLE = "MENTEE_JUDGE_KEY"
"""Environment variable with the key of the endpoint; a key has no place in a settings file."""

TEMPERATURE = 0.6
BASE_MODEL = "mentee:0"
"""The served weights without an adapter: what is learned must not judge itself."""


class Asker(Protocol):
    """Someone who answers a prompt several times."""

    def ask(self, messages: Sequence[dict[str, str]], form: dict[str, Any], votes: int, timeout_s: float) -> list[str]:
        """Up to `votes` answers.

        Raises:
            PolicyUnavailable: nobody answers, or not in time.
            PolicyRefused: an error for an answer.
        """


@dataclass(frozen=True, slots=True)
class PolicyAsker:
    """The base model of a policy server, in the lane that waits while somebody chats."""

    client: PolicyClient

    def ask(self, messages: Sequence[dict[str, str]], form: dict[str, Any], votes: int, timeout_s: float) -> list[str]:
        """See `Asker`."""
        answers = self.client.complete(
            messages, model=BASE_MODEL, n=votes, turn_type="side", timeout_s=timeout_s, temperature=TEMPERATURE,
            max_tokens=REPLY_TOKENS, response_format=form,
        )  # fmt: skip
        return [one.text for one in answers]


@dataclass(frozen=True, slots=True)
class EndpointAsker:
    """A model behind an OpenAI-compatible address such as `https://host/v1`."""

    url: str
    model: str
    http: httpx.Client

    @classmethod
    def connect(cls, url: str, model: str) -> EndpointAsker:
        """With the key of the environment, where there is one."""
        key = os.environ.get(KEY_VARIABLE, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return cls(url.rstrip("/"), model, httpx.Client(headers=headers))

    def ask(self, messages: Sequence[dict[str, str]], form: dict[str, Any], votes: int, timeout_s: float) -> list[str]:
        """See `Asker`. Servers that take no form are asked without it, those that answer once, repeatedly."""
        body: dict[str, Any] = {
            "model": self.model, "messages": list(messages), "temperature": TEMPERATURE, "max_tokens": REPLY_TOKENS,
            "n": votes, "response_format": form,
        }  # fmt: skip
        try:
            texts = self._post(body, timeout_s)
        except PolicyRefused as problem:
            if problem.status not in (400, 422):
                raise
            body = {key: value for key, value in body.items() if key not in ("response_format", "n")}
            texts = self._post(body, timeout_s)
        while texts and len(texts) < votes:
            texts += self._post({**body, "n": 1}, timeout_s)[:1] or [""]
        return texts[:votes]

    def _post(self, body: dict[str, Any], timeout_s: float) -> list[str]:
        try:
            response = self.http.post(f"{self.url}/chat/completions", json=body, timeout=timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise PolicyUnavailable(f"The judge's endpoint does not answer ({type(problem).__name__}).") from None
        if response.status_code >= 400:
            raise PolicyRefused(response.status_code, f"The judge's endpoint answers {response.status_code}.")
        try:
            return [str(choice["message"].get("content") or "") for choice in response.json()["choices"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            return []
