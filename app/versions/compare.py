"""Two versions answer the same question side by side."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout

from app import names, theme, words
from app.chat.message_view import MessageView
from app.widgets.basics import button, column, frame, row


class ComparePanel(QFrame):
    """Signals:
    compare_wanted: prompt, left version, right version.
    link_wanted: a link in a reply was clicked.
    """

    compare_wanted = Signal(str, int, int)
    link_wanted = Signal(QUrl)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.prompt = QLineEdit()
        self.prompt.setObjectName(names.COMPARE_PROMPT)
        self.prompt.setAccessibleName(self.tr("Question for both versions"))
        self.prompt.setPlaceholderText(self.tr("Ask both versions the same question"))
        self.go = button(self.tr("Compare"), "primary", name=names.COMPARE_RUN)
        self.left = _chooser(names.COMPARE_LEFT, self.tr("Version on the left"))
        self.right = _chooser(names.COMPARE_RIGHT, self.tr("Version on the right"))
        self.left_text = self._view(names.COMPARE_LEFT_TEXT, self.tr("Reply on the left"))
        self.right_text = self._view(names.COMPARE_RIGHT_TEXT, self.tr("Reply on the right"))
        self._lay_out()
        # Only what the user chose outlives a refresh.
        self._left_chosen: int | None = None
        self._right_chosen: int | None = None
        self.left.activated.connect(self._on_left_chosen)
        self.right.activated.connect(self._on_right_chosen)
        self.go.clicked.connect(self._on_go)
        self.prompt.returnPressed.connect(self._on_go)

    def show_versions(self, ids: list[int], active: int) -> None:
        """What can be chosen; at first the base model against the version in use."""
        sides = ((self.left, self._left_chosen, 0), (self.right, self._right_chosen, active))
        for chooser, chosen, default in sides:
            chooser.clear()
            for version in ids:
                chooser.addItem(words.version_name(version), version)
            wanted = default if chosen is None else chosen
            chooser.setCurrentIndex(max(0, chooser.findData(wanted)))

    def show_waiting(self) -> None:
        """Both are being asked."""
        self.go.setEnabled(False)
        for view in (self.left_text, self.right_text):
            view.set_text("…")

    def show_replies(self, left: str, right: str) -> None:
        """What they said."""
        self.go.setEnabled(True)
        self.left_text.set_text(left)
        self.right_text.set_text(right)

    def _on_left_chosen(self) -> None:
        self._left_chosen = self.left.currentData()

    def _on_right_chosen(self) -> None:
        self._right_chosen = self.right.currentData()

    def _on_go(self) -> None:
        asked = self.prompt.text().strip()
        if asked and self.go.isEnabled() and self.left.currentData() is not None:
            self.compare_wanted.emit(asked, self.left.currentData(), self.right.currentData())

    def _view(self, name: str, described: str) -> MessageView:
        made = MessageView(markdown=True)
        made.setObjectName(name)
        made.setAccessibleName(described)
        made.link_wanted.connect(self.link_wanted)
        return made

    def _lay_out(self) -> None:
        layout = column(self, gap=0.6, margin=1.0)
        ask = row(gap=0.5)
        ask.addWidget(self.prompt, 1)
        ask.addWidget(self.go)
        layout.addLayout(ask)
        sides = row(gap=0.8)
        for chooser, view in ((self.left, self.left_text), (self.right, self.right_text)):
            sides.addLayout(_side(chooser, view), 1)
        layout.addLayout(sides)


def _side(chooser: QComboBox, view: MessageView) -> QVBoxLayout:
    made = column(gap=0.4)
    made.addWidget(chooser)
    well = frame("well")
    inside = column(well, gap=0, margin=0.7)
    inside.addWidget(view)
    inside.addStretch(1)
    well.setMinimumHeight(theme.space(4))
    made.addWidget(well, 1)
    return made


def _chooser(name: str, described: str) -> QComboBox:
    made = QComboBox()
    made.setObjectName(name)
    made.setAccessibleName(described)
    return made
