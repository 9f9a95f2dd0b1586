"""A message that lies over the bottom of the window for some seconds, with at most one action (undo)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QWidget

from app import names, theme
from app.widgets.basics import button, label, row

_SHOWN_MS = 8000


class Toast(QFrame):
    """One at a time; a new message replaces the old one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(names.TOAST)
        self.setProperty("kind", "toast")
        self._action: Callable[[], None] | None = None
        self._words = label("", wrap=True)
        self._undo = button(self.tr("Undo"), name=names.TOAST_UNDO)
        layout = row(self, gap=0.6)
        layout.setContentsMargins(theme.space(1), theme.space(0.45), theme.space(0.6), theme.space(0.45))
        layout.addWidget(self._words, 1)
        layout.addWidget(self._undo)
        self._timer = QTimer(self)
        self._timer.setObjectName("toast timer")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._undo.clicked.connect(self._on_undo)
        parent.installEventFilter(self)
        self.hide()

    def say(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Shows a plain sentence; with `undo`, a button that takes the thing back."""
        self._words.setText(words)
        self._action = undo
        self._undo.setVisible(undo is not None)
        self.setAccessibleName(words)
        self.show()
        self._place()
        self.raise_()
        self._timer.start(_SHOWN_MS)

    def hideEvent(self, event: QEvent) -> None:
        """Nothing may tick while it is not seen."""
        self._timer.stop()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays at the bottom when the window is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _on_undo(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

    def _place(self) -> None:
        parent = self.parentWidget()
        natural = self._words.fontMetrics().horizontalAdvance(self._words.text()) + theme.space(7)
        width = min(max(natural, theme.space(14)), parent.width() - theme.space(2))
        height = max(self.heightForWidth(width), self.sizeHint().height())
        self.setGeometry((parent.width() - width) // 2, parent.height() - height - theme.space(6), width, height)
