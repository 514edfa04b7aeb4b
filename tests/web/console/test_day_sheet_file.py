"""DAY-1: the day sheet as a file, called by the installation's rule; a station's own only."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.test_day_closing import DAY, a_day, sign
from web.services import WebSettings

As = Callable[[str], Visitor]
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(day_sheet_name="{name}_{station}_{day}_{state}")


def _file(visitor: Visitor, form: str) -> tuple[Any, str]:
    answer = visitor.get(f"/closing/sheet?station=HZ01&day={DAY}&form={form}")
    return answer, unquote(answer.headers.get("Content-Disposition", ""))


@ONLY_SQLITE
def test_day_1_the_sheet_as_a_file_before_and_after_the_signature(land: Land, as_: As) -> None:
    """Accepted, transferred, picked up, failed, un-scanned: as the page has them; signed, it says by whom."""
    a_day(land)
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    answer, called = _file(visitor, "csv")
    assert "_HZ01_2026-05-04_未签.csv" in called
    shown = answer.get_data(as_text=True)
    for figure, count in (("接单", 3), ("转出", 1), ("揽收", 2), ("违禁物品", 1), ("未扫描", 1)):
        assert re.search(rf"figures,\d+,figure,text,[^\n]*{figure}[^\n]*\n[^\n]*orders,count,{count},", shown), figure
    assert "未签字" in shown
    sign(visitor, word="面单破损")
    answer, called = _file(visitor, "csv")
    assert "_已签.csv" in called
    assert "西湖王芳" in answer.get_data(as_text=True) and "面单破损" in answer.get_data(as_text=True)
    workbook, called = _file(visitor, "xlsx")
    assert workbook.data[:2] == b"PK" and called.endswith("_已签.xlsx")


@ONLY_SQLITE
def test_bad_addresses(land: Land, as_: As) -> None:
    visitor = as_("hz01")
    for query, status in (
        (f"station=HZ02&day={DAY}", 404),
        ("station=HZ01", 422),
        (f"station=HZ01&day={DAY}&form=exe", 422),
    ):
        assert visitor.get(f"/closing/sheet?{query}").status_code == status
