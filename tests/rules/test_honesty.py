"""The reason honesty map (DO-2, VIO-2): evidence ranks, unusual use does not, and few cases say little."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from basics.days import midnight
from channels.sender_texts import NOBODY
from demo.drawing import draw_network
from demo.geography import Network
from demo.network import network_files
from demo.traffic import HONEST, LIARS, history
from dispatch.batch import World
from geo.queries import load_network
from replay.driver import Driver
from replay.network import load_folder
from reports.facts.selecting.queries import FAILED
from reports.honesty.counting import (
    AGAINST,
    BASIS,
    LEAST,
    NO_CALL,
    Claim,
    Failure,
    Key,
    Standing,
    Station,
    lower_bound,
    no_call,
    of_evidence,
    standings,
)
from reports.honesty.queries import document
from reports.kinds import Asked, NoReport, silent
from reports.paper.document import Document, Share
from reports.paper.text import as_json
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import violations
from tests.paths import REPO
from tests.rules.courses import t
from tests.rules.same_in_forms import week_walked

START = midnight(date(2026, 11, 16))
END = START + timedelta(days=6)
PERIOD = "2026-11-16/2026-11-21"
OTHERS = {"SH310118", "SH310110", "CD510104", "CD510106", "XA610102", "XA610103"}


# ---- the lower bound


@pytest.mark.parametrize(
    ("part", "of", "bound"),
    [(0, 0, 0), (0, 50, 0), (1, 1, 2065), (3, 3, 4384), (3, 4, 3006), (30, 40, 5980), (40, 40, 9123)],
)
def test_the_lower_bound_by_hand(part: int, of: int, bound: int) -> None:
    assert lower_bound(Share(part, of)) == bound


@given(st.integers(1, 400), st.data())
def test_it_is_the_lower_root_of_wilsons_equation(of: int, data: st.DataObject) -> None:
    """The share p for which the seen one is 1.96 deviations above: (p̂ - p)² · n = z² · p(1 - p), in whole fractions."""
    part = data.draw(st.integers(1, of))
    seen, z2 = Fraction(part, of), Fraction(196, 100) ** 2

    def too_low(p: Fraction) -> bool:
        return p < seen and (seen - p) ** 2 * of > z2 * p * (1 - p)

    bound = lower_bound(Share(part, of))
    assert too_low(Fraction(bound - 1, BASIS)) or bound == 0
    assert not too_low(Fraction(bound + 2, BASIS))


# ---- the call that was not made


@pytest.mark.parametrize(
    ("typed", "called", "missing"),
    [
        ("09:30 电话无人接听", (), False),
        ("09:00", (), False),  # the very minute of the order, which has seconds
        ("08:59", (), True),
        ("10:00", (), False),  # the very minute of the failure
        ("10:01", (), True),  # not yet, so of yesterday: before the order
        ("打不通", (), True),
        ("", (), True),
        (None, (), False),  # kept no more
        ("上午9点半打过", (), False),  # cannot be read: speaks for the station
        ("2026-05-04 20:00", (), True),  # the evening before
        ("07:00 09:45", (), False),
        ("", ("5 09:00:20",), False),
        ("", ("5 10:00:00",), False),
        ("", ("5 10:00:01",), True),  # after the failure
        ("", ("5 09:00:19",), True),
    ],
)
def test_a_call_in_the_log_or_a_possible_time(typed: str | None, called: tuple[str, ...], missing: bool) -> None:
    claim = Claim(t("5 09:00:20"), t("5 10:00:00"), typed, tuple(map(t, called)))
    assert no_call(claim) is missing


def test_evidence_of_v_false_fail() -> None:
    assert of_evidence(["rule", "inside", "checks"]) == {"inside"}
    assert of_evidence(["again", "channel_said"]) == {"again", "channel"}
    assert of_evidence([]) == frozenset()


# ---- counting, beside a naive count

CODES = [Station(code, code, code[0], "甲" if code[0] in "AB" else "乙") for code in ("A", "A1", "B", "C", "D")]
FAILURE = st.builds(
    Failure,
    st.sampled_from(["A", "A1", "B", "C", "D", "gone"]),
    st.sampled_from(["accept", "pickup"]),
    st.sampled_from(["x", "y"]),
    st.frozensets(st.sampled_from(AGAINST), max_size=2),
)


@given(st.lists(FAILURE, max_size=40), st.dictionaries(st.sampled_from(["A", "A1", "B", "C", "D"]), st.integers(1, 9)))
def test_each_figure_counted_again(failures: list[Failure], assigned: dict[str, int]) -> None:
    bases: dict[Key, int] = {(code, stage): count for code, count in assigned.items() for stage in ("accept", "pickup")}
    found = standings(CODES, failures, bases)
    assert [one.station.code for one in found] == sorted(
        {one.station for one in failures} - {"gone"}, key=lambda code: _order(code, failures)
    )
    for one in found:
        own = [failure for failure in failures if failure.station == one.station.code]
        assert (one.failures, one.contradicted) == (len(own), sum(bool(failure.against) for failure in own))
        assert one.against == {what: sum(what in failure.against for failure in own) for what in AGAINST}
        around = {s.code for s in CODES if s.province == one.station.province and s.house != one.station.house}
        for use in one.uses:
            same = [f for f in failures if (f.stage, f.reason) == (use.stage, use.reason)]
            assert use.own == Share(sum(f.station == use.station for f in same), assigned.get(use.station, 0))
            assert use.others == Share(
                sum(f.station in around for f in same), sum(assigned.get(code, 0) for code in around)
            )


def _order(code: str, failures: list[Failure]) -> tuple[int, int, int, str]:
    own = [one for one in failures if one.station == code]
    wrong = sum(bool(one.against) for one in own)
    return -lower_bound(Share(wrong, len(own))), -wrong, -len(own), code


def test_an_unusual_use_marks_nobody_and_few_cases_neither() -> None:
    """A fails a third of its orders and nothing contradicts it; B has two failures, both contradicted; C one more."""
    bases: dict[Key, int] = {(code, "accept"): 90 for code in "ABCD"}
    wrong = Failure("B", "accept", "x", frozenset({NO_CALL}))
    failures = [Failure("A", "accept", "x")] * 30 + [wrong] * (LEAST - 1) + [replace(wrong, station="C")] * LEAST
    found = {one.station.code: one for one in standings(CODES, failures, bases)}
    assert list(found) == ["C", "B", "A"]
    assert [found[code].marked for code in "CBA"] == [True, False, False]
    [use] = found["A"].uses
    assert use.unusual
    assert not found["C"].uses[0].unusual


def test_few_among_many_are_not_marked() -> None:
    """3 of 13 is at least 8.1 %, 3 of 10 at least 10.7 %: the edge of 10 % lies between them."""
    for honest, marked in ((10, False), (7, True)):
        failures = [Failure("A", "accept", "x", frozenset({NO_CALL}))] * 3 + [Failure("A", "accept", "x")] * honest
        [one] = standings(CODES, failures, {})
        assert one.marked is marked


# ---- the planted liars, through the real engine


def _small() -> Network:
    """Ten stations of three cities: the planted ones and two neighbours or three of each."""
    drawn, kept = draw_network(1, END.date()), {*OTHERS, *LIARS, *HONEST}
    return Network(
        {code: one for code, one in drawn.stations.items() if code in kept},
        [(code, area) for code, area in drawn.areas if code in kept],
        {code: here for code, own in drawn.districts.items() if (here := [one for one in own if one in kept])},
    )


def play(engine: Engine, folder: Path, seed: int) -> None:
    network = _small()
    (folder / "network").mkdir()
    for name, text in network_files(network).items():
        (folder / "network" / name).write_text(text, encoding="utf-8")
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in history(network, START, END, seed, 100))
    with writing(engine) as conn:
        load_folder(conn, folder / "network", END)
    with reading(engine) as conn:
        world = World(load_network(conn), packaged(), NOBODY)
    driver = Driver(engine, world)
    driver.run(folder / "events.jsonl", END)
    assert driver.rejected == []


def _made(engine: Engine, scope: str = "network", period: str = PERIOD) -> Document:
    with reading(engine) as conn:
        return document(conn, Asked("honesty", period, END, packaged(), scope), silent)


def _ranking(made: Document) -> Iterator[tuple[str, bool]]:
    for row in made.sections[0].rows:
        cells = dict(zip((column.name for column in made.sections[0].columns), row, strict=True))
        yield str(cells["station"].value), cells["least"].warns


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [2, 3])  # 1 is played below
def test_liars_rank_first_and_the_honest_outlier_is_not_marked(engine: Engine, tmp_path: Path, seed: int) -> None:
    play(engine, tmp_path, seed)
    made = _made(engine)
    ranking = list(_ranking(made))
    assert {code for code, _ in ranking[: len(LIARS)]} == set(LIARS)
    assert {code for code, marked in ranking if marked} == set(LIARS)
    [honest] = HONEST
    unusual = {str(row[1].value): str(row[-1].value) for row in made.sections[0].rows}
    assert "无法进入" in unusual[honest], "it is said that it cannot enter more often than others"
    assert set(dict(ranking)) >= {*LIARS, *HONEST}


def test_each_kind_of_evidence_and_what_people_let_off(engine: Engine, tmp_path: Path) -> None:
    """On both databases. A case that HQ dismisses, and a suspicion that is likely excused, speak for the station."""
    play(engine, tmp_path, 1)
    made = _made(engine)
    names = [column.name for column in made.sections[0].columns]
    rows = {str(row[1].value): row for row in made.sections[0].rows}
    counts = {code: {kind: int(str(rows[code][names.index(kind)].value)) for kind in AGAINST} for code in LIARS}
    most = {code: max(own, key=own.__getitem__) for code, own in counts.items()}
    assert most == {"SH310113": "inside", "CD510114": "again", "XA610112": "no_call"}
    assert all(counts[code][kind] > LEAST for code, kind in most.items())
    with writing(engine) as conn:
        of = {code: select(violations.c.id).where(violations.c.station == code) for code in LIARS}
        conn.execute(update(cases).where(cases.c.violation_id.in_(of["SH310113"])).values(state="dismissed"))
        conn.execute(update(cases).where(cases.c.violation_id.in_(of["CD510114"])).values(state="suspected"))
        conn.execute(update(violations).where(violations.c.station == "CD510114").values(excuse="outage"))
    assert [code for code, marked in _ranking(_made(engine)) if marked] == ["XA610112"]
    with writing(engine) as conn:  # the same failures were suspected of something else, and HQ let them off
        other = select(violations.c.id).where(violations.c.station == "SH310113", violations.c.kind == "V-FALSE-FAIL")
        wrong = select(orders.c.id).where(orders.c.station == "XA610112", orders.c.state.in_(FAILED))
        for one, order_id in zip(conn.scalars(other).all(), conn.scalars(wrong).all(), strict=False):
            conn.execute(update(violations).where(violations.c.id == one).values(order_id=order_id))
    judged = {str(row[1].value): row for row in _made(engine).sections[0].rows}["XA610112"]
    assert int(str(judged[names.index(NO_CALL)].value)) < counts["XA610112"][NO_CALL], "METHOD: what HQ let off"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scopes_and_periods(engine: Engine, tmp_path: Path) -> None:
    """A scope chooses rows: whom a station is compared with stays the same. Nothing of a customer is in it (ROLE-2)."""
    play(engine, tmp_path, 1)
    with reading(engine) as conn:
        assert week_walked(conn, "2026-W47") > 500  # a week of the demo
    whole, own = _made(engine), _made(engine, "station:SH310114")
    assert [code for code, _ in _ranking(own)] == ["SH310114"]
    assert {code[:2] for code, _ in _ranking(_made(engine, "province:上海市"))} == {"SH"}
    assert [row for row in whole.sections[2].rows if row[0].value == "SH310114"] == list(own.sections[2].rows)
    assert not [word for word in ("138000", "无人接听", "打不通") if word in as_json(whole)]
    with pytest.raises(NoReport, match="no such scope"):
        _made(engine, "station:nobody")
    slips = {"2026-11-21/2026-11-16": "such", "0001-01-01/2026-11-21": "such", "2026-11-23/2026-11-24": "not begun"}
    for period, says in slips.items():
        with pytest.raises(NoReport, match=says):
            _made(engine, period=period)
    assert all(section.rows == () for section in _made(engine, period="2026-W46").sections)


def test_the_report_knows_nothing_of_who_was_planted() -> None:
    """import-linter forbids the import (pyproject.toml, "Only commands start the demo"); nor are the codes written."""
    text = "".join(path.read_text(encoding="utf-8") for path in (REPO / "reports").rglob("*.py"))
    assert not [code for code in (*LIARS, *HONEST) if code in text]
    assert "demo" not in {name.split(".")[0] for name in _imported(text)}


def _imported(text: str) -> Iterator[str]:
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("from", "import"):
            yield rest.split()[0]


def test_a_station_alone_in_its_province_has_nobody_beside_it() -> None:
    [one] = standings(CODES[:1], [Failure("A", "accept", "x")] * 9, {("A", "accept"): 10})
    assert isinstance(one, Standing)
    assert (one.uses[0].others, one.uses[0].unusual) == (Share(0, 0), False)


def test_the_clock_of_a_claim_is_shanghais() -> None:
    """The failure at 00:10 with a call at 23:50 is of the evening before."""
    assert not no_call(claim := Claim(t("5 22:00"), t("6 00:10"), "23:50"))
    assert no_call(replace(claim, created_at=datetime.fromisoformat("2026-05-05T23:51:00+08:00")))
