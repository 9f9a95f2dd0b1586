"""The chip under a reply: what was noted, and the way to take it back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame

from app import icons, names, theme, words
from app.chat.items import Noted
from app.widgets.basics import button, label, row


class NotedChip(QFrame):
    """Signals:
    undone: id of the feedback to take back.
    """

    undone = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.NOTED_CHIP)
        self.setProperty("kind", "chip")
        self._noted: Noted | None = None
        self._icon = label()
        self.words = label("", wrap=False)
        undo = button(self.tr("undo"), "link", name=names.NOTED_UNDO, described=self.tr("Undo what was noted"))
        layout = row(self, gap=0.4)
        layout.setContentsMargins(theme.space(0.6), theme.space(0.12), theme.space(0.5), theme.space(0.12))
        for part in (self._icon, self.words, undo):
            layout.addWidget(part)
        undo.clicked.connect(self._on_undo)
        self._draw()
        self.hide()

    def show_noted(self, noted: Noted | None) -> None:
        """Shows it, or hides the chip."""
        self._noted = noted
        self.setVisible(noted is not None)
        if noted is not None:
            said = words.noted(noted.code, noted.text)
            self.words.setText(self._elided(said))
            self.words.setToolTip(said)
            self.setAccessibleName(said)

    def changeEvent(self, event: QEvent) -> None:
        """Redraws the icon when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _elided(self, said: str) -> str:
        most = 90
        return said if len(said) <= most else said[: most - 1] + "…"

    def _draw(self) -> None:
        self._icon.setPixmap(icons.pixmap("noted", theme.space(0.9), theme.colours().accent))

    def _on_undo(self) -> None:
        if self._noted is not None:
            self.undone.emit(self._noted.feedback_id)
