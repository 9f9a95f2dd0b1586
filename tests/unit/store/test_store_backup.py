"""Backups: taken from a database in use, checked, put back, and refused where they are not ours."""

import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from assistant.errors import BadInput, EnvironmentProblem, StoreDamaged, StoreTooNew
from assistant.paths import DataDir
from assistant.store import Store, fileformat
from assistant.store.backup import KEPT_COPIES, automatic_copies, copy_before, restore


def titles(store: Store) -> list[str]:
    return sorted(found.title for found in store.conversations.list())


def test_backup_holds_what_is_still_in_the_log(store: Store, tmp_path: Path) -> None:
    store.conversations.create("fresh")
    target = store.backup(tmp_path / "copy.sqlite3")
    assert target == tmp_path / "copy.sqlite3"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["copy.sqlite3"]
    with sqlite3.connect(f"{target.as_uri()}?mode=ro&immutable=1", uri=True) as raw:
        assert raw.execute("SELECT title FROM conversations").fetchall() == [("fresh",)]
    raw.close()


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are a POSIX matter")
def test_backup_is_private(store: Store, tmp_path: Path) -> None:
    assert stat.S_IMODE(store.backup(tmp_path / "copy").stat().st_mode) == 0o600


def test_backups_into_a_folder_get_names_of_their_own(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert store.backup(folder) != store.backup(folder)
    assert len(list(folder.iterdir())) == 2


def test_backup_into_a_missing_folder_says_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        store.backup(tmp_path / "nowhere" / "copy.sqlite3")


def test_restore_brings_back_the_state_and_keeps_the_one_before(data: DataDir, tmp_path: Path) -> None:
    with Store.open(data) as store:
        store.conversations.create("old")
        backup = store.backup(tmp_path / "copy.sqlite3")
        store.conversations.create("new")
    aside = restore(data, backup)
    with Store.open(data) as store:
        assert titles(store) == ["old"]
        assert store.check() == []
    assert aside is not None
    restore(data, aside)
    with Store.open(data) as store:
        assert titles(store) == ["new", "old"]


def test_restore_is_seen_by_those_who_have_it_open(data: DataDir, store: Store, tmp_path: Path) -> None:
    store.conversations.create("old")
    backup = store.backup(tmp_path / "copy.sqlite3")
    store.conversations.create("new")
    restore(data, backup)
    assert titles(store) == ["old"]
    store.conversations.create("after")
    assert titles(store) == ["after", "old"]


def test_restore_into_an_empty_directory(store: Store, tmp_path: Path) -> None:
    store.conversations.create("old")
    backup = store.backup(tmp_path / "copy.sqlite3")
    other = DataDir.resolve(tmp_path / "other")
    assert restore(other, backup) is None
    with Store.open(other) as opened:
        assert titles(opened) == ["old"]


def test_restore_over_a_damaged_database_moves_it_aside(data: DataDir, tmp_path: Path) -> None:
    with Store.open(data) as store:
        store.conversations.create("old")
        backup = store.backup(tmp_path / "copy.sqlite3")
    data.database.write_bytes(b"ruined" * 5000)
    aside = restore(data, backup)
    assert aside is not None
    assert aside.read_bytes().startswith(b"ruined")
    with Store.open(data) as store:
        assert titles(store) == ["old"]


@pytest.fixture
def untouched(data: DataDir) -> DataDir:
    with Store.open(data) as store:
        store.conversations.create("mine")
    return data


def refuses(data: DataDir, file: Path, error: type[Exception], why: str) -> None:
    before = data.database.read_bytes()
    with pytest.raises(error, match=why):
        restore(data, file)
    assert data.database.read_bytes() == before
    assert automatic_copies(data) == []


def test_missing_file_is_refused(untouched: DataDir, tmp_path: Path) -> None:
    refuses(untouched, tmp_path / "none", BadInput, "no file")


def test_database_in_use_is_refused(untouched: DataDir) -> None:
    refuses(untouched, untouched.database, BadInput, "in use")


@pytest.mark.parametrize("content", [b"", b"some text", b"x" * 5000])
def test_file_that_is_no_database_is_refused(untouched: DataDir, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    refuses(untouched, file, BadInput, "not a Mentee database")


def test_database_of_another_program_is_refused(untouched: DataDir, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "theirs") as raw:
        raw.execute("CREATE TABLE t (x)")
    raw.close()
    refuses(untouched, tmp_path / "theirs", BadInput, "not a Mentee database")


def test_backup_of_a_newer_program_is_refused(untouched: DataDir, tmp_path: Path) -> None:
    with Store.open(untouched) as store:
        backup = store.backup(tmp_path / "copy.sqlite3")
    with sqlite3.connect(backup) as raw:
        raw.execute(f"PRAGMA user_version = {fileformat.FORMAT + 1}")
    raw.close()
    refuses(untouched, backup, StoreTooNew, f"format {fileformat.FORMAT + 1}")


def test_damaged_backup_is_refused(untouched: DataDir, tmp_path: Path) -> None:
    with Store.open(untouched) as store:
        backup = store.backup(tmp_path / "copy.sqlite3")
    content = bytearray(backup.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    backup.write_bytes(content)
    refuses(untouched, backup, StoreDamaged, "damaged")


def test_damaged_database_is_not_backed_up(untouched: DataDir, tmp_path: Path) -> None:
    with Store.open(untouched) as store:
        for number in range(500):
            store.conversations.create(f"{number}" * 50)
    content = bytearray(untouched.database.read_bytes())
    content[-40960:] = b"\xff" * 40960
    untouched.database.write_bytes(content)
    target = tmp_path / "copy.sqlite3"
    target.write_bytes(b"the good one from yesterday")
    with Store.open(untouched) as store:
        assert len(store.check()) > 0
        with pytest.raises(StoreDamaged):
            store.backup(target)
    assert target.read_bytes() == b"the good one from yesterday"


def test_only_the_last_automatic_copies_are_kept(data: DataDir, store: Store) -> None:
    made = [copy_before(store.connection.raw, data, "test") for _ in range(KEPT_COPIES + 2)]
    assert len(set(made)) == len(made)
    assert automatic_copies(data) == made[-KEPT_COPIES:]
