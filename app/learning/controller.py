"""Ties the learning page to the learner, the store and the settings."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app import words
from app.backend import Learner
from app.learning.page import LearningPage
from app.learning.reading import learning_view
from app.settings.model import SettingsModel
from app.supervise.learner import LearnerResult
from app.tasks import Tasks
from assistant.store import Store


class LearningController(QObject):
    """Signals:
    said: a sentence for the user.
    learned: a run ended.
    """

    said = Signal(str)
    learned = Signal()

    def __init__(self, page: LearningPage, learner: Learner, tasks: Tasks[Store], settings: SettingsModel) -> None:
        super().__init__()
        self._page = page
        self._learner = learner
        self._tasks = tasks
        self._settings = settings
        page.switched.connect(lambda on: settings.set_value("learning", "enabled", on))
        page.panel.start_wanted.connect(self._on_start)
        page.panel.pause_wanted.connect(learner.pause)
        page.panel.resume_wanted.connect(learner.resume)
        page.panel.stop_wanted.connect(learner.stop)
        learner.changed.connect(page.panel.show_status)
        learner.finished.connect(self._on_finished)
        settings.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Reads lessons and runs again."""
        self._page.show_enabled(self._settings.current.learning.enabled)
        self._tasks.submit(learning_view, self._page.show_view)

    def _on_start(self) -> None:
        self._learner.start()

    def _on_finished(self, result: LearnerResult) -> None:
        sentence = self._sentence(result)
        self._page.panel.show_result(sentence)
        self.said.emit(sentence)
        self.learned.emit()

    def _sentence(self, result: LearnerResult) -> str:
        if result.outcome == "adopted" and not result.in_use:
            return result.reason
        if result.outcome == "adopted":
            return self.tr("I learned. {v} answers from now on.").format(v=words.version_name(result.version))
        if result.outcome == "cut_off":
            return self.tr("Learning was cut off. Nothing is lost; “Learn now” goes on from there.")
        headline = words.outcome(result.outcome)
        if result.outcome == "skipped" and result.reason:
            # The reason says it all, and a stopped run did do something.
            return result.reason
        return f"{headline}: {result.reason}" if result.reason else headline
