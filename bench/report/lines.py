"""Curves over time on a page, small and plain enough to be read in a diff."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bench.report.svg import COLOURS, STYLE

_WIDTH: Final = 720
_HEIGHT: Final = 240
_LEFT: Final = 64
_RIGHT: Final = 16
_TOP: Final = 56
_BOTTOM: Final = 32
_STEPS: Final = 4

Point = tuple[float, float]


def lines(title: str, curves: Mapping[str, Sequence[Point]]) -> str:
    """Return an SVG of curves over seconds, on a scale from zero.

    Args:
        title: What is plotted, with the unit.
        curves: Points of (seconds, value) by name.
    """
    points = [point for curve in curves.values() for point in curve]
    longest = max((x for x, _ in points), default=0) or 1.0
    highest = max((y for _, y in points), default=0) or 1.0
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    across, down = (right - _LEFT) / longest, (bottom - _TOP) / highest
    parts = [f'<text class="title" x="0" y="18">{escape(title)}</text>']
    for step in range(_STEPS + 1):
        value, y = highest * step / _STEPS, bottom - (bottom - _TOP) * step / _STEPS
        at = f'x="{_LEFT - 8}" y="{y + 4:.1f}"'
        parts += [
            f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8884"/>',
            f'<text class="value" {at} text-anchor="end">{value:.3g}</text>',
        ]
        x = _LEFT + (right - _LEFT) * step / _STEPS
        parts.append(
            f'<text class="value" x="{x:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
            f"{longest * step / _STEPS:.0f} s</text>"
        )
    for index, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{_LEFT + x * across:.1f},{bottom - y * down:.1f}" for x, y in curve)
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<rect x="{_LEFT + index * 130}" y="30" width="12" height="12" fill="{colour}"/>',
            f'<text x="{_LEFT + 18 + index * 130}" y="41">{escape(name)}</text>',
        ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )
