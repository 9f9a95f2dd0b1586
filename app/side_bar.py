"""The side bar: new conversation, search, the list, the pages, and what the model is doing."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app import icons, names, theme
from app.chat.conversation_list import ConversationList
from app.widgets.basics import NavButton, button, column, label, row, rule

_SEARCH_DELAY_MS = 150
_WIDTH_LINES = 15.5


class SideBar(QWidget):
    """Signals:
    new_wanted: a fresh conversation.
    searched: what is typed into the search box; empty when it is cleared.
    page_wanted: object name of the entry that was pressed.
    retry_wanted: start the model again.
    """

    new_wanted = Signal()
    searched = Signal(str)
    page_wanted = Signal(str)
    retry_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.space(_WIDTH_LINES))
        self.new = button(self.tr("New conversation"), name=names.NEW_CONVERSATION, icon="plus")
        self.new.setToolTip(self.tr("Ctrl+N"))
        self.search = self._make_search()
        self.conversations = ConversationList()
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self.status = label("", "small", wrap=True)
        self.status.setObjectName(names.STATUS)
        self.retry = button(self.tr("Try again"), "link", described=self.tr("Start the model again"))
        self.retry.hide()
        self._lay_out()
        self.new.clicked.connect(self.new_wanted)
        self.retry.clicked.connect(self.retry_wanted)
        self._group.buttonClicked.connect(lambda pressed: self.page_wanted.emit(pressed.objectName()))
        self._timer = QTimer(self)
        self._timer.setObjectName("search delay")
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SEARCH_DELAY_MS)
        self._timer.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textChanged.connect(self._timer.start)

    def mark_page(self, name: str) -> None:
        """Lights the entry of the page on show; none for the chat."""
        for entry in self._group.buttons():
            entry.setChecked(entry.objectName() == name)

    def show_status(self, words: str, model: str = "", *, can_retry: bool = False) -> None:
        """One line about the model, whose own name is the tooltip."""
        self.status.setText(words)
        self.status.setToolTip(model)
        self.status.setAccessibleName(words)
        self.retry.setVisible(can_retry)

    def _make_search(self) -> QLineEdit:
        made = QLineEdit()
        made.setObjectName(names.SEARCH)
        made.setAccessibleName(self.tr("Search conversations"))
        made.setPlaceholderText(self.tr("Search"))
        made.setToolTip(self.tr("Ctrl+F"))
        made.setProperty("kind", "search")
        made.setClearButtonEnabled(True)
        made.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        for part in made.findChildren(QToolButton):
            part.setAccessibleName(self.tr("Clear the search"))
        return made

    def _lay_out(self) -> None:
        layout = column(self, gap=0.5, margin=0.7)
        head = row(gap=0.4)
        picture = label()
        picture.setPixmap(icons.pixmap("mentee", theme.space(1.4)))
        head.addWidget(picture)
        head.addWidget(label(self.tr("Mentee"), "heading"), 1)
        layout.addLayout(head)
        layout.addSpacing(theme.space(0.2))
        layout.addWidget(self.new)
        layout.addWidget(self.search)
        layout.addWidget(self.conversations, 1)
        layout.addWidget(rule())
        layout.addLayout(self._entries())
        layout.addWidget(rule())
        foot = row(gap=0.3)
        foot.addWidget(self.status, 1)
        foot.addWidget(self.retry)
        layout.addLayout(foot)

    def _entries(self) -> QVBoxLayout:
        entries = column(gap=0.1)
        pages = (
            ("learning", self.tr("Learning"), names.NAV_LEARNING),
            ("versions", self.tr("Versions"), names.NAV_VERSIONS),
            ("ledger", self.tr("What I learned"), names.NAV_LEDGER),
            ("memory", self.tr("Memory"), names.NAV_MEMORY),
            ("settings", self.tr("Settings"), names.NAV_SETTINGS),
        )
        for icon, words, name in pages:
            entry = NavButton(icon, words, name)
            self._group.addButton(entry)
            entries.addWidget(entry)
        return entries
