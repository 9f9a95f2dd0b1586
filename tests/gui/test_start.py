"""What stands in the way of a window is told in one, not only on standard error."""

import sqlite3

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.main import run
from assistant.paths import DataDir
from assistant.store import Store


def test_a_database_newer_than_the_program_is_told_and_left_alone(
    qtbot: QtBot, data: DataDir, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.open(data).close()
    with sqlite3.connect(data.database) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = data.database.read_bytes()
    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "critical", lambda _parent, _title, text: told.append(text))
    assert run(["--data-dir", str(data.root)]) == 1
    assert "written by a newer Mentee" in told[0]
    assert capsys.readouterr().err == f"mentee: {told[0]}\n"
    assert data.database.read_bytes() == before
