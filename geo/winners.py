"""ROUTE-1 for whole batches: the same choice as routing makes order by order, for points by the million."""

from collections.abc import Collection, Mapping
from datetime import datetime

import numpy as np

from geo.areas import AreaIndex
from geo.datum import Floats
from geo.grid import Flags, Ints

NOBODY = -1
# Polygons whose sizes differ by less than this share are equally small (fine print 11).
SAME_SIZE = 1e-9


def winners(
    index: AreaIndex, points: Floats, at: datetime, accepts: Collection[str], parent_of: Mapping[str, str | None]
) -> Ints:
    """For n points (n x 2: lng, lat) the number of the polygon that wins, as in `index.stations`, or `NOBODY`.

    `accepts` are the accepting stations. Of the winner's polygons that hold the point it is the smallest.
    """
    codes = sorted(set(index.stations))
    number = {code: place for place, code in enumerate(codes)}
    owner = np.array([number[code] for code in index.stations], dtype=np.int64)
    parent = np.array([number.get(parent_of.get(code) or "", NOBODY) for code in codes], dtype=np.int64)
    accepting = np.array([code in accepts for code in codes], dtype=np.bool_)

    point, polygon = index.locate(points, at)
    passed = accepting[owner[polygon]]
    point, polygon = point[passed], polygon[passed]
    contest = ~_parents(point, owner[polygon], parent)
    point, polygon = point[contest], polygon[contest]
    result = np.full(len(points), NOBODY, dtype=np.int64)
    if not len(point):
        return result
    start = np.ones(len(point), dtype=np.bool_)
    start[1:] = point[1:] != point[:-1]
    begin = np.flatnonzero(start)
    size = index.sizes[polygon]
    smallest = np.repeat(np.minimum.reduceat(size, begin), np.diff(np.append(begin, len(point))))
    equal = size - smallest < SAME_SIZE * size
    # Best first: the lowest station, of its polygons the smallest.
    ranking = np.lexsort((index.sizes, owner))
    rank = np.empty_like(ranking)
    rank[ranking] = np.arange(len(ranking))
    best = np.minimum.reduceat(np.where(equal, rank[polygon], len(ranking)), begin)
    result[point[begin]] = ranking[best]
    return result


def _parents(point: Ints, station: Ints, parent: Ints) -> Flags:
    """Which of the pairs (point, station) are out of the contest: another pair of the point has a child of theirs."""
    above = parent[station]
    child = above != NOBODY
    count = len(parent) + 1
    return np.isin(point * count + station, point[child] * count + above[child])
