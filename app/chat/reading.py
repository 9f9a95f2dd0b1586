"""Reads what the chat shows, and switches between variants. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from app.chat.items import ConversationItem, MessageItem, Noted, OpenConversation
from assistant.conversation.feedback import Outcome
from assistant.judge.signs import latest_sign, note_sign, note_variant
from assistant.store import Store
from assistant.store.records import Feedback, MemoryItem, Message, Turn

_MOST_MESSAGES = 1000


def conversations(store: Store, query: str = "") -> list[ConversationItem]:
    """The list on the left, or what a search found, each conversation once."""
    if not query.strip():
        return [ConversationItem(it.id, it.title, it.updated_at) for it in store.conversations.list()]
    found: dict[str, ConversationItem] = {}
    for hit in store.search(query):
        item = ConversationItem(hit.conversation_id, hit.title, 0, "" if hit.message_id is None else hit.snippet)
        found.setdefault(hit.conversation_id, item)
    return list(found.values())


def open_conversation(store: Store, conversation_id: str) -> OpenConversation:
    """All that the chat page shows of a conversation."""
    conversation = store.conversations.get(conversation_id)
    path = store.messages.path(conversation.leaf_id) if conversation.leaf_id else []
    instructions = store.memory.active_instructions(conversation_id)
    memory = store.memory.list(states=["active", "consolidated"])
    return OpenConversation(
        conversation.id,
        conversation.title,
        conversation.instructions_off,
        tuple(item.text for item in instructions),
        tuple(message_item(store, message, memory) for message in path[-_MOST_MESSAGES:] if _is_shown(message)),
    )


def message_item(store: Store, message: Message, memory: list[MemoryItem]) -> MessageItem:
    """One message with its variants, vote and note."""
    siblings = store.messages.children(message.conversation_id, message.parent_id)
    turn = store.turns.of_message(message.id) if message.role == "assistant" else None
    feedback = store.feedback.effective(turn.id) if turn is not None else None
    return MessageItem(
        id=message.id,
        conversation_id=message.conversation_id,
        role=message.role,
        text=message.content,
        state=message.state,
        variants=tuple(it.id for it in siblings if it.role == message.role),
        turn_id=None if turn is None else turn.id,
        version=None if turn is None else turn.version,
        vote="" if feedback is None else feedback.kind,
        feedback_id=None if feedback is None else feedback.id,
        noted=_noted(turn, feedback, memory),
        sign="" if turn is None or feedback is not None else latest_sign(store, turn.id),
    )


def noted_from(outcome: Outcome) -> Noted:
    """The chip for feedback that was just given."""
    text = "" if outcome.memory_item is None else outcome.memory_item.text
    return Noted(outcome.feedback.id, outcome.note_code, text)


def show_variant(store: Store, message_id: str) -> str:
    """Puts the path through this message on show, down to its newest end; the conversation's id.

    Walking to an older variant of a reply is noted as a weak sign.
    """
    message = store.messages.get(message_id)
    note_variant(store, message.id)
    leaf = message
    while children := store.messages.children(leaf.conversation_id, leaf.id):
        leaf = children[-1]
    store.conversations.set_leaf(message.conversation_id, leaf.id)
    return message.conversation_id


def note_copied(store: Store, message_id: str) -> bool:
    """Notes that a reply was copied, a weak sign; whether that is new."""
    return note_sign(store, message_id, "copied") is not None


def _is_shown(message: Message) -> bool:
    return message.role in ("user", "assistant")


def _noted(turn: Turn | None, feedback: Feedback | None, memory: list[MemoryItem]) -> Noted | None:
    if turn is None or feedback is None:
        return None
    born = (it for it in memory if (it.source_turn_id, it.source_text) == (turn.id, feedback.text))
    item = next(born, None)
    if item is not None:
        return Noted(feedback.id, "noted_fact" if item.kind == "fact" else "noted_durable", item.text)
    codes = {"praise": "praised", "dislike": "disliked", "rewrite": "rewritten"}
    return Noted(feedback.id, codes.get(feedback.kind, "noted_reply"))
