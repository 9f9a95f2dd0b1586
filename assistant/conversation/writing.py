"""Turns one stream of the policy into stored text and a recorded turn, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from assistant.conversation.events import ReplyDelta, ReplyEvent, ReplyFinished, ReplyNote
from assistant.errors import DiskFull, MenteeError, PolicyRefused, PolicyUnavailable
from assistant.memory.instructions import PromptMemory
from assistant.policy.client import Finished, Stream
from assistant.store import Store
from assistant.store.records import Message, MessageState, NewTurn, Turn

# A power cut may cost this much text, in seconds.
SAVE_EVERY_S = 0.4


class ReplyWriter:
    """Writes one reply. Belongs to the store's thread; `cancel` may come from another one.

    Attributes:
        message: the stored reply, with the text that has arrived so far.
    """

    def __init__(
        self,
        store: Store,
        message: Message,
        memory: PromptMemory,
        cancelled: threading.Event,
        *,
        clock: Callable[[], float],
    ) -> None:
        self.message = message
        self._store = store
        self._memory = memory
        self._cancelled = cancelled
        self._clock = clock
        self._stream: Stream | None = None
        self._saved_at = clock()
        self._finished: Finished | None = None
        self._error: MenteeError | None = None

    def cancel(self) -> None:
        """Stops the stream if it is open already; `run` looks at the event when it opens."""
        if stream := self._stream:
            stream.cancel()

    def run(self, open_stream: Callable[[], Stream]) -> Generator[ReplyEvent]:
        """Streams the reply; always ends with `ReplyFinished`, unless the consumer itself leaves."""
        try:
            yield from self._deltas(open_stream)
        except (PolicyUnavailable, PolicyRefused) as error:
            self._error = error
        except BaseException as leaving:
            # The consumer left, Ctrl-C, or a bug of ours: what arrived is kept all the same.
            if isinstance(leaving, (GeneratorExit, KeyboardInterrupt)):
                self._cancelled.set()
            self._finish()
            raise
        yield self._finish()

    def _deltas(self, open_stream: Callable[[], Stream]) -> Iterator[ReplyDelta]:
        if self._cancelled.is_set():
            return
        with open_stream() as stream:
            self._stream = stream
            asked_to_stop = False
            for piece in stream:
                if self._cancelled.is_set() and not asked_to_stop:
                    # A cancel that came before the server knew of the request reached nobody.
                    asked_to_stop = True
                    stream.cancel()
                if isinstance(piece, Finished):
                    self._finished = piece
                    continue
                self.message = replace(self.message, content=self.message.content + piece.text)
                self._save_sometimes()
                yield ReplyDelta(piece.text)

    def _save_sometimes(self) -> None:
        if self._clock() - self._saved_at < SAVE_EVERY_S:
            return
        self._saved_at = self._clock()
        try:
            self._store.messages.update(self.message.id, self.message.content)
        except DiskFull:
            # The text stays in memory and on the screen; the last write says how it ended.
            return

    def _finish(self) -> ReplyFinished:
        state, note = self._ending()
        self.message = replace(self.message, state=state)
        try:
            with self._store.immediate():
                self._store.messages.update(self.message.id, self.message.content, state)
                turn = self._record()
        except DiskFull as error:
            return ReplyFinished(self.message, None, state, "disk_full", str(error))
        return ReplyFinished(self.message, turn, state, note, str(self._error or ""))

    def _ending(self) -> tuple[MessageState, ReplyNote]:
        if self._cancelled.is_set():
            self._error = None
            return "stopped", "stopped"
        if isinstance(self._error, PolicyRefused):
            return "interrupted", "policy_refused"
        if self._error or self._finished is None:
            return "interrupted", "policy_unavailable"
        return "complete", "length" if self._finished.finish_reason == "length" else ""

    def _record(self) -> Turn | None:
        """The turn, where the server told what exactly it read and wrote, and it wrote something."""
        done = self._finished
        if done is None or not done.token_ids:
            return None
        return self._store.turns.add(
            NewTurn(
                message_id=self.message.id,
                conversation_id=self.message.conversation_id,
                kind="main",
                prompt_token_ids=done.prompt_token_ids,
                reply_token_ids=done.token_ids,
                logprobs=done.logprobs,
                sampler=done.sampler,
                model_hash=done.model_hash,
                template_hash=done.template_hash,
                version=done.version,
                finish_reason=done.finish_reason,
                memory_ids=self._memory.ids,
            )
        )
