"""Versions: adapters, what they grew from, and which one is in use for each model.

The files of an adapter are the business of assistant/policy/versions.py.
"""

from __future__ import annotations

import json
import sqlite3

from assistant.errors import BadInput
from assistant.store.lessons import link
from assistant.store.records import NewVersion, Version, VersionState
from assistant.store.sql import Connection, now, to_json
from assistant.store.state import State

ACTIVE = "active_version:"
"""Key in `state`, followed by the model hash."""
REPLACED = "replaced_version:"
"""Key in `state`, followed by the model hash: the version whose place an older one took because a lesson of it was
forgotten, until a run has learned the rest of it again."""

_FORGOTTEN = """
    WITH RECURSIVE line (id) AS (
      SELECT ? UNION SELECT parent_id FROM versions JOIN line USING (id) WHERE parent_id > 0
    )
    SELECT count(DISTINCT lesson_id) FROM version_lessons JOIN lessons ON lessons.id = lesson_id
    WHERE version_id IN line AND version_id > 0 AND lessons.state = 'forgotten'"""

_Versions = list[Version]  # inside the class, `list` is the method


class Versions:
    """Reads and writes `versions`; version 0, the base model, belongs to every model."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._state = State(connection)

    def add(self, version: NewVersion) -> Version:
        """Lists a version under the next free number; it is not in use before `use`.

        Inside `Store.immediate()` the number can be taken, the files published, and the row dropped again if
        that fails.

        Raises:
            NotFound: the parent, the run or a lesson does not exist; nothing was added.
            BadInput: the parent belongs to another model.
        """
        with self._db.immediate():
            parent = self.get(version.parent_id)
            _require_model(parent, version.model_hash)
            version_id: int = self._db.rows("SELECT max(id) + 1 FROM versions")[0][0]
            row = {
                "id": version_id,
                "model_hash": version.model_hash,
                "parent_id": version.parent_id,
                "run_id": version.run_id,
                "sha256": version.sha256,
                "exam": to_json(version.exam),
                "rank": version.rank,
                "alpha": version.alpha,
                "state": "adopted",
                "created_at": now(),
                # What the parent holds of deleted conversations lives on in the weights that grew from it.
                "lessons_deleted": parent.lessons_deleted,
            }
            self._db.insert("versions", row)
            link(self._db, version_id, version.lesson_ids)
            return self.get(version_id)

    def get(self, version_id: int) -> Version:
        """One version.

        Raises:
            NotFound: there is none with this number.
        """
        row = self._db.one("version", "SELECT * FROM versions WHERE id = ?", [version_id])
        return self._version(row)

    def list(self, model_hash: str | None = None) -> _Versions:
        """Versions of one model (None: of all), by number, version 0 included."""
        sql = "SELECT * FROM versions WHERE ? IS NULL OR id = 0 OR model_hash = ? ORDER BY id"
        return [self._version(row) for row in self._db.rows(sql, [model_hash, model_hash])]

    def active(self, model_hash: str) -> int:
        """The version in use for a model, 0 when none was chosen.

        Never one that is damaged or deleted or holds something forgotten: then its nearest sound ancestor.
        """
        version_id = int(self._state.get(ACTIVE + model_hash) or 0)
        with self._db.snapshot():
            version = self.get(version_id)
            while not version.usable and version.parent_id is not None:
                version = self.get(version.parent_id)
        return version.id

    def use(self, model_hash: str, version_id: int) -> None:
        """Makes a version the one in use for a model.

        Raises:
            NotFound: there is none with this number.
            BadInput: it belongs to another model, is damaged or deleted, or holds something forgotten.
        """
        with self._db.immediate():
            version = self.get(version_id)
            _require_model(version, model_hash)
            require_usable(version)
            self._state.set(ACTIVE + model_hash, str(version_id))

    def set_state(self, version_id: int, state: VersionState) -> None:
        """Sets the state.

        Raises:
            NotFound: there is none with this number.
            BadInput: version 0, which is always sound.
        """
        if version_id == 0:
            raise BadInput("Version 0 is the base model; it cannot be changed.")
        self._db.change("version", "versions", version_id, {"state": state})

    def _version(self, row: sqlite3.Row) -> Version:
        sql = """
            SELECT lesson_id FROM version_lessons JOIN lessons ON lessons.id = lesson_id
            WHERE version_id = ? ORDER BY lessons.seq"""
        return Version(
            id=row["id"],
            model_hash=row["model_hash"],
            parent_id=row["parent_id"],
            run_id=row["run_id"],
            sha256=row["sha256"],
            exam=json.loads(row["exam"]),
            rank=row["rank"],
            alpha=row["alpha"],
            state=row["state"],
            created_at=row["created_at"],
            lesson_ids=tuple(found["lesson_id"] for found in self._db.rows(sql, [row["id"]])),
            lessons_deleted=row["lessons_deleted"],
            forgotten=self._db.rows(_FORGOTTEN, [row["id"]])[0][0],
        )


def require_usable(version: Version) -> None:
    """Does nothing for a version that may answer.

    Raises:
        BadInput: it is damaged or deleted, or holds something forgotten.
    """
    if version.state != "adopted":
        raise BadInput(f"Version {version.id} is {version.state}.")
    if version.forgotten:
        raise BadInput(f"Version {version.id} contains something you forgot and can no longer be used.")


def _require_model(version: Version, model_hash: str) -> None:
    if version.id != 0 and version.model_hash != model_hash:
        raise BadInput(f"Version {version.id} was made for another model.")
