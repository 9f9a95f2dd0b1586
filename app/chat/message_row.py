"""One message with what belongs to it: bubble or reply, bar, chip, correction box."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import icons, names, theme, words
from app.chat.chip import NotedChip
from app.chat.correction_box import CorrectionBox
from app.chat.items import (
    Copied,
    EditMessage,
    GiveFeedback,
    MessageItem,
    Regenerate,
    ShowVariant,
    UndoFeedback,
    Vote,
)
from app.chat.message_view import MessageView
from app.chat.pacer import Pacer
from app.chat.reply_bar import ReplyBar, VariantArrows
from app.widgets.basics import IconButton, column, frame, label, row

_BUBBLE_SHARE = 0.8


class MessageRow(QWidget):
    """Base of both kinds of row.

    Signals:
        acted: an `Action` of `app.chat.items`.
        link_wanted: a link was clicked.
    """

    acted = Signal(object)
    link_wanted = Signal(QUrl)

    def __init__(self, item: MessageItem) -> None:
        super().__init__()
        self.setObjectName(names.MESSAGE_ROW)
        self.item = item
        self.view = MessageView(markdown=item.role != "user")
        self.view.link_wanted.connect(self.link_wanted)

    def show_item(self, item: MessageItem, *, busy: bool = False) -> None:
        """Shows the same message in a new state; while `busy`, nothing that starts a reply is enabled."""
        self.item = item
        self.busy = busy


class UserRow(MessageRow):
    """What the user said: a bubble on the right."""

    def __init__(self, item: MessageItem) -> None:
        super().__init__(item)
        self.view.setAccessibleName(self.tr("Your message"))
        self._bubble = frame("bubble")
        inside = column(self._bubble, gap=0)
        # The height of a line has its spare room below the letters.
        inside.setContentsMargins(theme.space(0.9), theme.space(0.62), theme.space(0.9), theme.space(0.38))
        inside.addWidget(self.view)
        self.edit = IconButton("pencil", self.tr("Word this differently"), names.EDIT_MESSAGE, lines=0.8)
        self.arrows = VariantArrows()
        layout = row(self, gap=0.2)
        layout.addStretch(1)
        for part in (self.arrows, self.edit, self._bubble):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self.edit.clicked.connect(lambda: self.acted.emit(EditMessage(self.item.id, self.item.text)))
        self.arrows.wanted.connect(lambda sibling: self.acted.emit(ShowVariant(sibling)))
        self.view.set_text(item.text)
        self.show_item(item)

    def show_item(self, item: MessageItem, *, busy: bool = False) -> None:
        """Variants and whether editing is possible now."""
        super().show_item(item, busy=busy)
        self.arrows.show_item(item)
        self.arrows.setEnabled(not busy)
        self.edit.setEnabled(not busy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bubble is as wide as its words, up to a share of the column."""
        super().resizeEvent(event)
        most = round(event.size().width() * _BUBBLE_SHARE) - theme.space(1.7)
        self.view.setFixedWidth(max(theme.space(2), self.view.natural_width(most)))


class ReplyRow(MessageRow):
    """What Mentee said, with the bar under it.

    Signals:
        box_grew: this row; its correction box ought to be in view.
    """

    box_grew = Signal(object)

    def __init__(self, item: MessageItem) -> None:
        super().__init__(item)
        self.view.setAccessibleName(self.tr("Mentee's reply"))
        self._text = item.text
        self._pacer = Pacer(self._render, self)
        self._mark = label()
        self._version = label("", "small")
        self.note = label("", "small", wrap=True)
        self.sign = label("", "small", wrap=True)
        self.sign.setObjectName(names.WEAK_SIGN)
        self.bar = ReplyBar()
        self.chip = NotedChip()
        self.box: CorrectionBox | None = None
        self._lay_out()
        self.bar.praised.connect(lambda: self._vote("praise"))
        self.bar.disliked.connect(self._on_disliked)
        self.bar.copied.connect(self._on_copied)
        self.bar.regenerated.connect(lambda: self.acted.emit(Regenerate(self.item.id)))
        self.bar.variant_wanted.connect(lambda sibling: self.acted.emit(ShowVariant(sibling)))
        self.chip.undone.connect(lambda feedback: self.acted.emit(UndoFeedback(self.item.id, feedback)))
        self._draw_mark()
        self._render()
        self.show_item(item)

    def show_item(self, item: MessageItem, *, busy: bool = False) -> None:
        """Vote, chip, variants, note; and the text, if it is another one."""
        super().show_item(item, busy=busy)
        self._version.setText(words.version_name(item.version))
        self.bar.show_item(item, busy=busy)
        self.chip.show_noted(item.noted)
        note = self._note_for(item)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.sign.setText(words.sign(item.sign))
        self.sign.setVisible(bool(item.sign))
        if item.state != "streaming":
            self._pacer.finish()
        if item.text != self._text and (item.state != "streaming" or len(item.text) > len(self._text)):
            self._text = item.text
            self._render()

    def append(self, text: str) -> None:
        """More of a streaming reply."""
        self._text += text
        self._pacer.poke()

    def text(self) -> str:
        """All of the reply that has arrived."""
        return self._text

    def open_correction(self) -> CorrectionBox:
        """Opens the box (once) and puts the cursor into it."""
        if self.box is None:
            box = CorrectionBox(self._text)
            box.answered.connect(self._on_answered)
            box.closed.connect(self.close_correction)
            self.layout().addWidget(box)
            self.box = box
            box.grew.connect(lambda: self.box_grew.emit(self))
            self.box_grew.emit(self)
        self.box.setFocus()
        return self.box

    def close_correction(self) -> None:
        """Closes the box, if it is open."""
        if self.box is not None:
            box, self.box = self.box, None
            box.hide()
            box.deleteLater()

    def changeEvent(self, event: QEvent) -> None:
        """Redraws the mark when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_mark()

    def _lay_out(self) -> None:
        layout = column(self, gap=0.3)
        head = row(gap=0.4)
        head.addWidget(self._mark)
        head.addWidget(label(self.tr("Mentee"), "strong"))
        head.addWidget(self._version)
        head.addStretch(1)
        layout.addLayout(head)
        layout.addWidget(self.view)
        layout.addWidget(self.note)
        layout.addWidget(self.bar)
        layout.addWidget(self.sign)
        layout.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignLeft)

    def _draw_mark(self) -> None:
        self._mark.setPixmap(icons.pixmap("learning", theme.space(0.95), theme.colours().accent))

    def _render(self) -> None:
        waiting = self.item.state == "streaming" and not self._text
        self.view.set_text("…" if waiting else self._text)

    def _note_for(self, item: MessageItem) -> str:
        if item.state == "stopped":
            return self.tr("Stopped. What had arrived is kept.")
        if item.state == "interrupted":
            return self.tr("The model went away in the middle. What had arrived is kept; reply again to go on.")
        return ""

    def _vote(self, kind: Vote, text: str | None = None, rewrite: str | None = None) -> None:
        if self.item.turn_id is None:
            return
        if kind == self.item.vote and text is None and self.item.feedback_id is not None:
            self.acted.emit(UndoFeedback(self.item.id, self.item.feedback_id))
        else:
            self.acted.emit(GiveFeedback(self.item.id, self.item.turn_id, kind, text, rewrite))

    def _on_answered(self, words: str, better: str) -> None:
        if words:
            self._vote("correction", words, better or None)
        else:
            self._vote("rewrite", better)

    def _on_disliked(self) -> None:
        if self.item.vote in ("dislike", "correction", "rewrite") and self.item.feedback_id is not None:
            self.close_correction()
            self.acted.emit(UndoFeedback(self.item.id, self.item.feedback_id))
            return
        self._vote("dislike")
        self.open_correction()

    def _on_copied(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.bar.flash_copied()
        self.acted.emit(Copied(self.item.id))


def make_row(item: MessageItem) -> MessageRow:
    """The row for a message."""
    return UserRow(item) if item.role == "user" else ReplyRow(item)
