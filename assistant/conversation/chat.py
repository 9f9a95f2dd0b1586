"""One conversation with the policy: sends what the user wrote, keeps what comes back, records the turn.

The user's message is committed before the policy is asked, the reply in small steps while it streams. A
`ChatService` belongs to the thread of its store; only `cancel` may be called from another one.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from assistant.conversation.events import ReplyDelta, ReplyEvent, ReplyFinished, ReplyStarted
from assistant.conversation.prompting import PromptMessage, build_prompt, trim
from assistant.conversation.titles import title_from
from assistant.conversation.writing import ReplyWriter
from assistant.errors import BadInput, PolicyRefused
from assistant.judge.signs import note_sign
from assistant.memory.instructions import PromptMemory, for_conversation
from assistant.policy.client import PolicyClient
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Conversation, Message

__all__ = ["ChatService", "ReplyDelta", "ReplyEvent", "ReplyFinished", "ReplyStarted"]


class ChatService:
    """Replies in the conversations of one store, one at a time.

    Attributes:
        settings: may be replaced between two replies.
    """

    def __init__(
        self,
        store: Store,
        client: PolicyClient,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._store = store
        self._client = client
        self._writer: ReplyWriter | None = None
        self._cancelled = threading.Event()

    def reply(self, conversation_id: str, text: str) -> Generator[ReplyEvent]:
        """Stores the user's message at the end of the path on show and streams the reply.

        Raises:
            NotFound: there is no such conversation.
            BadInput: the text is empty.
        """
        conversation = self._store.conversations.get(conversation_id)
        return self._answer(conversation, self._say(conversation, conversation.leaf_id, text))

    def regenerate(self, message_id: str) -> Generator[ReplyEvent]:
        """Streams another reply beside an existing one; the old one stays as a variant.

        Raises:
            NotFound: there is no such message.
            BadInput: it is not a reply.
        """
        message = self._store.messages.get(message_id)
        if message.role != "assistant" or message.parent_id is None:
            raise BadInput("Only a reply can be made anew.")
        conversation = self._store.conversations.get(message.conversation_id)
        note_sign(self._store, message.id, "regenerated")
        return self._answer(conversation, self._store.messages.get(message.parent_id))

    def edit(self, message_id: str, text: str) -> Generator[ReplyEvent]:
        """Stores a changed user message beside the old one and streams the reply to it.

        Raises:
            NotFound: there is no such message.
            BadInput: it is not the user's, or the text is empty.
        """
        message = self._store.messages.get(message_id)
        if message.role != "user":
            raise BadInput("Only a message of your own can be edited.")
        conversation = self._store.conversations.get(message.conversation_id)
        return self._answer(conversation, self._say(conversation, message.parent_id, text))

    def cancel(self) -> None:
        """Stops the reply that is being made, from any thread; what arrived is kept."""
        self._cancelled.set()
        if writer := self._writer:
            writer.cancel()

    def _say(self, conversation: Conversation, parent_id: str | None, text: str) -> Message:
        if not text.strip():
            raise BadInput("There is nothing to send.")
        with self._store.immediate():
            message = self._store.messages.add(conversation.id, parent_id, "user", text)
            self._store.conversations.set_leaf(conversation.id, message.id)
            if not conversation.title:
                self._store.conversations.rename(conversation.id, title_from(text))
        return message

    def _answer(self, conversation: Conversation, asked: Message) -> Generator[ReplyEvent]:
        self._cancelled.clear()
        memory = for_conversation(self._store, conversation, self.settings.memory)
        path = self._store.messages.path(asked.id)
        with self._store.immediate():
            reply = self._store.messages.add(conversation.id, asked.id, "assistant", "", state="streaming")
            self._store.conversations.set_leaf(conversation.id, reply.id)
        self._writer = ReplyWriter(self._store, reply, memory, self._cancelled, clock=self._clock)
        return self._events(conversation, asked, path, memory, self._writer)

    def _events(
        self,
        conversation: Conversation,
        asked: Message,
        path: list[Message],
        memory: PromptMemory,
        writer: ReplyWriter,
    ) -> Generator[ReplyEvent]:
        yield ReplyStarted(asked, writer.message, memory.instructions)
        prompt = build_prompt(
            path, memory.instructions, self.settings, facts=memory.facts,
            system_prompt=conversation.system_prompt,
        )  # fmt: skip
        try:
            yield from writer.run(lambda: self._open(prompt))
        finally:
            self._writer = None

    def _open(self, prompt: list[PromptMessage]) -> Any:
        chat = self.settings.chat
        seed = secrets.randbelow(2**31) if chat.seed is None else chat.seed
        return self._client.stream_chat(
            trim(prompt, self._room_tokens(), lambda part: len(self._client.tokenize(part))),
            model="mentee",
            turn_type="main",
            temperature=chat.temperature,
            top_p=chat.top_p,
            max_tokens=chat.max_tokens,
            seed=seed,
        )

    def _room_tokens(self) -> int:
        """How long a prompt may be, so that a reply of the wanted length still fits behind it."""
        context = self.settings.serving.context_tokens
        # A model may be made for less than the settings allow; another kind of server may not say.
        with contextlib.suppress(PolicyRefused, KeyError):
            context = min(context, int(self._client.request("GET", "/v1/models/mentee")["max_model_len"]))
        return context - min(self.settings.chat.max_tokens, context // 2)
