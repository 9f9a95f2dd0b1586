"""Ties the versions page to the store and the policy; asking the policy happens on a thread of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from app import words
from app.backend import PolicyHandle
from app.settings.model import SettingsModel
from app.tasks import Tasks
from app.versions.page import VersionsPage
from app.versions.reading import VersionsView, versions_view
from assistant.errors import ModelUnusable, PolicyUnavailable
from assistant.ledger.taking_back import TakenBack, chosen_by_hand
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import chosen_model
from assistant.store import Store

_COMPARE_TOKENS = 256


class VersionsController(QObject):
    """Signals:
    said: a sentence for the user, and what takes the thing back (or None).
    active_known: which version answers now.
    """

    said = Signal(str, object)
    active_known = Signal(int)

    def __init__(
        self,
        page: VersionsPage,
        data: DataDir,
        tasks: Tasks[Store],
        policy: Tasks[PolicyHandle],
        settings: SettingsModel,
    ) -> None:
        super().__init__()
        self._page = page
        self._data = data
        self._tasks = tasks
        self._policy = policy
        self._settings = settings
        self._model_hash = ""
        self._inspected: str | None = None
        self._active = 0
        page.use_wanted.connect(self.use)
        page.compare.compare_wanted.connect(self._compare)
        settings.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Finds out which model is meant, then reads its versions."""
        self._policy.submit(lambda handle: handle.model_hash(), self._on_model, self._on_no_server)

    def _on_no_server(self, _problem: Exception) -> None:
        """Asks the file itself, once: reading its vocabulary keeps the other threads waiting."""
        configured = self._settings.current.serving.model
        if self._model_hash and configured == self._inspected:
            self._on_model(self._model_hash)
            return
        self._inspected = configured
        self._policy.submit(lambda _handle: _fingerprint(self._data, configured), self._on_model)

    def use(self, version: int) -> None:
        """Has another version answer from now on, at once."""
        before = self._active

        def done(_nothing: None) -> None:
            self._tasks.submit(lambda store: chosen_by_hand(store, version))
            self.refresh()
            if version != before:
                name = words.version_name(version)
                said = self.tr("{v} answers from now on.").format(v=name)
                self.said.emit(said, lambda: self.use(before))

        def failed(problem: Exception) -> None:
            if not isinstance(problem, PolicyUnavailable):
                self.said.emit(str(problem), None)
                return
            # No model runs: the choice is written down for its next start.
            model_hash = self._model_hash
            self._tasks.submit(lambda store: store.versions.use(model_hash, version), done)

        self._policy.submit(lambda handle: handle.use(version), done, failed)

    def follow(self, in_use: Mapping[str, int]) -> None:
        """The store names another version, by model hash; a running server is told, and the page is read again."""

        def tell(handle: PolicyHandle) -> None:
            with suppress(PolicyUnavailable):  # it will find it in the store at its start
                if (wanted := in_use.get(handle.model_hash())) is not None:
                    handle.use(wanted)

        if in_use:
            self._policy.submit(tell, lambda _nothing: self.refresh())

    def take_back(self, taken: TakenBack) -> None:
        """The version in use did badly and gave way: says so, and offers the way back."""
        self.follow({taken.model_hash: taken.in_use})
        self.said.emit(taken.note, lambda: self.use(taken.version))

    def _on_model(self, model_hash: str) -> None:
        self._model_hash = model_hash
        self._tasks.submit(lambda store: versions_view(store, model_hash), self._on_view)

    def _on_view(self, view: VersionsView) -> None:
        self._active = view.active
        self._page.show_view(view)
        self.active_known.emit(view.active)

    def _compare(self, prompt: str, left: int, right: int) -> None:
        self._page.compare.show_waiting()

        def work(handle: PolicyHandle) -> tuple[str, str]:
            asked = [{"role": "user", "content": prompt}]
            first = handle.answer(left, asked, temperature=0.0, max_tokens=_COMPARE_TOKENS)
            return first, handle.answer(right, asked, temperature=0.0, max_tokens=_COMPARE_TOKENS)

        def failed(problem: Exception) -> None:
            self._page.compare.show_replies("", "")
            self.said.emit(str(problem), None)

        self._policy.submit(work, lambda both: self._page.compare.show_replies(*both), failed)


def _fingerprint(data: DataDir, configured: str) -> str:
    try:
        return inspect(chosen_model(None, configured), data).sha256
    except ModelUnusable:
        return ""
