"""The tables of the fairness report, each with a finding: do groups differ more than by chance? Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.compliance.figures import both
from reports.compliance.places import WHOLE, bounds
from reports.compliance.tables import NOBODY, channel_name, one_line
from reports.fairness import words
from reports.fairness.chance import HUNDREDTHS, Chance, of_rates, of_shares, per_thousand
from reports.fairness.counting import CAUSES, COUNTS
from reports.fairness.hiding import LEAST, hidden
from reports.paper.document import Cell, Chart, Hidden, Section, Series, Share, Value
from reports.paper.shown import decimal

Row = Mapping[str, Any]
_HIDDEN = Hidden(LEAST)
# Column -> the measure of reports/cube.py whose rows stand behind it.
_OPENS = {"orders": "orders", "fines": "confirmed", "fines_fen": "fines_fen", "overturned": "overturned"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was compared, and how the test ended; `says` in words, `中文 / English`."""

    question: str
    chance: Chance | None
    says: str


Found = tuple[Section, Finding]


def total(rows: Sequence[Row]) -> dict[str, Any]:
    """The sum of a table by dimension."""
    return {"key": None, **{name: sum(row[name] for row in rows) for name in COUNTS}}


def by_dimension(name: str, rows: Sequence[Row], scope: str, few_caused: bool) -> tuple[Found, Found]:
    """On whom fines fall, and which of them did not stand; `few_caused`: of so few causes nothing is told."""
    away = hidden({row["key"]: row["suspicions"] for row in rows})
    gone = hidden({row["key"]: row["fined"] for row in rows}, away)
    whole = total(rows)
    unsaid = few_caused or 0 < whole["suspicions"] < LEAST
    fines, fallen = _finding(name, "fines", rows, away), _finding(name, "overturned", rows, gone)
    last = words.TOTAL
    first = words.dimension(name)
    zh, en = words.DIMENSIONS[name][:2]
    of_fines = [(_label(name, row), *_fined(name, row, scope, row["key"] in away, unsaid)) for row in rows]
    of_fines.append((Cell(last), *_fined("network", whole, scope, 0 < whole["suspicions"] < LEAST, unsaid)))
    of_appeals = [(_label(name, row), *_appealed(name, row, scope, row["key"] in gone)) for row in rows]
    of_appeals.append((Cell(last), *_appealed("network", whole, scope, 0 < whole["fined"] < LEAST)))
    return (
        (
            Section(
                f"fines_{name}", f"罚款:按{zh}", f"Fines by {en}", (first, *words.FINES), tuple(of_fines), sums=True,
                note=fines.says, chart=_chart(name, rows, away),
            ),
            fines,
        ),
        (
            Section(
                f"appeals_{name}", f"撤销:按{zh}", f"Overturned by {en}", (first, *words.APPEALS), tuple(of_appeals),
                sums=True, note=fallen.says,
            ),
            fallen,
        ),
    )  # fmt: skip


def by_reviewer(rows: Sequence[Row]) -> tuple[Section, tuple[Finding, Finding]]:
    """What each reviewer decided, and how much of it stood."""
    away = hidden({row["key"]: row["decided"] for row in rows})
    gone = hidden({row["key"]: row["fined"] for row in rows}, away)
    names = ("decided", "fined", "fines", "fines_fen", "overturned")
    whole = {name: sum(row[name] for row in rows) for name in names}
    findings = (
        _finding("reviewer", "confirmed", rows, away),
        _finding("reviewer", "overturned", rows, gone),
    )
    cells = [(Cell(one_line(row["key"])), *_reviewed(row, row["key"] in away, row["key"] in gone)) for row in rows]
    few = (0 < whole["decided"] < LEAST, 0 < whole["fined"] < LEAST)
    cells.append((Cell(words.TOTAL), *_reviewed(whole, *few)))
    note = both(*("; ".join(one.says.split(" / ")[side] for one in findings) for side in (0, 1)))
    return Section("reviewers", "审核人", "Reviewers", words.REVIEWERS, tuple(cells), sums=True, note=note), findings


def by_cause(rows: Sequence[Row]) -> Section:
    """What of the suspicions and fines no station caused. What all causes have together is known from the rest, so the
    rest is hidden where that is too little to show; and all of it where the total is, for an interval tells of what."""
    whole = {name: sum(row[name] for row in rows) for name in ("suspicions", "fines", "fines_fen")}
    caused = {row["key"]: row["suspicions"] for row in rows if row["key"] in CAUSES}
    sides = hidden({"caused": sum(caused.values()), "": whole["suspicions"] - sum(caused.values())})
    away = {*hidden(caused), *sides}
    if "caused" in sides:
        away.update(key for key, count in caused.items() if count)
    few = 0 < whole["suspicions"] < LEAST
    cells = [(Cell(words.CAUSES[row["key"]]), *_cause(row, whole, few or row["key"] in away)) for row in rows]
    cells.append((Cell(words.TOTAL), *_cause(whole, whole, few)))
    return Section("causes", "总部或故障所致", "Caused by HQ or an outage", words.BY_CAUSE, tuple(cells), sums=True)


def chances(findings: Sequence[Finding]) -> Section:
    """All findings in one table."""
    rows = []
    for one in findings:
        if one.chance is None:
            rows.append((Cell(one.question), *(Cell(None),) * 4, Cell(both(*words.TOO_FEW))))
            continue
        test = one.chance
        statistic = Share(round(HUNDREDTHS * test.statistic), HUNDREDTHS)
        figures = (Cell(test.groups), Cell(statistic), Cell(test.freedom), Cell(_p(test.p)))
        finding = both(*(words.LARGER if test.larger else words.NO_LARGER))
        rows.append((Cell(one.question), *figures, Cell(finding, warns=test.larger)))
    return Section("chance", "差异与偶然", "Differences and chance", words.CHANCE, tuple(rows))


# ---- cells


def _fines(row: Row) -> Share:
    return Share(row["fines"], row["orders"])


def _overturned(row: Row) -> Share:
    return Share(row["overturned"], row["fined"])


def _confirmed(row: Row) -> Share:
    return Share(row["fined"], row["decided"])


def _fined(level: str, row: Row, scope: str, away: bool, unsaid: bool) -> tuple[Cell, ...]:
    """In the order of words.FINES. Orders are no cases: they are always shown."""
    orders = _cell("orders", level, row, scope)
    if away:
        return (orders, *(Cell(_HIDDEN),) * (len(words.FINES) - 1))
    rate = _fines(row)
    return (
        orders,
        Cell(row["suspicions"]),
        _cell("fines", level, row, scope),
        _cell("fines_fen", level, row, scope),
        Cell(Share(1_000 * rate.part, rate.of)),
        Cell(_between(per_thousand(rate), HUNDREDTHS, 2) if rate.of else None),
        Cell(_HIDDEN if unsaid else Share(row["caused"], row["suspicions"])),
    )


def _appealed(level: str, row: Row, scope: str, away: bool) -> tuple[Cell, ...]:
    """In the order of words.APPEALS."""
    if away:
        return (Cell(_HIDDEN),) * len(words.APPEALS)
    return (
        Cell(row["fined"]),
        Cell(row["appealed"]),
        Cell(Share(row["appealed"], row["fined"])),
        _cell("overturned", level, row, scope),
        Cell(_overturned(row)),
        Cell(_interval(_overturned(row))),
    )


def _reviewed(row: Row, away: bool, gone: bool) -> tuple[Cell, ...]:
    """In the order of words.REVIEWERS. Fines are hidden with what was overturned: of those once confirmed the one is
    what the other leaves."""
    share, fallen = _confirmed(row), _overturned(row)
    decided: tuple[Value, ...] = (row["decided"], row["fined"], share, _interval(share))
    later: tuple[Value, ...] = (row["fines"], row["fines_fen"], row["overturned"], fallen, _interval(fallen))
    return (
        *(Cell(_HIDDEN if away else value) for value in decided),
        *(Cell(_HIDDEN if gone or away else value) for value in later),
    )


def _cause(row: Row, whole: Row, away: bool) -> tuple[Cell, ...]:
    """In the order of words.BY_CAUSE."""
    share = Share(row["suspicions"], whole["suspicions"])
    values: tuple[Value, ...] = (
        row["suspicions"], share, _interval(share), row["fines"], row["fines_fen"],
        Share(row["fines"], whole["fines"]), Share(row["fines_fen"], whole["fines_fen"]),
    )  # fmt: skip
    return tuple(Cell(_HIDDEN if away else value) for value in values)


def _cell(column: str, level: str, row: Row, scope: str) -> Cell:
    """With the way to its rows where a cell of the cube is these rows and no more."""
    if level == "network":
        key = "network:" if scope == "network" else scope
    elif scope == "network" and level in ("province", "channel") and row["key"]:
        key = f"{level}:{row['key']}"
    else:
        key = ""
    return Cell(row[column], f"{_OPENS[column]}@{key}" if key else "")


def _label(name: str, row: Row) -> Cell:
    return Cell(_called(name, row["key"]))


def _called(name: str, key: Any) -> str:
    if name == "reviewer":
        return one_line(key)
    if name == "size":
        return words.band(key)
    if name == "hour":
        return f"{key:02d}:00"
    if name == "channel":
        return channel_name(key) if key else words.NO_CHANNEL
    return one_line(key) if key else NOBODY


def _interval(share: Share) -> str | None:
    return _between(bounds(share), WHOLE // 100, 1, "%") if share.of else None


def _between(ends: tuple[int, int], unit: int, places: int, sign: str = "") -> str:
    low, high = (f"{decimal(end, unit, places)}{sign}" for end in ends)
    return f"{low} – {high}"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


# ---- findings and charts


def _finding(name: str, question: str, rows: Sequence[Row], away: frozenset[Any]) -> Finding:
    what, by = words.QUESTIONS[question], words.DIMENSIONS.get(name, words.REVIEWER)
    asked = both(f"{what[0]}:按{by[0]}", f"{what[1]} by {by[1]}")
    share = _SHARES[question]
    groups = [share(row) for row in rows if row["key"] not in away]
    groups += _as_one([share(row) for row in rows if row["key"] in away])
    chance = (of_rates if question == "fines" else of_shares)(groups)
    if chance is None:
        return Finding(asked, None, both(f"{what[0]}:{words.TOO_FEW[0]}", f"{what[1]}: {words.TOO_FEW[1]}"))
    told = words.LARGER if chance.larger else words.NO_LARGER
    p = _p(chance.p)
    figures = f"χ² = {decimal(*chance.statistic.as_integer_ratio(), 2)}, p {p if p[0] == '<' else f'= {p}'}"
    zh = f"{what[0]}:{told[0]}({figures},自由度 {chance.freedom})"
    en = f"{what[1]}: {told[1]} ({figures}, degrees of freedom: {chance.freedom})"
    if chance.larger:
        high, low = _surely(name, question, [row for row in rows if row["key"] not in away and share(row).of])
        zh, en = f"{zh}{high[0]}{low[0]}", f"{en}{high[1]}{low[1]}"
    return Finding(asked, chance, both(zh, en))


def _as_one(hidden_ones: Sequence[Share]) -> list[Share]:
    """Hidden groups: what they have together is known from the total; of each, the statistic would tell."""
    parts, cases = (sum(one[at] for one in hidden_ones) for at in (0, 1))
    return [Share(parts, cases)] if hidden_ones else []


def _surely(name: str, question: str, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Which shown group is most surely high and which low, by the ends of their intervals, and not by a few cases."""
    share = _SHARES[question]
    ends = {row["key"]: (per_thousand if question == "fines" else bounds)(share(row)) for row in rows}
    if len(rows) < 2:
        return [("", "")] * 2
    most = max(rows, key=lambda row: ends[row["key"]][0])
    least = min((row for row in rows if row is not most), key=lambda row: ends[row["key"]][1])
    found = []
    for row, (zh, en) in ((most, words.HIGHEST), (least, words.LOWEST)):
        part, of = share(row)
        value = decimal(1_000 * part, of, 2) if question == "fines" else f"{decimal(100 * part, of, 1)}%"
        called = _called(name, row["key"])
        found.append((f";{zh} {called.split(' / ')[0]} {value}", f"; {en} {called.split(' / ')[-1]} {value}"))
    return found


_SHARES: Mapping[str, Callable[[Row], Share]] = {
    "fines": _fines, "overturned": _overturned, "confirmed": _confirmed,
}  # fmt: skip


def _chart(name: str, rows: Sequence[Row], away: frozenset[Any]) -> Chart | None:
    """Rates beside each other; nothing is drawn of what is hidden."""
    if name not in ("province", "hour") or not rows:
        return None
    rates = tuple(
        None if row["key"] in away or not row["orders"] else 1_000 * row["fines"] / row["orders"] for row in rows
    )
    labels = tuple(_called(name, row["key"]).split(" / ")[0] for row in rows)
    return Chart("bar", "rate", labels, (Series("per_1000", "每千单罚款", "fines per 1,000 orders", rates),))
