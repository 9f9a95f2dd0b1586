"""The empty conversation: what Mentee is, in three steps, and some first questions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app import icons, theme
from app.widgets.basics import button, column, frame, label, row


class Welcome(QWidget):
    """Signals:
    suggested: a first question was chosen.
    """

    suggested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = column(self, gap=0.6)
        layout.addStretch(2)
        layout.addWidget(_centred(_picture("mentee", 3.2)))
        layout.addWidget(_centred(label(self.tr("Teach me by talking"), "title")))
        promise = self.tr("Everything stays on this computer: the model, your words, and what I learn from them.")
        layout.addWidget(_centred(label(promise, "muted", wrap=True)))
        layout.addSpacing(theme.space(0.8))
        layout.addLayout(self._steps())
        layout.addSpacing(theme.space(0.8))
        layout.addLayout(self._suggestions())
        layout.addStretch(3)

    def _steps(self) -> QGridLayout:
        steps = (
            ("chat", self.tr("Ask"), self.tr("Talk to me as you would to anybody.")),
            ("thumb-down", self.tr("Correct"), self.tr("Say what I should have done. I obey at once.")),
            ("learning", self.tr("Learn"), self.tr("I practise it in the background. You can undo it all.")),
        )
        grid = QGridLayout()
        grid.setSpacing(theme.space(0.7))
        for at, (icon, title, hint) in enumerate(steps):
            grid.addWidget(_Step(icon, title, hint), 0, at)
            grid.setColumnStretch(at, 1)
        return grid

    def _suggestions(self) -> QGridLayout:
        questions = (
            self.tr("How do I boil an egg?"),
            self.tr("Explain what a black hole is."),
            self.tr("Give me an idea for a rainy afternoon."),
            self.tr("Write a friendly reminder to pay the rent."),
        )
        grid = QGridLayout()
        grid.setSpacing(theme.space(0.5))
        for at, question in enumerate(questions):
            choice = button(question, "suggestion")
            choice.clicked.connect(lambda _checked=False, words=question: self.suggested.emit(words))
            grid.addWidget(choice, at // 2, at % 2)
        return grid


class _Step(QWidget):
    def __init__(self, icon: str, title: str, hint: str) -> None:
        super().__init__()
        self._icon = icon
        outer = column(self, gap=0)
        well = frame("well")
        outer.addWidget(well)
        layout = column(well, gap=0.3, margin=0.9)
        head = row(gap=0.4)
        self._picture = label()
        head.addWidget(self._picture)
        head.addWidget(label(title, "strong"))
        head.addStretch(1)
        layout.addLayout(head)
        words = label(hint, "muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon, theme.space(1.1), theme.colours().accent))


def _picture(name: str, lines: float) -> QWidget:
    made = label()
    made.setPixmap(icons.pixmap(name, theme.space(lines)))
    return made


def _centred(widget: QWidget) -> QWidget:
    widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return widget
