"""The fairness report as a document: tables by dimension, by reviewer and by cause, and what chance explains. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from reports.compliance.figures import both
from reports.compliance.places import WHOLE, bounds
from reports.compliance.tables import NOBODY, channel_name
from reports.fairness import words
from reports.fairness.chance import HUNDREDTHS, Chance, of_rates, of_shares, per_thousand
from reports.fairness.counting import CAUSES, COUNTS
from reports.fairness.hiding import LEAST, hidden
from reports.kinds import Asked
from reports.paper.document import Cell, Chart, Column, Document, Hidden, Section, Series, Share, defined
from reports.paper.shown import cell_words, decimal

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """Tables as reports/fairness/counting.py makes them."""

    dimensions: Mapping[str, pl.DataFrame]
    reviewers: pl.DataFrame
    causes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Finding:
    """What was compared, how the test ended, and a sentence about it."""

    question: str
    chance: Chance | None
    says: str


def fairness(asked: Asked, counted: Counted) -> Document:
    """The document of these figures: they are of the scope already."""
    sections, findings = list[Section](), list[Finding]()
    for name, table in counted.dimensions.items():
        if name == "province" and asked.scope != "network":
            continue
        for section, finding in _by(name, _named(table), asked.scope):
            sections.append(section)
            findings.append(finding)
    reviewers, found = _reviewers(_named(counted.reviewers))
    sections = [_causes(_named(counted.causes)), *sections, reviewers]
    sections.insert(0, _chance([*findings, *found]))
    total = _total(_named(counted.dimensions["channel"]))
    facts = _facts(total)
    larger = sum(one.chance is not None and one.chance.larger for one in (*findings, *found))
    said = ",".join(f"{label.split(' ')[0]} {value}" for label, value in facts)
    return Document(
        kind="fairness",
        title_zh="公平性报表",
        title_en="Fairness report",
        period=asked.period,
        scope=asked.scope,
        number=None,
        edition=asked.book.at(asked.now).name,
        made_at=asked.now,
        sections=tuple(sections),
        facts=facts,
        method=words.METHOD,
        line=f"公平性 {asked.period}:{said};{len(findings) + len(found)} 项比较中 {larger} 项差异大于偶然",
        definitions=defined(sections),
    )


def _facts(total: Row) -> tuple[tuple[str, str], ...]:
    few = 0 < total["suspicions"] < LEAST
    shares = (
        ("每千单罚款 fines per 1,000 orders", "rate", Share(1_000 * total["fines"], total["orders"])),
        ("总部或故障所致 caused by HQ or an outage", "share", Share(total["caused"], total["suspicions"])),
        ("罚款中 of the fines", "share", Share(total["caused_fines"], total["fines"])),
        ("撤销率 overturned share", "share", Share(total["overturned"], total["fined"])),
    )
    return tuple((label, cell_words(kind, Cell(Hidden(LEAST) if few else share))) for label, kind, share in shares)  # type: ignore[arg-type]
