"""From the body of a chat request to a request for a lane, and from a lane's events to what is sent and stored.

Knows neither HTTP nor llama.cpp. `prepare` blocks (template, tokens, database): call it off the event loop.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.conversation.sessions import Attached, SessionRecorder, SessionReply
from assistant.errors import BadInput, MenteeError
from assistant.policy.generation import Event, Finished, Request, TokenLogProb
from assistant.policy.grammar import grammar_of
from assistant.policy.http_errors import ApiError
from assistant.policy.protocol import ChatBody
from assistant.policy.sampling import SamplerSettings
from assistant.policy.serving import Policy, Serving
from assistant.policy.tool_calls import find_calls

log = logging.getLogger("mentee.policy.answering")

TurnType = Literal["main", "side"]


@dataclass(frozen=True, slots=True)
class Caller:
    """What the headers say."""

    turn_type: TurnType
    session_id: str | None
    request_id: str

    @classmethod
    def read(cls, turn_type: str | None, session_id: str | None, request_id: str | None) -> Caller:
        """A session without a turn type is main: a missing header must never silently stop learning."""
        if turn_type not in (None, "main", "side"):
            raise ApiError(400, "X-Turn-Type must be main or side.", "invalid_value", "X-Turn-Type")
        chosen: TurnType = "side" if turn_type == "side" or not (turn_type or session_id) else "main"
        return cls(chosen, session_id or None, request_id or f"chatcmpl-{secrets.token_hex(12)}")


@dataclass(slots=True)
class Answer:
    """One chat request being answered.

    Attributes:
        done: the ended samples, by index.
        tokens: their tokens with log-probabilities, where asked for.
        created: unix seconds.
    """

    body: ChatBody
    caller: Caller
    request: Request
    policy_version: int
    serving: Serving
    attached: Attached | None
    created: int = field(default_factory=lambda: int(time.time()))
    done: dict[int, Finished] = field(default_factory=dict)
    tokens: dict[int, list[TokenLogProb]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the completion and of the request."""
        return self.caller.request_id

    @property
    def about(self) -> dict[str, Any]:
        """What our own clients record of a reply."""
        return {
            "version": self.policy_version,
            "model_hash": self.serving.model_hash,
            "template_hash": self.serving.engine.template.template_hash,
            "sampler": self.sampler,
        }

    @property
    def sampler(self) -> dict[str, Any]:
        """The settings that were really used."""
        return {**self.request.sampling.record(), "max_tokens": self.request.max_tokens}

    def record(self, finished: Finished, calls: list[dict[str, Any]]) -> None:
        """Keeps a reply of a session; a full disk does not take the reply away from the user."""
        if self.attached is None or not finished.token_ids:
            return
        reply = SessionReply(
            text="" if calls else finished.text,
            prompt_token_ids=self.request.prompt,
            token_ids=finished.token_ids,
            logprobs=finished.logprobs,
            sampler=self.sampler,
            model_hash=self.serving.model_hash,
            template_hash=self.serving.engine.template.template_hash,
            version=self.policy_version,
            finish_reason=finished.finish_reason,
            kind=self.caller.turn_type,
            state="stopped" if finished.finish_reason == "cancelled" else "complete",
            tool_calls=calls or None,
            tools=self.body.usable_tools,
        )
        try:
            SessionRecorder(self.serving.data).record(self.attached, reply)
        except MenteeError as problem:
            log.error("a turn was not recorded: %s", problem)
            self.serving.notice(f"A turn was not recorded: {problem}")

    def piece_of(self, token: int) -> bytes:
        """The bytes of a token, special ones spelled out."""
        return self.serving.engine.model.piece(token, special=True)

    def calls_in(self, finished: Finished) -> list[dict[str, Any]]:
        """Tool calls in an ended sample."""
        return find_calls(finished.text, self.body.usable_tools)


def prepare(serving: Serving, body: ChatBody, caller: Caller, listen: Callable[[Event], None]) -> Answer:
    """Checks, renders and tokenises; nothing is computed yet.

    Raises:
        MenteeError, ApiError: what is wrong with the request.
    """
    if caller.turn_type == "main" and body.n > 1:
        raise ApiError(400, "Several samples (n > 1) need X-Turn-Type: side.", "invalid_value", "n")
    prompt = _prompt(serving, body)
    limit = body.reply_tokens or serving.settings.chat.max_tokens
    max_tokens = serving.engine.room_for(prompt, limit)
    grammar = grammar_of(body.response_format)
    sampling = _sampling(serving, body)
    if grammar:
        serving.engine.check_grammar(grammar)
    try:
        policy = serving.resolve(body.model)
    except LookupError as problem:
        raise ApiError(404, str(problem), "model_not_found", "model") from None
    request = Request(
        prompt=prompt,
        sampling=sampling,
        max_tokens=max_tokens,
        listen=listen,
        adapter=policy.adapter,
        n=body.n,
        stops=tuple(body.stop),
        grammar=grammar,
        wants_logprobs=bool(body.logprobs or body.return_token_ids or caller.session_id),
        top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        exact=_exact(body, caller, sampling),
    )
    try:
        attached = _attach(serving, body, caller)
    except BaseException:
        _release(policy)
        raise
    return Answer(body, caller, request, policy.version, serving, attached)


def _prompt(serving: Serving, body: ChatBody) -> list[int]:
    if body.prompt_token_ids is not None:
        return body.prompt_token_ids
    engine = serving.engine
    text = engine.template.render(body.messages, body.add_generation_prompt, body.usable_tools)
    return engine.model.tokenize_prompt(text)


def _sampling(serving: Serving, body: ChatBody) -> SamplerSettings:
    chat = serving.settings.chat
    seed = body.seed if body.seed is not None else chat.seed
    return SamplerSettings(
        temperature=chat.temperature if body.temperature is None else body.temperature,
        top_p=chat.top_p if body.top_p is None else body.top_p,
        seed=secrets.randbits(31) if seed is None else seed,
        top_k=max(body.top_k or 0, 0),
        min_p=body.min_p or 0.0,
        repetition_penalty=body.repetition_penalty or 1.0,
        frequency_penalty=body.frequency_penalty or 0.0,
        presence_penalty=body.presence_penalty or 0.0,
        logit_bias=body.logit_bias or {},
    )


def _exact(body: ChatBody, caller: Caller, sampling: SamplerSettings) -> bool:
    """Greedy replies, and seeded ones of the chat lane, are the same to the bit whatever ran before or beside."""
    if body.n > 1:
        return False
    if body.exact is not None:
        return body.exact
    return sampling.greedy or (caller.turn_type == "main" and body.seed is not None)


def _attach(serving: Serving, body: ChatBody, caller: Caller) -> Attached | None:
    if caller.session_id is None:
        return None
    if not body.messages:
        raise BadInput("A request with a session needs messages.")
    return SessionRecorder(serving.data).attach(body.messages, caller.session_id)


def _release(policy: Policy) -> None:
    if policy.adapter:
        policy.adapter.release()
