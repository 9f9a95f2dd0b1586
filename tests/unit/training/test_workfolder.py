"""A killed run finds what it had done, and nothing that it had only half written."""

from assistant.paths import DataDir
from training.rows import Row
from training.workfolder import WorkFolder, sweep

ROW = Row("practice", (1, 2), (1, 3, 2), (4, 5), 0.5, "lesson")


def test_rows_come_back_as_they_were(data: DataDir) -> None:
    work = WorkFolder(data, "run")
    work.add_rows("practice", "a", [ROW])
    work.add_rows("practice", "b", [])
    assert WorkFolder(data, "run").rows("practice") == {"a": [ROW], "b": []}


def test_a_line_cut_by_a_crash_costs_only_itself(data: DataDir) -> None:
    work = WorkFolder(data, "run")
    work.add_rows("practice", "a", [ROW])
    path = work.root / "rows-practice.jsonl"
    path.write_bytes(path.read_bytes() + b'{"task": "b", "rows": [{"ki')
    work.add_rows("practice", "c", [ROW])
    assert work.rows("practice") == {"a": [ROW], "c": [ROW]}


def test_another_plan_starts_afresh(data: DataDir) -> None:
    work = WorkFolder(data, "run")
    work.begin({"lessons": ["x"]})
    work.add_rows("practice", "a", [ROW])
    assert work.agrees({"lessons": ["x"]})
    assert not work.agrees({"lessons": ["x", "y"]})
    work.begin({"lessons": ["x", "y"]})
    assert work.rows("practice") == {}


def test_only_the_folders_of_runs_that_go_on_are_left(data: DataDir) -> None:
    for run in ("open", "ended", "older"):
        WorkFolder(data, run).add_rows("practice", "a", [ROW])
    sweep(data, keep={"open"})
    assert [folder.name for folder in data.runs.iterdir()] == ["open"]
    assert WorkFolder(data, "open").rows("practice") == {"a": [ROW]}
