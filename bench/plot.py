"""Medians as horizontal bars on a logarithmic axis, written as SVG by hand."""

import math
from collections.abc import Sequence
from html import escape

COLOURS = {"muster": "#1b7f5c", "pyinfra": "#c9a227", "mitogen": "#3f6fb5", "ansible": "#b5443f"}
WIDTH, LEFT, BAR, GAP = 1100, 470, 11, 12


def bars(rows: Sequence[tuple[str, dict[str, float]]], order: Sequence[str]) -> str:
    """Return an SVG picture. rows: title, then seconds by runner."""
    values = [value for _, each in rows for value in each.values()]
    if not values:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>\n'
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    scale = (WIDTH - LEFT - 70) / max(high - low, 1)
    body, top = [], 40
    for title, each in rows:
        names = [name for name in order if name in each]
        body.append(f'<text x="{LEFT - 10}" y="{top + len(names) * BAR / 2 + 4}" text-anchor="end">{escape(title)}</text>')
        for name in names:
            width = (math.log10(each[name]) - low) * scale
            body.append(f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS[name]}"/>')
            body.append(f'<text x="{LEFT + width + 5:.1f}" y="{top + 9}" font-size="10">{each[name]:.2f} s</text>')
            top += BAR
        top += GAP
    for power in range(low, high + 1):
        x = LEFT + (power - low) * scale
        body.insert(0, f'<path d="M{x:.1f} 30V{top}" stroke="#ddd"/><text x="{x:.1f}" y="26" text-anchor="middle">{10.0**power:g} s</text>')
    legend = "".join(
        f'<rect x="{10 + at * 100}" y="8" width="10" height="10" fill="{COLOURS[name]}"/><text x="{25 + at * 100}" y="17">{name}</text>'
        for at, name in enumerate(order)
    )
    size = f'width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    style = 'font-family="sans-serif" font-size="12" style="background:#fff"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{legend}{"".join(body)}</svg>\n'
