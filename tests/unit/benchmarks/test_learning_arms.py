"""People, arms and evaluation of the learning benchmark, on the random two-layer model and made-up tokens."""

import math
import random
import sys
import zlib
from dataclasses import replace

import pytest
import torch
from benchmarks.learning.arms import Fixed, Paper, Remembering
from benchmarks.learning.bench import Answer, Bench
from benchmarks.learning.conversations import (
    Interaction,
    as_sample,
    asked,
    happened,
    hints_of,
    lasting_wish,
    segments,
    until_three,
)
from benchmarks.learning.evaluation import Sheet, against, evaluate, kl_to_base
from benchmarks.learning.footprint import forget_peak, peak_mb, ran
from benchmarks.learning.options import Options, parse
from benchmarks.learning.season import Examiner, season

from training import lora
from training.prompts import bank
from training.selftest import tiny_model
from training.simulation.problems import problems
from training.simulation.reactions import Reaction
from training.simulation.users import CHANGING_MIND, SHORT

OPTIONS = Options(checkpoints=(1, 4), questions=2, problems=1, tokens=4, steps=1, learning_rate=1e-2)
CORRECTION = Reaction("correction", "From now on, please answer me in one sentence.", lasting=True)


class Words:
    """A tokeniser: each word is a token below 64, each token a word."""

    def tokenize(self, messages):
        said = " ".join(message["content"] for message in messages).split()
        return [3 + zlib.crc32(word.encode()) % 60 for word in said[-40:]]

    def detokenize(self, tokens):
        return " ".join(f"w{token}" for token in tokens)


@pytest.fixture
def bench() -> Bench:
    return Bench(Words(), tiny_model(), "none", [2])


def interaction(reaction: Reaction, written=(5, 6, 2)) -> Interaction:
    return Interaction(bank("interaction")[0], Answer("w5 w6", written), False, reaction)


@pytest.mark.parametrize(
    ("satisfied", "number"),
    [("", None), ("111", 3), ("110111", 6), ("1101", None), ("0111111", 4), ("01101", None)],
)
def test_until_three_counts_up_to_the_third_in_a_row(satisfied, number) -> None:
    assert until_three([one == "1" for one in satisfied]) == number


def test_segments_lead_from_checkpoint_to_checkpoint_without_a_gap() -> None:
    assert segments((1, 4, 8)) == [range(1), range(1, 4), range(4, 8)]
    assert segments((16,)) == [range(16)]


def test_requests_come_in_a_seeded_order_and_again_when_used_up() -> None:
    first = asked(SHORT, 0, 70)
    assert first == asked(SHORT, 0, 70)
    assert first != asked(SHORT, 1, 70)
    own = {one.id for one in bank("interaction")}
    assert {one.id for one in first[:32]} == own
    assert {one.id for one in first[32:64]} == own
    assert len(asked(CHANGING_MIND, 0, 3)) == 3


def test_the_first_displeasing_reply_is_always_corrected_and_luck_is_the_same_for_every_arm() -> None:
    prompt, long = bank("interaction")[0], Answer("word " * 100, (5,) * 100)
    assert {happened(SHORT, 0, prompt, long, seed).reaction.text for seed in range(20)} == {SHORT.correction}
    assert len({happened(SHORT, 1, prompt, long, seed).reaction.kind for seed in range(40)}) > 1
    assert happened(SHORT, 5, prompt, long, 3) == happened(SHORT, 5, prompt, long, 3)


def test_a_correction_becomes_the_programs_wording_and_the_users_own(bench) -> None:
    hints = hints_of(CORRECTION)
    assert hints == ["Answer me in one sentence.", CORRECTION.text]
    assert lasting_wish(CORRECTION) == hints[0]
    found = as_sample(bench, interaction(CORRECTION))
    assert (found.verdict, found.follow_up, found.reply) == (-1, None, (5, 6, 2))
    said = interaction(CORRECTION).prompt.text
    assert found.prompt == bench.tokens(said)
    assert found.hints == tuple(bench.tokens(said, [hint]) for hint in hints)


def test_what_says_nothing_of_the_reply_is_no_sample_but_hindsight_has_it(bench) -> None:
    for kind in ("off-topic", "nothing"):
        assert as_sample(bench, interaction(Reaction(kind, "Is it raining?" if kind == "off-topic" else ""))) is None
    aside = as_sample(bench, interaction(Reaction("off-topic", "Is it raining?")), hindsight=True)
    assert aside.verdict == 0
    assert aside.follow_up is not None
    assert as_sample(bench, interaction(Reaction("nothing")), hindsight=True) is None
    assert as_sample(bench, interaction(CORRECTION, ())) is None
    praise = as_sample(bench, interaction(Reaction("praise", "Nice.")))
    assert (praise.verdict, praise.hints) == (1, ())
    rewrite = as_sample(bench, interaction(Reaction("rewrite", "Boil it.")))
    assert rewrite.bare
    assert lasting_wish(Reaction("praise", "Always answer like this.")) == ""


def test_memory_holds_a_lasting_wish_from_the_next_request_on(bench, monkeypatch) -> None:
    read = []

    def answers(prompts, seed, limit, *, adapter):
        read.append(list(prompts))
        return [Answer("word " * 100, (5,)) for _ in prompts]

    monkeypatch.setattr(Bench, "answers", lambda self, *given, **more: answers(*given, **more))
    reactions = [Reaction("nothing"), CORRECTION, CORRECTION, Reaction("praise", "Good.")]
    monkeypatch.setattr(
        "benchmarks.learning.arms.happened",
        lambda person, n, prompt, answer, seed: Interaction(prompt, answer, False, reactions[n]),
    )
    arm = Remembering(bench, SHORT, 0, OPTIONS, ())
    assert len(arm.converse(range(4))) == 4
    assert arm.told == ("Answer me in one sentence.",)
    plain = [bench.tokens(one.text) for one in arm.prompts]
    told = [bench.tokens(one.text, arm.told) for one in arm.prompts]
    assert read == [plain, told[2:]]


def test_a_papers_arm_talks_learns_and_is_another_afterwards(bench) -> None:
    arm = Paper(bench, SHORT, 0, OPTIONS, "hybrid")
    before = lora.state(bench.model)
    turns = arm.converse(range(4))
    assert [len(one.answer.token_ids) <= 4 for one in turns] == [True] * 4
    figures = arm.learn([interaction(CORRECTION) for _ in turns])
    assert figures["effective"] == 4
    assert arm.state() == len(figures["losses"]) > 0
    after = lora.state(bench.model)
    assert not all(torch.equal(value, before[name]) for name, value in after.items())
    bench.fresh(0)
    assert all(value.abs().max() == 0 for name, value in lora.state(bench.model).items() if "lora_B" in name)


def test_the_adapter_of_a_version_is_put_into_the_bench(bench, tmp_path) -> None:
    with torch.no_grad():
        for weight in lora.parameters(bench.model):
            weight.normal_(std=0.3)
    lora.save(bench.model, tmp_path / "adapter.safetensors")
    trained = lora.state(bench.model)
    bench.fresh(1)
    bench.put_in(tmp_path / "adapter.safetensors")
    assert all(torch.equal(value, trained[name]) for name, value in lora.state(bench.model).items())


def test_without_samples_a_papers_arm_stays_what_it_was(bench) -> None:
    arm = Paper(bench, SHORT, 0, OPTIONS, "binary")
    assert arm.learn([interaction(Reaction("nothing"))])["effective"] == 0
    assert arm.state() == 0


def test_the_kl_is_nothing_for_the_base_and_something_for_who_reads_or_weighs_otherwise(bench) -> None:
    plain, told, answers = [(5, 6, 7)], [(5, 6, 7, 40, 41)], [Answer("", (8, 9, 2))]
    assert kl_to_base(bench, plain, plain, answers, adapter=False) == pytest.approx(0.0, abs=1e-6)
    assert kl_to_base(bench, plain, told, answers, adapter=False) > 1e-5
    assert kl_to_base(bench, plain, plain, answers, adapter=True) == pytest.approx(0.0, abs=1e-6)
    with torch.no_grad():
        for weight in lora.parameters(bench.model):
            weight.normal_(std=0.3)
    assert kl_to_base(bench, plain, plain, answers, adapter=True) > 1e-3
    assert kl_to_base(bench, plain, plain, [Answer("", ())], adapter=True) == 0.0


def test_an_evaluation_has_every_figure_and_is_the_same_again(bench) -> None:
    sheet = Sheet(
        tuple(bank("heldout")[:3]), tuple(c.prompt for c in SHORT.contrasts[:2]), tuple(problems("heldout")[:2])
    )
    found = [evaluate(bench, SHORT, sheet, (), adapter=False, seed=0, limit=6) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0]["style"] == 1.0, "six tokens are short"
    assert found[0]["both"] <= found[0]["content"]
    assert all(math.isfinite(found[0][name]) for name in ("contrast", "task", "arithmetic", "kl", "tokens"))
    compared = against({**found[0], "task": 0.25}, {**found[0], "task": 0.5})
    assert (compared["task_change"], compared["arithmetic_change"]) == (-0.25, 0.0)


def test_the_base_arm_neither_learns_nor_changes(bench) -> None:
    arm = Fixed(bench, SHORT, 0, OPTIONS, ("Be brief.",))
    assert arm.learn(arm.converse(range(2))) == {}
    assert arm.state() == ("Be brief.",)


def test_a_season_is_evaluated_at_every_checkpoint_and_the_same_state_only_once(bench, monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(
        "benchmarks.learning.season.evaluate", lambda *given, **more: calls.append(given) or evaluate(*given, **more)
    )
    examiner = Examiner(bench, SHORT, 0, OPTIONS)
    base = season(bench, SHORT, 0, "base", OPTIONS, examiner)
    assert [checkpoint["at"] for checkpoint in base["checkpoints"]] == [1, 4]
    assert (base["cut_off"], base["interactions"], len(base["conversations"]), len(calls)) == (False, 4, 4, 1)
    paper = season(bench, SHORT, 0, "binary", OPTIONS, examiner)
    assert paper["checkpoints"][0]["samples"] == 1
    assert 1 <= len(calls) <= 3
    assert all("task_change" in checkpoint for checkpoint in paper["checkpoints"])


def test_no_checkpoint_is_begun_after_the_end(bench) -> None:
    late = replace(OPTIONS, ends_at=0.0)
    record = season(bench, SHORT, 0, "base", late, Examiner(bench, SHORT, 0, late))
    assert (record["cut_off"], record["checkpoints"], record["interactions"]) == (True, [], 0)


def test_options_from_the_command_line() -> None:
    quick = parse(["--quick"])
    assert (quick.users, quick.seeds, quick.checkpoints) == (("short",), (0,), (1, 4, 8))
    assert set(quick.arms) == {"base", "hinted base", "memory", "hybrid", "binary", "ours"}
    given = parse(["--users", "short,answer first", "--seeds", "2", "--first-seed", "5", "--interactions", "7"])
    assert (given.users, given.seeds, given.checkpoints) == (("short", "answer first"), (5, 6), (1, 7))
    assert parse(["--arms", "base, hinted base"]).arms == ("base", "hinted base")
    assert Options().tokens_for("long") == 2 * Options().tokens_for("short")


@pytest.mark.parametrize(
    "wrong", [["--users", "nobody"], ["--arms", "magic"], ["--checkpoints", "4,1"], ["--checkpoints", "0"],
              ["--seeds", "0"]],
)  # fmt: skip
def test_senseless_options_end_the_program(wrong, capsys) -> None:
    with pytest.raises(SystemExit):
        parse(wrong)
    assert "error" in capsys.readouterr().err


def test_the_peak_of_memory_can_be_counted_anew() -> None:
    forget_peak()
    before = peak_mb()
    block = bytearray(random.Random(0).randbytes(1)) * 200_000_000
    assert peak_mb() >= before + 100
    del block
    forget_peak()
    assert 0 < peak_mb() < before + 200


def test_a_command_tells_its_own_peak() -> None:
    big = "import time; x = bytearray(b'1') * 300_000_000; print('big'); time.sleep(2)"
    small = "import sys, time; print('small'); time.sleep(2); sys.exit('oh')"
    (out, _, most), (said, complaints, least) = (ran([sys.executable, "-c", code]) for code in (big, small))
    assert (out, said, complaints) == ("big\n", "small\n", "oh\n")
    assert most > least + 200
