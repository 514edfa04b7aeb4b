"""What made a clock's verdict, step by step, from the trace that the verdict was made with and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from basics.names import VERDICTS
from basics.words import ClockKind, Verdict
from sla.clocks import Clock
from sla.course import Course
from sla.duty import Span
from sla.explain_words import CLOCKS, ENDS, WHY, en_length, moment, time_of_day, zh_length
from sla.trace import WINDOW, Trace

SHOWN = 3  # pieces of a long calendar that are told one by one at either end


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `what`: start, length, calendar, counted, left_out, due, end, verdict, edition or spared; `rule`: its
    rule id, "" for none. `since` and `until`: the instants it speaks of; until None: one instant."""

    what: str
    rule: str
    zh: str
    en: str
    since: datetime | None = None
    until: datetime | None = None


def explain(clock: Clock) -> list[Step]:
    """Start and why, length, calendar with what was counted and left out, deadline, end, verdict, edition."""
    trace = clock.trace
    return [
        *_start(clock, trace),
        _length(trace),
        _calendar(trace),
        *_pieces(trace),
        Step("due", "", f"截止 {moment(trace.due)},该时刻仍算按时", f"Due {moment(trace.due)}, that instant included",
             trace.due),
        *_end(clock, trace),
        _verdict(clock),
        Step("edition", "", f"规则版本 {trace.edition.name},{trace.edition.effective} 起施行",
             f"By edition {trace.edition.name}, in force from {trace.edition.effective}"),
    ]  # fmt: skip


def name_of(clock: Clock) -> tuple[str, str]:
    """What people call the clock, zh-CN and English; one that only an edition knows is named there."""
    rule = clock.trace.edition.clock_rules.get(clock.kind)
    return (rule.zh, rule.en) if rule else CLOCKS[clock.kind]


class Spared(NamedTuple):
    """A holder without a pickup clock, since `by`, an earlier one, missed its own: an order is late once (PICKUP-2)."""

    seq: int
    station: str
    by_seq: int
    by: str

    def step(self, name: Callable[[str], str] = str) -> Step:
        """`name`: what people call a station."""
        by = name(self.by)
        zh = f"没有揽收时钟:第 {self.by_seq} 次派单的 {by} 揽收已超时,一单只计一次"
        en = f"No pickup clock: {by}, assignment {self.by_seq}, missed its own, and an order is late once"
        return Step("spared", "PICKUP-2", zh, en)


def spared(course: Course, clocks: Sequence[Clock]) -> list[Spared]:
    """The stations that got the order after a missed pickup clock."""
    missed = [clock for clock in clocks if clock.kind == ClockKind.PICKUP and clock.verdict is Verdict.MISSED]
    timed = {clock.seq for clock in clocks if clock.kind == ClockKind.PICKUP}
    return [
        Spared(one.seq, one.station, clock.seq, clock.station)
        for clock in missed[:1]
        for one in course.holdings
        if one.calendar is not None and one.seq not in timed
    ]


def _start(clock: Clock, trace: Trace) -> Iterator[Step]:
    rule, zh, en = WHY[trace.why]
    yield Step("start", rule, f"{zh}:{moment(trace.since)}", f"{en}: {moment(trace.since)}", trace.since)
    if clock.starts_at != trace.since:
        at = moment(clock.starts_at)
        yield Step("start", "DUTY-2", f"当时不在值班时间,从下一个值班时刻 {at} 开始走",
                   f"Nobody was on duty then: it runs from {at}", clock.starts_at)  # fmt: skip


def _length(trace: Trace) -> Step:
    zh, en = zh_length(trace.length), en_length(trace.length)
    if trace.key == WINDOW:
        return Step("length", "PICKUP-2", f"到预约时段结束为止,共 {zh}:晚于下单后的揽收时限",
                    f"Until the booked window ends, {en}: later than the usual length")  # fmt: skip
    rule = trace.edition.rules[trace.key]
    unit = ("值班时间", "of duty time") if trace.counts == "duty" else ("自然时间", "of elapsed time")
    return Step("length", rule, f"时限 {zh}({unit[0]})[{trace.key}]", f"Length {en} {unit[1]} [{trace.key}]")


def _calendar(trace: Trace) -> Step:
    if trace.counts != "duty":
        return Step("calendar", "DUTY-2", "每一分钟都计", "Every minute counts")
    hours = f"{time_of_day(trace.calendar.opens)}–{time_of_day(trace.calendar.closes)}"
    return Step("calendar", "DUTY-1", f"只计每日值班时间 {hours}", f"Only duty time counts, {hours} every day")


class _Run(NamedTuple):
    """Spans told in one step; a closure is always told alone."""

    kind: str
    since: datetime
    until: datetime
    counted: timedelta
    pieces: int


def _runs(spans: Sequence[Span]) -> Iterator[_Run]:
    inner = range(SHOWN, len(spans) - SHOWN)

    def together(numbered: tuple[int, Span]) -> int:
        place, span = numbered
        return -1 if place in inner and span.kind != "closed" else place

    for _, group in groupby(enumerate(spans), key=together):
        run = [span for _, span in group]
        counted = sum((span.until - span.since for span in run if span.kind == "open"), timedelta(0))
        opens = sum(span.kind == "open" for span in run)
        yield _Run(run[0].kind if len(run) == 1 else "many", run[0].since, run[-1].until, counted, opens)


def _pieces(trace: Trace) -> Iterator[Step]:
    for kind, since, until, counted, pieces in _runs(list(trace.pieces())):
        between = f"{moment(since)} 至 {moment(until)}"
        through = f"{moment(since)} to {moment(until)}"
        zh, en = zh_length(until - since), en_length(until - since)
        if kind == "open":
            yield Step("counted", "", f"计入 {between},{zh}", f"Counted {through}: {en}", since, until)
        elif kind == "many":
            yield Step("counted", "", f"{between} 之间 {pieces} 段,计入 {zh_length(counted)}",
                       f"{through}: {pieces} pieces, {en_length(counted)} counted", since, until)  # fmt: skip
        elif kind == "closed":
            yield Step("left_out", "ROUTE-6", f"停业 {between},{zh},不计", f"Closed {through}: {en} left out",
                       since, until)  # fmt: skip
        else:
            yield Step("left_out", "DUTY-1", f"非值班 {between},{zh},不计", f"Off duty {through}: {en} left out",
                       since, until)  # fmt: skip


def _end(clock: Clock, trace: Trace) -> Iterable[Step]:
    end = trace.end
    if end is None:
        return [Step("end", "", "没有使它结束的操作或消息", "Nothing has ended it")]
    zh, en = ENDS[end.by]
    rule = "PICKUP-1" if end.by == "confirmed" else "CLOCK-1" if clock.verdict is Verdict.DROPPED else "CLOCK-2"
    if end.at > trace.due:
        gap = (f",晚 {zh_length(end.at - trace.due)}", f", {en_length(end.at - trace.due)} late")
    elif end.at == trace.due:
        gap = (",正好在截止时刻", ", exactly at the deadline")
    else:
        gap = (f",距截止 {zh_length(trace.due - end.at)}", f", {en_length(trace.due - end.at)} before the deadline")
    told = [Step("end", rule, f"{zh} {moment(end.at)}{gap[0]}", f"{en.capitalize()} {moment(end.at)}{gap[1]}", end.at)]
    if end.by == "confirmed" and end.at <= trace.due:
        waits = clock.verdict is Verdict.RUNNING
        zh = "前须有相符的揽收扫描" if waits else "前没有相符的揽收扫描,不算揽收"
        en = "A matching scan is needed by" if waits else "Not a pickup: no matching scan by"
        told.append(Step("end", "PICKUP-1", f"{moment(trace.until)} {zh}", f"{en} {moment(trace.until)}", trace.until))
    return told


def _verdict(clock: Clock) -> Step:
    zh, en = VERDICTS[clock.verdict]
    if clock.verdict is Verdict.MISSED:
        zh, en = f"{zh},记在截止时刻 {moment(clock.due_at)}", f"{en}, dated at the deadline {moment(clock.due_at)}"
    elif clock.verdict is Verdict.DROPPED:
        zh, en = f"{zh}:截止前已由别的事结束", f"{en}: something else ended it before its deadline"
    return Step("verdict", "CLOCK-2", f"结果:{zh}", f"Verdict: {en}", clock.decided_by)
