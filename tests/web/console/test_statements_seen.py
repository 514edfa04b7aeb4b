"""What statements, postings and appeals must not show, and that their words are right (ROLE-1, ROLE-2, STATEMENT-1)."""

import re
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from penalties.lifecycle import OVERTURN
from penalties.settling.actions import settle
from rulebook.book import packaged
from storage.session import writing
from storage.tables.penalties import appeal_files, appeals
from tests.pdf import words_of
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.packs_scenes import CANARIES, NAME
from tests.web.console.test_statements import booked, decide, picked_up, seq_of

As = Callable[[str], Visitor]


def settled(land: Land, day: str) -> None:
    land.clock.at = at = local("12:00", day)
    with writing(land.engine) as conn:
        assert settle(conn, "2026-06", packaged(), at)


def card(text: str, title: str) -> str:
    """The card of a page with that title; "" when there is none."""
    found = [one for one in re.split(r'(?=<div class="card[ "])', text) if title in one]
    return found[-1] if found else ""


def test_role_1_a_contracted_area_reads_no_refund_of_its_house(land: Land, as_: As) -> None:
    """Readings 134, 135: neither by its number nor on the page of its own fine."""
    booked(land)
    picked_up(land, "KD9", "2026-06-03", "55000000000017")
    settled(land, "2026-07-02")
    fine, refund = seq_of(land, "fine:%KD2%"), seq_of(land, "settle:2026-06:HZ01:refund_1:1")
    hz01a, hz01 = as_("hz01a"), as_("hz01")
    assert hz01a.get(f"/ledger/{refund}").status_code == 404
    page = hz01a.get(f"/ledger/{fine}").text
    assert "120.00" not in page and f"/ledger/{refund}" not in page and "返款" not in page
    linked = {int(one) for one in re.findall(r'href="/ledger/(\d+)"', page)}
    assert {hz01a.get(f"/ledger/{one}").status_code for one in linked} <= {200}
    page = hz01.get(f"/ledger/{fine}").text
    assert "120.00" in page and f"/ledger/{refund}" in page


def test_a_difference_names_the_decision_behind_it(land: Land, as_: As) -> None:
    """SETTLE-2: the reversal that made it, not the fines that were settled before."""
    first, _ = booked(land)
    picked_up(land, "KD9", "2026-06-03", "55000000000017")
    settled(land, "2026-07-02")
    decide(land, OVERTURN, local("11:00", "2026-07-03"), [first], "申诉成立")
    settled(land, "2026-07-04")
    fine, back = seq_of(land, "fine:%KD1:1:V-ACCEPT"), seq_of(land, "fine:%KD1%:reversed")
    hz01 = as_("hz01")
    behind = card(hz01.get(f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:refund_1:2')}").text, "差额的由来")
    assert f'href="/ledger/{back}"' in behind and f'href="/ledger/{fine}"' not in behind
    assert not card(hz01.get(f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:refund_1:1')}").text, "差额的由来")


def test_the_digest_is_that_of_the_file_one_downloads(land: Land, as_: As) -> None:
    """STATEMENT-1: byte for byte, and the same on page, workbook and paper."""
    booked(land)
    hz01 = as_("hz01")
    digest = sha256(hz01.get("/statements/HZ01/2026-05.csv").data).hexdigest()
    assert f'id="digest">{digest}<' in hz01.get("/statements/HZ01/2026-05").text
    book: Any = load_workbook(BytesIO(hz01.get("/statements/HZ01/2026-05.xlsx").data))
    assert digest in [row[1].value for row in book["说明"].iter_rows()]
    assert digest in "".join(words_of(hz01.get("/statements/HZ01/2026-05.pdf").data))


def test_role_2_neither_texts_nor_file_names_of_an_appeal_name_the_customer(land: Land, as_: As) -> None:
    first, _ = booked(land)
    at = local("11:00", "2026-05-11")
    row = {
        "violation_id": first, "stage": "province", "state": "upheld", "station": "HZ01", "province": "浙江省",
        "opened_at": at, "recorded_at": at, "text": f"{NAME}来电", "by": "西湖王芳", "by_mail": False,
        "closed_at": at, "closed_by": "浙江陈平", "reason": f"{NAME}未予证实",
    }  # fmt: skip
    file = {
        "own_name": "a" * 40, "name": f"{NAME}13877665544通话.png", "media_type": "image/png", "size": 3, "sha256": "",
        "content": b"abc", "by": "西湖王芳", "added_at": at,
    }  # fmt: skip
    with writing(land.engine) as conn:
        number = conn.execute(appeals.insert().values(row).returning(appeals.c.id)).scalar_one()
        conn.execute(appeal_files.insert().values(appeal_id=number, **file))
    fine = seq_of(land, "fine:%KD1:1:V-ACCEPT")
    for login in ("hz01", "zhejiang", "hq", "finance"):
        for path in (f"/ledger/{fine}", f"/appeals/{first}"):
            answer = as_(login).get(path)
            if answer.status_code == 200:
                assert "通话.png" in answer.text and "来电" in answer.text, (login, path)
            assert answer.status_code == 200 or path.startswith("/appeals")
            assert not [canary for canary in CANARIES if canary in answer.text], (login, path)
    assert as_("hz01").get(f"/appeals/{first}").status_code == 200


def test_the_account_is_called_as_its_entry_in_the_menu(land: Land, as_: As) -> None:
    page = as_("hz01").get("/statements").text
    assert "<title>账户 HZ01" in page and '<h1 class="page-title">账户 ' in page
