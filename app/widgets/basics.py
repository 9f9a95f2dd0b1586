"""Labels, buttons and layouts with the program's own look, each with an accessible name."""

from __future__ import annotations

from typing import Literal, TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme

Tone = Literal["", "good", "bad", "active"]
Box = TypeVar("Box", bound=QBoxLayout)


def label(text: str = "", kind: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A plain-text label; never interprets markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def button(text: str, kind: str = "", *, name: str = "", icon: str = "", described: str = "") -> QPushButton:
    """A push button; `described` replaces the text as accessible name where that says too little."""
    made = QPushButton(text)
    made.setAccessibleName(described or text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if name:
        made.setObjectName(name)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        made.setIcon(icons.icon(icon, theme.colours().on_accent if kind == "primary" else None))
    return made


class IconButton(QToolButton):
    """A button that is only an icon: it must have words for the tooltip and for screen readers."""

    def __init__(self, icon: str, words: str, name: str = "", *, kind: str = "", lines: float = 0.95) -> None:
        super().__init__()
        self._icon_name = icon
        self._lit = False
        self.setObjectName(name)
        self.set_words(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if kind:
            self.setProperty("kind", kind)
        side = theme.space(lines)
        self.setIconSize(QSize(side, side))
        if kind in ("round", "floating"):
            # The style sheet rounds by this radius; Qt drops a radius that is more than half the side.
            self.setFixedSize(2 * theme.space(theme.ROUND_LINES), 2 * theme.space(theme.ROUND_LINES))
        self._draw()

    def set_words(self, words: str) -> None:
        """Tooltip and accessible name."""
        self.setToolTip(words)
        self.setAccessibleName(words)

    def set_lit(self, lit: bool) -> None:
        """Draws the icon in the accent colour."""
        self._lit = lit
        self._draw()

    def set_icon_name(self, icon: str) -> None:
        """Shows another icon."""
        self._icon_name = icon
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Redraws the icon when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        tone = theme.colours()
        filled = self.property("kind") == "round"
        colour = tone.on_accent if filled else tone.accent if self._lit else tone.muted
        self.setIcon(icons.icon(self._icon_name, colour, tone.muted if filled else tone.line))


class NavButton(QPushButton):
    """A checkable entry of the side bar, with an icon that follows the colours."""

    def __init__(self, icon: str, text: str, name: str) -> None:
        super().__init__(text)
        self._icon_name = icon
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setProperty("kind", "nav")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        side = theme.space(1.1)
        self.setIconSize(QSize(side, side))
        self.toggled.connect(self._draw)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Redraws the icon when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        tone = theme.colours()
        self.setIcon(icons.icon(self._icon_name, tone.accent if self.isChecked() else tone.muted))


def frame(kind: str, name: str = "") -> QFrame:
    """A frame with a look of the style sheet: card, well, chip, bubble, composer, toast."""
    made = QFrame()
    made.setObjectName(name)
    made.setProperty("kind", kind)
    return made


def section(text: str) -> QLabel:
    """The heading of a part of a page, with room above it."""
    made = label(text, "section")
    made.setContentsMargins(0, theme.space(0.7), 0, 0)
    return made


def rule() -> QFrame:
    """A thin horizontal line."""
    made = frame("rule")
    made.setFixedHeight(1)
    return made


def column(parent: QWidget | None = None, *, gap: float = 0.5, margin: float = 0) -> QVBoxLayout:
    """A vertical layout; gap and margin in text lines."""
    return _spaced(QVBoxLayout(parent) if parent else QVBoxLayout(), gap, margin)


def row(parent: QWidget | None = None, *, gap: float = 0.5, margin: float = 0) -> QHBoxLayout:
    """A horizontal layout; gap and margin in text lines."""
    return _spaced(QHBoxLayout(parent) if parent else QHBoxLayout(), gap, margin)


def _spaced(box: Box, gap: float, margin: float) -> Box:
    edge = theme.space(margin) if margin else 0
    box.setContentsMargins(edge, edge, edge, edge)
    box.setSpacing(theme.space(gap) if gap else 0)
    return box


def spring() -> QWidget:
    """An empty widget that takes the room that is left."""
    made = QWidget()
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def clear(layout: QLayout) -> None:
    """Removes and deletes everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (inner := item.layout()) is not None:
            clear(inner)
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Switches a look of the style sheet on a living widget."""
    widget.setProperty("tone", tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def name_controls(parent: QWidget) -> None:
    """Gives buttons that show words, and have no accessible name yet, those words."""
    for control in parent.findChildren(QAbstractButton):
        if not control.accessibleName() and control.text():
            control.setAccessibleName(control.text())
