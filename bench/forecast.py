"""The forecast judged on the demo's traffic beside two naive rules: `make bench ARGS=forecast`.

Everything that is chosen is chosen on seed 1; what is reported is judged on days 21 to 30 of other seeds. The oracle
knows the numbers that the traffic was made with: no rule that sees what the product sees can do better.
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

from basics.days import midnight
from bench.warnings import (
    CLOCK,
    Figures,
    Scores,
    Warned,
    Watched,
    by_forecast,
    by_half,
    by_median,
    figures,
    rises,
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
from sla.forecast import Pace
from sla.pace import actions, queries
from sla.pace.tally import Wait
from storage.schema import create_all
from storage.session import connect, reading, writing

FIRST = date(2026, 10, 2)
DAYS, FIT, TUNED = 30, 20, 13  # the threshold: fitted on days 1 to 13, chosen on 14 to 20
PER_DAY = 400  # what `lanshou demo` makes
FIT_SEED, JUDGED = 1, (2, 3, 4, 5)
STEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
HALF, MEDIAN, OURS, ORACLE = "half the time", "the station's median", "ours", "oracle"
Day = Mapping[str, list[Wait]]
Feared = Mapping[str, Sequence[Warned]]  # by rule
HOW = (
    f"*Forecast*: {DAYS} days of demo traffic ({PER_DAY} orders a day) of each seed on the network of seed {FIT_SEED},",
    "through the real engine; every order is looked at in each duty minute of its accept clock. A warning is right if",
    "that clock is then missed; lead is from the first warning to the deadline, in duty minutes. Judged: days 21 to 30",
    f"of seeds {JUDGED[0]} to {JUDGED[-1]} together. *Mean lead* is over all late orders, none for one without a warning.",
    "*Oracle*: knows the numbers that the demo draws each station's minutes from; what it cannot tell is chance.",
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
    learnt: Mapping[int, Learnt]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Thresholds at which a rule warned as early, on average, as a naive one: both on days 14 to 20 of seed 1."""

    half: float
    median: float


def notes() -> list[str]:
    """Markdown: what was done, the rules side by side, and the line over all thresholds."""
    with tempfile.TemporaryDirectory() as scratch:
        network = write_network(Path(scratch) / "network", FIT_SEED, FIRST + timedelta(days=DAYS))
        fit = _play(Path(scratch), network, FIT_SEED)
        others = {seed: _play(Path(scratch), network, seed) for seed in JUDGED}
    known = fit.learnt[TUNED]
    tuning = _feared(known, tempo_of(network, FIT_SEED), fit.days[TUNED:FIT])
    ours, oracle = _chosen(tuning, OURS), _chosen(tuning, ORACLE)
    own = {
        seed: _feared(other.learnt[FIT], tempo_of(network, seed), other.days[FIT:]) for seed, other in others.items()
    }
    strange = {
        seed: _feared(fit.learnt[FIT], tempo_of(network, seed), other.days[FIT:]) for seed, other in others.items()
    }
    return [
        *HOW,
        "",
        f"Thresholds, from days 14 to 20 of seed {FIT_SEED} with paces of its days 1 to 13: {ours.half:.2f} warns as",
        f"early as half the time on average, {ours.median:.2f} as early as the median.",
        "",
        "**The stations' own last 20 days** (as the product runs: days 1 to 20 of the judged seed):",
        "",
        *_table(_pooled(own), ours, oracle),
        "",
        "**The paces of seed 1**, on seeds in which other stations are the slow ones:",
        "",
        *_table(_pooled(strange), ours, oracle),
        "",
        "**Precision and lead over the thresholds**, with the stations' own 20 days:",
        "",
        *_line(_pooled(own)),
        "",
        "**At the same mean lead**, read off that line (nothing is chosen by it), precision:",
        "",
        *_by_seed(own),
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
    days, learnt = [], {}
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        with reading(engine) as conn:
            days.append(queries.waits_on(conn, day, lambda code: world.calendar(code, world.book.editions[0])))
        if number < FIT:
            with writing(engine) as conn:
                actions.count(conn, day, days[-1], midnight(day + timedelta(days=1)))
        if number + 1 in (TUNED, FIT):
            with reading(engine) as conn:
                learnt[number + 1] = Learnt(queries.paces_of(conn, list(network.stations)), _medians(days))
    engine.dispose()
    return Played(days, learnt)


def _medians(days: Sequence[Day]) -> dict[str, float]:
    """Median duty minutes of waiting, by station; a late one counts with its 30. "" is everybody's."""
    waited: dict[str, list[float]] = defaultdict(list)
    for day in days:
        for station, own in day.items():
            waited[station] += [wait.length for wait in own]
            waited[""] += [wait.length for wait in own]
    return {station: statistics.median(own) for station, own in waited.items()}


def _feared(known: Learnt, tempo: Mapping[str, float], days: Sequence[Day]) -> Feared:
    """What every rule made of every order of these days."""
    orders = [one for day in days for one in watch(day)]
    return {
        HALF: rises(orders, by_half),
        MEDIAN: rises(orders, by_median(known.medians)),
        OURS: rises(orders, by_forecast(known.paces, midnight(FIRST))),
        ORACLE: rises(orders, _oracle(tempo)),
    }


def _oracle(tempo: Mapping[str, float]) -> Scores:
    """Lateness by the numbers that the demo draws from: nothing else is to be known of an order that waits."""
    usual = NormalDist()

    def still_waits(median: float, minute: float) -> float:
        if minute == 0:
            return 1.0
        drawn = 1 - usual.cdf(math.log(minute / median) / made.REACTION_SIGMA)
        return made.NEVER_REACTS + (1 - made.NEVER_REACTS) * drawn

    def scores(one: Watched) -> Iterator[tuple[int, float]]:
        median = tempo[one.station] * (made.NOT_MINE_FACTOR if one.wait.outside else 1)
        for minute in range(len(one.ahead)):
            yield minute, still_waits(median, CLOCK) / still_waits(median, minute)

    return scores


def _pooled(feared: Mapping[int, Feared]) -> Feared:
    return {rule: [one for seed in feared.values() for one in seed[rule]] for rule in (HALF, MEDIAN, OURS, ORACLE)}


def _chosen(feared: Feared, rule: str) -> Chosen:
    half, median = (with_lead(feared[rule], figures(feared[naive], 1.0).mean_lead) for naive in (HALF, MEDIAN))
    return Chosen(half, median)


def _table(feared: Feared, ours: Chosen, oracle: Chosen) -> Iterator[str]:
    yield "| rule | warned of | late | precision | recall | warned 10 min before | lead, median | lead, mean |"
    yield "|---|---|---|---|---|---|---|---|"
    yield _row(HALF, figures(feared[HALF], 1.0))
    yield _row(f"{OURS}, risk {ours.half:.2f}", figures(feared[OURS], ours.half))
    yield _row(f"{ORACLE}, risk {oracle.half:.2f}", figures(feared[ORACLE], oracle.half))
    yield _row(MEDIAN, figures(feared[MEDIAN], 1.0))
    yield _row(f"{OURS}, risk {ours.median:.2f}", figures(feared[OURS], ours.median))
    yield _row(f"{ORACLE}, risk {oracle.median:.2f}", figures(feared[ORACLE], oracle.median))


def _row(name: str, f: Figures) -> str:
    shares = f"{f.precision:.1%} | {f.recall:.1%} | {f.soon_enough:.1%}"
    return f"| {name} | {f.warned:,} | {f.late:,} | {shares} | {f.lead:.0f} min | {f.mean_lead:.1f} min |"


def _line(feared: Feared) -> Iterator[str]:
    yield "| risk from | ours: precision | recall | warned 10 min before | mean lead | oracle: precision | mean lead |"
    yield "|---|---|---|---|---|---|---|"
    for step in STEPS:
        o, best = figures(feared[OURS], step), figures(feared[ORACLE], step)
        shares = f"{o.precision:.1%} | {o.recall:.1%} | {o.soon_enough:.1%} | {o.mean_lead:.1f} min"
        yield f"| {step:.1f} | {shares} | {best.precision:.1%} | {best.mean_lead:.1f} min |"


def _by_seed(feared: Mapping[int, Feared]) -> Iterator[str]:
    yield "| seed | half the time | ours | oracle | station's median | ours | oracle |"
    yield "|---|---|---|---|---|---|---|"
    for name, own in [*((str(seed), own) for seed, own in feared.items()), ("all", _pooled(feared))]:
        cells = []
        for naive in (HALF, MEDIAN):
            same = figures(own[naive], 1.0)
            cells.append(f"{same.precision:.1%}")
            for rule in (OURS, ORACLE):
                cells.append(f"{figures(own[rule], with_lead(own[rule], same.mean_lead)).precision:.1%}")
        yield f"| {name} | {' | '.join(cells)} |"
