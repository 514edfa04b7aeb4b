"""An order's log in words: what, who, when, from where, remark, whom it told (DO-7)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.words import DATA_CENTRE
from channels.registry import SENDERS
from channels.wecom import hidden
from dispatch.explain_words import IGNORED
from people.masking import HIDDEN, mask_email, mask_phone, mask_text
from rulebook.book import Edition, Reason
from web.console.differences import Difference, contents_before, differences
from web.language import language, t, w
from web.words import UNSENT

LATE_NEWS = timedelta(seconds=60)  # from here on a line shows when it reached us, too


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; `told_late`: it reached us noticeably after it happened (DESIGN law 6)."""

    kind: str
    text: str
    by: str
    happened_at: datetime
    recorded_at: datetime
    told_late: bool
    told: list[Any]
    differences: list[Difference]


def mask_recipient(to: str) -> str:
    """A phone number, an e-mail address or a robot's webhook that a message went to."""
    if to.lower().startswith(("http:", "https:")):
        return hidden(to)
    return mask_email(to) if "@" in to else mask_phone(to)


class Names:
    """Codes as people call them."""

    def __init__(
        self,
        stations: Mapping[str, Any],
        reasons: Mapping[str, Reason],
        customers: Collection[str],
        behind_mask: bool,
        never_behind: bool,
    ) -> None:
        self._stations, self._reasons = stations, reasons
        self._customers, self._behind_mask = customers, behind_mask
        self._never_behind = never_behind

    def free(self, text: str | None) -> str:
        """Free text, with what is a customer's in it hidden unless a look was granted (ROLE-2)."""
        return text or "" if self._behind_mask else mask_text(text, self._customers)

    def callers(self, text: str | None) -> str:
        """Free text of a caller or sender: it may name anybody and any place, so who may not look sees none of it."""
        return HIDDEN if text and self._never_behind else self.free(text)

    def actor(self, by: str) -> str:
        """A person, or the channel that told us."""
        kind, _, code = by.partition(":")
        return w("channel", code) if kind == "channel" else by

    def station(self, code: str | None) -> str:
        if code == DATA_CENTRE:
            return t("数据中心", "data centre")
        known = self._stations.get(code or "")
        return f"{known.name}({code})" if known else code or "—"

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        """What changed, field by field."""
        return differences(before, after, self.callers, self._behind_mask)

    def reason(self, code: str) -> str:
        known = self._reasons.get(code)
        return known.zh if known else self.free(code)

    def withdrawn(self, origin: str, reason: str) -> str:
        """Why an order was withdrawn; the sender's words are his own."""
        return self.callers(reason) if origin == "sender" and reason not in self._reasons else self.reason(reason)

    def copy(self, row: Any) -> str:
        """What a sender was told, and under which number or address (CHAN-7); empty for what a channel hears."""
        to, text = row.payload.get("to"), row.payload.get("text")
        if row.channel not in SENDERS or not to:
            return ""
        return f"{to if self._behind_mask else mask_recipient(to)}:{text}"

    def answer(self, row: Any) -> str:
        """The beginning of a raw answer, or why nothing was sent."""
        raw = row.last_answer or ""
        return UNSENT[raw].chinese if raw in UNSENT else f"{row.last_status or ''} {self.free(raw)[:120]}"

    def detail(self, reason: str, detail: str) -> str:
        """What was asked for with a reason; a dialled number is the customer's business (ROLE-2)."""
        known = self._reasons.get(reason)
        if detail and known and known.asks == "dialled_number" and not self._behind_mask:
            return mask_phone(detail)
        return self.free(detail)


def names_of(
    stations: Mapping[str, Any],
    edition: Edition,
    customers: Collection[str] = (),
    behind_mask: bool = False,
    never_behind: bool = False,
) -> Names:
    """Names by the network and the reasons of an edition; `customers` are names to hide in free text. `never_behind`:
    whoever reads it may not look behind the mask at all."""
    return Names(stations, edition.reasons, customers, behind_mask, never_behind)


def log_lines(events: Sequence[Any], told: Sequence[Any], names: Names) -> list[LogLine]:
    """`events` and outbox rows `told` of one order, both newest first. A message belongs to the last event of its
    instant that could have caused it."""
    by_instant: dict[datetime, list[Any]] = {}
    before = contents_before(events)
    for row in told:
        by_instant.setdefault(row.created_at, []).append(row)
    return [
        LogLine(
            event.kind,
            describe(event.kind, event.data, names),
            names.actor(event.by),
            event.happened_at,
            event.recorded_at,
            event.recorded_at - event.happened_at >= LATE_NEWS,
            by_instant.pop(event.recorded_at, []),
            [] if event.kind == "created" else _differences(event, before[event.seq], names),
        )
        for event in events
    ]


def _differences(event: Any, before: Mapping[str, Any], names: Names) -> list[Difference]:
    """CHAN-8: before and after, of what was changed and of what was asked for."""
    content = event.data.get("content")
    return names.differences(before, content) if content else []


def describe(kind: str, data: Mapping[str, Any], names: Names) -> str:
    """The particulars of an event; empty when its name says it all."""
    parts: list[str] = []
    if kind in ("created", "updated"):
        route = data.get("route")
        if data.get("missing"):
            parts.append(t("缺少 ", "lacks ") + t("、", ", ").join(w("missing", one) for one in data["missing"]))
        if route:
            cause, station = w("cause", route["cause"]), names.station(route["station"])
            parts.append(t(f"派至 {station}({cause})", f"routed to {station} ({cause})"))
        if data.get("caller"):
            parts.append(t("来电变更", "changed for a caller"))
        parts += _understood(data.get("place") or {})
    elif kind in ("accepted", "confirmed", "withdrawal_handled"):
        parts.append(names.station(data.get("station")))
    elif kind == "called":
        parts += [names.station(data["station"]), names.free(data.get("remark"))]
    elif kind == "failed":
        stage = w("state", f"{data['stage']}_failed")
        parts += [
            f"{stage}: {names.reason(data['reason'])}"
            if language() == "en"
            else f"{stage}:{names.reason(data['reason'])}",
            names.detail(data["reason"], data.get("detail", "")),
        ]
    elif kind == "transferred":
        parts += [f"{names.station(data['station'])} → {names.station(data['to'])}", names.free(data.get("remark"))]
        if data.get("asked") != data["to"]:
            asked = names.station(data["asked"])
            parts.append(t(f"原转往 {asked},该网点曾持有此单", f"meant for {asked}, which had held it"))
    elif kind == "dispatched":
        parts.append(f"{t('数据中心', 'data centre')} → {names.station(data['to'])}")
    elif kind == "numbered":
        parts += [
            data["waybill_no"],
            t("渠道提供", "by the channel") if data["by"] == "channel" else t("网点录入", "typed by the station"),
        ]
    elif kind == "scanned":
        parts += [data["waybill_no"], names.station(data["station"])]
    elif kind == "withdrawn":
        parts += [
            t(f"{w('origin', data['origin'])}撤单", f"withdrawn by the {w('origin', data['origin'])}"),
            names.withdrawn(data["origin"], data["reason"]),
        ]
        if consent := data.get("consent"):
            parts += [f"{names.station(consent['station'])} {t('同意', 'agreed')}", names.free(consent.get("remark"))]
    parts += _of_a_caller(kind, data, names)
    parts += _found(kind, data, names)
    return " · ".join(part for part in parts if part)


def _of_a_caller(kind: str, data: Mapping[str, Any], names: Names) -> list[str]:
    """CHAN-8: what was asked for, and the holder's answer."""
    parts: list[str] = []
    if kind == "change_asked":
        parts += [
            t("要求撤单", "asks to withdraw") if data["wants"] == "withdrawal" else t("要求变更", "asks for a change"),
            names.callers(data.get("reason")),
        ]
    elif kind in ("amended", "change_declined"):
        parts += [
            f"{names.station(data['station'])} {t('同意', 'agreed') if kind == 'amended' else t('不同意', 'declined')}",
            names.free(data.get("remark")),
        ]
        if data.get("deadline_stays"):
            parts.append(t("揽收时限已过,不因此顺延", "the pickup deadline had passed and stays"))
        parts += _understood(data.get("place") or {})
    return parts


def _found(kind: str, data: Mapping[str, Any], names: Names) -> list[str]:
    """VIO-2: what was found of an act at once, and what contradicted it later."""
    if kind == "accepted" and data.get("outside"):
        others = "、".join(names.station(one) for one in data["elsewhere"])
        return [
            t("取件点不在其服务范围", "the point is outside its area")
            + (t(f",而在 {others}", f", in that of {others}") if others else "")
        ]
    if kind == "failed" and data.get("inside"):
        inside = "、".join(names.station(one) for one in data["inside"])
        return [t(f"取件点在 {inside} 范围内", f"the point is inside the area of {inside}")]
    if kind in ("ordered_again", "ordered_again_fell"):
        return [w("channel", data["channel"]), data["logistics_no"]]
    if kind == "channel_said":
        return [w("withdrawal_code", data["code"]), names.callers(data.get("reason"))]
    return []


def _understood(place: Mapping[str, Any]) -> list[str]:
    """B-70, B-71: why the point was not used, or contradicts the district."""
    parts = [t(*IGNORED[place["ignored"]][:2])] if place.get("ignored") in IGNORED else []
    if place.get("far"):
        # Whole kilometres: a line of the log is read without a look behind the mask (ROLE-2).
        far = place["far"] // 1000
        parts.append(t(f"坐标距所填区县超过 {far} 公里", f"the point is more than {far} km from its district"))
    if place.get("candidates"):
        many = len(place["candidates"])
        parts.append(t(f"地址可指 {many} 个区县", f"the address may mean {many} districts"))
    return parts
