"""Small plots as inline SVG: no script, no external file, readable without colour."""

from __future__ import annotations

import math
from html import escape

from markupsafe import Markup

from gate.verdict import Measurement

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 180, 56, 92, 16, 28


def samples(measured: Measurement) -> Markup:
    """A bar for each sample of a measurement against its limit; nothing is drawn for a sample that is no number."""
    top = max(0.0, *filter(math.isfinite, (*measured.samples, measured.limit))) * 1.1 or 1.0
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = inner_width / len(measured.samples)

    def y(value: float) -> float:
        return TOP + inner_height * (1 - max(value, 0.0) / top)

    bars = "".join(
        f'<rect x="{LEFT + step * (number + 0.15):.1f}" y="{y(value):.1f}" width="{step * 0.7:.1f}" '
        f'height="{max(TOP + inner_height - y(value), 1):.1f}" class="bar">'
        f"<title>{value:.1f} {escape(measured.unit)}</title></rect>"
        + (
            f'<text x="{LEFT + step * (number + 0.5):.1f}" y="{y(value) - 4:.1f}" class="value">{value:.3g}</text>'
            if len(measured.samples) <= 12
            else ""
        )
        for number, value in enumerate(measured.samples)
        if math.isfinite(value)
    )
    limit = y(measured.limit)
    numbers = [value for value in measured.samples if math.isfinite(value)]
    span = f", {min(numbers):.3g} to {max(numbers):.3g} {measured.unit}," if numbers else ""  # all that some mail shows
    count = len(measured.samples)
    label = f"{measured.name}: {count} samples{span} against the limit of {measured.limit:g} {measured.unit}"
    return Markup(
        f"<figure><figcaption>{escape(label)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{TOP + inner_height}" y2="{TOP + inner_height}" class="axis"/>'
        f'<text x="{LEFT - 6}" y="{TOP + inner_height}" class="tick">0</text>{bars}'
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{limit:.1f}" y2="{limit:.1f}" class="limit"/>'
        f'<text x="{WIDTH - RIGHT + 6}" y="{limit + 4:.1f}" class="limit-label">'
        f"limit {measured.limit:g} {escape(measured.unit)}</text>"
        "</svg></figure>"
    )
