"""A network with something on every screen: orders in every state, suspicions, a notice, an appeal, money."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine

from tests.web.conftest import Visitor
from tests.web.console.appeals_calls import ask
from tests.web.console.conftest import Land
from tests.web.console.money import credit, second_finance
from tests.web.console.test_notices import MONDAY, publish


def fill(land: Land, engine: Engine, app: Flask) -> None:
    """After the fixture `ids` (four confirmed violations of the week before): Monday's notice, an appeal, and Monday's
    orders KD10 to KD18."""
    publish(land)
    station = Visitor(app.test_client())
    station.log_in("hz01")
    (number,) = (one for one, kind, _ in land.cases()[:1] if kind == "V-ACCEPT")
    assert ask(station, number).status_code in (200, 201, 303)
    second_finance(engine)
    credit(engine, "HZ01", 40_000)

    start = MONDAY + timedelta(minutes=30)
    for k in range(9):
        land.order(f"KD{10 + k}", start + timedelta(minutes=k), "gap" if k in (6, 7) else "HZ01", remark="请先致电")
    land.accept("KD11", "HZ01", start + timedelta(minutes=12))
    land.confirm("KD11", "HZ01", start + timedelta(minutes=13), "55000000000011")
    land.accept("KD12", "HZ01", start + timedelta(minutes=14))
    land.transfer("KD13", "HZ01", start + timedelta(minutes=15), "HZ02", "不在范围")
    land.fail("KD14", "HZ01", start + timedelta(minutes=16), "wrong_number", "13812345679")
    land.withdraw("KD15", start + timedelta(minutes=17))
    land.sweep(start + timedelta(minutes=60))
