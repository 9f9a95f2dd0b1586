"""The file that `mentee judge` reads, and the figures over labels."""

from __future__ import annotations

import json

import pytest

from assistant.judge.judge_file import judge_lines, measure
from assistant.judge.scoring import calibration_error, figures


def line(said: str, **more: object) -> str:
    return json.dumps({"messages": [], "next_state": {"role": "user", "content": said}, **more})


def test_broken_lines_keep_their_number_and_do_not_stop_the_rest() -> None:
    bad = ["{", "[]", '{"messages": 1, "next_state": {}}', line("x", label=7), line("x", label="good")]
    judged = list(judge_lines([line("thanks"), "", *bad, line("useless")]))
    assert [one.number for one in judged if one.verdict is None] == [3, 4, 5, 6, 7]
    assert all(one.error for one in judged if one.verdict is None)
    assert [one.verdict.score for one in judged if one.verdict] == [1, -1]


def test_measures_against_labels_by_hand() -> None:
    rows = [("thanks", 1), ("useless", -1), ("useless", 0), ("And winter in Peru, how cold?", 0)]
    judged = list(judge_lines(line(said, label=label) for said, label in rows))
    scores = [one.verdict.score for one in judged if one.verdict]
    assert scores == [1, -1, -1, 1]
    # +1: 1 hit, named 1 + 2; -1: 1 hit, named 1 + 2; 0: no hit, named 2 + 0
    assert measure(judged) == {
        "macro_f1": round((2 / 3 + 2 / 3 + 0) / 3, 4),
        "false_minus1_rate": round(1 / 3, 4),
        "labelled": 4,
    }


def test_without_labels_there_is_nothing_to_measure() -> None:
    assert measure(judge_lines([line("thanks")])) is None


def test_figures_by_hand() -> None:
    made = figures([(1, 1), (1, 0), (0, -1), (-1, -1)])
    # +1: 2*1/3, 0: 0, -1: 2*1/3; of three other rows one was judged -1
    assert (made.macro_f1, made.false_minus1, made.right, made.rows) == pytest.approx((4 / 9, 1 / 3, 0.5, 4))
    assert figures([]).macro_f1 == 0.0


def test_calibration_error_by_hand() -> None:
    assert calibration_error([(0.9, True), (0.9, False)]) == pytest.approx(0.4)
    assert calibration_error([(0.95, True), (0.15, False)]) == pytest.approx((0.05 + 0.15) / 2)
    assert calibration_error([]) == 0.0
