"""The reason honesty map as a document: ranked list with reasons in words, map, neighbours, method beneath. Pure."""

from collections.abc import Mapping, Sequence

from reports.honesty import words
from reports.honesty.counting import AGAINST, BASIS, Key, Standing, Use
from reports.honesty.words import EVIDENCE, STAGES
from reports.kinds import Asked
from reports.paper.document import Cell, Column, Document, Section, Share, defined

Bases = Mapping[Key, int]
Reasons = Mapping[str, tuple[str, str]]  # Chinese and English names, in the order of the rulebook


def honesty(asked: Asked, found: Sequence[Standing], bases: Bases, reasons: Reasons) -> Document:
    """The document of these standings: they are of the scope already. A reason that the rulebook has no more goes by
    its code."""
    used = sorted({use.reason for one in found for use in one.uses} - set(reasons))
    names = {**reasons, **{code: (code, code) for code in used}}
    sections = (_ranked(found, names), _map(found, bases, names), _uses(found, names))
    marked = sum(one.marked for one in found)
    failures, wrong = sum(one.failures for one in found), sum(one.contradicted for one in found)
    return Document(
        kind="honesty",
        title_zh="失败原因诚信图",
        title_en="Reason honesty map",
        period=asked.period,
        scope=asked.scope,
        number=None,
        edition=asked.book.at(asked.now).name,
        made_at=asked.now,
        sections=sections,
        facts=(
            ("失败 failures", f"{failures:,}"),
            ("被反证 contradicted", f"{wrong:,}"),
            ("需核查网点 stations to look at", f"{marked:,}"),
        ),
        method=words.METHOD,
        line=f"失败原因诚信图 {asked.period}:{failures:,} 次失败,{wrong:,} 次被反证,{marked:,} 个网点需核查",
        definitions=defined(sections),
    )


def _ranked(found: Sequence[Standing], names: Reasons) -> Section:
    rows = tuple(_row(place, one, names) for place, one in enumerate(found, 1))
    return Section("ranked", "排名", "Ranked list", words.RANKED, rows, note=words.NOTE)


def _row(place: int, one: Standing, names: Reasons) -> tuple[Cell, ...]:
    at = one.station
    told = [_said(use, names) for use in sorted(one.uses, key=_weight) if use.contradicted or use.unusual]
    rest = sum(use.own.part for use in one.uses if not (use.contradicted or use.unusual))
    said = ";".join([*told, *([f"其余 {rest} 次 / {rest} others"] if rest else [])])
    more = ";".join(_more(use, names) for use in one.uses if use.unusual)
    return (
        Cell(place),
        *(Cell(text) for text in (at.code, at.name, at.province)),
        Cell(one.failures),
        Cell(one.contradicted, warns=one.marked),
        Cell(Share(one.contradicted, one.failures)),
        Cell(Share(one.least, BASIS), warns=one.marked),
        *(Cell(one.against[code]) for code in AGAINST),
        Cell(said),
        Cell(more),
    )


def _weight(use: Use) -> tuple[int, int, str]:
    return -use.contradicted, -use.own.part, use.reason


def _said(use: Use, names: Reasons) -> str:
    """「客户取消」12 次,9 次被反证:又下单被揽收 9 / …"""
    zh, en = names[use.reason]
    text, english = f"「{zh}」{use.own.part} 次", f"“{en}” {use.own.part}"
    if use.contradicted:
        what = [(EVIDENCE[code], count) for code, count in use.against.items() if count]
        text += f",{use.contradicted} 次被反证:" + "、".join(f"{word[0]} {count}" for word, count in what)
        english += f", {use.contradicted} contradicted: " + ", ".join(f"{word[1]} {count}" for word, count in what)
    return f"{text} / {english}"


def _more(use: Use, names: Reasons) -> str:
    (zh, en), (stage, english) = names[use.reason], STAGES[use.stage]
    own, others = _hundred(use.own), _hundred(use.others)
    return f"{stage}「{zh}」每百次 {own},相邻 {others} / {english}, “{en}”: {own} per 100, neighbours {others}"


def _hundred(share: Share) -> str:
    """Per 100 with one decimal, cut down; — of nothing."""
    if not share.of:
        return "—"
    whole, tenth = divmod(1_000 * share.part // share.of, 10)
    return f"{whole}.{tenth}"


def _map(found: Sequence[Standing], bases: Bases, names: Reasons) -> Section:
    columns = (*words.MAP, *(Column(code, *said, "rate", words.PER_HUNDRED) for code, said in names.items()))
    rows = []
    for one in sorted(found, key=lambda one: (one.station.province, one.station.code)):
        code = one.station.code
        count = dict.fromkeys(names, 0)
        for use in one.uses:
            count[use.reason] += use.own.part
        base = bases.get((code, "accept"), 0)
        heads = (Cell(code), Cell(one.station.name), Cell(base), Cell(bases.get((code, "pickup"), 0)))
        rows.append((*heads, *(Cell(Share(100 * part, base)) for part in count.values())))
    note = "每百次派单 / per 100 assignments"
    return Section("map", "原因分布", "Map of reasons", columns, tuple(rows), note=note)


def _uses(found: Sequence[Standing], names: Reasons) -> Section:
    rows = []
    for use in (use for one in found for use in one.uses):
        heads = (use.station, " ".join(STAGES[use.stage]), " ".join(names[use.reason]))
        rates = (Share(100 * share.part, share.of) for share in (use.own, use.others))
        wrong = Cell(Share(use.contradicted, use.own.part))
        counts = (Cell(use.against[code]) for code in AGAINST)
        rows.append((*map(Cell, heads), Cell(use.own.part), *map(Cell, rates), wrong, *counts))
    return Section("uses", "与相邻网点对比", "Beside the neighbours", words.USES, tuple(rows))
