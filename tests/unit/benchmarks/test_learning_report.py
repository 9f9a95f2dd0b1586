"""The table and the plot of the learning benchmark, from records made by hand."""

import re
from xml.etree import ElementTree

import pytest
from benchmarks.learning.plot import Curve, Panel, place_x, place_y, svg
from benchmarks.learning.table import cell, curves, last, most_memory, per_seed, report, summary, training_seconds


def record(arm="hybrid", seed=0, user="short", until=None, both=(0.0, 0.5), **figures):
    plain = {
        "style": 0.5, "content": 0.75, "contrast": 1.0, "task_change": -0.1, "arithmetic_change": 0.0, "kl": 0.01,
        "tokens": 40.0,
    }  # fmt: skip
    points = [{"at": at, "both": share, **plain, **figures} for at, share in zip((1, 4), both, strict=True)]
    return {"user": user, "seed": seed, "arm": arm, "until_three": until, "checkpoints": points}


def test_a_cell_has_mean_and_spread_over_the_seeds() -> None:
    assert cell([0.25, 0.75]) == "0.50 ± 0.35"
    assert cell([0.5]) == "0.50"
    assert cell([]) == "-"
    assert cell([1.4, 2.4], 0) == "2 ± 1"


def test_over_users_the_mean_is_taken_within_each_seed_first() -> None:
    records = [record(both=(0, x), seed=seed, user=user) for x, seed, user in (
        (0.2, 0, "a"), (0.4, 0, "b"), (0.6, 1, "a"), (1.0, 1, "b"))]  # fmt: skip
    assert per_seed(records, last("both")) == pytest.approx([0.3, 0.8])


def test_training_is_summed_over_the_checkpoints_and_memory_is_the_largest() -> None:
    trained = record(seconds=10.0, peak_mb=900)
    trained["checkpoints"][1]["peak_mb"] = 1200
    assert training_seconds(trained) == 20.0
    assert most_memory(trained) == 1200
    assert training_seconds(record()) is None


def test_the_summary_has_a_line_an_arm_in_order_and_counts_who_got_there() -> None:
    records = [record(arm, seed, until=until) for arm, seed, until in (
        ("base", 0, None), ("hybrid", 0, 5), ("base", 1, None), ("hybrid", 1, 8), ("hybrid", 2, None))]  # fmt: skip
    lines = summary(records).splitlines()
    assert len({line.count("|") for line in lines}) == 1, "as many cells in every line"
    assert [line.split("|")[1].strip() for line in lines] == ["arm", "---", "base", "hybrid"]
    assert "never (0/2)" in lines[2]
    assert "6.5 (2/3)" in lines[3]
    assert "-0.10 ± 0.00" in lines[3]


def test_the_curves_show_every_checkpoint() -> None:
    lines = curves([record(both=(0.25, 0.75))]).splitlines()
    assert lines == ["| arm | 1 | 4 |", "|---|---|---|", "| hybrid | 0.25 | 0.75 |"]


def test_several_users_get_a_part_each_and_one_together() -> None:
    titles = re.findall("^## .*", report([record(user="short"), record(user="numbered")]), re.MULTILINE)
    assert titles == ["## User short", "## User numbered", "## All 2 users"]
    assert "All" not in report([record()])


def test_a_season_without_any_checkpoint_leaves_dashes_and_is_counted() -> None:
    found = report([record(), {**record("ours"), "checkpoints": [], "cut_off": True}])
    assert "| ours | - | - |" in found
    assert found.endswith("1 of 2 seasons were cut off by the time limit.")


def drawing() -> str:
    first = Panel("short & sweet", (Curve("base", ((1, 0.0, 0.0), (4, 0.0, 0.0))), Curve("<b>", ((1, 0.2, 0.1),))))
    return svg([first, Panel("long", (Curve("base", ((1, 0.5, 0.0), (64, 1.0, 0.0))),))])


def test_the_plot_is_sound_xml_with_labels_and_every_curve_once_in_the_legend() -> None:
    found = ElementTree.fromstring(drawing())
    texts = ["".join(one.itertext()) for one in found.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("interactions") == 2
    assert texts.count("held-out replies that satisfy") == 2
    assert texts.count("base") == 1
    assert texts.count("<b>") == 1
    assert {"short & sweet", "long", "1", "4", "64", "0.00", "1.00"} <= set(texts)


def test_points_stand_where_their_figures_say() -> None:
    found = ElementTree.fromstring(drawing())
    lines = [one.get("points") for one in found.iter("{http://www.w3.org/2000/svg}polyline")]
    x, y = (float(v) for v in lines[2].split()[1].split(","))
    assert (x, y) == pytest.approx((place_x(64, [1, 64]), place_y(1.0)), abs=0.06)
    assert place_y(1.0) < place_y(0.5) < place_y(0.0)
    assert place_y(1.7) == place_y(1.0)
    assert place_x(1, [1, 4, 8]) < place_x(4, [1, 4, 8]) < place_x(8, [1, 4, 8])
    assert len(lines[1].split()) == 1, "one point draws no line, but a dot"


def test_many_panels_stand_in_rows() -> None:
    one = Panel("a", (Curve("base", ((1, 0.0, 0.0),)),))
    sizes = [ElementTree.fromstring(svg([one] * count)).get("viewBox").split()[2:] for count in (1, 3, 4)]
    assert sizes[1][0] == sizes[2][0]
    assert [int(height) for _, height in sizes] == [300, 300, 600]
