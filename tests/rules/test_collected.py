"""VIO-2: which picked up order of a sender was made first after a failure, against a list that is searched through."""

from datetime import timedelta
from random import Random

from dispatch.again.news import Collected
from dispatch.batch import Turn
from dispatch.facts_of_life import Again, Houses
from dispatch.life import Life
from tests.rules.courses import BOOK, t

START = t("5 10:00")
PHONES = ["13800000000", "13900000000", None]


def life(random: Random) -> Life:
    made = START + timedelta(minutes=random.randrange(12))  # many of one instant
    return Life("cainiao", f"LP{random.randrange(20)}", Houses({}), BOOK, created_at=made)


def order(one: Life) -> Again:
    return Again(one.created_at, one.channel, one.logistics_no)


def test_the_first_after_an_instant_whatever_came_and_went() -> None:
    random = Random(7)
    for _ in range(60):
        lives = list({one.logistics_no: one for one in (life(random) for _ in range(15))}.values())
        phones = {one.logistics_no: random.choice(PHONES) for one in lives}
        collected = Collected((phone, order(one)) for one in lives if (phone := phones[one.logistics_no]))
        for _ in range(20):
            one, now = random.choice(lives), random.choice(PHONES)
            collected.turn(Turn(one, START, phones[one.logistics_no], now))
            phones[one.logistics_no] = now
            after = START + timedelta(minutes=random.randrange(-1, 12))
            until = after + timedelta(minutes=random.randrange(4))
            mine = [order(one) for one in lives if phones[one.logistics_no] == PHONES[0]]
            expected = min((one for one in mine if after < one.created_at <= until), default=None)
            assert collected.first("13800000000", after, until) == expected


def test_news_that_is_stored_already_changes_nothing() -> None:
    one = Life("cainiao", "LP1", Houses({}), BOOK, created_at=START)
    collected = Collected([("13800000000", order(one))])
    collected.turn(Turn(one, START, None, "13800000000"))
    collected.turn(Turn(one, START, "13800000000", None))
    assert collected.first("13800000000", START - timedelta(minutes=1), START) is None
