"""The plots of a sign-off page, stroke by stroke: a bar that is too short would hide a limit that was crossed."""

from __future__ import annotations

import re

import pytest

from gate import plot
from tests_suite.samples import measurement

# The field that is drawn in: 56 to 548 across, 16 to 152 down; a tenth more than the highest value fits in.
BAR = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" class="bar">')


def _bars(*values: float, limit: float = 100.0) -> list[tuple[float, ...]]:
    drawn = str(plot.samples(measurement(values[0], samples=values, limit=limit)))
    return [tuple(map(float, bar)) for bar in BAR.findall(drawn)]


def test_plot_is_these_strokes() -> None:
    measured = measurement(55.0, samples=(55.0, 110.0), limit=82.5, name="a <b>", unit="<s>")

    label = "a &lt;b&gt;: 2 samples, 55 to 110 &lt;s&gt;, against the limit of 82.5 &lt;s&gt;"
    assert str(plot.samples(measured)) == (
        f"<figure><figcaption>{label}</figcaption>"
        f'<svg viewBox="0 0 640 180" role="img" aria-label="{label}">'
        '<line x1="56" x2="548" y1="152" y2="152" class="axis"/>'
        '<text x="50" y="152" class="tick">0</text>'
        '<rect x="92.9" y="90.2" width="172.2" height="61.8" class="bar"><title>55.0 &lt;s&gt;</title></rect>'
        '<text x="179.0" y="86.2" class="value">55</text>'
        '<rect x="338.9" y="28.4" width="172.2" height="123.6" class="bar"><title>110.0 &lt;s&gt;</title></rect>'
        '<text x="425.0" y="24.4" class="value">110</text>'
        '<line x1="56" x2="548" y1="59.3" y2="59.3" class="limit"/>'
        '<text x="554" y="63.3" class="limit-label">limit 82.5 &lt;s&gt;</text>'
        "</svg></figure>"
    )


def test_value_of_nothing_and_one_below_it_are_a_line_at_the_bottom() -> None:
    assert [(y, height) for _, y, _, height in _bars(0.0, -5.0)] == [(152.0, 1.0), (152.0, 1.0)]
    assert [(y, height) for _, y, _, height in _bars(0.0, limit=0.0)] == [(152.0, 1.0)]
    assert [(y, height) for _, y, _, height in _bars(0.5, limit=0.5)] == [(28.4, 123.6)]


def test_limit_beyond_all_values_fits_in() -> None:
    assert [height for *_, height in _bars(50.0, limit=100.0)] == [61.8]


def test_sample_that_is_no_number_leaves_a_gap() -> None:
    first, last = _bars(10.0, float("nan"), 10.0)

    assert (first[0], last[0]) == (80.6, 408.6)
    drawn = str(plot.samples(measurement(1.0, samples=(float("nan"), float("inf")))))
    assert "response time: 2 samples against the limit of 100 ms<" in drawn


@pytest.mark.parametrize(("count", "figures"), [(1, 1), (12, 12), (13, 0)])
def test_figures_stand_above_bars_where_there_is_room(count: int, figures: int) -> None:
    drawn = str(plot.samples(measurement(1.0, samples=(1.2345,) * count)))

    assert drawn.count('class="value">1.23<') == figures
    assert drawn.count('class="bar"') == count
