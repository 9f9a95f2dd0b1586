"""Where everything of one user lives. `--data-dir` moves all of it; nothing is kept outside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path


@dataclass(frozen=True, slots=True)
class DataDir:
    """One data directory and the names of what is in it.

    Attributes:
        root: absolute path of the directory.
    """

    root: Path

    @classmethod
    def resolve(cls, given: str | Path | None = None) -> DataDir:
        """The directory given, else `MENTEE_DATA_DIR`, else the platform's place; made with mode 0700 if missing."""
        chosen = given or os.environ.get("MENTEE_DATA_DIR") or user_data_path("mentee", appauthor=False)
        data = cls(Path(chosen).expanduser().resolve())
        for folder in (data.root, data.versions, data.models, data.runs, data.logs, data.backups):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return data

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "mentee.sqlite3"

    @property
    def settings_file(self) -> Path:
        """Human-editable TOML."""
        return self.root / "settings.toml"

    @property
    def server_file(self) -> Path:
        """Address and token of the running policy server (mode 0600), absent when none runs."""
        return self.root / "server.json"

    @property
    def learner_lock(self) -> Path:
        """Held by the one learner."""
        return self.root / "learner.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the one policy server that the commands of this directory share."""
        return self.root / "server.lock"

    @property
    def window_lock(self) -> Path:
        """Held by the one window."""
        return self.root / "window.lock"

    @property
    def versions(self) -> Path:
        """Published adapters, one folder per version id."""
        return self.root / "versions"

    @property
    def models(self) -> Path:
        """Downloaded or imported model files."""
        return self.root / "models"

    @property
    def runs(self) -> Path:
        """Working folders and checkpoints of learning runs."""
        return self.root / "runs"

    @property
    def logs(self) -> Path:
        """Log files; they never hold message text."""
        return self.root / "logs"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / "backups"

    @property
    def hash_cache(self) -> Path:
        """SHA-256 of model files by path, size and time of change."""
        return self.root / "model-hashes.json"
