"""A page: title, a sentence that says what it is for, and a scrolling column of bounded width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app import icons, theme
from app.widgets.basics import clear, column, frame, label

_WIDTH_LINES = 46


class ColumnScroll(QScrollArea):
    """A vertical scroll area whose content is centred and never wider than is good to read."""

    def __init__(self, width_lines: float = _WIDTH_LINES) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._width_lines = width_lines
        self.canvas = QWidget()
        self.canvas.setProperty("kind", "canvas")
        self.content = column(self.canvas, gap=0.8)
        self.setWidget(self.canvas)
        self.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keeps the side margins so that the column stays centred."""
        if watched is self.viewport() and event.type() == QEvent.Type.Resize:
            self._centre()
        return super().eventFilter(watched, event)

    def _centre(self) -> None:
        spare = self.viewport().width() - theme.space(self._width_lines)
        side = max(theme.space(1.4), spare // 2)
        top = theme.space(1.6)
        self.content.setContentsMargins(side, top, side, theme.space(2))


class Page(QWidget):
    """Base of the pages: `body` is the layout to fill."""

    def __init__(self, title: str, purpose: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "page")
        self.setAccessibleName(title)
        self.scroll = ColumnScroll()
        self.scroll.setAccessibleName(title)
        outer = column(self, gap=0)
        outer.addWidget(self.scroll)
        head = column(gap=0.25)
        head.addWidget(label(title, "title"))
        head.addWidget(label(purpose, "muted", wrap=True))
        self.scroll.content.addLayout(head)
        self.scroll.content.addSpacing(theme.space(0.5))
        self.body: QVBoxLayout = column(gap=0.8)
        self.scroll.content.addLayout(self.body)
        self.scroll.content.addStretch(1)


class CardList(QWidget):
    """A column of cards that is filled anew, with an empty state that teaches."""

    def __init__(self, name: str, empty: EmptyState) -> None:
        super().__init__()
        self.setObjectName(name)
        self._empty = empty
        self._cards = column(gap=0.6)
        layout = column(self, gap=0)
        layout.addWidget(empty)
        layout.addLayout(self._cards)

    def fill(self, cards: list[QWidget]) -> None:
        """Shows these cards, or the empty state when there are none."""
        clear(self._cards)
        for card in cards:
            self._cards.addWidget(card)
        self._empty.setVisible(not cards)

    def cards(self) -> list[QWidget]:
        """The cards on show, first to last."""
        found = (self._cards.itemAt(at).widget() for at in range(self._cards.count()))
        return [widget for widget in found if widget is not None]


class EmptyState(QFrame):
    """What a page shows before it has anything: an icon, what will come, and how to get there."""

    def __init__(self, icon: str, title: str, hint: str) -> None:
        super().__init__()
        self.setProperty("kind", "well")
        self._icon = icon
        layout = column(self, gap=0.4, margin=2)
        self._picture = label()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._draw()
        layout.addWidget(self._picture)
        for text, kind in ((title, "heading"), (hint, "muted")):
            words = label(text, kind, wrap=True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(words)

    def changeEvent(self, event: QEvent) -> None:
        """Redraws the icon when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon, theme.space(2.2), theme.colours().accent))


def card(name: str = "") -> tuple[QFrame, QVBoxLayout]:
    """A card and the layout inside it."""
    made = frame("card", name)
    return made, column(made, gap=0.4, margin=0.9)
