"""Which standing instructions and facts go into a prompt, and as what text.

Placement belongs to `assistant.conversation.prompting`. Nothing here reads a model: the cost of an item is
estimated from its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.settings import MemorySettings
from assistant.store import Store
from assistant.store.records import Conversation, MemoryItem

# English prose has about four characters to a token in the vocabularies of today's small models.
_CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class PromptMemory:
    """What memory adds to one prompt, oldest first."""

    instructions: list[MemoryItem] = field(default_factory=list)
    facts: list[MemoryItem] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Ids of all items, for the record of the turn."""
        return [item.id for item in (*self.instructions, *self.facts)]


def for_conversation(store: Store, conversation: Conversation, settings: MemorySettings) -> PromptMemory:
    """The memory that applies to the next reply of a conversation; empty where it is switched off."""
    if conversation.instructions_off or not settings.enabled:
        return PromptMemory()
    instructions = within_budget(store.memory.active_instructions(conversation.id), settings.budget_tokens)
    left = settings.budget_tokens - sum(cost_tokens(item.text) for item in instructions)
    facts = [item for item in store.memory.list(states=["active"]) if item.kind == "fact"]
    return PromptMemory(instructions, within_budget(sorted(facts, key=lambda item: item.id), left))


def within_budget(items: Sequence[MemoryItem], budget_tokens: int) -> list[MemoryItem]:
    """The newest items that fit, oldest first: where there is too much, what was said last counts most."""
    kept: list[MemoryItem] = []
    left = budget_tokens
    for item in reversed(items):
        left -= cost_tokens(item.text)
        if left < 0:
            break
        kept.append(item)
    return kept[::-1]


def cost_tokens(text: str) -> int:
    """Roughly how many tokens a text takes in a prompt, never 0."""
    return len(text) // _CHARS_PER_TOKEN + 1


def instruction_block(texts: Sequence[str]) -> str:
    """Standing instructions as one block, a line each, repeated ones once; empty for none."""
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def fact_block(texts: Sequence[str]) -> str:
    """Facts as one block for the system prompt; empty for none.

    Quoted as the user's words: read bare, "my name is Ada" makes a small model believe that it is Ada.
    """
    told = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    return "\n".join(["The user has told you:", *(f'- "{text}"' for text in told)]) if told else ""
