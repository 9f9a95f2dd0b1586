"""Colours, spacing and the style sheet, for a light and a dark scheme.

The scheme is an argument: on some platforms Qt cannot tell which one the desktop uses. All sizes come from
the font, so that the window scales with it; nothing else in `app` names a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from app.stylesheet import style_sheet

Scheme = Literal["light", "dark"]

ROUND_LINES = 0.95
"""Radius of round buttons, in text lines."""

_LEAST_POINTS = 10.0


@dataclass(frozen=True, slots=True)
class Colours:
    """One scheme; every text colour reaches WCAG AA (4.5:1) on the surfaces it is used on."""

    window: str
    side: str
    surface: str
    raised: str
    bubble: str
    code: str
    line: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    bad: str
    bad_soft: str
    selection: str
    code_keyword: str
    code_string: str
    code_comment: str
    code_number: str
    code_name: str


LIGHT = Colours(
    window="#ffffff",
    side="#f5f6f5",
    surface="#ffffff",
    raised="#f8f9f8",
    bubble="#eaf1ef",
    code="#f3f5f4",
    line="#dfe3e1",
    text="#1b2321",
    muted="#5b6663",
    accent="#0f766e",
    accent_hover="#0b5f59",
    accent_soft="#dcefec",
    on_accent="#ffffff",
    good="#0f766e",
    bad="#b3362b",
    bad_soft="#fbeae8",
    selection="#b5ddd7",
    code_keyword="#7a3e9d",
    code_string="#9a4a12",
    code_comment="#5f6d69",
    code_number="#1d5fa8",
    code_name="#0f6a63",
)

DARK = Colours(
    window="#171b1a",
    side="#111514",
    surface="#1c2120",
    raised="#222827",
    bubble="#24332f",
    code="#101413",
    line="#323a38",
    text="#e7ecea",
    muted="#9ba8a4",
    accent="#4fc3b3",
    accent_hover="#6dd3c5",
    accent_soft="#1d3a36",
    on_accent="#06201c",
    good="#4fc3b3",
    bad="#f0857a",
    bad_soft="#3a2220",
    selection="#2c5d56",
    code_keyword="#c79bf2",
    code_string="#e8b083",
    code_comment="#8a9893",
    code_number="#8fbcf5",
    code_name="#72d3c6",
)

_current: list[Colours] = [LIGHT]


def colours() -> Colours:
    """The colours in use."""
    return _current[0]


def is_dark() -> bool:
    """Whether the dark scheme is in use."""
    return colours() is DARK


def resolve_scheme(wanted: str, app: QApplication) -> Scheme:
    """What `system` means on this desktop; light where Qt cannot tell."""
    if wanted in ("light", "dark"):
        return "dark" if wanted == "dark" else "light"
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def apply_theme(app: QApplication, scheme: Scheme, font_size_pt: int = 0) -> None:
    """Sets Fusion, palette, font and style sheet; may be called again at any time.

    Args:
        font_size_pt: 0 keeps the size that the system asks for.
    """
    chosen = DARK if scheme == "dark" else LIGHT
    _current[0] = chosen
    app.setStyle("Fusion")
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font_size_pt:
        font.setPointSize(font_size_pt)
    elif 0 < font.pointSizeF() < _LEAST_POINTS:
        # A page of prose needs more than the size of menus.
        font.setPointSizeF(_LEAST_POINTS)
    app.setFont(font)
    app.setPalette(_palette(chosen))
    app.setStyleSheet(style_sheet(chosen, em(font), ROUND_LINES))


def em(font: QFont | None = None) -> float:
    """The unit of all spacing: the height of a line of text, in pixels."""
    return QFontMetricsF(font or QApplication.font()).height()


def space(lines: float) -> int:
    """A distance of so many text lines, in pixels, at least one."""
    return max(1, round(lines * em()))


def mono_font() -> QFont:
    """The fixed-pitch font for code, a little smaller than the text around it."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    size = QApplication.font().pointSizeF()
    font.setPointSizeF(size * 0.95 if size > 0 else 10)
    return font


def _palette(tone: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: tone.window,
        role.WindowText: tone.text,
        role.Base: tone.surface,
        role.AlternateBase: tone.raised,
        role.Text: tone.text,
        role.PlaceholderText: tone.muted,
        role.Button: tone.raised,
        role.ButtonText: tone.text,
        role.BrightText: tone.bad,
        role.Highlight: tone.selection,
        role.HighlightedText: tone.text,
        role.Link: tone.accent,
        role.LinkVisited: tone.accent,
        role.ToolTipBase: tone.raised,
        role.ToolTipText: tone.text,
        role.Mid: tone.line,
        role.Accent: tone.accent,
    }
    for where, colour in pairs.items():
        palette.setColor(where, QColor(colour))
    for where in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(tone.muted))
    return palette
