"""Putting an export back, into an empty database or beside what is there. All or nothing.

A row whose id is known already stays as it is, so that a second import changes nothing. Version numbers are
the exception: two machines count for themselves, so a version is recognised by model, hash and time, and gets
a new number where its own is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.errors import BadInput, InternalBug, NotFound
from assistant.store.layout import ENCODERS, EXPORT_FORMAT, EXPORT_VERSION, KEYS, TABLES, columns_of
from assistant.store.sql import Connection, marks
from assistant.store.store import Store
from assistant.store.versions import ACTIVE, REPLACED

_VERSION_COLUMNS = ("parent_id", "base_version", "version_id", "version", "consolidated_version")


def import_json(store: Store, document: dict[str, Any]) -> dict[str, int]:
    """Adds what an export holds; how many rows of each table were new.

    Raises:
        BadInput: it is no export, a newer kind of export, or does not fit together; nothing was changed.
    """
    tables = _tables(document)
    try:
        with store.immediate():
            numbers = _version_numbers(store.connection, tables["versions"])
            return {table: _import(store, table, tables[table], numbers) for table in TABLES}
    except (InternalBug, NotFound, TypeError, ValueError, KeyError, OverflowError) as error:
        raise BadInput(f"The file is not a sound Mentee export ({error}).") from error


def _tables(document: Any) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(document, dict) or document.get("format") != EXPORT_FORMAT:
        raise BadInput("The file is not a Mentee export.")
    version = document.get("version")
    if version != EXPORT_VERSION:
        raise BadInput(f"The export has version {version}; this Mentee reads version {EXPORT_VERSION}.")
    tables = {table: document.get(table, []) for table in TABLES}
    for table, rows in tables.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadInput(f"The file is not a sound Mentee export ({table} is not a list of rows).")
    return tables


def _version_numbers(connection: Connection, rows: list[dict[str, Any]]) -> dict[int, int]:
    """The number here of every version in the export."""
    numbers = {0: 0}
    sql = "SELECT id FROM versions WHERE model_hash = ? AND sha256 = ? AND created_at = ?"
    highest: int = connection.rows("SELECT max(id) FROM versions")[0][0]
    for row in rows:
        number = int(row["id"])
        known = connection.row(sql, [row["model_hash"], row["sha256"], row["created_at"]])
        if known is not None:
            numbers[number] = int(known["id"])
        else:
            highest = numbers[number] = max(number, highest + 1)
    return numbers


def _import(store: Store, table: str, rows: list[dict[str, Any]], numbers: dict[int, int]) -> int:
    connection = store.connection
    columns = columns_of(connection, table)
    added = 0
    for row in rows:
        values = dict(_encoded(table, row, columns, numbers))
        if table == "conversations":
            _free_external_id(store, values)
        names = ",".join(f'"{name}"' for name in values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks(list(values))})"
        key = KEYS.get(table, "id")
        added += connection.write(f"{sql} ON CONFLICT ({key}) DO NOTHING", list(values.values()))
    return added


def _encoded(table: str, row: dict[str, Any], columns: list[str], numbers: dict[int, int]) -> Iterator[tuple[str, Any]]:
    """The row as the table takes it; columns of the table only, so a name in the file never becomes SQL."""
    for name in columns:
        if name not in row:
            continue
        value = row[name]
        if value is not None:
            if name in ENCODERS:
                value = ENCODERS[name](value)
            elif name in _number_columns(table):
                value = numbers[value]
            elif table == "state" and name == "value" and str(row["key"]).startswith((ACTIVE, REPLACED)):
                value = str(numbers[int(value)])
        yield name, value


def _number_columns(table: str) -> tuple[str, ...]:
    # parent_id is a version's number in one table and a message's id in another.
    if table == "messages":
        return ()
    return ("id", *_VERSION_COLUMNS) if table == "versions" else _VERSION_COLUMNS


def _free_external_id(store: Store, values: dict[str, Any]) -> None:
    """A session goes on in the conversation that has it here."""
    external_id = values.get("external_id")
    here = store.conversations.by_external(external_id) if external_id is not None else None
    if here is not None and here.id != values["id"]:
        values["external_id"] = None
