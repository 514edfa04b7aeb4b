"""The figures of an innocence check (VIO-3) in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from basics.days import parse_instant, shanghai


def figures_in_words(check: Mapping[str, Any]) -> str:
    """What stands behind the outcome of a stored check, in Chinese; "" where the outcome says it all."""
    figures = check.get("figures") or {}
    teller = _TELLERS.get(check["name"])
    return teller(check["outcome"], figures) if teller and figures else ""


def _late_push(_outcome: str, figures: Mapping[str, Any]) -> str:
    return f"推送晚 {figures['seconds']:,} 秒" if figures.get("seconds") else ""


def _outage(who: str) -> Any:
    def tell(outcome: str, figures: Mapping[str, Any]) -> str:
        if outcome == "unknown":
            known = figures.get("known_since")
            return f"{who}记录始于 {_when(known)}" if known else f"{who}没有记录"
        elapsed = figures.get("elapsed_seconds")
        more = f",含不计时的共 {elapsed:,} 秒" if elapsed else ""
        return f"{who}停机 {figures['seconds']:,} 秒{more}" if figures.get("seconds") or elapsed else ""

    return tell


def _closure(_outcome: str, figures: Mapping[str, Any]) -> str:
    return f"停业 {figures['closures']} 次,已不计时" if figures.get("closures") else ""


def _misrouted(outcome: str, _figures: Mapping[str, Any]) -> str:
    return {"unknown": "分件时没有取件坐标", "failed": "总部分件的网点不覆盖取件点"}.get(outcome, "")


def _rule_changed(outcome: str, figures: Mapping[str, Any]) -> str:
    if outcome == "unknown":
        return f"早于首个规则版本 {figures['first_edition']}"
    if outcome != "failed":
        return ""
    return f"{figures['before']} → {figures['after']}:{'、'.join(figures['keys'])}"


def _when(text: str) -> str:
    return f"{shanghai(parse_instant(text)):%Y-%m-%d %H:%M:%S}"


_TELLERS = {
    "late_push": _late_push,
    "our_outage": _outage("本系统"),
    "channel_outage": _outage("渠道"),
    "closure": _closure,
    "misrouted": _misrouted,
    "rule_changed": _rule_changed,
}


def length_in_words(length: timedelta) -> str:
    """`40 秒`, `21 分 00 秒`, `3 时 05 分`, `2 天 04 时`."""
    seconds = length // timedelta(seconds=1)
    if seconds < 60:
        return f"{seconds} 秒"
    if seconds < 3_600:
        return f"{seconds // 60} 分 {seconds % 60:02d} 秒"
    if seconds < 2 * 86_400:
        return f"{seconds // 3_600} 时 {seconds // 60 % 60:02d} 分"
    return f"{seconds // 86_400} 天 {seconds // 3_600 % 24:02d} 时"
