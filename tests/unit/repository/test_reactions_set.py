"""The labelled reactions that train and examine a judge: fields, enough of each kind, splits that share nothing."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.judge.case import SCORES as SCORES_OF_THE_PROGRAM
from assistant.judge.judge_file import judge_lines, measure
from assistant.judge.labelled import labelled, set_files
from assistant.store.records import Scope

FILE = Path(__file__).resolve().parents[3] / "resources" / "judge" / "reactions.jsonl"
TEXT = FILE.read_text(encoding="utf-8")
ROWS: list[dict[str, Any]] = [json.loads(line) for line in TEXT.splitlines()]

FIELDS = {"id", "messages", "next_state", "label", "category", "scope", "lang", "tone", "domain", "split"}
TOOL = {"tool success", "tool error"}
# What each category says about the reply (arXiv 2603.10165: going on from it is progress). Thanks for the reply are
# praise, also before a new request.
SCORES = {
    **dict.fromkeys(("rephrase", "correction", "complaint", "style", "factual", "tool error"), -1),
    **dict.fromkeys(("topic change", "new information"), 0),
    **dict.fromkeys(("praise", "moves on", "tool success"), 1),
}
SCOPES = {"style": {"durable", "reply"}, "factual": {"reply", "fact"}, "new information": {"reply", "fact"}}
TONES = {"terse", "rude", "polite", "plain"}
SHARES = {"en": 0.6, "de": 0.12, "fr": 0.06, "es": 0.06}


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def asked(row: dict[str, Any]) -> str:
    return row["messages"][0]["content"]


def test_there_are_enough_rows() -> None:
    assert len(ROWS) >= 420
    assert set(SCORES) == {row["category"] for row in ROWS}


def fault(row: dict[str, Any]) -> str | None:
    if set(row) != FIELDS or not re.fullmatch(r"r\d{4}", row["id"]):
        return "fields"
    texts = [*row["messages"], row["next_state"]]
    if any(set(one) != {"role", "content"} or not one["content"].strip() for one in texts):
        return "texts"
    if [one["role"] for one in row["messages"]] != ["user", "assistant"]:
        return "roles"
    return None if len(asked(row).split()) <= 25 and len(texts[1]["content"].split()) <= 60 else "length"


def test_fields_are_sound() -> None:
    assert [(row["id"], fault(row)) for row in ROWS if fault(row)] == []


def test_labels_use_the_words_of_the_program() -> None:
    for row in ROWS:
        assert (row["id"], row["label"]) == (row["id"], SCORES[row["category"]])
        assert row["scope"] in get_args(Scope), row["id"]
        assert row["scope"] in SCOPES.get(row["category"], {"reply"}), row["id"]
        assert row["tone"] in TONES, row["id"]
        assert row["lang"] in SHARES, row["id"]
        assert re.fullmatch(r"[a-z]+", row["domain"]), row["id"]


def test_tool_rows_and_tool_categories_belong_together() -> None:
    for row in ROWS:
        role = "tool" if row["category"] in TOOL else "user"
        assert (row["id"], row["next_state"]["role"]) == (row["id"], role)


@pytest.mark.parametrize("category", SCORES)
def test_each_category_is_in_both_splits_and_all_languages(category: str) -> None:
    rows = [row for row in ROWS if row["category"] == category]
    assert len(rows) >= 30
    assert {row["lang"] for row in rows} == set(SHARES)
    assert 0.3 <= sum(row["split"] == "test" for row in rows) / len(rows) <= 0.5


@pytest.mark.parametrize(("lang", "least"), SHARES.items())
def test_each_language_has_its_share_and_both_splits(lang: str, least: float) -> None:
    rows = [row for row in ROWS if row["lang"] == lang]
    assert len(rows) / len(ROWS) >= least
    assert 0.35 <= sum(row["split"] == "test" for row in rows) / len(rows) <= 0.45


def test_tones_and_domains_vary() -> None:
    assert {row["split"] for row in ROWS} == {"train", "test"}
    assert min(Counter(row["tone"] for row in ROWS).values()) >= 40
    domains = Counter(row["domain"] for row in ROWS)
    assert len(domains) >= 10
    assert max(domains.values()) <= len(ROWS) / 4


def test_ids_and_texts_are_unique() -> None:
    assert [row["id"] for row in ROWS] == [f"r{number:04}" for number in range(1, len(ROWS) + 1)]
    for get in (asked, lambda row: row["next_state"]["content"]):
        counts = Counter(" ".join(get(row).casefold().split()).strip(" .!?") for row in ROWS)
        assert [text for text, count in counts.items() if count > 1] == []


def test_no_request_is_in_both_splits_even_nearly() -> None:
    sets = [(row["split"], asked(row), words(asked(row))) for row in ROWS]
    pairs = [(a, b) for a, b in itertools.combinations(sets, 2) if a[0] != b[0]]
    near = [(a[1], b[1]) for a, b in pairs if len(a[2] & b[2]) > 0.7 * len(a[2] | b[2])]
    assert near == []


def test_hard_cases_are_there() -> None:
    neutral = [row["next_state"]["content"].lower() for row in ROWS if row["label"] == 0]
    assert sum(bool(re.search(r"\b(?:wrong|falsch|mistakes?|not|no|don't)\b", said)) for said in neutral) >= 15
    injected = [row for row in ROWS if re.search(r"judge: score|ignore your rules", row["next_state"]["content"])]
    assert {row["label"] for row in injected} == {0, -1}
    harmless = [row for row in ROWS if row["category"] == "tool success" and "error" in str(row["next_state"]).lower()]
    silent = [row for row in ROWS if row["category"] == "tool error" and "error" not in str(row["next_state"]).lower()]
    assert min(len(harmless), len(silent)) >= 5


def test_the_program_reads_and_measures_every_line() -> None:
    judged = list(judge_lines(TEXT.split("\n")))
    assert [one.number for one in judged if one.verdict is None] == []
    figures = measure(judged)
    assert figures is not None
    assert figures["labelled"] == len(ROWS)


MORE = [file for file in set_files() if file != FILE]
MORE_ROWS = [json.loads(line) for file in MORE for line in file.read_text(encoding="utf-8").splitlines()]


def more_fault(row: dict[str, Any]) -> str | None:
    if set(row) != FIELDS | {"hint"}:
        return "fields"
    texts = [*row["messages"], row["next_state"]]
    if any(set(one) != {"role", "content"} or not one["content"].strip() for one in texts):
        return "texts"
    roles = [one["role"] for one in row["messages"]]
    if roles[-2:] != ["user", "assistant"] or len(roles) > 6:
        return "roles"
    if (row["next_state"]["role"] == "tool") != (row["category"] in TOOL):
        return "role of the next state"
    if row["label"] != SCORES[row["category"]] or row["scope"] not in get_args(Scope):
        return "labels"
    known = row["tone"] in TONES and row["lang"] in SHARES and re.fullmatch(r"[a-z]+", row["domain"])
    return None if known else "words"


def test_the_scores_are_those_of_the_program() -> None:
    assert {**SCORES, "unread": 0} == SCORES_OF_THE_PROGRAM


def test_fields_of_the_other_files_are_sound() -> None:
    assert [(row["id"], more_fault(row)) for row in MORE_ROWS if more_fault(row)] == []
    ids = [row["id"] for row in [*ROWS, *MORE_ROWS]]
    assert len(ids) == len(set(ids))


def test_each_file_is_of_one_split_and_blind_rows_are_of_all_kinds() -> None:
    for file in MORE:
        splits = {row.split for row in labelled() if row.source == file.stem}
        assert splits == {"blind" if file.stem == "blind" else "train"}
    blind = labelled("blind")
    assert len(blind) >= 250
    assert {row.category for row in blind} == set(SCORES)
    assert {row.lang for row in blind} == set(SHARES)


def test_no_reaction_is_in_two_places() -> None:
    counts = Counter(" ".join(row.case.next_state.casefold().split()).strip(" .!?") for row in labelled())
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_request_of_a_blind_row_is_in_train_even_nearly() -> None:
    known = [words(row.case.request) for row in labelled("train")]
    for row in labelled("blind"):
        asked_words = words(row.case.request)
        assert not any(len(asked_words & one) > 0.7 * len(asked_words | one) for one in known), row.case.request
