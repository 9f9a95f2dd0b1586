"""export, import, backup, restore and judge."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from helpers.command_line import Mentee

from assistant.commands.files import write_out
from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.records import Turn


def test_an_export_comes_back_in_an_empty_data_directory(
    mentee: Mentee, turn: Turn, tmp_path: Path, data: DataDir
) -> None:
    mentee("feedback", "last", "--correct", "be brief")
    file = tmp_path / "out.json"
    assert mentee("export", str(file)).status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = DataDir.resolve(tmp_path / "other")
    arguments = ["--data-dir", str(other.root), "import", str(file)]
    assert mentee(*arguments, "--json").json["turns"] == 1
    with Store.open(other) as store:
        assert store.turns.get("last").id == turn.id
        assert [item.text for item in store.memory.list()] == ["Be brief."]
    assert mentee(*arguments).out == "Nothing new in that file.\n"


def test_export_to_standard_output(mentee: Mentee, turn: Turn) -> None:
    ran = mentee("export")
    assert json.loads(ran.out)["format"] == "mentee-export"


def test_export_of_a_conversation_and_of_lessons(mentee: Mentee, turn: Turn) -> None:
    assert "How do I boil an egg?" in mentee("export", "--format", "markdown").out
    mentee("feedback", "last", "--rewrite", "Eight minutes.")
    row = json.loads(mentee("export", "--format", "training").out)
    assert (row["chosen"], row["rejected"]) == ("Eight minutes.", "Ten minutes.")


def test_exports_that_make_no_sense(mentee: Mentee, tmp_path: Path) -> None:
    assert mentee("export", "--format", "markdown").status == 1
    assert mentee("export", "--conversation", "x").status == 1
    assert mentee("export", str(tmp_path)).status == 1
    assert mentee("export", str(tmp_path / "no" / "folder.json")).status == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": "mentee-export", "version": 99}'])
def test_what_is_no_export_changes_nothing(mentee: Mentee, tmp_path: Path, content: str) -> None:
    file = tmp_path / "in.json"
    file.write_text(content)
    ran = mentee("import", str(file))
    assert (ran.status, ran.err.count("\n")) == (1, 1)


def test_missing_files_are_refused(mentee: Mentee, tmp_path: Path) -> None:
    for command in ("import", "restore", "judge"):
        ran = mentee(command, str(tmp_path / "nowhere"))
        assert (ran.status, ran.err.count("\n")) == (1, 1)


def test_a_backup_brings_back_what_was_there(mentee: Mentee, tmp_path: Path) -> None:
    mentee("memory", "add", "be brief")
    file = tmp_path / "copy.sqlite3"
    assert mentee("backup", str(file)).out == f"{file}\n"
    item = mentee("memory", "list", "--json").json[0]["id"]
    mentee("memory", "remove", item)
    ran = mentee("restore", str(file), "--json")
    assert Path(ran.json["before"]).is_file()
    assert [one["text"] for one in mentee("memory", "--json").json] == ["be brief"]


def test_a_backup_goes_to_the_data_directory_by_default(mentee: Mentee, data: DataDir) -> None:
    assert Path(mentee("backup", "--json").json["file"]).parent == data.backups


def test_a_file_that_is_no_backup_is_refused(mentee: Mentee, tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    file.write_text("hello")
    assert mentee("restore", str(file)).status == 1


def reaction(said: str, **more: object) -> str:
    return json.dumps({"messages": [], "next_state": {"role": "user", "content": said}, **more})


def test_judge_prints_a_verdict_a_line(mentee: Mentee, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join([reaction("thanks"), "{", reaction("one sentence please"), ""]))
    ran = mentee("judge", "--backend", "rules", str(file))
    verdicts = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0
    assert [verdict["score"] for verdict in verdicts] == [1, -1]
    assert set(verdicts[0]) == {"score", "category", "scope", "hint", "backend", "confidence"}
    assert verdicts[1]["backend"] == "rules"
    assert ran.err == "mentee: line 2: not JSON\n"


def test_judge_measures_itself_where_there_are_labels(mentee: Mentee, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join([reaction("thanks", label=1), reaction("useless", label=-1)]))
    assert mentee("judge", "--backend", "rules", str(file)).json == {
        "macro_f1": 1.0,
        "false_minus1_rate": 0.0,
        "labelled": 2,
    }


@pytest.mark.parametrize("content", [b"", b"{\n[]\n", b"\xff\xfe\x00"])
def test_judge_fails_only_if_nothing_could_be_judged(mentee: Mentee, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(content)
    assert mentee("judge", "--backend", "rules", str(file)).status == 1


@pytest.mark.parametrize("backend", ["auto", "classifier"])
def test_judge_by_other_back_ends_that_need_no_server(mentee: Mentee, tmp_path: Path, backend: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(reaction("thanks, that worked!"))
    ran = mentee("judge", str(file), "--backend", backend)
    verdict = json.loads(ran.out)
    assert verdict["score"] == 1
    assert verdict["backend"] in (("rules", "classifier") if backend == "auto" else ("classifier",))


def test_judge_takes_an_exam(mentee: Mentee) -> None:
    ran = mentee("judge", "--exam", "--backend", "rules")
    assert ran.status == 0
    assert "rules: not trusted" in ran.out
    assert "tool error" in ran.out
    told = mentee("judge", "--exam", "--backend", "rules", "--json").json
    assert told["trusted"] is False
    assert told["overall"]["rows"] == sum(one["rows"] for one in told["by_language"].values())


def test_judge_of_nothing_is_wrong_usage(mentee: Mentee) -> None:
    assert mentee("judge").status == 2


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")

    def pieces() -> object:
        yield "new"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_out(pieces(), target)  # type: ignore[arg-type]
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
