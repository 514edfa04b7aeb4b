"""What in a pack contradicts something else in it. Pure: facts in, marks out; a person judges what they mean."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from channels.messages import COURIERS_FAULT
from sla.ladder import CALL_LIST

CALL_NEAR = timedelta(minutes=30)  # a call that is claimed is looked for so long before and behind
Found = dict[str, Any]
Facts = Mapping[str, Any]


def contradictions(pack: Facts) -> list[Found]:
    """Each with a number, its code, the section where it shows, the rows of that section, and what it says."""
    found = [one for look in _LOOKS for one in look(pack)]
    return [{"n": n, **one} for n, one in enumerate(found, 1)]


def _said(code: str, where: str, rows: list[int], zh: str, en: str) -> Found:
    return {"code": code, "where": where, "rows": rows, "zh": zh, "en": en}


def _lines(pack: Facts, kind: str) -> list[tuple[int, Facts]]:
    return [(row, line) for row, line in enumerate(pack["timeline"]) if line["kind"] == kind]


def _never_scanned(pack: Facts) -> Iterator[Found]:
    """VIO-2: confirmed, and the time for a matching scan is over without one."""
    proof = pack["scans"]["proof_until"]
    if proof and proof < pack["as_of"] and not any(scan["in_time"] for scan in pack["scans"]["rows"]):
        rows = [row for row, _ in _lines(pack, "confirmed")]
        yield _said("confirmed_never_scanned", "timeline", rows, f"已揽件确认,但至 {_at(proof)} 没有相符的揽收扫描",
                    f"Confirmed, but no matching scan by {_at(proof)}")  # fmt: skip


def _scanned_elsewhere(pack: Facts) -> Iterator[Found]:
    rows = [row for row, scan in enumerate(pack["scans"]["rows"]) if scan["why"] == "other_house"]
    if rows:
        where = "、".join(dict.fromkeys(pack["scans"]["rows"][row]["station_name"] for row in rows))
        yield _said("scanned_elsewhere", "scans", rows, f"运单号在别处扫描:{where}",
                    "The number was scanned at a station of another house")  # fmt: skip


def _out_of_area(pack: Facts) -> Iterator[Found]:
    for row, line in _lines(pack, "failed"):
        if line["fact"].get("reason") == "out_of_area" and line["fact"].get("inside"):
            yield _said("out_of_area_inside", "timeline", [row], "以超出服务范围登记失败,而取件点在本网点范围内",
                        "Failed as out of area, while the point lies inside its area")  # fmt: skip


def _cancelled(pack: Facts) -> Iterator[Found]:
    failed = [line for _, line in _lines(pack, "failed") if line["fact"].get("reason") == "customer_cancelled"]
    again, fell = _lines(pack, "ordered_again"), _lines(pack, "ordered_again_fell")
    if failed and again and not (fell and fell[-1][0] > again[-1][0]):
        yield _said("cancelled_ordered_again", "timeline", [again[-1][0]],
                    "登记为客户取消,而同一号码又下单并被揽收",
                    "Failed as cancelled by the customer, who ordered again and was served")  # fmt: skip
    if failed:
        rows = [row for row, line in _lines(pack, "channel_said") if line["fact"].get("code") in COURIERS_FAULT]
        if rows:
            yield _said("channel_says_otherwise", "timeline", rows, "登记为客户取消,而渠道给出的原因指向快递员",
                        "Failed as cancelled by the customer, while the channel blames the courier")  # fmt: skip


def _outside(pack: Facts) -> Iterator[Found]:
    rows = [row for row, line in _lines(pack, "accepted") if line["fact"].get("outside")]
    if rows:
        yield _said("accepted_outside", "timeline", rows, "接单网点的服务范围不覆盖取件点",
                    "Accepted by a station whose area does not hold the point")  # fmt: skip
    rows = [row for row, line in _lines(pack, "transferred") if line["fact"].get("outside")]
    if rows:
        yield _said("transferred_outside", "timeline", rows, "转往的网点不覆盖取件点",
                    "Transferred to a station that does not cover the point")  # fmt: skip
    rows = [row for row, line in _lines(pack, "dispatched") if line["fact"].get("outside")]
    if rows:
        yield _said("dispatched_outside", "timeline", rows, "总部分件的网点不覆盖取件点",
                    "Dispatched by HQ to a station that does not cover the point")  # fmt: skip


def _map_against_charge(pack: Facts) -> Iterator[Found]:
    ground, charged = pack["map"], pack["suspicion"]["outside"]
    if ground["known"] and not ground["apart"] and charged is not None and charged == ground["inside"]:
        zh, en = ("范围外", "outside") if charged else ("范围内", "inside")
        yield _said("map_against_charge", "map", [], f"时钟按{zh}计,而下图多边形所示相反",
                    f"The clocks took the point as {en} the area; the polygons drawn here say otherwise")  # fmt: skip


def _told_late(pack: Facts) -> Iterator[Found]:
    rows = [row for row, line in enumerate(pack["timeline"]) if line["told_late"]]
    if rows:
        yield _said("told_late", "timeline", rows, f"{len(rows)} 条记录发生后超过一分钟才收到:判定以发生时刻为准",
                    f"{len(rows)} told more than a minute after they happened: judged by when they did")  # fmt: skip


def _withdrawn_first(pack: Facts) -> Iterator[Found]:
    ends = [line["happened_at"] for kind in ("confirmed", "failed") for _, line in _lines(pack, kind)]
    rows = [row for row, line in _lines(pack, "withdrawn") if ends and line["happened_at"] < min(ends)]
    if rows:
        yield _said("withdrawn_before_end", "timeline", rows, "撤单发生在揽件确认或登记失败之前",
                    "The withdrawal was made before the confirmation or failure")  # fmt: skip


def _call_not_logged(pack: Facts) -> Iterator[Found]:
    """DO-2 asks for the time of a call; a call that the station entered stands in the log by itself."""
    calls = [_instant(line["happened_at"]) for _, line in _lines(pack, "called")]
    for row, line in _lines(pack, "failed"):
        claimed = line["fact"].get("call_times", [])
        near = (abs(at - _instant(one)) <= CALL_NEAR for at in calls for one in claimed)
        if claimed and not any(near):
            when = "、".join(_at(one) for one in claimed)
            yield _said("call_not_logged", "timeline", [row],
                        f"称 {when} 致电,前后 30 分钟内没有致电记录",
                        f"A call at {when} is claimed; none is on record within 30 minutes of it")  # fmt: skip


def _warned(pack: Facts) -> Iterator[Found]:
    """DO-8: a station that was warned cannot say that it was not. Of this very deadline; the call list is the
    province's, and no word to the station."""
    charged = pack["suspicion"]
    own = [
        row
        for row, ring in enumerate(pack["rings"])
        if ring["seq"] == charged["seq"]
        and ring["due_at"] == charged["happened_at"]
        and ring["rung_at"] < charged["happened_at"]
        and ring["step"] != CALL_LIST
    ]
    if own and charged["timed"]:
        yield _said("warned_before", "rings", own, f"截止前已提醒网点 {len(own)} 次",
                    f"The station was warned {len(own)} times before the deadline")  # fmt: skip


def _excused(pack: Facts) -> Iterator[Found]:
    for row, check in enumerate(pack["checks"]):
        if check["outcome"] == "failed":
            zh = f"免责理由成立:{check['zh']}" + (f"({check['figures']})" if check["figures"] else "")
            yield _said(f"excused_{check['name']}", "checks", [row], zh, f"Likely excused: {check['en']}")


def _charge_fell(pack: Facts) -> Iterator[Found]:
    """The clock as it is judged now against what is suspected."""
    charged = pack["suspicion"]
    own = [(row, clock) for row, clock in enumerate(pack["arithmetic"]["clocks"]) if clock["charged"]]
    if not charged["timed"] or charged["state"] in ("cleared", "dismissed", "overturned"):
        return
    if not own:
        yield _said("clock_gone", "arithmetic", [], "后来的消息使这次派单的时钟不再存在",
                    "News took away the clock that this suspicion rests on")  # fmt: skip
    for row, clock in own:
        if clock["verdict"] != "missed":
            yield _said("clock_not_missed", "arithmetic", [row],
                        f"按现有事实该时钟为「{clock['verdict_zh']}」,不是超时",
                        f"By the facts as they stand this clock is {clock['verdict']}, not missed")  # fmt: skip
        elif clock["due_at"] != charged["happened_at"]:
            yield _said("deadline_moved", "arithmetic", [row], f"按现有事实截止为 {_at(clock['due_at'])}",
                        f"By the facts as they stand it was due at {_at(clock['due_at'])}")  # fmt: skip


def _at(text: str) -> str:
    return f"{text[:10]} {text[11:19]}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


_LOOKS: tuple[Callable[[Facts], Iterator[Found]], ...] = (
    _charge_fell, _never_scanned, _scanned_elsewhere, _out_of_area, _cancelled, _outside, _map_against_charge,
    _withdrawn_first, _call_not_logged, _excused, _warned, _told_late,
)  # fmt: skip
