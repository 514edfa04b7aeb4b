"""Whether what was looked at still holds when a change is stored: what others changed between."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from shapely import STRtree
from sqlalchemy import Connection

from basics.days import shanghai
from geo.areas import Area
from geo.service_areas.queries import Change, changes, present_areas
from web.console.areas_body import Proposed
from web.errors import Problem

MOST_BETWEEN = 1_000  # changes since the areas were loaded: more are a page forgotten for a year
TICK = timedelta(microseconds=1)


def check_between(
    conn: Connection, done: int, proposed: Proposed, was: Sequence[Area], loaded: int, checked: int, now: datetime
) -> None:
    """Of the changes before `done`: none after `loaded` of a station of `proposed`, none after `checked` of one whose
    areas touch the proposal or what `was` there. Problem 409 `version_conflict`, `check_again`."""
    between = done - min(loaded, checked) - 1
    if between > MOST_BETWEEN:
        detail = "页面打开太久,请重新载入 / The page is too old: load again"
        raise Problem("version_conflict", detail, status=409)
    later = changes(conn, done, max(between, 0))
    for one in later:
        both = sorted(proposed.keys() & set(one.stations))
        if one.id > loaded and both:
            raise Problem("version_conflict", f"{_told(both, one)},请重新载入 / Changed: load again", status=409)
    beside = [one for one in later if one.id > checked]
    touching = _touching(conn, beside, proposed, was, now) if beside else set()
    for one in beside:
        near = sorted(touching & set(one.stations))
        if near:
            detail = f"相邻的 {_told(near, one)},请重新检查 / Changed beside: check again"
            raise Problem("check_again", detail, status=409)


def _told(stations: Sequence[str], one: Change) -> str:
    when = shanghai(one.recorded_at).strftime("%Y-%m-%d %H:%M")
    return f"{'、'.join(stations[:5])} 的范围已由 {one.by} 于 {when} 更改(版本 #{one.id})"


def _touching(
    conn: Connection, beside: Sequence[Change], proposed: Proposed, was: Sequence[Area], now: datetime
) -> set[str]:
    """Stations of these changes whose areas, before them, now or when they hold, touch the proposal or what was."""
    stations = {code for one in beside for code in one.stations} - proposed.keys()
    if not stations:
        return set()
    recorded = [one.recorded_at for one in beside]
    latest = max([now, *recorded])
    ahead = max([latest, *(one.effective_at for one in beside if one.effective_at is not None)])
    theirs = present_areas(conn, min(recorded) - TICK, stations) + present_areas(conn, latest, stations)
    theirs += present_areas(conn, ahead, stations)
    mine = [area.geometry for own in proposed.values() for area in own] + [area.geometry for area in was]
    if not mine or not theirs:
        return set()
    shapes = np.array([area.geometry for area in theirs], dtype=object)
    hit, _ = STRtree(mine).query(shapes, predicate="intersects")
    return {theirs[k].station for k in np.unique(hit).tolist()}
