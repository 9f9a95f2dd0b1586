"""The small box at thumbs-down: what should have been done and, on request, the better reply itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from app import names, theme
from app.widgets.basics import button, column, label, row


class _Words(QPlainTextEdit):
    """Plain words; Ctrl+Enter and (where `enter_sends`) Enter send, Escape closes."""

    sent = Signal()
    cancelled = Signal()

    def __init__(self, name: str, described: str, lines: float, *, enter_sends: bool) -> None:
        super().__init__()
        self._enter_sends = enter_sends
        self.setObjectName(name)
        self.setAccessibleName(described)
        self.setTabChangesFocus(True)
        self.setFixedHeight(theme.space(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Escape; all else is typing."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if enter and (control or (self._enter_sends and not shift)):
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


class CorrectionBox(QFrame):
    """Inline, under the reply.

    Signals:
        answered: what should have been done, and the better reply; one of them may be empty.
        closed: nothing more to say; the thumb stays.
        grew: the fold was opened.
    """

    answered = Signal(str, str)
    closed = Signal()
    grew = Signal()

    def __init__(self, reply: str) -> None:
        super().__init__()
        self._reply = reply
        self.setObjectName(names.CORRECTION_BOX)
        self.setProperty("kind", "well")
        question = self.tr("What should I have done?")
        self.words = _Words(names.CORRECTION_TEXT, question, 2.9, enter_sends=True)
        self.words.setPlaceholderText(self.tr("For example: too long, one short sentence please"))
        better = self.tr("Write the better reply yourself")
        self.fold = button(better, "link", name=names.CORRECTION_FOLD)
        self.rewrite = _Words(names.CORRECTION_REWRITE, better, 7, enter_sends=False)
        self.rewrite.hide()
        send = button(self.tr("Send"), "primary", name=names.CORRECTION_SEND, described=self.tr("Send correction"))
        cancel = button(self.tr("Close"), name=names.CORRECTION_CANCEL, described=self.tr("Close correction"))
        self._lay_out(question, send, cancel)
        self.setFocusProxy(self.words)
        self.fold.clicked.connect(self._on_fold)
        send.clicked.connect(self._on_send)
        cancel.clicked.connect(self.closed)
        for field in (self.words, self.rewrite):
            field.sent.connect(self._on_send)
            field.cancelled.connect(self.closed)

    def _lay_out(self, question: str, send: QFrame, cancel: QFrame) -> None:
        layout = column(self, gap=0.45, margin=0.8)
        layout.addWidget(label(question, "strong"))
        layout.addWidget(self.words)
        layout.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.rewrite)
        foot = row(gap=0.4)
        promise = self.tr("Stays on this computer; used the next time I learn.")
        foot.addWidget(label(promise, "small", wrap=True), 1)
        foot.addWidget(cancel)
        foot.addWidget(send)
        layout.addLayout(foot)

    def _on_fold(self) -> None:
        opening = self.rewrite.isHidden()
        if opening and not self.rewrite.toPlainText():
            self.rewrite.setPlainText(self._reply)
        self.rewrite.setVisible(opening)
        self.grew.emit()
        (self.rewrite if opening else self.words).setFocus()

    def _on_send(self) -> None:
        words = self.words.toPlainText().strip()
        better = self.rewrite.toPlainText().strip()
        if self.rewrite.isHidden() or better == self._reply.strip():
            better = ""
        if words or better:
            self.answered.emit(words, better)
        self.closed.emit()
