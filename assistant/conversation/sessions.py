"""Records the conversations of foreign OpenAI clients, so that any client can be the one that is taught.

A client sends its whole history with every request; here it is matched against the stored tree by role and
content, so that a resent history adds nothing and an edited one becomes a branch. Used by the policy server,
whose requests run on many threads: every call opens a store of its own and closes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.conversation.titles import title_from
from assistant.errors import BadInput
from assistant.ids import new_id
from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.records import Message, MessageState, NewTurn, Role, TurnKind

_ROLES: dict[str, Role] = {
    "system": "system", "developer": "system", "user": "user",
    "assistant": "assistant", "tool": "tool", "function": "tool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attached:
    """Where a request belongs.

    Attributes:
        leaf_id: the stored message that the reply will answer.
        turn_id: the id that the turn will have, known before the first token for the response header.
    """

    conversation_id: str
    leaf_id: str
    turn_id: str


@dataclass(frozen=True, slots=True)
class SessionReply:
    """A finished or stopped reply, as the engine produced it."""

    text: str
    prompt_token_ids: list[int]
    token_ids: list[int]
    logprobs: list[float]
    sampler: dict[str, Any]
    model_hash: str
    template_hash: str
    version: int
    finish_reason: str
    kind: TurnKind = "main"
    state: MessageState = "complete"
    tool_calls: list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] | None = None
    memory_ids: list[str] = field(default_factory=list)


class SessionRecorder:
    """Writes the sessions of outside clients into one data directory; safe to use from many threads."""

    def __init__(self, data: DataDir) -> None:
        self._data = data

    def attach(self, messages: Sequence[Mapping[str, Any]], session_id: str) -> Attached:
        """Commits what is new of a request's history, before any inference.

        Raises:
            BadInput: no messages, or a role or content that is not OpenAI's.
        """
        incoming = [_Incoming.read(message) for message in messages]
        if not incoming:
            raise BadInput("A conversation needs at least one message.")
        with Store.open(self._data) as store, store.immediate():
            conversation = store.conversations.by_external(session_id)
            if conversation is None:
                first = next((one.content for one in incoming if one.role == "user"), "")
                conversation = store.conversations.create(title_from(first), external_id=session_id)
            leaf_id = _graft(store, conversation.id, incoming)
            store.conversations.set_leaf(conversation.id, leaf_id)
        return Attached(conversation.id, leaf_id, new_id())

    def record(self, attached: Attached, reply: SessionReply) -> str:
        """Keeps the reply below what it answered, with its turn; returns the turn's id.

        A side reply is kept but does not become the branch on show.
        """
        with Store.open(self._data) as store, store.immediate():
            message = store.messages.add(
                attached.conversation_id, attached.leaf_id, "assistant", reply.text,
                state=reply.state, tool_calls=reply.tool_calls,
            )  # fmt: skip
            turn = store.turns.add(_turn(message, reply), turn_id=attached.turn_id)
            if reply.kind == "main":
                store.conversations.set_leaf(attached.conversation_id, message.id)
        return turn.id


@dataclass(frozen=True, slots=True)
class _Incoming:
    role: Role
    content: str
    tool_calls: list[dict[str, Any]] | None
    tool_call_id: str | None

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> _Incoming:
        role = _ROLES.get(str(message.get("role")))
        if role is None:
            raise BadInput(f"Unknown role {message.get('role')!r}.")
        calls = message.get("tool_calls") or None
        return cls(role, _text(message.get("content")), calls, message.get("tool_call_id"))

    def is_like(self, stored: Message) -> bool:
        """Whether this is the stored message sent again; outer blanks are nothing."""
        same = self.role == stored.role and self.content.strip() == stored.content.strip()
        return same and self.tool_calls == stored.tool_calls and self.tool_call_id == stored.tool_call_id


def _text(content: object) -> str:
    """The text of a content field: a string, null, or a list of typed parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    raise BadInput("The content of a message must be text or a list of parts.")


def _graft(store: Store, conversation_id: str, incoming: Sequence[_Incoming]) -> str:
    """Walks the stored tree as far as the history goes and adds the rest; the id of its last message."""
    parent: str | None = None
    matching = True
    for one in incoming:
        children = store.messages.children(conversation_id, parent) if matching else []
        known = [child for child in children if one.is_like(child)]
        if known:
            parent = known[-1].id
            continue
        matching = False
        parent = store.messages.add(
            conversation_id, parent, one.role, one.content,
            tool_calls=one.tool_calls, tool_call_id=one.tool_call_id,
        ).id  # fmt: skip
    return str(parent)


def _turn(message: Message, reply: SessionReply) -> NewTurn:
    return NewTurn(
        message_id=message.id,
        conversation_id=message.conversation_id,
        kind=reply.kind,
        prompt_token_ids=reply.prompt_token_ids,
        reply_token_ids=reply.token_ids,
        logprobs=reply.logprobs,
        sampler=reply.sampler,
        model_hash=reply.model_hash,
        template_hash=reply.template_hash,
        version=reply.version,
        finish_reason=reply.finish_reason,
        memory_ids=reply.memory_ids,
        tools=reply.tools,
    )
