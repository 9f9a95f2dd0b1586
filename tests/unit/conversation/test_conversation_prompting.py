"""Prompts: where instructions and facts stand, and what is left out when there is no room."""

from __future__ import annotations

from typing import Any

from assistant.conversation.prompting import build_prompt, trim, with_instructions
from assistant.memory.instructions import fact_block, instruction_block, within_budget
from assistant.settings import Settings
from assistant.store.records import MemoryItem, Message


def message(role: str, content: str, **more: Any) -> Message:
    return Message(f"{role}-{content}", "c", None, role, content, "complete", 0.0, **more)  # type: ignore[arg-type]


def item(text: str, kind: str = "instruction") -> MemoryItem:
    return MemoryItem(text, kind, text, text, None, "everywhere", None, "active", None, 0.0)  # type: ignore[arg-type]


PATH = [message("user", "Hello"), message("assistant", "Hi"), message("user", "How do I boil an egg?")]


def test_without_memory_the_prompt_is_the_path() -> None:
    assert build_prompt(PATH, [], Settings()) == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "How do I boil an egg?"},
    ]


def test_instructions_follow_the_last_user_message_after_a_blank_line() -> None:
    prompt = build_prompt(PATH, [item("Be brief."), item("No emojis.")], Settings())
    assert prompt[0]["content"] == "Hello"
    assert prompt[-1]["content"] == "How do I boil an egg?\n\nBe brief.\nNo emojis."


def test_instructions_may_stand_in_the_system_prompt() -> None:
    settings = Settings().with_value("memory", "placement", "system")
    prompt = build_prompt(PATH, [item("Be brief.")], settings, system_prompt="You are kind.")
    assert prompt[0] == {"role": "system", "content": "You are kind.\n\nBe brief."}
    assert prompt[-1]["content"] == "How do I boil an egg?"


def test_the_prompt_given_is_never_changed() -> None:
    prompt = [{"role": "user", "content": "Hello"}]
    assert with_instructions(prompt, ["Be brief."])[0]["content"] == "Hello\n\nBe brief."
    assert prompt == [{"role": "user", "content": "Hello"}]


def test_instructions_without_a_user_message_go_to_the_system_prompt() -> None:
    assert with_instructions([], ["Be brief."]) == [{"role": "system", "content": "Be brief."}]


def test_facts_stand_in_the_system_prompt_as_words_of_the_user() -> None:
    prompt = build_prompt(PATH, [], Settings(), facts=[item("My name is Ada.", "fact")])
    assert prompt[0] == {"role": "system", "content": 'The user has told you:\n- "My name is Ada."'}


def test_the_conversations_own_system_prompt_goes_before_the_settings() -> None:
    settings = Settings().with_value("chat", "system_prompt", "general")
    assert build_prompt(PATH, [], settings)[0]["content"] == "general"
    assert build_prompt(PATH, [], settings, system_prompt="own")[0]["content"] == "own"


def test_a_reply_that_never_got_a_word_joins_the_user_messages_around_it() -> None:
    path = [message("user", "Hello"), message("assistant", ""), message("user", "Are you there?")]
    assert build_prompt(path, [], Settings()) == [{"role": "user", "content": "Hello\n\nAre you there?"}]


def test_tool_calls_are_kept_even_without_text() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    path = [
        message("user", "Do"),
        message("assistant", "", tool_calls=calls),
        message("tool", "done", tool_call_id="1"),
    ]
    prompt = build_prompt(path, [], Settings())
    assert prompt[1]["tool_calls"] == calls
    assert prompt[2] == {"role": "tool", "content": "done", "tool_call_id": "1"}


def conversation(pairs: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "system", "content": "s" * 100}]
    for number in range(pairs):
        said += [
            {"role": "user", "content": f"{number:03}" + "u" * 97},
            {"role": "assistant", "content": "a" * 100},
        ]
    return [*said, {"role": "user", "content": "last" + "u" * 96}]


def characters(prompt: list[dict[str, Any]]) -> int:
    return sum(len(one["content"]) for one in prompt)


def never(_: list[dict[str, Any]]) -> int:
    raise AssertionError("the bytes alone show that it fits")


def test_a_prompt_that_fits_is_left_alone_without_counting() -> None:
    prompt = conversation(3)
    assert trim(prompt, 100_000, never) == prompt


def test_the_oldest_pairs_go_first_and_the_rest_fits() -> None:
    prompt = conversation(40)
    trimmed = trim(prompt, 3_000, characters)
    assert trimmed[0]["role"] == "system"
    assert trimmed[1]["role"] == "user"
    assert trimmed[1:] == prompt[-len(trimmed) + 1 :]
    assert 2_000 < characters(trimmed) <= 3_000


def test_the_last_user_message_stays_even_when_it_is_too_long() -> None:
    prompt = conversation(4)
    assert trim(prompt, 10, characters) == [prompt[0], prompt[-1]]


def test_the_cut_stays_put_for_several_turns_so_that_the_cached_prefix_lives() -> None:
    starts = [trim(conversation(pairs), 6_000, characters)[1]["content"][:3] for pairs in range(40, 44)]
    assert len(set(starts)) <= 2


def test_where_memory_is_too_long_the_newest_items_win() -> None:
    items = [item("old " * 50), item("middle"), item("new")]
    assert [one.text for one in within_budget(items, 10)] == ["middle", "new"]
    assert within_budget(items, 0) == []


def test_blocks_say_a_thing_once_and_nothing_for_nothing() -> None:
    assert instruction_block(["Be brief.", " Be brief. ", ""]) == "Be brief."
    assert instruction_block([]) == fact_block([]) == ""
