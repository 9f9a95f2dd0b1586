"""The list of conversations: open, rename in place, move to the trash. Shows what it is given."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QMenu

from app import icons, names, theme
from app.chat.items import ConversationItem

_ID = Qt.ItemDataRole.UserRole
_TITLE = Qt.ItemDataRole.UserRole + 1
_HIT_MARKS = str.maketrans("", "", "\x02\x03")


class ConversationList(QListWidget):
    """Signals:
    opened: id of the conversation to show.
    renamed: id and new title.
    trashed: id.
    """

    opened = Signal(str)
    renamed = Signal(str, str)
    trashed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.CONVERSATIONS)
        self.setAccessibleName(self.tr("Conversations"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSpacing(theme.space(0.05))
        self.customContextMenuRequested.connect(self._on_menu)
        self.itemActivated.connect(self._on_chosen)
        self.itemClicked.connect(self._on_chosen)
        self.itemChanged.connect(self._on_edited)

    def fill(self, items: list[ConversationItem], current_id: str | None) -> None:
        """Shows these conversations; the one on show is selected."""
        self.blockSignals(True)
        self.clear()
        for item in items:
            self.addItem(self._line(item))
        self.blockSignals(False)
        self.mark(current_id)

    def mark(self, current_id: str | None) -> None:
        """Selects the conversation on show, if it is listed."""
        self.setCurrentItem(self._find(current_id) if current_id else None)

    def ids(self) -> list[str]:
        """The listed conversations, top to bottom."""
        return [str(self.item(at).data(_ID)) for at in range(self.count())]

    def start_rename(self, conversation_id: str) -> None:
        """Opens the editor on a title."""
        line = self._find(conversation_id)
        if line is not None:
            self.editItem(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete moves to the trash; F2 renames."""
        line = self.currentItem()
        if event.key() == Qt.Key.Key_Delete and line is not None:
            self.trashed.emit(str(line.data(_ID)))
        else:
            super().keyPressEvent(event)

    def _line(self, item: ConversationItem) -> QListWidgetItem:
        title = item.title or self.tr("New conversation")
        line = QListWidgetItem(title)
        line.setData(_ID, item.id)
        line.setData(_TITLE, title)
        line.setFlags(line.flags() | Qt.ItemFlag.ItemIsEditable)
        found = item.snippet.translate(_HIT_MARKS)
        line.setToolTip(f"{title}\n{found}" if found else title)
        return line

    def _find(self, conversation_id: str | None) -> QListWidgetItem | None:
        lines = (self.item(at) for at in range(self.count()))
        return next((line for line in lines if line.data(_ID) == conversation_id), None)

    def _on_chosen(self, line: QListWidgetItem) -> None:
        self.opened.emit(str(line.data(_ID)))

    def _on_edited(self, line: QListWidgetItem) -> None:
        title, before = line.text().strip(), str(line.data(_TITLE))
        if title == before:
            return
        self.blockSignals(True)
        line.setText(title or before)
        line.setData(_TITLE, title or before)
        self.blockSignals(False)
        if title:
            self.renamed.emit(str(line.data(_ID)), title)

    def _on_menu(self, where: QPoint) -> None:
        line = self.itemAt(where)
        if line is None:
            return
        menu = QMenu(self)
        rename = QAction(icons.icon("pencil"), self.tr("Rename"), menu)
        rename.triggered.connect(lambda: self.editItem(line))
        trash = QAction(icons.icon("trash"), self.tr("Move to the trash"), menu)
        trash.triggered.connect(lambda: self.trashed.emit(str(line.data(_ID))))
        menu.addActions([rename, trash])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(where))
