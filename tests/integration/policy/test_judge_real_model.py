"""The starter model as a judge. Its answers have to be readable; whether they are right is for its exam to say."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from assistant.judge.askers import PolicyAsker
from assistant.judge.case import SCORES, Case
from assistant.judge.choice import choose_judge
from assistant.judge.exam import examine
from assistant.judge.labelled import labelled, sample
from assistant.judge.model import model_judge, policy_judge
from assistant.judge.prompt import messages_of, read_vote, response_format
from assistant.paths import DataDir
from assistant.policy.client import Finished, PolicyClient
from assistant.settings import JudgeSettings
from assistant.store import Store

pytestmark = pytest.mark.model

CASES = [
    Case("How do I boil an egg?", "Put it into water.", "Too long, one sentence please."),
    Case("Wie weit ist es nach Chur?", "Etwa 120 Kilometer.", "danke!"),
    Case("Count the files.", "Done.", "42", "tool"),
]
SETTINGS = JudgeSettings(votes=1, timeout_s=240)


def test_every_answer_can_be_read(client: PolicyClient) -> None:
    (text,) = PolicyAsker(client).ask(messages_of(CASES[0]), response_format(CASES[0]), 1, 240.0)
    assert read_vote(text, CASES[0]) is not None, text
    verdicts = policy_judge(client, SETTINGS).judge(CASES)
    assert [one.votes.unparsable for one in verdicts] == [0, 0, 0]
    assert all(one.score == SCORES[one.category] for one in verdicts)


def test_its_exam_has_an_outcome_and_another_judge_stands_in_meanwhile(client: PolicyClient, store: Store) -> None:
    rows = sample(labelled("test"), 1)[::2]
    judge = policy_judge(client, SETTINGS)
    result = examine(judge, rows)
    assert result.overall.rows == len(rows) == 6
    assert isinstance(result.trusted, bool)
    chosen = choose_judge(store, JudgeSettings(), judge, take_exam=False)
    assert chosen.judge.backend in ("classifier", "hindsight")


def test_a_chat_is_answered_while_a_batch_is_judged(client: PolicyClient) -> None:
    judge = policy_judge(client, SETTINGS)
    over = threading.Event()

    def judged(cases: Sequence[Case]) -> None:
        judge.judge(cases)
        over.set()

    work = threading.Thread(target=judged, args=([CASES[0]] * 4,))
    work.start()
    try:
        with client.stream_chat([{"role": "user", "content": "Hello!"}], turn_type="main", max_tokens=8) as stream:
            assert isinstance(list(stream)[-1], Finished)
        assert not over.is_set(), "the chat waited for the judge"
    finally:
        work.join(300)
    assert over.is_set()


def test_a_late_model_says_nothing(client: PolicyClient) -> None:
    (verdict,) = policy_judge(client, JudgeSettings(votes=3, timeout_s=0.05)).judge(CASES[:1])
    assert (verdict.score, verdict.votes.unparsable) == (0, 3)


def test_another_model_file_is_served_only_for_the_run(data: DataDir, starter: str) -> None:
    settings = JudgeSettings(votes=1, timeout_s=240, model_path=str(starter))
    with model_judge(data, settings, start=False) as none:
        assert none is None
    with model_judge(data, settings, start=True) as judge:
        assert judge is not None
        assert judge.judge(CASES[:1])[0].votes.unparsable == 0
    assert not data.server_file.exists()
