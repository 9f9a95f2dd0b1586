"""The list of messages: a row each, about the last hundred, following the end only if the reader does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton

from app import names, theme
from app.chat.items import MessageItem
from app.chat.message_row import MessageRow, ReplyRow, make_row
from app.chat.welcome import Welcome
from app.widgets.basics import IconButton, button, clear, column
from app.widgets.page import ColumnScroll

WINDOW = 100
_PAGE = 50
_SLACK = 20
# The empty room below the last message counts as the end.
_END_TOLERANCE_LINES = 2.2


class Transcript(ColumnScroll):
    """Shows the path of one conversation.

    Signals:
        acted: an `Action` of `app.chat.items`.
        link_wanted: a link was clicked; nothing is opened here.
        suggested: a suggestion of the empty state was chosen.
    """

    acted = Signal(object)
    link_wanted = Signal(QUrl)
    suggested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.TRANSCRIPT)
        self.setAccessibleName(self.tr("Messages"))
        self._items: list[MessageItem] = []
        self._first = 0
        self._rows: dict[str, MessageRow] = {}
        self._busy = False
        self._following = True
        self._reveal: ReplyRow | None = None
        self.welcome = Welcome()
        self.welcome.suggested.connect(self.suggested)
        self._earlier = self._make_earlier()
        self._list = column(gap=1.0)
        self.content.addWidget(self.welcome, 1000)
        self.content.addWidget(self._earlier)
        self.content.addLayout(self._list)
        self.content.addStretch(1)
        latest = self.tr("Jump to the latest")
        self.jump = IconButton("arrow-down", latest, names.JUMP_TO_LATEST, kind="floating")
        self.jump.setParent(self)
        self.jump.hide()
        self.jump.clicked.connect(self.to_end)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range_changed)
        self._refresh_head()

    # -- content -----------------------------------------------------------------------------

    def show_messages(self, items: Sequence[MessageItem]) -> None:
        """Shows a path; rows that are already there stay, with what is typed into them."""
        if [item.id for item in items] == [item.id for item in self._items]:
            self._items = list(items)
            self._refresh_rows()
            return
        kept = _common_prefix(self._items, items)
        if kept and kept > self._first:
            self._drop_rows(self._items[kept:])
        else:
            self._drop_rows(self._items)
            kept = 0
            self._first = max(0, len(items) - WINDOW)
        self._items = list(items)
        for item in self._items[max(kept, self._first) :]:
            self._add_row(item, self._list.count())
        self._refresh_rows()
        self._trim()
        self.to_end()

    def append_text(self, message_id: str, text: str) -> None:
        """More of a streaming reply; ignored if it is not on show."""
        found = self._rows.get(message_id)
        if isinstance(found, ReplyRow):
            found.append(text)

    def set_busy(self, busy: bool) -> None:
        """While a reply is being made nothing may be regenerated or edited."""
        if busy != self._busy:
            self._busy = busy
            self._refresh_rows()

    def row(self, message_id: str) -> MessageRow | None:
        """The row of a message, if it is in the window."""
        return self._rows.get(message_id)

    def last_reply(self) -> ReplyRow | None:
        """The row of the newest reply."""
        replies = (self._rows.get(item.id) for item in reversed(self._items) if item.role == "assistant")
        found = next(replies, None)
        return found if isinstance(found, ReplyRow) else None

    def items(self) -> list[MessageItem]:
        """All messages of the path, also those outside the window."""
        return list(self._items)

    # -- scrolling ---------------------------------------------------------------------------

    def to_end(self) -> None:
        """Goes to the newest message and follows it."""
        self._following = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._update_jump()

    def is_following(self) -> bool:
        """Whether new text keeps the end in view."""
        return self._following

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the jump button in its corner."""
        super().resizeEvent(event)
        self._update_jump()

    def _on_scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - theme.space(_END_TOLERANCE_LINES)
        self._update_jump()

    def _on_range_changed(self, _least: int, most: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(most)
        row, self._reveal = self._reveal, None
        if row is not None and row.box is not None:
            self.ensureWidgetVisible(row.box, 0, theme.space(0.6))
        self._update_jump()

    def _on_box_grew(self, row: ReplyRow) -> None:
        # The box gets its place with the next layout, which changes the range.
        self._reveal = row

    def _update_jump(self) -> None:
        self.jump.setVisible(not self._following)
        size = self.jump.sizeHint()
        left = (self.viewport().width() - size.width()) // 2
        top = self.viewport().height() - size.height() - theme.space(0.5)
        self.jump.setGeometry(left, top, size.width(), size.height())
        self.jump.raise_()

    # -- window ------------------------------------------------------------------------------

    def _make_earlier(self) -> QPushButton:
        made = button(self.tr("Show earlier messages"), "link")
        made.clicked.connect(self._on_earlier)
        return made

    def _on_earlier(self) -> None:
        first = max(0, self._first - _PAGE)
        below = self.verticalScrollBar().maximum() - self.verticalScrollBar().value()
        for at, item in enumerate(self._items[first : self._first]):
            self._add_row(item, at)
        self._first = first
        self._refresh_rows()
        self.canvas.adjustSize()
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum() - below)

    def _trim(self) -> None:
        """Frees the oldest rows once the window has grown by some."""
        if len(self._items) - self._first > WINDOW + _SLACK:
            first = len(self._items) - WINDOW
            self._drop_rows(self._items[self._first : first])
            self._first = first
            self._refresh_head()

    def _add_row(self, item: MessageItem, at: int) -> None:
        made = make_row(item)
        made.acted.connect(self.acted)
        made.link_wanted.connect(self.link_wanted)
        if isinstance(made, ReplyRow):
            made.box_grew.connect(self._on_box_grew)
        self._rows[item.id] = made
        self._list.insertWidget(at, made)

    def _drop_rows(self, items: Sequence[MessageItem]) -> None:
        for item in items:
            gone = self._rows.pop(item.id, None)
            if gone is not None:
                self._reveal = None
                self._list.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
        if not self._rows:
            clear(self._list)

    def _refresh_rows(self) -> None:
        for item in self._items:
            shown = self._rows.get(item.id)
            if shown is not None:
                shown.show_item(item, busy=self._busy)
        self._refresh_head()

    def _refresh_head(self) -> None:
        self.welcome.setVisible(not self._items)
        self._earlier.setVisible(self._first > 0)


def _common_prefix(old: Sequence[MessageItem], new: Sequence[MessageItem]) -> int:
    count = 0
    for before, after in zip(old, new, strict=False):
        if before.id != after.id:
            break
        count += 1
    return count
