"""The two pictures of a pack, drawn as SVG by presentation attributes alone: a page that forbids inline styles shows
them, and so does paper. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as escape_html
from itertools import pairwise
from math import cos, radians
from typing import Any

import numpy as np
import shapely

WIDTH, LEAST, MOST = 640.0, 240.0, 420.0  # the map's width and height in its own units
MARGIN = 26.0
MOST_VERTICES = 2_500
METRES_OF_DEGREE = 111_320.0
FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
# role -> (fill, opacity, stroke, dashes)
INK = {
    "holder": ("#1f6feb", 0.20, "#1f6feb", ""),
    "contracted": ("#6ea8fe", 0.14, "#1f6feb", "5 3"),
    "other": ("#e8590c", 0.16, "#c2410c", ""),
}
BAR = {
    "station": "#1f6feb", "even": "#6ea8fe", "data_centre": "#8250df", "off_duty": "#d5dce6", "closed": "#8a94a3",
    "held": "#f0b429",
}  # fmt: skip


# What no XML may hold, not even escaped: one such character and the whole picture is none.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """As text of an SVG."""
    return escape_html(_NO_XML.sub("\ufffd", text))


@dataclass(frozen=True, slots=True)
class Shape:
    """A station's area as it is drawn: `role` of INK, `geometry` in degrees."""

    label: str
    role: str
    geometry: Any


def map_svg(shapes: Sequence[Shape], point: tuple[float, float], blur: float) -> str:
    """Areas and the pickup point, north up; `blur`: metres around the rounded point in which the true one lies."""
    west, south, east, north = _box(shapes, point, blur)
    shrink = cos(radians((south + north) / 2))
    height = min(max((north - south) / max((east - west) * shrink, 1e-9) * WIDTH, LEAST), MOST)
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * shrink), (height - 2 * MARGIN) / (north - south))
    left, top = (WIDTH - (east - west) * shrink * scale) / 2, (height - (north - south) * scale) / 2

    def at(lng: Any, lat: Any) -> tuple[Any, Any]:
        return left + (lng - west) * shrink * scale, top + (north - lat) * scale

    step = 0.6 / scale
    drawn = [(shape, shapely.simplify(shape.geometry, step, preserve_topology=True)) for shape in shapes]
    while sum(int(shapely.get_num_coordinates(one)) for _, one in drawn) > MOST_VERTICES and step < 1:
        step *= 2
        drawn = [(shape, shapely.simplify(one, step, preserve_topology=True)) for shape, one in drawn]
    parts = [_area(shape, geometry, at) for shape, geometry in drawn]
    x, y = at(*point)
    radius = max(blur / METRES_OF_DEGREE * scale, 4.0)
    labels = _labels(drawn, at, height, [(x, y), (x, y - radius - 5)])
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#d6336c" fill-opacity="0.25" stroke="#a61e4d"'
        ' stroke-width="1"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#a61e4d"/>',
        *labels,
        _text(x, y - radius - 5, "取件点", "#a61e4d", 12),
        *_scale_bar(scale, height),
    ]
    return _svg(WIDTH, height, "服务范围与取件点 Areas and pickup point", parts)


def _box(shapes: Sequence[Shape], point: tuple[float, float], blur: float) -> tuple[float, float, float, float]:
    around = blur * 3 / METRES_OF_DEGREE
    bounds = [shapely.bounds(shape.geometry).tolist() for shape in shapes]
    bounds.append([point[0] - around, point[1] - around, point[0] + around, point[1] + around])
    sides = np.array(bounds)
    west, south = sides[:, :2].min(axis=0).tolist()
    east, north = sides[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _area(shape: Shape, geometry: Any, at: Any) -> str:
    fill, opacity, stroke, dashes = INK[shape.role]
    path = "".join(
        _ring(shapely.get_coordinates(ring), at)
        for one in shapely.get_parts(geometry)
        if one.geom_type == "Polygon" and not one.is_empty
        for ring in (one.exterior, *one.interiors)
    )
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{path}" fill="{fill}" fill-opacity="{opacity}" fill-rule="evenodd" stroke="{stroke}"'
        f' stroke-width="1.5" stroke-linejoin="round"{dashed}><title>{escape(shape.label)}</title></path>'
    )


def _ring(points: Any, at: Any) -> str:
    x, y = at(points[:-1, 0], points[:-1, 1])
    return "M" + "L".join(f"{one:.1f} {other:.1f}" for one, other in zip(x.tolist(), y.tolist(), strict=True)) + "Z"


def _labels(drawn: Sequence[tuple[Shape, Any]], at: Any, height: float, placed: list[tuple[float, float]]) -> list[str]:
    """One for each station, in its largest part; pushed down where it would lie on another or on what is `placed`."""
    largest: dict[str, tuple[float, float, float, str]] = {}
    for shape, geometry in drawn:
        for one in shapely.get_parts(geometry):
            size = float(one.area)
            if shape.label not in largest or size > largest[shape.label][0]:
                inside = one.representative_point()
                x, y = at(inside.x, inside.y)
                largest[shape.label] = (size, float(x), float(y), INK[shape.role][2])
    found = []
    for label, (_, x, y, colour) in sorted(largest.items()):
        half = min(6.5 * len(label), WIDTH / 2 - 4)
        x = min(max(x, half), WIDTH - half)
        while any(abs(y - other) < 15 and abs(x - beside) < 2 * half for beside, other in placed):
            y += 15
        y = min(y, height - 6)
        placed.append((x, y))
        found.append(_text(x, y, label, colour, 12))
    return found


def _text(x: float, y: float, words: str, colour: str, size: int, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
        f' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke">{escape(words)}</text>'
    )


def _scale_bar(scale: float, height: float) -> list[str]:
    """A round length, about a fifth of the width."""
    most = WIDTH / 4 / scale * METRES_OF_DEGREE
    lengths = [factor * 10**power for power in range(1, 7) for factor in (1, 2, 5)]
    metres = max((one for one in lengths if one <= most), default=lengths[0])
    long = metres / METRES_OF_DEGREE * scale
    said = f"{metres} 米" if metres < 1000 else f"{metres // 1000} 公里"
    y = height - 10
    return [
        f'<path d="M12 {y - 4:.1f}V{y:.1f}H{12 + long:.1f}V{y - 4:.1f}" fill="none" stroke="#333333"'
        ' stroke-width="1.2"/>',
        _text(12 + long / 2, y - 5, said, "#333333", 10),
    ]


def bar_svg(parts: Sequence[dict[str, Any]]) -> str:
    """Whose minutes, side by side; what is short is drawn a little wider. Holders in turn have two blues."""
    whole = sum(part["microseconds"] for part in parts) or 1
    wide = [max(1000 * part["microseconds"] / whole, 4.0) for part in parts]
    scale, edges = 1000 / (sum(wide) or 1), [0.0]
    for width in wide:
        edges.append(edges[-1] + width * scale)
    drawn = [
        f'<rect x="{x:.1f}" y="0" width="{end - x:.1f}" height="26" fill="{_colour(part)}" stroke="#ffffff"'
        f' stroke-width="1"><title>{escape(part["title"])}</title></rect>'
        for part, (x, end) in zip(parts, pairwise(edges), strict=True)
    ]
    return _svg(1000, 26, "各持有者用时 Minutes of each holder", drawn, ' preserveAspectRatio="none"')


def _colour(part: dict[str, Any]) -> str:
    return BAR["even" if part["kind"] == "station" and part["seq"] % 2 == 0 else part["kind"]]


def _svg(width: float, height: float, label: str, parts: Sequence[str], more: str = "") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="100%" role="img"{more}'
        f' aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
