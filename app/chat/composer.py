"""Where the user writes: Enter sends, Shift+Enter breaks the line, Stop ends a reply; no word is lost."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app import names, theme
from app.widgets.basics import IconButton, button, column, frame, label, row, set_tone

_MOST_LINES = 9


class Editor(QPlainTextEdit):
    """Grows with its text up to nine lines.

    Signals:
        sent: Enter was pressed.
        typed: any key was pressed.
        escaped: Escape was pressed.
        focused: got (True) or lost the keyboard.
    """

    sent = Signal()
    typed = Signal()
    escaped = Signal()
    focused = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.COMPOSER)
        self.setAccessibleName(self.tr("Message to Mentee"))
        self.setPlaceholderText(self.tr("Ask or teach…"))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self.fit)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Takes the height of its lines."""
        line = self.fontMetrics().lineSpacing()
        lines = min(max(1, round(self.document().size().height())), _MOST_LINES)
        self.setFixedHeight(lines * line + theme.space(0.3))
        many = self.document().size().height() > _MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Takes text only."""
        self.insertPlainText(source.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Escape; all else is typing."""
        self.typed.emit()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tells the frame around it."""
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tells the frame around it."""
        super().focusOutEvent(event)
        self.focused.emit(False)


class Composer(QWidget):
    """The editor with its buttons.

    Signals:
        sent: text, and the id of the message that is edited (empty for a new one).
        stop_wanted: end the reply.
        typed: a key was pressed: the learner should yield.
        held: whether a message waits for the model to be ready.
    """

    sent = Signal(str, str)
    stop_wanted = Signal()
    typed = Signal()
    held = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._editing = ""
        self._held = False
        self._kept = ""
        self._busy = False
        self._ready = True
        self.editor = Editor()
        self.send = IconButton("send", self.tr("Send"), names.SEND, kind="round", lines=1.1)
        self.stop = IconButton("stop", self.tr("Stop the reply (Esc)"), names.STOP, kind="round", lines=1.1)
        self._banner = self._make_banner()
        self._lay_out()
        self.stop.hide()
        self.editor.sent.connect(self.submit)
        self.editor.typed.connect(self.typed)
        self.editor.escaped.connect(self._on_escaped)
        self.editor.textChanged.connect(self._refresh)
        self.send.clicked.connect(self.submit)
        self.stop.clicked.connect(self.stop_wanted)
        self._refresh()

    def submit(self) -> None:
        """Sends what is written. It stays while a reply is made, and waits while no model is ready."""
        words = self.editor.toPlainText().strip()
        self._hold(bool(words) and not self._ready)
        if words and self._ready and not self._busy:
            edited = self._editing
            self._end_editing()
            self.sent.emit(words, edited)

    def set_busy(self, busy: bool) -> None:
        """Shows Stop in place of Send."""
        self._busy = busy
        self._refresh()

    def set_ready(self, ready: bool) -> None:
        """False while no model can answer; a message sent meanwhile goes off when one can."""
        self._ready = ready
        if ready and self._held:
            self.submit()

    def edit(self, message_id: str, text: str) -> None:
        """Puts an earlier message into the editor; what was there comes back afterwards."""
        if not self._editing:
            self._kept = self.editor.toPlainText()
        self._editing = message_id
        self.editor.setPlainText(text)
        self.editor.setFocus()
        self._banner.show()

    def draft(self) -> str:
        """What is written and not sent; never the text of a message under edit."""
        return self._kept if self._editing else self.editor.toPlainText()

    def set_draft(self, text: str) -> None:
        """Ends an edit and shows another draft."""
        self._hold(False)
        self._editing, self._kept = "", text
        self._end_editing()

    def _hold(self, held: bool) -> None:
        if held != self._held:
            self._held = held
            self.held.emit(held)

    def _end_editing(self) -> None:
        self._editing = ""
        self._banner.hide()
        self.editor.setPlainText(self._kept)
        self._kept = ""
        self.editor.moveCursor(self.editor.textCursor().MoveOperation.End)

    def _on_escaped(self) -> None:
        if self._editing:
            self._end_editing()
        elif self._busy:
            self.stop_wanted.emit()

    def _refresh(self) -> None:
        self.send.setVisible(not self._busy)
        self.stop.setVisible(self._busy)
        self.send.setEnabled(bool(self.editor.toPlainText().strip()))

    def _make_banner(self) -> QFrame:
        made = frame("well")
        layout = row(made, gap=0.4)
        layout.setContentsMargins(theme.space(0.6), theme.space(0.1), theme.space(0.3), theme.space(0.1))
        words = self.tr("Wording an earlier message differently; the old one is kept beside it.")
        layout.addWidget(label(words, "small"), 1)
        cancel = button(self.tr("Cancel"), "link", described=self.tr("Cancel editing"))
        cancel.clicked.connect(self._end_editing)
        layout.addWidget(cancel)
        made.hide()
        return made

    def _lay_out(self) -> None:
        layout = column(self, gap=0.3)
        layout.addWidget(self._banner)
        shell = frame("composer")
        inside = row(shell, gap=0.4)
        inside.setContentsMargins(theme.space(0.9), theme.space(0.4), theme.space(0.4), theme.space(0.4))
        inside.addWidget(self.editor, 1, Qt.AlignmentFlag.AlignVCenter)
        for control in (self.send, self.stop):
            inside.addWidget(control, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(shell)
        self.editor.focused.connect(lambda has: set_tone(shell, "active" if has else ""))
