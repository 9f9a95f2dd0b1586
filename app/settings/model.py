"""The settings as the window holds them; written off the GUI thread."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.backend import Backend
from app.tasks import Tasks
from assistant.settings import Settings
from assistant.store import Store


class SettingsModel(QObject):
    """Signals:
    changed: `current` is another one.
    """

    changed = Signal()

    def __init__(self, backend: Backend, tasks: Tasks[Store]) -> None:
        super().__init__()
        self._backend = backend
        self._tasks = tasks
        self.current = backend.load_settings()

    def set_value(self, section: str, key: str, value: Any) -> None:
        """Changes one value.

        Raises:
            pydantic.ValidationError: it is out of range; nothing changed.
        """
        self.replace(self.current.with_value(section, key, value))

    def replace(self, settings: Settings) -> None:
        """Takes over other settings and writes them."""
        if settings != self.current:
            self.current = settings
            self._tasks.submit(lambda _store: self._backend.save_settings(settings))
            self.changed.emit()
