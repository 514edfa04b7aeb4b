"""The fairness report as a document, of tables that somebody else has counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from reports.fairness import words
from reports.fairness.hiding import LEAST
from reports.fairness.tables import Finding, by_cause, by_dimension, by_reviewer, chances, total
from reports.kinds import Asked
from reports.paper.document import Document, Hidden, Kind, Section, Share, defined
from reports.paper.shown import shown


@dataclass(frozen=True, slots=True)
class Counted:
    """Tables as reports/fairness/counting.py makes them."""

    dimensions: Mapping[str, pl.DataFrame]
    reviewers: pl.DataFrame
    causes: pl.DataFrame


def fairness(asked: Asked, counted: Counted) -> Document:
    """The document of these figures: they are of the scope already. Of a province there is no table of provinces."""
    names = [name for name in counted.dimensions if name != "province" or asked.scope == "network"]
    whole = total(_named(counted.dimensions["channel"]))
    tables, findings = list[Section](), list[Finding]()
    for name in names:
        for section, finding in by_dimension(
            name, _named(counted.dimensions[name]), asked.scope, _few(whole["caused"])
        ):
            tables.append(section)
            findings.append(finding)
    reviewers, found = by_reviewer(_named(counted.reviewers))
    findings += found
    sections = (chances(findings), by_cause(_named(counted.causes)), *tables, reviewers)
    facts = _facts(whole)
    larger = sum(one.chance is not None and one.chance.larger for one in findings)
    said = ",".join(f"{label.partition(' ')[0]} {value}" for label, value in facts)
    return Document(
        kind="fairness",
        title_zh="公平性报表",
        title_en="Fairness report",
        period=asked.period,
        scope=asked.scope,
        number=None,
        edition=asked.book.at(asked.now).name,
        made_at=asked.now,
        sections=sections,
        facts=facts,
        method=words.METHOD,
        line=f"公平性 {asked.period}:{said};{len(findings)} 项比较中 {larger} 项差异大于偶然",
        definitions=defined(sections),
    )


def _facts(whole: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The four figures of the whole; hidden by the cases they are of, and of causes also by their own number."""
    caused = _few(whole["suspicions"]) or _few(whole["caused"])
    figures: tuple[tuple[str, Kind, Share, bool], ...] = (
        (
            "每千单罚款 fines per 1,000 orders",
            "rate",
            Share(1_000 * whole["fines"], whole["orders"]),
            _few(whole["suspicions"]),
        ),
        ("疑似中总部或故障所致 suspicions caused by HQ", "share", Share(whole["caused"], whole["suspicions"]), caused),
        (
            "罚款中总部或故障所致 fines caused by HQ",
            "share",
            Share(whole["caused_fines"], whole["fines"]),
            caused or _few(whole["fines"]),
        ),
        ("撤销率 overturned share", "share", Share(whole["overturned"], whole["fined"]), _few(whole["fined"])),
    )
    return tuple((label, shown(kind, Hidden(LEAST) if few else share)) for label, kind, share, few in figures)


def _few(cases: int) -> bool:
    return 0 < cases < LEAST


def _named(table: pl.DataFrame) -> list[dict[str, Any]]:
    return list(table.iter_rows(named=True))
