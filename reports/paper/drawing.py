"""Where the lines and bars of a chart lie, as parts of its height and width; the template only draws."""

from math import floor, log10
from typing import Any

from basics.money import yuan
from reports.paper.document import Chart, Kind

TICKS = 4
LABELS = 12  # beneath the axis at most
LYING = 6  # letters of a label beyond which bars lie
MOST = 40  # bars that lie


def drawn(chart: Chart) -> dict[str, Any]:
    """`y` from 0 at the foot to 1; `low`: where zero, or the foot, is."""
    values = [value for one in chart.series for value in one.values if value is not None]
    if not values:
        return {"shape": "none"}
    low, high, step = _scale(chart, float(min(values)), float(max(values)))
    if chart.shape == "bar" and len(chart.series) == 1 and low >= 0 and max(map(len, chart.labels)) > LYING:
        return _lying(chart, high)
    every = -(-len(chart.labels) // LABELS)
    ticks = [low + number * step for number in range(round((high - low) / step) + 1)]
    return {
        "shape": chart.shape,
        "ticks": [[(tick - low) / (high - low), written(chart.unit, tick)] for tick in ticks],
        "labels": [label if at % every == 0 else "" for at, label in enumerate(chart.labels)],
        "zero": (min(max(0.0, low), high) - low) / (high - low),
        "series": [
            {
                "zh": one.zh,
                "en": one.en,
                "y": [None if value is None else (value - low) / (high - low) for value in one.values],
                "last": next((written(chart.unit, value) for value in reversed(one.values) if value is not None), ""),
            }
            for one in chart.series
        ],
    }


def _lying(chart: Chart, high: float) -> dict[str, Any]:
    [one] = chart.series
    bars = [
        [label, (value or 0) / high, "—" if value is None else written(chart.unit, value)]
        for label, value in zip(chart.labels[:MOST], one.values[:MOST], strict=True)
    ]
    return {"shape": "lying", "bars": bars, "left": len(chart.labels) - len(bars), "zh": one.zh, "en": one.en}


def _scale(chart: Chart, least: float, most: float) -> tuple[float, float, float]:
    """Foot, head and step between round figures. Bars stand on zero, a line may begin above it."""
    if chart.shape == "bar" or chart.unit == "points":
        least, most = min(0.0, least), max(0.0, most)
    if most == least:
        least, most = (0.0, 1.0) if most == 0 else (min(0.0, least), max(0.0, most))
    rough = (most - least) / TICKS
    size: float = 10.0 ** floor(log10(rough))
    step = next(size * part for part in (1, 2, 5, 10) if size * part >= rough * 0.999)
    if chart.unit in ("count", "minutes"):
        step = max(1.0, step)
    low, high = floor(least / step) * step, -floor(-most / step) * step
    return low, high if high > low else low + step, step


def written(unit: Kind, value: float) -> str:
    """A figure of a chart, shares as `97.5%`, fen as yuan."""
    if unit == "share":
        return f"{round(100 * value, 1):g}%"
    if unit == "fen":
        return yuan(round(value)).removesuffix(" 元").removesuffix(".00")
    return f"{round(value, 1):,g}" if abs(value) < 100_000 else f"{round(value):,}"
