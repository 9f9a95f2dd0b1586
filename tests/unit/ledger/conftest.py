"""A user's day in the store: replies, feedback on them, and versions that were trained on the lessons."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.conversation.feedback import Outcome, give_feedback
from assistant.store import Store
from assistant.store.records import FeedbackKind, Lesson, NewTurn, NewVersion, Turn

MODEL = "model-a"
MakeTurn = Callable[..., Turn]
Teach = Callable[..., Lesson]
MakeVersion = Callable[..., int]


@pytest.fixture
def make_turn(store: Store) -> MakeTurn:
    """One recorded exchange in a conversation of its own."""

    def make(
        asked: str = "How do I boil an egg?", said: str = "Ten minutes.", *, version: int = 0, kind: str = "main"
    ) -> Turn:
        conversation = store.conversations.create()
        user = store.messages.add(conversation.id, None, "user", asked)
        reply = store.messages.add(conversation.id, user.id, "assistant", said)
        store.conversations.set_leaf(conversation.id, reply.id)
        return store.turns.add(
            NewTurn(reply.id, conversation.id, kind, [1, 2], [3], [-0.5], {}, MODEL, "template", version, "stop")
        )

    return make


@pytest.fixture
def react(store: Store, make_turn: MakeTurn) -> Callable[..., Outcome]:
    """Feedback on a new reply."""

    def make(kind: FeedbackKind, text: str | None = None, **turn: object) -> Outcome:
        return give_feedback(store, make_turn(**turn).id, kind, text)

    return make


@pytest.fixture
def teach(react: Callable[..., Outcome]) -> Teach:
    """The lesson of a correction."""

    def make(wish: str, **turn: object) -> Lesson:
        lesson = react("correction", wish, **turn).lesson
        assert lesson is not None
        return lesson

    return make


@pytest.fixture
def make_version(store: Store) -> MakeVersion:
    """A version as adoption makes it: it inherits the lessons of its parent, and is in use."""

    def make(*lessons: Lesson, parent: int = 0, used: bool = True) -> int:
        run = store.runs.start(parent, "user")
        inherited = store.versions.get(parent).lesson_ids
        taught = [lesson.id for lesson in lessons]
        version = store.versions.add(NewVersion(MODEL, parent, run.id, "hash", {}, 16, 32.0, [*inherited, *taught]))
        store.lessons.mark_learned(taught, version.id)
        store.runs.finish(run.id, "adopted", "Passed.", version_id=version.id)
        if used:
            store.versions.use(MODEL, version.id)
        return version.id

    return make
