"""What must not be lost: the shipped tasks, answers that can be checked, the shift on fixed texts, the limits."""

import json
from collections import Counter
from typing import Any

import pytest
import torch

from training import lora
from training.abilities import BaseReplies, Kept, compare, is_done
from training.answers import last_number, names_answer, refuses
from training.keeping import KeepingLimits, lost_something
from training.prompts import bank
from training.reference import PICKED, ReferenceTask, Shift, picked, reference_tasks, shift
from training.sampler import Sampling, sample
from training.selftest import tiny_model
from training.signals import on_topic

END = 2
CALM = Shift(kl=0.1, agreement=0.9, nll_rise=-0.01, entropy_rise=-0.1, end_rise=2.0)
FINE = Kept(kept=8, lost=1, gained=1, tasks=12)
TOOL = {"type": "function", "function": {"name": "set_timer", "parameters": {}}}


class Words:
    """Stands in for the server: one id a letter."""

    def end_of_turn(self) -> list[int]:
        return [END]

    def tokenize(self, messages: list[dict[str, Any]], tools: Any = None) -> list[int]:
        return [3 + ord(c) % 50 for m in messages for c in m["content"]][-30:]

    def tokenize_text(self, text: str) -> list[int]:
        return [3 + ord(c) % 50 for c in text][:20]

    def detokenize(self, ids: list[int]) -> str:
        return " ".join(map(str, ids))


def test_the_shipped_tasks_are_whole_and_share_nothing_with_practice() -> None:
    tasks = reference_tasks()
    assert len({task.id for task in tasks}) == len(tasks)
    kinds = Counter(task.kind for task in tasks)
    assert all(kinds[kind] >= size for kind, size in PICKED.items())
    trained = {prompt.text.lower() for split in ("practice", "exam") for prompt in bank(split)}
    assert not trained & {task.prompt.lower() for task in tasks}


def test_every_target_does_its_own_task() -> None:
    wrong = [task.id for task in reference_tasks() if task.kind != "text" and not is_done(task, task.target)]
    assert wrong == []
    assert all(on_topic(task.target, task.topic) for task in reference_tasks() if task.kind == "text")


@pytest.mark.parametrize(
    ("kind", "answer", "right", "wrong"),
    [
        ("arithmetic", "8", "She has 5 + 3 = 8 apples.", "She has 8 apples and 3 pears."),
        ("fact", "paris", "It is Paris.", "It is Parisian."),
        ("fact", "12|twelve", "There are twelve.", "There are 120."),
        ("tool", "set_timer", json.dumps({"name": "set_timer", "arguments": {}}), "I set a timer."),
        ("no tool", "", "A cat would like Milo.", json.dumps({"name": "set_timer", "arguments": {}})),
        ("answerable", "", "Cut the mango along the stone.", "I'm sorry, but I can't help with a mango."),
    ],
)
def test_a_task_is_done_or_not(kind: Any, answer: str, right: str, wrong: str) -> None:
    task = ReferenceTask("x", kind, "How?", "", answer, ("mango",) if kind == "answerable" else (), (TOOL,))
    assert is_done(task, right)
    assert not is_done(task, wrong)


@pytest.mark.parametrize("text", ["Sorry is a hard word to say.", "You can't cut glass with it, use a saw.", ""])
def test_words_of_refusal_elsewhere_are_no_refusal(text: str) -> None:
    assert not refuses(text)


def test_refusals_in_four_languages() -> None:
    said = ["I\u2019m sorry, but no.", "Es tut mir leid, nein.", "Je suis désolé.", "Lo siento, no puedo."]
    assert all(map(refuses, said))


def test_numbers_and_key_words() -> None:
    assert last_number("first 3, then 1,200.") == 1200
    assert names_answer("The Pacific Ocean", "pacific|atlantic")
    assert not names_answer("", "pacific")


def test_losses_and_gains_are_counted_in_pairs() -> None:
    tasks = [ReferenceTask(str(n), "arithmetic", "?", "", "4") for n in range(4)]
    assert compare(tasks, ["4", "4", "5", "5"], ["4", "5", "4", "5"]) == Kept(1, 1, 1, 4)


def test_the_base_answers_a_task_once(tmp_path) -> None:
    file, tasks = tmp_path / "replies.json", reference_tasks()[:3]
    first = BaseReplies(file, tasks[:2])
    assert first.missing == list(tasks[:2])
    first.add(["one", "two"])
    again = BaseReplies(file, [tasks[1], tasks[2], tasks[0]])
    assert again.missing == [tasks[2]]
    again.add(["three"])
    assert again.texts == ["two", "three", "one"]


def test_a_kill_while_answers_are_written_leaves_the_old_ones(tmp_path, monkeypatch) -> None:
    file, tasks = tmp_path / "replies.json", reference_tasks()[:2]
    BaseReplies(file, tasks[:1]).add(["one"])

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.abilities.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        BaseReplies(file, tasks).add(["two"])
    assert BaseReplies(file, tasks[:1]).texts == ["one"]


def test_greedy_rows_ignore_the_seed_and_the_others_do_not() -> None:
    model, prompts = tiny_model(), [[5, 6, 7], [8, 9], [5, 6, 7]]
    several = [sample(model, prompts, [END], Sampling(max_tokens=8, seed=n, greedy={0, 1})) for n in range(4)]
    assert len({tuple(one[0].token_ids) for one in several}) == 1
    assert len({tuple(one[1].token_ids) for one in several}) == 1
    assert len({tuple(one[2].token_ids) for one in several}) > 1


def test_nothing_moves_with_a_fresh_adapter_and_much_with_a_wild_one() -> None:
    model, tasks = tiny_model(), picked(0)
    still = shift(model, Words(), tasks)  # type: ignore[arg-type]
    assert (still.kl, still.agreement, still.nll_rise) == pytest.approx((0.0, 1.0, 0.0), abs=1e-6)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in lora.parameters(model):
            weight.normal_(std=0.5)
    wild = shift(model, Words(), tasks)  # type: ignore[arg-type]
    assert wild.kl > 0.01
    assert wild.agreement < 0.5


@pytest.mark.parametrize(
    ("moved", "kept", "word"),
    [
        (CALM, FINE, ""),
        (Shift(0.1, 0.9, 0.05, -0.1, 0.0), FINE, "correct answers"),
        (Shift(0.9, 0.9, 0.0, -0.1, 0.0), FINE, "too far"),
        (Shift(0.1, 0.5, 0.0, -0.1, 0.0), FINE, "too far"),
        (Shift(0.1, 0.9, 0.0, -0.6, 0.0), FINE, "surer"),
        (CALM, Kept(kept=4, lost=4, gained=0, tasks=12), "4 of 8"),
        (CALM, Kept(kept=0, lost=2, gained=0, tasks=12), "2 of 2"),
        (CALM, Kept(kept=1, lost=1, gained=0, tasks=12), ""),
        (CALM, Kept(kept=0, lost=0, gained=0, tasks=12), ""),
    ],
)
def test_a_candidate_that_lost_something_is_refused(moved: Shift, kept: Kept, word: str) -> None:
    reason = lost_something(moved, kept, KeepingLimits())
    assert word in reason
    assert bool(reason) == bool(word)
