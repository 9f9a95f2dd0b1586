"""The bar under each reply, always visible: thumbs, copy, regenerate, and the way between variants."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import names
from app.chat.items import MessageItem
from app.widgets.basics import IconButton, label, row


class VariantArrows(QWidget):
    """`2/3` between two arrows; hidden while there is only one.

    Signals:
        wanted: id of the sibling to show.
    """

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._item: MessageItem | None = None
        self.back = IconButton("chevron-left", self.tr("Earlier variant"), names.VARIANT_BACK, lines=0.8)
        self.place = label("", "small")
        self.place.setObjectName(names.VARIANT_LABEL)
        self.next = IconButton("chevron-right", self.tr("Later variant"), names.VARIANT_NEXT, lines=0.8)
        layout = row(self, gap=0)
        for part in (self.back, self.place, self.next):
            layout.addWidget(part)
        self.back.clicked.connect(lambda: self._walk(-1))
        self.next.clicked.connect(lambda: self._walk(1))

    def show_item(self, item: MessageItem) -> None:
        """Takes the number of variants and the place among them."""
        self._item = item
        count = len(item.variants)
        self.setVisible(count > 1)
        self.place.setText(f"{item.place}/{count}")
        self.place.setAccessibleName(self.tr("Variant {a} of {b}").format(a=item.place, b=count))
        self.back.setEnabled(item.place > 1)
        self.next.setEnabled(item.place < count)

    def _walk(self, step: int) -> None:
        if self._item is not None:
            at = self._item.place - 1 + step
            if 0 <= at < len(self._item.variants):
                self.wanted.emit(self._item.variants[at])


class ReplyBar(QWidget):
    """Signals tell what was pressed; the row decides what that means.

    Signals:
        praised, disliked, copied, regenerated: the buttons.
        variant_wanted: id of the sibling to show.
    """

    praised = Signal()
    disliked = Signal()
    copied = Signal()
    regenerated = Signal()
    variant_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.REPLY_BAR)
        self.up = IconButton("thumb-up", self.tr("Good reply"), names.THUMB_UP)
        self.down = IconButton("thumb-down", self.tr("Bad reply: say what should have been"), names.THUMB_DOWN)
        self.copy = IconButton("copy", self.tr("Copy the reply"), names.COPY_REPLY)
        self.again = IconButton("regenerate", self.tr("Reply again, keeping this one"), names.REGENERATE)
        self.arrows = VariantArrows()
        layout = row(self, gap=0.15)
        for part in (self.up, self.down, self.copy, self.again, self.arrows):
            layout.addWidget(part)
        layout.addStretch(1)
        for control in (self.up, self.down):
            control.setCheckable(True)
        self.up.clicked.connect(self.praised)
        self.down.clicked.connect(self.disliked)
        self.copy.clicked.connect(self.copied)
        self.again.clicked.connect(self.regenerated)
        self.arrows.wanted.connect(self.variant_wanted)

    def show_item(self, item: MessageItem, *, busy: bool) -> None:
        """Shows the vote and the variants; what cannot be done now is disabled, never hidden."""
        streaming = item.state == "streaming"
        for control, lit in ((self.up, item.vote == "praise"), (self.down, _is_negative(item))):
            control.setEnabled(item.turn_id is not None and not streaming)
            control.setChecked(lit)
            control.set_lit(lit)
        self.copy.setEnabled(bool(item.text))
        self.again.setEnabled(not streaming and not busy)
        self.arrows.show_item(item)
        self.arrows.setEnabled(not streaming and not busy)

    def flash_copied(self) -> None:
        """Shows that the copy happened."""
        self.copy.set_icon_name("check")


def _is_negative(item: MessageItem) -> bool:
    return item.vote in ("dislike", "correction", "rewrite")
