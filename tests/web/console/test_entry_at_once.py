"""Save pressed twice at the same moment is one order, on both databases (CHAN-3, DESIGN law 8)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import Engine, select

from storage.session import reading
from storage.tables.dispatch import orders
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.test_entry import FORM, token

PRESSES = 6


def test_save_pressed_at_once_is_one_order(app: Flask, land: Land, engine: Engine) -> None:
    land.clock.at = local("09:00")
    visitor = Visitor(app.test_client())
    visitor.log_in("hz01")
    form = {"csrf_token": visitor.token("/entry"), "token": token(visitor), **FORM}
    cookies = {"lanshou": visitor.client.get_cookie("lanshou").value}  # type: ignore[union-attr]
    together = Barrier(PRESSES)

    def press(_: int) -> tuple[int, str]:
        client = app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value)
        together.wait()
        answer = client.post("/entry", data=form)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(PRESSES) as pool:
        answers = set(pool.map(press, range(PRESSES)))
    with reading(engine) as conn:
        [order] = conn.scalars(select(orders.c.id))
    assert answers == {(303, f"/orders/{order}")}
