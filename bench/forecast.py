"""The forecast judged on the demo's traffic beside two naive rules: `make bench ARGS=forecast`.

Everything that is chosen is chosen on seed 1; what is reported is judged on days 21 to 30 of other seeds. The oracle
knows the numbers that the traffic was made with, but which orders outside the area lie longer it does not know either.
"""

import json
import math
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

from sqlalchemy import Connection, select

from basics.days import midnight
from basics.words import ClockKind
from bench.warnings import (
    CLOCK,
    MINUTE,
    Figures,
    Scores,
    Warned,
    Watched,
    by_forecast,
    by_half,
    by_median,
    figures,
    rises,
    together,
    watch,
    with_lead,
)  # fmt: skip
from channels.sender_texts import NOBODY
from demo import figures as made
from demo.geography import Network
from demo.network import write_network
from demo.traffic import history, tempo_of
from dispatch.batch import World
from geo.queries import load_network
from replay.driver import Driver
from replay.network import load_folder
from rulebook.book import packaged
from sla.duty import duty_between
from sla.forecast import Pace
from sla.pace import actions, queries
from sla.pace.tally import Wait, cells_of
from storage.schema import create_all
from storage.session import connect, reading, writing
from storage.tables.dispatch import orders
from storage.tables.sla import clocks

FIRST = date(2026, 10, 2)
DAYS, FIT, TUNED = 30, 20, 13  # the threshold: fitted on days 1 to 13, chosen on 14 to 20
PER_DAY = 400  # as `python -m demo.traffic`
FIT_SEED, JUDGED = 1, (6, 7, 8, 9)
STEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
HALF, MEDIAN, OURS, ORACLE = "half the time", "the station's median", "ours", "oracle"
AXIS = midnight(date(2000, 1, 1))  # as `queries.waits_on` has it
Day = Mapping[str, list[Wait]]
Seen = Mapping[tuple[str, float], float]  # (station, begin of the wait) -> minutes gone when the order was received
Feared = Mapping[str, Sequence[Warned]]  # by rule
HOW = (
    f"*Forecast*: {DAYS} days of demo traffic ({PER_DAY} orders a day) of each seed on the network of seed {FIT_SEED},",
    "through the real engine; every order is looked at in each duty minute of its accept clock, from the first one",
    "after it was received. A warning is right if",
    "that clock is then missed; lead is from the first warning to the deadline, in duty minutes. Judged: days 21 to 30",
    f"of seeds {JUDGED[0]} to {JUDGED[-1]} together. *Mean lead* is over all late orders, none for one unwarned.",
    "*Oracle*: knows the numbers that the demo draws each station's minutes from, but not which of the orders outside",
    "the area lie longer: it takes all of them for slow, so that inside its probabilities are the true ones, outside",
    "too high. (It too warns at one risk everywhere, which is not quite the best for a mean lead.)",
    "Seeds 2 to 5 were looked at while the choice of thresholds was made, seeds 6 to 9 only once it stood.",
    "A late order waits until its deadline, so whoever warns at all before that finds it: recall says little here,",
    "and a rule is worth its precision at a given lead.",
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What two rules know of the stations after some days."""

    paces: Mapping[str, Pace]
    medians: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Played:
    """A seed's 30 days as the engine judged them, and what was known after TUNED and after FIT of them."""

    days: Sequence[Day]
    seen: Seen
    learnt: Mapping[int, Learnt]


@dataclass(frozen=True, slots=True)
class Judged:
    """What every rule made of the judged days, and the thresholds that were chosen before: (rule, naive rule) -> risk
    at which the rule warned as early, on average, as the naive one."""

    feared: Feared
    chosen: Mapping[tuple[str, str], float]


def notes() -> list[str]:
    """Markdown: what was done, the rules side by side, and the line over all thresholds."""
    with tempfile.TemporaryDirectory() as scratch:
        network = write_network(Path(scratch) / "network", FIT_SEED, FIRST + timedelta(days=DAYS))
        seeds = {seed: _play(Path(scratch), network, seed) for seed in (FIT_SEED, *JUDGED)}
    chosen = {seed: _chosen(played, tempo_of(network, seed)) for seed, played in seeds.items()}

    def judged(seed: int, fitted: int) -> Judged:
        known = seeds[fitted].learnt[FIT]
        return Judged(_feared(known, tempo_of(network, seed), seeds[seed].days[FIT:], seeds[seed].seen), chosen[fitted])

    own = {seed: judged(seed, seed) for seed in JUDGED}
    strange = [judged(seed, FIT_SEED) for seed in JUDGED]
    return [
        *HOW,
        "",
        "Thresholds were chosen on days 14 to 20 with paces of days 1 to 13: the highest risk, in hundredths, at which",
        "the rule warned at least as early, on average, as the naive one above it.",
        "",
        f"**Another seed knows nothing of this one**: paces and thresholds of seed {FIT_SEED}; in the judged seeds",
        "other stations are the slow ones, so what was learnt of single stations is wrong.",
        "",
        *_table(strange),
        "",
        "**The stations' own last 20 days**, as the product runs: paces and thresholds from days 1 to 20 of each seed.",
        "",
        *_table(list(own.values())),
        "",
        "**Precision and lead over the thresholds**, with the stations' own 20 days:",
        "",
        *_line([one.feared for one in own.values()]),
        "",
        "**At the same mean lead**, read off that line afterwards (nothing was chosen by it), precision:",
        "",
        *_by_seed({seed: one.feared for seed, one in own.items()}),
    ]


def _play(folder: Path, network: Network, seed: int) -> Played:
    """The seed's history through the real engine, its days read and counted as the product does."""
    end = midnight(FIRST + timedelta(days=DAYS))
    events = folder / f"{seed}.jsonl"
    with events.open("w", encoding="utf-8") as file:
        for line in history(network, midnight(FIRST), end, seed, PER_DAY):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    engine = connect(f"sqlite:///{folder}/{seed}.db", throw_away=True)
    with writing(engine) as conn:
        create_all(conn)
        load_folder(conn, folder / "network", end)
    with reading(engine) as conn:
        world = World(load_network(conn), packaged(), NOBODY)
    Driver(engine, world).run(events, end)
    with reading(engine) as conn:
        seen = _seen(conn, world)
    days, learnt = [], {}
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        with reading(engine) as conn:
            days.append(queries.waits_on(conn, day, lambda code: world.calendar(code, world.book.editions[0])))
        if number < FIT:
            with writing(engine) as conn:
                actions.count(conn, day, days[-1], cells_of(days[-1]), midnight(day + timedelta(days=1)))
        if number + 1 in (TUNED, FIT):
            with reading(engine) as conn:
                learnt[number + 1] = Learnt(queries.paces_of(conn, list(network.stations)), _medians(days))
    engine.dispose()
    return Played(days, seen, learnt)


def _seen(conn: Connection, world: World) -> Seen:
    """Of the orders that were received after their first accept clock had begun, on the axis of `Wait`."""
    c, o = clocks.c, orders.c
    query = select(c.station, c.starts_at, o.received_at).join(orders, o.id == c.order_id)
    late = query.where(c.kind == ClockKind.ACCEPT, c.seq == 1, o.received_at > c.starts_at)
    found = {}
    for station, starts, received in conn.execute(late):
        calendar = world.calendar(station, world.book.editions[0])
        gone = duty_between(calendar, starts, received) / MINUTE
        found[station, duty_between(calendar.always_open(), AXIS, starts) / MINUTE] = gone
    return found


def _medians(days: Sequence[Day]) -> dict[str, float]:
    """Median duty minutes of waiting, by station; a late one counts with its 30. "" is everybody's."""
    waited: dict[str, list[float]] = defaultdict(list)
    for day in days:
        for station, own in day.items():
            waited[station] += [wait.length for wait in own]
            waited[""] += [wait.length for wait in own]
    return {station: statistics.median(own) for station, own in waited.items()}


def _feared(known: Learnt, tempo: Mapping[str, float], days: Sequence[Day], seen: Seen) -> Feared:
    """What every rule made of every order of these days."""
    orders = [one for day in days for one in watch(day, seen)]
    return {
        HALF: rises(orders, by_half),
        MEDIAN: rises(orders, by_median(known.medians)),
        OURS: rises(orders, by_forecast(known.paces, midnight(FIRST))),
        ORACLE: rises(orders, _oracle(tempo)),
    }


def _oracle(tempo: Mapping[str, float]) -> Scores:
    """Lateness by the numbers that the demo draws from. Of the orders outside only those lie longer that another
    station should have, which `Wait` does not say: it takes all for such."""
    usual = NormalDist()

    def still_waits(median: float, minute: float) -> float:
        if minute == 0:
            return 1.0
        drawn = 1 - usual.cdf(math.log(minute / median) / made.REACTION_SIGMA)
        return made.NEVER_REACTS + (1 - made.NEVER_REACTS) * drawn

    def scores(one: Watched) -> Iterator[tuple[int, float]]:
        median = tempo[one.station] * (made.NOT_MINE_FACTOR if one.wait.outside else 1)
        for minute, _ in one.looks():
            yield minute, still_waits(median, CLOCK) / still_waits(median, minute)

    return scores


def _chosen(played: Played, tempo: Mapping[str, float]) -> dict[tuple[str, str], float]:
    feared = _feared(played.learnt[TUNED], tempo, played.days[TUNED:FIT], played.seen)
    return {
        (rule, naive): with_lead(feared[rule], figures(feared[naive], 1.0).mean_lead)
        for rule in (OURS, ORACLE)
        for naive in (HALF, MEDIAN)
    }


def _table(judged: Sequence[Judged]) -> Iterator[str]:
    yield "| rule | risk | warned of | late | precision | recall | 10 min before | lead, median | lead, mean |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for naive in (HALF, MEDIAN):
        yield _row(naive, "", together(figures(one.feared[naive], 1.0) for one in judged))
        for rule in (OURS, ORACLE):
            risks = sorted({one.chosen[rule, naive] for one in judged})
            said = f"{risks[0]:.2f}" + (f"–{risks[-1]:.2f}" if len(risks) > 1 else "")
            yield _row(rule, said, together(figures(one.feared[rule], one.chosen[rule, naive]) for one in judged))


def _row(rule: str, risk: str, f: Figures) -> str:
    shares = f"{f.precision:.1%} | {f.recall:.1%} | {f.soon_enough:.1%}"
    return f"| {rule} | {risk} | {f.warned:,} | {f.late:,} | {shares} | {f.lead:.0f} min | {f.mean_lead:.1f} min |"


def _line(feared: Sequence[Feared]) -> Iterator[str]:
    yield "| risk from | ours: precision | recall | 10 min before | lead, mean | oracle: precision | lead, mean |"
    yield "|---|---|---|---|---|---|---|"
    for step in STEPS:
        o, best = (together(figures(one[rule], step) for one in feared) for rule in (OURS, ORACLE))
        shares = f"{o.precision:.1%} | {o.recall:.1%} | {o.soon_enough:.1%} | {o.mean_lead:.1f} min"
        yield f"| {step:g} | {shares} | {best.precision:.1%} | {best.mean_lead:.1f} min |"


def _by_seed(feared: Mapping[int, Feared]) -> Iterator[str]:
    yield "| seed | half the time | ours | oracle | the station's median | ours | oracle |"
    yield "|---|---|---|---|---|---|---|"
    for seed, own in feared.items():
        cells = []
        for naive in (HALF, MEDIAN):
            same = figures(own[naive], 1.0)
            cells.append(f"{same.precision:.1%}")
            for rule in (OURS, ORACLE):
                cells.append(f"{figures(own[rule], with_lead(own[rule], same.mean_lead)).precision:.1%}")
        yield f"| {seed} | {' | '.join(cells)} |"
