"""The chat page: heading with the switch for standing instructions, transcript, composer. Holds no data."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from app import names, theme
from app.chat.composer import Composer
from app.chat.items import OpenConversation
from app.chat.transcript import Transcript
from app.widgets.basics import column, label, row, rule
from app.widgets.switch import Switch

_WIDTH_LINES = 46


class ChatPage(QWidget):
    """Signals:
    instructions_switched: whether this conversation uses the standing instructions.
    """

    instructions_switched = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(names.CHAT_PAGE)
        self.setProperty("kind", "page")
        self.title = label("", "heading")
        self.title.setObjectName(names.CHAT_TITLE)
        self.transcript = Transcript()
        self.composer = Composer()
        words = self.tr("Use my standing instructions")
        self.instructions = Switch(words, names.INSTRUCTIONS_SWITCH)
        self.instructions.setChecked(True)
        self.instructions.clicked.connect(self.instructions_switched)
        self.hint: QLabel = label("", "small")
        self._foot = row(gap=0)
        self._lay_out()
        self.transcript.viewport().installEventFilter(self)
        self.transcript.suggested.connect(self._on_suggested)

    def show_conversation(self, opened: OpenConversation) -> None:
        """Title, switch and messages."""
        self.title.setText(opened.title or self.tr("New conversation"))
        self.instructions.setChecked(not opened.instructions_off)
        self.instructions.setToolTip(self._in_force(opened.instructions))
        self.transcript.show_messages(opened.messages)

    def set_busy(self, busy: bool) -> None:
        """A reply is being made."""
        self.composer.set_busy(busy)
        self.transcript.set_busy(busy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The composer stands exactly under the column of messages."""
        if watched is self.transcript.viewport() and event.type() == QEvent.Type.Resize:
            width = self.transcript.viewport().width()
            side = max(theme.space(1.4), (width - theme.space(_WIDTH_LINES)) // 2)
            self._foot.setContentsMargins(side, 0, side + self.width() - width, 0)
        return super().eventFilter(watched, event)

    def _on_suggested(self, text: str) -> None:
        self.composer.set_draft(text)
        self.composer.submit()

    def _show_hint(self, held: bool) -> None:
        if held:
            self.hint.setText(self.tr("Goes off as soon as the model is ready."))
        else:
            self.hint.setText(self.tr("Enter sends, Shift+Enter starts a new line. Models make mistakes."))

    def _in_force(self, instructions: tuple[str, ...]) -> str:
        if not instructions:
            return self.tr("No standing instructions yet; correct a reply to make one.")
        return "\n".join(f"• {text}" for text in instructions)

    def _lay_out(self) -> None:
        layout = column(self, gap=0)
        head = row(gap=0.6)
        head.setContentsMargins(theme.space(1.4), theme.space(0.7), theme.space(1.4), theme.space(0.7))
        head.addWidget(self.title, 1)
        head.addWidget(self.instructions)
        layout.addLayout(head)
        layout.addWidget(rule())
        layout.addWidget(self.transcript, 1)
        below = column(gap=0.3)
        below.addWidget(self.composer)
        self._show_hint(False)
        self.composer.held.connect(self._show_hint)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        below.addWidget(self.hint)
        self._foot.addLayout(below)
        layout.addSpacing(theme.space(0.4))
        layout.addLayout(self._foot)
        layout.addSpacing(theme.space(0.6))
