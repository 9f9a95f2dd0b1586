"""An on/off switch, drawn from the theme; keyboard and screen readers see a check box."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from app import theme


class Switch(QCheckBox):
    """A check box that looks like a switch; its words stand beside it or in the accessible name."""

    def __init__(self, text: str = "", name: str = "", *, described: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setAccessibleName(described or text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Track, gap and words."""
        words = self.fontMetrics().horizontalAdvance(self.text())
        height = max(self.fontMetrics().height(), theme.space(1.1)) + theme.space(0.2)
        return QSize(self._track().width() + (theme.space(0.5) + words if words else 0) + 2, height)

    def minimumSizeHint(self) -> QSize:
        """The same: nothing may be cut off."""
        return self.sizeHint()

    def hitButton(self, _pos: object) -> bool:
        """The whole widget reacts."""
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws track, knob, words, and a ring while it has the keyboard."""
        tone = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self._track()
        track = QRectF(1, (self.height() - size.height()) / 2, size.width(), size.height())
        on = self.isChecked()
        fill = QColor(tone.accent if on else tone.muted)
        if not self.isEnabled():
            fill = QColor(tone.line)
        ring = QPen(QColor(tone.text), 1.5) if self.hasFocus() else QPen(Qt.PenStyle.NoPen)
        painter.setPen(ring)
        painter.setBrush(fill)
        painter.drawRoundedRect(track, size.height() / 2, size.height() / 2)
        gap = size.height() * 0.16
        side = size.height() - 2 * gap
        left = track.right() - gap - side if on else track.left() + gap
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone.on_accent if on else tone.window))
        painter.drawEllipse(QRectF(left, track.top() + gap, side, side))
        painter.setPen(QColor(tone.text if self.isEnabled() else tone.muted))
        words = self.rect().adjusted(size.width() + theme.space(0.5), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()

    def _track(self) -> QSize:
        height = theme.space(0.95)
        return QSize(round(height * 1.75), height)
