"""Icons: the SVG files of `resources/icons`, drawn in the colour of the text or of the accent."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from app import theme

_SIZES_PX = (16, 20, 24, 32, 48, 64)


def icon(name: str, colour: str | None = None, faint: str | None = None) -> QIcon:
    """The icon `name` in a colour (default: muted), and in a faint one where it is disabled."""
    return _icon(name, colour or theme.colours().muted, faint or theme.colours().line)


def pixmap(name: str, side_px: int, colour: str | None = None) -> QPixmap:
    """One square picture of that icon."""
    return icon(name, colour).pixmap(QSize(side_px, side_px))


@cache
def _icon(name: str, colour: str, faint: str) -> QIcon:
    made = QIcon()
    for side in _SIZES_PX:
        made.addPixmap(_draw(name, side, colour))
        made.addPixmap(_draw(name, side, faint), QIcon.Mode.Disabled)
    return made


def _draw(name: str, side: int, colour: str) -> QPixmap:
    source = resources.path(f"icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
    drawn = QPixmap(side, side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return drawn
