"""Bars, drawn by hand: a plotting library would be the largest of what we depend on, for one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, ROW, GAP = 900, 330, 18, 46
_INK, _BAR, _MARK = "#222", "#4a7fb5", "#c0392b"


@dataclass(frozen=True, slots=True)
class Bar:
    """`mark` is what the value stands beside; 0 for nothing."""

    label: str
    value: float
    mark: float = 0.0


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one unit, which share a scale."""

    title: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        return GAP + ROW * len(self.bars)


def drawn(caption: str, panels: Sequence[Panel]) -> str:
    """An SVG document."""
    height = GAP + sum(panel.height for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="12" fill="{_INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        _text(10, 20, caption),
    ]
    top = GAP
    for panel in panels:
        parts += _panel(panel, top)
        top += panel.height
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, top: int) -> list[str]:
    most = max(max(bar.value, bar.mark) for bar in panel.bars) or 1.0
    scale = (WIDTH - LABEL - 90) / most
    parts = [_text(10, top + 14, panel.title, weight="bold")]
    for number, bar in enumerate(panel.bars):
        y = top + 24 + ROW * number
        width = max(0.0, bar.value * scale)
        parts.append(_text(20, y + 12, bar.label))
        parts.append(f'<rect x="{LABEL}" y="{y + 2}" width="{width:.1f}" height="{ROW - 5}" fill="{_BAR}"/>')
        parts.append(_text(LABEL + width + 6, y + 12, f"{bar.value:,.6g}"))
        if bar.mark:
            x = LABEL + bar.mark * scale
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + ROW - 2}" stroke="{_MARK}"/>')
    return parts


def _text(x: float, y: float, words: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{escape(words)}</text>'
