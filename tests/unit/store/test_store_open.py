"""Opening: what a file may be, what it is made into, and who may read it."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import EnvironmentProblem, InternalBug, StoreDamaged, StoreTooNew
from assistant.paths import DataDir
from assistant.store import Store, connection, fileformat, schema
from assistant.store.backup import automatic_copies
from assistant.store.records import NewTurn


def pragma(store: Store, name: str) -> object:
    return store.connection.rows(f"PRAGMA {name}")[0][0]


def test_connection_is_set_up_for_safety(data: DataDir) -> None:
    with Store.open(data) as store:
        assert pragma(store, "journal_mode") == "wal"
        assert pragma(store, "synchronous") == 2
        assert pragma(store, "foreign_keys") == 1
        assert pragma(store, "secure_delete") == 1
        assert pragma(store, "busy_timeout") == 10_000
        assert pragma(store, "application_id") == fileformat.APPLICATION_ID
        assert pragma(store, "user_version") == fileformat.FORMAT


def test_format_counts_the_migrations(data: DataDir) -> None:
    with Store.open(data) as store:
        applied = store.connection.rows("SELECT name FROM _sqlite_migrations ORDER BY id")
    assert len(applied) == fileformat.FORMAT


def test_every_table_of_ours_is_strict_and_sound(store: Store) -> None:
    rows = store.connection.rows("PRAGMA table_list")
    loose = {row["name"] for row in rows if row["schema"] == "main" and row["type"] == "table" and not row["strict"]}
    assert loose == {"_sqlite_migrations", "sqlite_schema"}
    assert store.check() == []


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are a POSIX matter")
def test_only_the_owner_may_read_the_files(data: DataDir) -> None:
    data.database.touch(0o644)
    data.database.chmod(0o644)
    with Store.open(data) as store:
        store.conversations.create("x")
        files = list(data.root.glob("mentee.sqlite3*"))
        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_reopening_loads_no_migration_library(data: DataDir) -> None:
    Store.open(data).close()
    code = (
        "import sys; from assistant.paths import DataDir; from assistant.store import Store;"
        f"Store.open(DataDir.resolve({str(data.root)!r})).close();"
        "sys.exit('sqlite_utils' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_newer_database_is_refused_and_left_alone(data: DataDir) -> None:
    Store.open(data).close()
    with sqlite3.connect(data.database) as raw:
        raw.execute(f"PRAGMA user_version = {fileformat.FORMAT + 41}")
    raw.close()
    before = data.database.read_bytes()
    with pytest.raises(StoreTooNew, match=rf"format {fileformat.FORMAT + 41};.*up to {fileformat.FORMAT}\)"):
        Store.open(data)
    assert data.database.read_bytes() == before


def test_foreign_database_is_refused_and_left_alone(data: DataDir) -> None:
    with sqlite3.connect(data.database) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    before = data.database.read_bytes()
    with pytest.raises(StoreDamaged, match="not a Mentee database"):
        Store.open(data)
    assert data.database.read_bytes() == before


def test_file_that_is_no_database_is_damaged(data: DataDir) -> None:
    data.database.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreDamaged):
        Store.open(data)


def test_broken_page_is_damaged(data: DataDir) -> None:
    with Store.open(data) as store:
        for number in range(200):
            store.conversations.create(f"title {number}" * 20)
    content = bytearray(data.database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    data.database.write_bytes(content)
    with pytest.raises(StoreDamaged), Store.open(data) as store:
        store.conversations.list()


def test_folder_in_the_place_of_the_database(data: DataDir) -> None:
    data.database.mkdir()
    with pytest.raises(EnvironmentProblem, match="cannot be opened"):
        Store.open(data)


@pytest.fixture
def next_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it will be one migration later."""
    monkeypatch.setattr(schema.migrations, "_migrations", list(schema.migrations._migrations))
    monkeypatch.setattr(connection, "FORMAT", fileformat.FORMAT + 1)
    monkeypatch.setattr(fileformat, "FORMAT", fileformat.FORMAT + 1)


def test_verdicts_of_the_first_format_are_kept(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema.migrations, "_migrations", list(schema.migrations._migrations)[:1])
        older.setattr(connection, "FORMAT", 1)
        older.setattr(fileformat, "FORMAT", 1)
        with Store.open(data) as store:
            talk = store.conversations.create("eggs")
            reply = store.messages.add(talk.id, None, "assistant", "Ten minutes.")
            turn = store.turns.add(NewTurn(reply.id, talk.id, "main", [1], [2], [-0.1], {}, "m", "t", 0, "stop"))
            row = {
                "id": "v",
                "turn_id": turn.id,
                "score": -1,
                "category": "style",
                "scope": "reply",
                "hint": "Be brief.",
            }
            more = {"confidence": 0.5, "backend": "rules", "votes": "[0,0,1,0]", "created_at": 1.0}
            store.connection.insert("verdicts", {**row, **more})
    with Store.open(data) as store:
        (verdict,) = store.verdicts.of_turn(turn.id)
        assert (verdict.hint, verdict.votes, verdict.fingerprint, verdict.hints) == ("Be brief.", [0, 0, 1, 0], "", ())
        assert store.check() == []


@pytest.mark.usefixtures("next_format")
def test_upgrade_copies_first_and_keeps_everything(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(connection, "FORMAT", fileformat.FORMAT - 1)
        older.setattr(fileformat, "FORMAT", fileformat.FORMAT - 1)
        with Store.open(data) as store:
            kept = store.conversations.create("kept")

    @schema.migrations()
    def add_colour(db: object) -> None:
        db.executescript("ALTER TABLE conversations ADD COLUMN colour TEXT;")

    with Store.open(data) as store:
        assert store.conversations.get(kept.id) == kept
        assert store.connection.rows("SELECT colour FROM conversations")[0][0] is None
        assert pragma(store, "user_version") == fileformat.FORMAT
        assert pragma(store, "foreign_keys") == 1
    (copy,) = automatic_copies(data)
    with sqlite3.connect(copy) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == fileformat.FORMAT - 1
        assert raw.execute("SELECT title FROM conversations").fetchall() == [("kept",)]
    raw.close()


@pytest.mark.usefixtures("next_format")
def test_failed_upgrade_changes_nothing(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(connection, "FORMAT", fileformat.FORMAT - 1)
        older.setattr(fileformat, "FORMAT", fileformat.FORMAT - 1)
        Store.open(data).close()

    @schema.migrations()
    def half_done(db: object) -> None:
        db.executescript("DROP TABLE downloads; INSERT INTO nowhere VALUES (1);")

    with pytest.raises(InternalBug, match="nowhere"):
        Store.open(data)
    with sqlite3.connect(data.database) as raw:
        assert raw.execute("SELECT count(*) FROM downloads").fetchone() == (0,)
        assert raw.execute("PRAGMA user_version").fetchone()[0] == fileformat.FORMAT - 1
    raw.close()


def test_store_of_another_thread_is_refused(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, pytest.raises(InternalBug, match="thread"):
        pool.submit(store.conversations.list).result()


def test_data_directory_can_be_moved(data: DataDir, tmp_path: Path) -> None:
    with Store.open(data) as store:
        store.conversations.create("moved")
    data.root.rename(tmp_path / "elsewhere")
    with Store.open(DataDir.resolve(tmp_path / "elsewhere")) as store:
        assert [found.title for found in store.conversations.list()] == ["moved"]
