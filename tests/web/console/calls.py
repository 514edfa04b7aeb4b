"""Clerks who take calls, in few words, for tests of CHAN-8 at the console."""

from collections.abc import Callable
from typing import Any

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
NAME, PHONE = "欧阳明月", "13812345678"


def find(visitor: Visitor, number: str = "", phone: str = "", name: str = "") -> Any:
    return visitor.post("/callers/find", {"number": number, "phone": phone, "name": name}, page="/callers")


def proof(visitor: Visitor, number: str = "KD1") -> str:
    answer = find(visitor, number, PHONE)
    assert answer.status_code == 303
    return str(answer.headers["Location"].partition("proof=")[2])


def change(visitor: Visitor, order: int, given: str = "", **fields: str) -> Any:
    form = {"proof": given or proof(visitor), **fields}
    return visitor.post(f"/callers/{order}/change", form, page="/callers")


def withdraw(visitor: Visitor, order: int, reason: str = "不寄了", **fields: str) -> Any:
    form = {"proof": proof(visitor), "reason": reason, **fields}
    return visitor.post(f"/callers/{order}/withdraw", form, page="/callers")


def answer(visitor: Visitor, order: int, said: str = "agree", ask: int = 3, remark: str = "") -> Any:
    form = {"answer": said, "ask": str(ask), "remark": remark}
    return visitor.post(f"/callers/{order}/answer", form, page="/callers")


def log(visitor: Visitor, order: int) -> str:
    return visitor.get(f"/orders/{order}").text.split('class="card-body log"')[1]


def accepted(land: Land) -> int:
    order = land.order("KD1", local("08:31"))
    land.accept("KD1", "HZ01", local("08:32"))
    return order
