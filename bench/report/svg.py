"""Bars on a page: plots small and plain enough to be written by hand and read in a diff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 720
_LEFT: Final = 130
_RIGHT: Final = 80
_TOP: Final = 64
_ROW: Final = 34
_BAR: Final = 20
COLOURS: Final = (
    *("#2f6f8f", "#d08c3c", "#7a9a4b", "#8c6bb1", "#b5533c", "#3b9c94", "#c2a83e", "#77808a"),
)
STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:16px;font-weight:600}"
    ".value{fill:#666}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.value{fill:#aaa}}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a plot: what it is, and its pieces from left to right by name."""

    name: str
    pieces: Mapping[str, float]

    @property
    def total(self) -> float:
        """How long it is."""
        return sum(self.pieces.values())


def bars(title: str, lines: Sequence[Bar], digits: int) -> str:
    """Return an SVG of horizontal bars on a scale from zero; pieces of one name have one colour.

    Args:
        title: What is plotted, with the unit.
        lines: From top to bottom.
        digits: Of the values, after the point.
    """
    names = list(dict.fromkeys(name for line in lines for name in line.pieces))
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
    scale = (_WIDTH - _LEFT - _RIGHT) / max((line.total for line in lines), default=1)
    parts = [f'<text class="title" x="0" y="18">{escape(title)}</text>']
    if len(names) > 1:
        parts += [_key(index, name, colours[name]) for index, name in enumerate(names)]
    for index, line in enumerate(lines):
        parts += _line(line, _TOP + index * _ROW, scale, colours, digits)
    height = _TOP + len(lines) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _line(
    line: Bar, top: float, scale: float, colours: Mapping[str, str], digits: int
) -> list[str]:
    middle = top + _BAR * 0.75
    parts = [f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(line.name)}</text>']
    x = float(_LEFT)
    for name, value in line.pieces.items():
        width = value * scale
        parts.append(
            f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"'
            f' fill="{colours[name]}"/>'
        )
        x += width
    total = f"{line.total:,.{digits}f}"
    parts.append(f'<text class="value" x="{x + 6:.1f}" y="{middle}">{total}</text>')
    return parts


def _key(index: int, name: str, colour: str) -> str:
    x = _LEFT + index * 110
    return (
        f'<rect x="{x}" y="34" width="12" height="12" fill="{colour}"/>'
        f'<text x="{x + 18}" y="45">{escape(name)}</text>'
    )
