"""Fills in `resources/styles/mentee.qss`: colours from the scheme, lengths from the font.

Widgets opt in to a look with the dynamic properties `kind` and `tone`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import resources

if TYPE_CHECKING:
    from app.theme import Colours


_LENGTHS = {
    "hair": 0.06,
    "hair2": 0.12,
    "xxs": 0.16,
    "xs": 0.34,
    "s": 0.55,
    "m": 0.9,
    "l": 1.4,
    "xl": 2.2,
    "radius": 0.65,
    "radius_s": 0.42,
    "bubble_radius": 1.0,
    "pill": 0.66,
    "tag": 0.5,
    "bar": 0.2,
    "bar_height": 0.42,
    "handle": 0.2,
    "title": 1.36,
    "heading": 1.0,
    "small": 0.76,
}


def style_sheet(colours: Colours, em: float, round_lines: float) -> str:
    """The sheet for these colours; `em` is the height of a text line in pixels."""
    lengths = {name: f"{max(1, round(share * em))}px" for name, share in [*_LENGTHS.items(), ("round", round_lines)]}
    tones = {name: getattr(colours, name) for name in colours.__slots__}
    sheet = resources.path("styles/mentee.qss").read_text(encoding="utf-8")
    return sheet % {**tones, **lengths}
