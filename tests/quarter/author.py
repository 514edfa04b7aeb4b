"""The author of a quarter: an order's life is planned with it; reviews and appeals watch the naive replay."""

import heapq
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle.book import Decision
from tests.oracle.clocks import SHANGHAI
from tests.oracle.dispute import HQ, PROVINCE
from tests.oracle.naive import Replay
from tests.oracle.results import week
from tests.quarter.land import Land, draw

MONTHS = (4, 5, 6)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAST = datetime(2026, 8, 20, 10, tzinfo=SHANGHAI)
Key = tuple[str, int, str]
Deed = Callable[[], None]


class Author:
    """Writes the events of one quarter, line by line."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = Random(seed)
        self.land: Land = draw(folder)
        self.replay = Replay(folder, edition=folder / "edition.toml")
        self.lines: list[str] = []
        self.codes: Counter[str] = Counter()
        self.diary: list[tuple[datetime, int, Deed]] = []
        self.plans = self.numbers = 0
        self.now = datetime(2026, 4, 1, tzinfo=SHANGHAI)
        self.left: set[Key] = set()  # suspicions that are reviewed late, after their month was settled
        self.arranged: set[str] = set()  # orders about which nobody decides or quarrels but as planned with them
        self.confirmed: dict[Key, datetime] = {}

    def plan(self, when: datetime, deed: Deed) -> None:
        self.plans += 1
        heapq.heappush(self.diary, (when, self.plans, deed))

    def tell(self, when: datetime, do: str, **fields: Any) -> None:
        """Plan one line."""
        self.plan(when, lambda: self.say(do, **fields))

    def say(self, do: str, **fields: Any) -> None:
        event: dict[str, Any] = {"at": self.now.isoformat(), "do": do}
        event |= {key: v.isoformat() if isinstance(v, datetime) else v for key, v in fields.items()}
        self.lines.append(json.dumps(event, ensure_ascii=False))
        code = self.replay.feed(event)
        self.codes[f"{do} {code or 'taken'}"] += 1
        if do == "review":
            new = [key for key, one in self.replay.book.decisions.items() if one.state == "confirmed"]
            self.confirmed = dict.fromkeys(new, self.now) | self.confirmed

    def write(self) -> None:
        """Live through the diary up to the last settlement."""
        while self.diary and self.diary[0][0] <= LAST:
            self.now, _, deed = heapq.heappop(self.diary)
            deed()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def fresh_number(self) -> str:
        self.numbers += 1
        return f"55{self.numbers:012d}"

    def minutes(self, low: int, high: int) -> timedelta:
        return timedelta(minutes=self.rng.randint(low, high), seconds=self.rng.randint(0, 59))


# ---- the desk


def calendar(author: Author) -> None:
    """DAY-1: reviews on Fridays, notices on Mondays, settlements by the 5th and again."""
    day = datetime(2026, 4, 3, 16, tzinfo=SHANGHAI)
    while day < LAST - DAY:
        author.plan(day, lambda: review(author))
        author.plan(day + timedelta(days=2, hours=17), lambda: monday(author))
        day += 7 * DAY
    for month in MONTHS:
        first = datetime(2026, month + 1, 1, 10, tzinfo=SHANGHAI)
        for days in (author.rng.randint(0, 4), author.rng.randint(6, 20), 34):
            author.tell(first + days * DAY, "settle", month=f"2026-{month:02d}")
        author.tell(LAST - DAY, "settle", month=f"2026-{month:02d}")
        author.tell(LAST, "settle", month=f"2026-{month:02d}")
    author.tell(datetime(2026, 5, 30, 23, 59, tzinfo=SHANGHAI), "settle", month="2026-05")
    author.tell(LAST - 40 * DAY, "review", all=True, decision="confirm", reason="季度末批量查实")


def review(author: Author) -> None:
    """Most suspicions are decided within the week, some weeks later."""
    book = author.replay.book
    for order, s in book.open_suspicions(book.orders.values(), author.now):
        key = (order.logistics_no, s.seq, s.kind)
        if key in author.left or order.logistics_no in author.arranged:
            continue
        decision = "confirm" if author.chance(0.85) else "dismiss"
        fields = {"logistics_no": order.logistics_no, "station": s.station, "kind": s.kind}
        if author.chance(0.85):
            author.say("review", **fields, decision=decision, reason="查实")
        else:
            author.left.add(key)
            author.tell(
                author.now + author.minutes(2 * 1440, 50 * 1440), "review", **fields, decision=decision, reason="补查"
            )


def monday(author: Author) -> None:
    """NOTICE-1: last week, supplements of older weeks; then the quarrels about what is new."""
    for back in range(1, 9):
        if back == 1 or author.chance(0.5):
            author.say("notice", week=week(author.now - back * 7 * DAY))
    for key, decision in author.replay.book.decisions.items():
        if decision.published == author.now and key[0] not in author.arranged and author.chance(0.7):
            dispute(author, key, decision)


def dispute(author: Author, key: Key, decision: Decision) -> None:
    """Plan an appeal, rarely late or twice, and what comes of it."""
    case = {"logistics_no": key[0], "station": decision.suspicion.station, "kind": key[2]}
    hours = author.rng.randint(88, 200) if author.chance(0.08) else author.rng.randint(1, 86)
    when = author.now + timedelta(hours=hours)
    author.tell(when, "appeal", **case, text="非我网点责任")
    if author.chance(0.06):
        author.tell(when + HOUR, "appeal", **case, text="再次申诉")
    if author.chance(0.04):
        author.tell(when - HOUR, "appeal", **{**case, "station": "P000"}, text="他人网点")
    word = author.rng.choice(("overturn", "overturn", "uphold", "uphold", "uphold", "pass_on", "silent", "silent"))
    decided = when + timedelta(hours=author.rng.randint(1, 60))
    if word == "silent":
        decided = when + 3 * DAY  # until the end of that day; the appeal then lies at HQ by itself
    else:
        author.tell(decided, "decide", **case, stage=PROVINCE, decision=word, reason="省平台意见")
    if word == "uphold" and author.chance(0.6):
        decided += timedelta(hours=author.rng.randint(1, 110))
        author.tell(decided, "appeal", **case, text="请总部复核", to=HQ)
    if word != "overturn":
        word = author.rng.choice(("overturn", "uphold"))
        days = author.rng.choice((2, 3, 9, 30))
        author.tell(decided + timedelta(days=days), "decide", **case, stage=HQ, decision=word, reason="总部意见")
