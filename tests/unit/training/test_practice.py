"""Practice: which replies are kept, by hand; and the whole room on a random two-layer model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from training import lora
from training.forward import score
from training.practice import Practice, PracticeConfig, Task
from training.sampler import Sample, Sampling, sample
from training.selection import Scored, choose
from training.selftest import tiny_model
from training.signals import mean_gain

END = 2


class Words:
    """Stands in for the server's tokenizer: one id a letter, and 2 ends a turn."""

    def end_of_turn(self) -> list[int]:
        return [END]

    def tokenize(self, messages: Sequence[dict[str, Any]]) -> list[int]:
        return [3 + ord(c) % 50 for m in messages for c in str(m["content"])][-40:]

    def tokenize_text(self, text: str) -> list[int]:
        return [3 + ord(c) % 50 for c in text]

    def detokenize(self, ids: Sequence[int]) -> str:
        return " ".join(f"w{i}" for i in ids)


def scored(text: str, gain: float, relevance: float | None = None, *, finished: bool = True) -> Scored:
    return Scored(Sample([5, END], [-0.1, -0.1], finished), text, gain, relevance)


def test_the_reply_that_the_hint_explains_best_is_kept() -> None:
    best = scored("Rain falls from clouds.", 0.4)
    assert choose([scored("Rain is water.", 0.1), best], ["rain"]) == [best]


@pytest.mark.parametrize(
    "bad",
    [
        scored("Rain falls.", 0.9, finished=False),
        scored("Rain falls.", 0.0),
        scored("Sure, happy to help!", 0.9),
        scored("rain rain rain rain rain rain rain rain", 0.9),
        scored("", 0.9),
    ],
    ids=["cut off", "hint says nothing", "off topic", "looping", "empty"],
)
def test_unusable_replies_are_dropped(bad: Scored) -> None:
    good = scored("Rain is water.", 0.1)
    assert choose([bad, good], ["rain"], keep=2) == [good]


def test_without_a_known_topic_relevance_decides() -> None:
    fits_any, fits_this = scored("Sure.", 0.9, -0.2), scored("Eight minutes.", 0.2, 0.5)
    assert choose([fits_any, fits_this]) == [fits_this]


@pytest.fixture
def practice() -> Practice:
    torch.manual_seed(1)
    model = tiny_model()
    with torch.no_grad():
        for weight in lora.parameters(model):
            weight.normal_(std=0.2)
    return Practice(model, Words(), PracticeConfig(Sampling(max_tokens=6, seed=4), candidates=3))  # type: ignore[arg-type]


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def test_replay_keeps_the_first_reply_and_both_prompts_are_the_same(practice: Practice) -> None:
    made = dict(practice.rows([Task(said("why is it"), ()), Task(said("how come"), ())], "replay"))
    assert len(made) == 2
    for (row,) in made.values():
        assert row.student_prompt == row.teacher_prompt
        assert 1 <= len(row.reply) <= 6


def test_a_rewrite_is_taken_to_the_letter_and_ends_the_turn(practice: Practice) -> None:
    task = Task(said("why"), ("Answer with exactly these words: ab",), lesson_id="L", reference="ab")
    ((_, rows),) = practice.rows([task], "lesson")
    assert rows[0].reply == (*practice.client.tokenize_text("ab"), END)
    assert rows[0].lesson_id == "L"
    assert rows[0].teacher_prompt != rows[0].student_prompt


def test_the_beginning_of_a_long_rewrite_does_not_end_the_turn(practice: Practice) -> None:
    task = Task(said("why"), ("Answer with exactly these words: ab",), reference="ab", reference_ends=False)
    ((_, rows),) = practice.rows([task], "lesson")
    assert rows[0].reply == tuple(practice.client.tokenize_text("ab"))


def test_a_rewrite_after_too_long_a_conversation_gets_no_row(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.practice.LONGEST_PROMPT", 20)
    ((_, rows),) = practice.rows([Task(said("a" * 30), ("Be brief.",), reference="ab")], "lesson")
    assert rows == []


def test_finished_tasks_are_skipped_and_others_keep_their_key(practice: Practice) -> None:
    tasks = [Task(said(text), ()) for text in ("one", "two", "three")]
    done = {tasks[1].key}
    assert [key for key, _ in practice.rows(tasks, "replay", skip=done)] == [tasks[0].key, tasks[2].key]


def test_own_replies_are_those_of_the_adapter_and_are_judged_by_the_base(practice: Practice) -> None:
    task = Task(said("why is it"), ("Be brief.",), topic=("w",))
    student, teacher = practice.client.tokenize(task.messages), practice.client.tokenize(task.taught)
    by_student = sample(practice.model, [student], [END], Sampling(max_tokens=6, seed=4).reseeded(0), adapter=True)[0]
    seen: list[Sequence[int]] = []

    def watch(candidates: Sequence[Scored], *_: Any) -> list[Scored]:
        seen.extend(c.sample.token_ids for c in candidates)
        plain, taught = (score(practice.model, [(p, candidates[0].sample.token_ids)])[0] for p in (student, teacher))
        assert candidates[0].gain == pytest.approx(mean_gain(taught, plain), abs=1e-4)
        return list(candidates[:1])

    practice.config = replace(practice.config, candidates=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.practice.is_usable", lambda *_: True)
        patch.setattr("training.practice.choose", watch)
        ((_, rows),) = practice.rows([task], "own")
    assert seen == [by_student.token_ids]
    assert rows[0].kind == "own"
    assert rows[0].reply == tuple(by_student.token_ids)


def test_a_single_task_is_compared_with_a_shipped_prompt(practice: Practice) -> None:
    task = Task(said("why is it"), ("Be brief.",), lesson_id="L", weight=0.5)
    taught = [practice.client.tokenize(task.taught)]
    assert practice._foreign(0, [task], taught) != taught[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.practice.is_usable", lambda *_: True)
        patch.setattr("training.practice.choose", lambda candidates, *_: list(candidates[:1]))
        ((_, rows),) = practice.rows([task], "lesson")
    assert [row.weight for row in rows] == [0.5]


def test_too_long_a_prompt_gets_no_rows_and_the_others_do(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.practice.LONGEST_PROMPT", 20)
    long, short = Task(said("a" * 30), ()), Task(said("b" * 5), ())
    made = dict(practice.rows([long, short], "replay"))
    assert made[long.key] == []
    assert len(made[short.key]) == 1


def test_a_stop_is_heard_while_sampling(practice: Practice) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    practice.on_step = stop
    with pytest.raises(KeyboardInterrupt):
        list(practice.rows([Task(said("one"), ("Be brief.",))], "practice"))


def test_candidates_that_cannot_be_kept_are_not_read_again(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(practice, "_read", lambda prompts, _: read.append(len(prompts)) or [])
    monkeypatch.setattr("training.practice.is_usable", lambda *_: False)
    ((_, rows),) = practice.rows([Task(said("why is it"), ("Be brief.",))], "practice")
    assert rows == []
    assert read == [0, 0]
