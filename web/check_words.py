"""The figures of an innocence check (VIO-3) in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from basics.days import parse_instant, shanghai
from web.language import language, t


def figures_in_words(check: Mapping[str, Any]) -> str:
    """What stands behind the outcome of a stored check, in the reader's language; "" where the outcome says it all."""
    figures = check.get("figures") or {}
    teller = _TELLERS.get(check["name"])
    return teller(check["outcome"], figures) if teller and figures else ""


def _late_push(_outcome: str, figures: Mapping[str, Any]) -> str:
    return (
        t(f"推送晚 {figures['seconds']:,} 秒", f"pushed {figures['seconds']:,} s late")
        if figures.get("seconds")
        else ""
    )


def _outage(chinese: str, english: str) -> Any:
    def tell(outcome: str, figures: Mapping[str, Any]) -> str:
        who = t(chinese, english)
        if outcome == "unknown":
            known = figures.get("known_since")
            if not known:
                return t(f"{who}没有记录", f"no record of {who}")
            return t(f"{who}记录始于 {_when(known)}", f"record of {who} since {_when(known)}")
        elapsed = figures.get("elapsed_seconds")
        if not figures.get("seconds") and not elapsed:
            return ""
        more = t(f",含不计时的共 {elapsed:,} 秒", f", {elapsed:,} s in all") if elapsed else ""
        return t(f"{who}停机 {figures['seconds']:,} 秒{more}", f"{who} down {figures['seconds']:,} s{more}")

    return tell


def _closure(_outcome: str, figures: Mapping[str, Any]) -> str:
    return (
        t(f"停业 {figures['closures']} 次,已不计时", f"closed {figures['closures']} times, not counted")
        if figures.get("closures")
        else ""
    )


_MISROUTED = {
    "unknown": ("分件时没有取件坐标", "no point at the dispatch"),
    "failed": ("总部分件的网点不覆盖取件点", "HQ's station does not cover the point"),
}


def _misrouted(outcome: str, _figures: Mapping[str, Any]) -> str:
    return t(*_MISROUTED[outcome]) if outcome in _MISROUTED else ""


def _rule_changed(outcome: str, figures: Mapping[str, Any]) -> str:
    if outcome == "unknown":
        return t(f"早于首个规则版本 {figures['first_edition']}", f"before the first edition {figures['first_edition']}")
    if outcome != "failed":
        return ""
    return f"{figures['before']} → {figures['after']}:{'、'.join(figures['keys'])}"


def _when(text: str) -> str:
    return f"{shanghai(parse_instant(text)):%Y-%m-%d %H:%M:%S}"


_TELLERS = {
    "late_push": _late_push,
    "our_outage": _outage("本系统", "our system"),
    "channel_outage": _outage("渠道", "the channel"),
    "closure": _closure,
    "misrouted": _misrouted,
    "rule_changed": _rule_changed,
}


def length_in_words(length: timedelta) -> str:
    """`40 秒`, `40 s`, `21 分 00 秒`, `3 时 05 分`, `2 天 04 时`."""
    seconds = length // timedelta(seconds=1)
    if seconds < 60:
        return t(f"{seconds} 秒", f"{seconds} s")
    if seconds < 3_600:
        return _two(seconds // 60, seconds % 60, ("分", "秒"), ("min", "s"))
    if seconds < 2 * 86_400:
        return _two(seconds // 3_600, seconds // 60 % 60, ("时", "分"), ("h", "min"))
    return _two(seconds // 86_400, seconds // 3_600 % 24, ("天", "时"), ("d", "h"))


def _two(great: int, small: int, chinese: tuple[str, str], english: tuple[str, str]) -> str:
    units = chinese if language() == "zh" else english
    return f"{great} {units[0]} {small:02d} {units[1]}"
