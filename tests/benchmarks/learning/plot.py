"""Curves as an SVG, drawn by hand: panels in rows, axes with labels, a legend. Pure; text in, text out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 420, 300
LEFT, TOP, BOTTOM = 56, 34, 46
LEGEND = 150
COLUMNS = 3
COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#ccbb44", "#66ccee", "#dd7711", "#555555", "#999933")
"""Told apart also by people who see few colours; the dashes tell the rest."""
DASHES = ("", "6 3", "2 3")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: points are (interactions, share, spread of the share)."""

    name: str
    points: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes."""

    title: str
    curves: tuple[Curve, ...]


def svg(panels: Sequence[Panel]) -> str:
    """The whole picture; the legend has every curve once, in the order of the first panel that has it."""
    names = list(dict.fromkeys(curve.name for panel in panels for curve in panel.curves))
    columns = min(COLUMNS, max(1, len(panels)))
    width, height = WIDTH * columns + LEGEND, HEIGHT * max(1, math.ceil(len(panels) / columns))
    places = [(number % columns * WIDTH, number // columns * HEIGHT) for number in range(len(panels))]
    body = [_panel(panel, place, names) for panel, place in zip(panels, places, strict=True)]
    body.append(_legend(names, WIDTH * columns + 10))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def place_x(point: int, points: Sequence[int]) -> float:
    """Checkpoints stand at even distances: they grow about twofold."""
    share = points.index(point) / max(1, len(points) - 1)
    return LEFT + 12 + share * (WIDTH - LEFT - 36)


def place_y(share: float) -> float:
    """0 below, 1 above; what lies outside is drawn at the edge."""
    return TOP + (1.0 - min(1.0, max(0.0, share))) * (HEIGHT - TOP - BOTTOM)


def _panel(panel: Panel, place: tuple[int, int], names: Sequence[str]) -> str:
    points = sorted({x for curve in panel.curves for x, _, _ in curve.points})
    parts = [f'<g transform="translate({place[0]} {place[1]})">', _text(WIDTH / 2 + 16, 18, panel.title, weight="bold")]
    parts += [_axes(points)]
    parts += [_curve(curve, points, names.index(curve.name)) for curve in panel.curves]
    return "\n".join([*parts, "</g>"])


def _axes(points: Sequence[int]) -> str:
    floor, right = place_y(0.0), WIDTH - 16
    parts = []
    for tenth in (0, 25, 50, 75, 100):
        y = place_y(tenth / 100)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{tenth / 100:.2f}", anchor="end"))
    parts += [_text(place_x(point, points), floor + 17, str(point)) for point in points]
    parts.append(f'<path d="M {LEFT} {TOP} V {floor:.1f} H {right}" fill="none" stroke="black"/>')
    parts.append(_text((LEFT + right) / 2, HEIGHT - 8, "interactions"))
    middle = (TOP + floor) / 2
    label = _text(0, 0, "held-out replies that satisfy")
    parts.append(f'<g transform="translate(14 {middle:.1f}) rotate(-90)">{label}</g>')
    return "\n".join(parts)


def _curve(curve: Curve, points: Sequence[int], number: int) -> str:
    placed = [(place_x(x, points), place_y(y), place_y(y - s), place_y(y + s)) for x, y, s in sorted(curve.points)]
    colour = COLOURS[number % len(COLOURS)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in placed)
    parts = [f"<g><title>{escape(curve.name)}</title>", f'<polyline points="{line}" {_stroke(number)}/>']
    for x, y, low, high in placed:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
        if low - high > 1.0:
            parts.append(f'<path d="M {x:.1f} {low:.1f} V {high:.1f}" stroke="{colour}" stroke-opacity="0.4"/>')
    return "\n".join([*parts, "</g>"])


def _legend(names: Sequence[str], left: int) -> str:
    parts = []
    for number, name in enumerate(names):
        y = TOP + 18 * number + 6
        parts.append(f'<path d="M {left} {y} H {left + 26}" {_stroke(number)}/>')
        parts.append(_text(left + 32, y + 4, name, anchor="start"))
    return "\n".join(parts)


def _stroke(number: int) -> str:
    dash = DASHES[number % len(DASHES)]
    dashes = f" stroke-dasharray={quoteattr(dash)}" if dash else ""
    return f'fill="none" stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="2"{dashes}'


def _text(x: float, y: float, text: str, anchor: str = "middle", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
