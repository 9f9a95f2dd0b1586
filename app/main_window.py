"""The main window: puts side bar, pages and controllers together and passes their signals on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from app import links, names, theme, words
from app.backend import Backend, PolicyHandle
from app.chat.chat_page import ChatPage
from app.chat.controller import ChatController
from app.chat.library import Library
from app.chat.reply_worker import ReplyWorker
from app.chat.teaching import Teaching
from app.learning.controller import LearningController
from app.learning.page import LearningPage
from app.ledger.page import LedgerPage
from app.memory.page import MemoryPage
from app.notebook import NotebookController
from app.settings.dialog import SettingsDialog
from app.settings.model import SettingsModel
from app.side_bar import SideBar
from app.supervise.server import ServerStatus
from app.tasks import Tasks
from app.versions.controller import VersionsController
from app.versions.page import VersionsPage
from app.widgets.toast import Toast
from assistant.errors import PolicyUnavailable
from assistant.ledger.taking_back import TakenBack


class MainWindow(QMainWindow):
    """Signals:
    appearance_changed: the colours or the text size in the settings are other ones.
    """

    appearance_changed = Signal()

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.setObjectName(names.MAIN_WINDOW)
        self.setWindowTitle(self.tr("Mentee"))
        self.backend = backend
        self.tasks = Tasks("store", backend.open_store)
        self.policy = Tasks("policy", lambda: PolicyHandle(backend.server))
        self._worker = ReplyWorker(backend.open_store, backend.chat)
        self.settings = SettingsModel(backend, self.tasks)
        self.side = SideBar()
        self.chat_page = ChatPage()
        self.learning_page = LearningPage()
        self.versions_page = VersionsPage()
        self.ledger_page = LedgerPage()
        self.memory_page = MemoryPage()
        self.pages = QStackedWidget()
        self.pages.setObjectName(names.PAGES)
        self._compose()
        self.toast = Toast(self.centralWidget())
        self.library = Library(self.side.conversations, self.tasks)
        self.teaching = Teaching(self.tasks)
        self.chat = ChatController(self.chat_page, self.library, self.teaching, self.tasks, self._worker)
        self.learning = LearningController(self.learning_page, backend.learner, self.tasks, self.settings)
        self.versions = VersionsController(self.versions_page, backend.data, self.tasks, self.policy, self.settings)
        self.notebook = NotebookController(self.ledger_page, self.memory_page, self.tasks)
        self._connect()
        self._add_shortcuts()
        self._restore_geometry()

    def start(self) -> None:
        """Starts the model and shows what was last."""
        self._show_server(self.backend.server.status)
        self.backend.server.start()
        self.library.start()
        self.learning.refresh()
        self.versions.refresh()

    def come_to_front(self) -> None:
        """Another start of the program asked for this window."""
        self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_page(self, name: str) -> None:
        """Shows the page of a side bar entry, freshly read; an empty name is the chat."""
        if name == names.NAV_SETTINGS:
            self.side.mark_page(self._page_name())
            self.open_settings()
            return
        pages = {
            names.NAV_LEARNING: (self.learning_page, self.learning.refresh),
            names.NAV_VERSIONS: (self.versions_page, self.versions.refresh),
            names.NAV_LEDGER: (self.ledger_page, self.notebook.refresh),
            names.NAV_MEMORY: (self.memory_page, self.notebook.refresh),
        }
        page, refresh = pages.get(name, (self.chat_page, lambda: None))
        refresh()
        self.pages.setCurrentWidget(page)
        self.side.mark_page(name if name in pages else "")

    def open_settings(self) -> SettingsDialog:
        """Opens the settings; does not block."""
        dialog = SettingsDialog(self.settings.current, self)
        dialog.saved.connect(self._on_settings)
        dialog.trash_wanted.connect(self._on_empty_trash)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keeps what has arrived of a reply, ends both children, closes the store."""
        QSettings(self._geometry_file(), QSettings.Format.IniFormat).setValue("geometry", self.saveGeometry())
        self.hide()
        self._worker.close()
        self.backend.learner.shut_down()
        self.backend.server.stop()
        self.policy.close()
        self.tasks.close()
        super().closeEvent(event)

    # -- composition -------------------------------------------------------------------------

    def _compose(self) -> None:
        pages = (self.chat_page, self.learning_page, self.versions_page, self.ledger_page, self.memory_page)
        for page in pages:
            self.pages.addWidget(page)
        centre = QWidget()
        layout = QHBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.side)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(centre)
        self.setMinimumSize(theme.space(38), theme.space(24))

    def _connect(self) -> None:
        server, learner = self.backend.server, self.backend.learner
        self.side.new_wanted.connect(self._on_new)
        self.side.searched.connect(self.library.search)
        self.side.page_wanted.connect(self.show_page)
        self.side.retry_wanted.connect(server.retry)
        server.changed.connect(self._show_server)
        self.chat.said.connect(self.toast.say)
        self.chat.opened.connect(lambda _id: self.show_page(""))
        self.teaching.taught.connect(self._on_taught)
        self.teaching.taken_back.connect(self._on_taken_back)
        self.chat.busy_changed.connect(learner.hold)
        self.chat_page.composer.typed.connect(learner.nudge)
        self.chat_page.transcript.link_wanted.connect(lambda url: links.ask_to_open(self, url))
        self.versions_page.compare.link_wanted.connect(lambda url: links.ask_to_open(self, url))
        self.learning.said.connect(self.toast.say)
        self.learning.learned.connect(self._on_learned)
        self.versions.said.connect(self.toast.say)
        self.versions.active_known.connect(self._show_version)
        self.notebook.said.connect(self.toast.say)
        self.notebook.conversation_wanted.connect(self.chat.open)
        self.notebook.lessons_changed.connect(self._on_lessons_changed)
        self.tasks.on_problem = lambda problem: self.toast.say(str(problem))
        self.policy.on_problem = lambda problem: self.toast.say(str(problem))

    def _add_shortcuts(self) -> None:
        shortcuts = (
            (self.tr("New conversation"), "Ctrl+N", self._on_new),
            (self.tr("Search"), "Ctrl+F", self._on_search),
            (self.tr("Good reply"), "Ctrl+Up", self.chat.praise_last),
            (self.tr("Bad reply"), "Ctrl+Down", self.chat.dislike_last),
            (self.tr("Stop the reply"), "Esc", self.chat.stop),
            (self.tr("Settings"), "Ctrl+,", self.open_settings),
        )
        for text, keys, call in shortcuts:
            action = QAction(text, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(call)
            self.addAction(action)

    # -- reactions ---------------------------------------------------------------------------

    def _on_new(self) -> None:
        self.chat.new()

    def _on_search(self) -> None:
        self.side.search.setFocus()
        self.side.search.selectAll()

    def _on_taught(self) -> None:
        self.learning.refresh()
        self.notebook.refresh()

    def _on_taken_back(self, taken: TakenBack) -> None:
        self.versions.take_back(taken)
        self.learning.refresh()

    def _on_lessons_changed(self, in_use: Mapping[str, int]) -> None:
        self.versions.follow(in_use)
        self.learning.refresh()

    def _on_learned(self) -> None:
        self.learning.refresh()
        self.versions.refresh()
        self.notebook.refresh()
        self.chat.refresh()

    def _on_settings(self, settings: object) -> None:
        before = self.settings.current
        self.settings.replace(settings)
        if before.appearance != self.settings.current.appearance:
            self.appearance_changed.emit()
        if before.serving != self.settings.current.serving:
            # After the settings are on disk, since the server reads them at its start.
            self.tasks.submit(lambda _store: None, lambda _nothing: self.backend.server.restart())

    def _on_empty_trash(self) -> None:
        self.tasks.submit(
            lambda store: store.conversations.empty_trash(),
            lambda count: self.toast.say(self.tr("Deleted for good: {n}").format(n=count)),
        )

    def _show_server(self, status: ServerStatus) -> None:
        said = {
            "stopped": self.tr("The model is off."),
            "starting": self.tr("Starting the model…"),
            "restarting": self.tr("The model stopped; starting it again…"),
            "failed": self.tr("The model could not start."),
            "ready": self.tr("Ready"),
        }[status.state]
        reason = f" {status.reason}" if status.reason and status.state != "ready" else ""
        self.side.show_status(said + reason, status.model, can_retry=status.state == "failed")
        self.chat_page.composer.set_ready(status.state == "ready")
        if status.state == "ready":
            self.versions.refresh()
            self.policy.submit(_notices, self._on_notices)

    def _show_version(self, version: int) -> None:
        status = self.backend.server.status
        if status.state == "ready":
            ready = self.tr("Ready · {version}").format(version=words.version_name(version))
            self.side.show_status(ready, status.model)

    def _on_notices(self, notices: list[str]) -> None:
        if notices:
            self.toast.say(" ".join(notices))

    def _page_name(self) -> str:
        by_page = {
            self.learning_page: names.NAV_LEARNING,
            self.versions_page: names.NAV_VERSIONS,
            self.ledger_page: names.NAV_LEDGER,
            self.memory_page: names.NAV_MEMORY,
        }
        return by_page.get(self.pages.currentWidget(), "")

    def _geometry_file(self) -> str:
        return str(self.backend.data.root / "window.ini")

    def _restore_geometry(self) -> None:
        stored = QSettings(self._geometry_file(), QSettings.Format.IniFormat).value("geometry")
        if stored is None or not self.restoreGeometry(stored):
            self.resize(theme.space(72), theme.space(48))


def _notices(handle: PolicyHandle) -> list[str]:
    """What the server put right on its way up, for example a damaged version; none if it is gone again."""
    try:
        return [str(notice) for notice in handle.client().health().get("notices", [])]
    except PolicyUnavailable:
        return []
