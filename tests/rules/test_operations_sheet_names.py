"""How a downloaded day sheet is called (DAY-1): LANSHOU_DAY_SHEET_NAME."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.settings import SettingsError, from_environ
from basics.sheet_names import LONGEST, PLACES, USUAL, fault, sheet_name

TOLD = dict.fromkeys(PLACES, "x") | {"station": "HZ01", "name": "西湖/网点", "day": "2026-05-04"}


@pytest.mark.parametrize(
    "rule", [USUAL, "{station}{day}", "日结_{day}({station})", "a.{station}.{day}", "{state}{day}{station}"]
)
def test_rules_that_do(rule: str) -> None:
    assert fault(rule) == ""
    assert from_environ({"LANSHOU_DAY_SHEET_NAME": rule}).day_sheet_name == rule


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("{station}", "{station} and {day}"),
        ("{day}-日结", "{station} and {day}"),
        ("{station}-{day}-{who}", "{who}; there are {station}"),
        ("{station}-{day}-{}", "{}; there are"),
        ("{station}-{day}/{month}", "only letters"),
        ("..{station}{day}", "only letters"),
        ("-{station}{day}", "only letters"),
        ("{station}{day}.", "only letters"),
        ("{station}{day}\n", "only letters"),
        ("{station}{day}{", "only letters"),
        ("{{station}}{day}", "only letters"),
        ("{station!r}{station}{day}", "{station!r}; there are"),
        ('{station}{day}";x="', "only letters"),
        ("{station}{day}" + "x" * (LONGEST - 13), f"at most {LONGEST}"),
    ],
)
def test_rules_that_do_not(rule: str, why: str) -> None:
    with pytest.raises(SettingsError, match=r"^LANSHOU_DAY_SHEET_NAME: ") as caught:
        from_environ({"LANSHOU_DAY_SHEET_NAME": rule})
    assert why in str(caught.value)


def test_not_set_is_the_usual_one() -> None:
    assert from_environ({}).day_sheet_name == from_environ({"LANSHOU_DAY_SHEET_NAME": ""}).day_sheet_name == USUAL
    assert sheet_name(USUAL, TOLD) == "HZ01-2026-05-04-日结"
    assert fault("{station}{day}" + "x" * (LONGEST - 14)) == ""


@given(st.text(), st.text(max_size=200))
def test_what_is_filled_in_can_do_no_harm(station: str, name: str) -> None:
    """Nothing of a folder, a header or another place."""
    made = sheet_name("{name}-{station}-{day}", TOLD | {"station": station, "name": name})
    assert re.fullmatch(r"[0-9A-Za-z一-鿿_()\-]*", made)
    assert len(made) <= 60 + 60 + 12
