"""Reports on the screen: whose they are, that each figure opens its rows and equals them, that what was told stays."""

import csv
import html
import io
import json
import re

import pytest
from sqlalchemy import update

from penalties.lifecycle import OVERTURN
from reports.making.queries import MAKERS
from reports.paper.document import Cell, Column, Document, Section
from storage.session import writing
from storage.tables.dispatch import orders
from tests.web.console.conftest import Land, local
from tests.web.console.reports_scenes import WEEK, As, frozen, week
from tests.web.console.test_notices import confirm
from web.console import reports_made

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = f"/reports/weekly/{WEEK}"
EQUAL = re.compile(
    r'id="equal">.*?<strong>(.*?)</strong>.*?<span aria-hidden="true">(.)</span>.*?<strong>(.*?)</strong>', re.S
)
LINK = re.compile(r'<td class="num[^"]*"><a[^>]* href="([^"]+)">([^<]*)</a>')
OWN = {"hq": "network", "finance": "network", "zhejiang": "province:浙江省", "hz01": "station:HZ01"}


@pytest.mark.parametrize("login", OWN)
def test_role_1_everybody_begins_with_his_own(land: Land, as_: As, login: str) -> None:
    week(land)
    told = as_(login).get(f"{PAGE}.json")
    assert told.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(told.data)["scope"] == OWN[login]
    hub = as_(login).get("/reports").text
    assert (">公平性" in hub) == (OWN[login] == "network" and "fairness" in MAKERS), (
        "who is fined by whom is for those who see all"
    )


FORBIDDEN = [
    ("hz01", "station:HZ02"), ("hz01", "province:浙江省"), ("hz01", "network"), ("hz01", "channel:crm"),
    ("hz01a", "station:HZ01"), ("zhejiang", "network"), ("zhejiang", "station:XJ01"), ("zhejiang", "channel:kuaidi100"),
    ("xinjiang", "province:浙江省"), ("hq", "station:NOPE"), ("zhejiang", "province:"), ("hq", "channel:nope"),
    ("hq", "=1+1"), ("hq", "station:"), ("hq", "network:x"),
]  # fmt: skip


@pytest.mark.parametrize(("login", "scope"), FORBIDDEN)
def test_b_119_others_figures_and_rows_do_not_exist(land: Land, as_: As, login: str, scope: str) -> None:
    """The report, its files, and a forged cell; through the API too."""
    visitor = as_(login)
    assert visitor.get(PAGE, query_string={"scope": scope}).status_code == 404
    assert visitor.get(f"{PAGE}.csv", query_string={"scope": scope}).status_code == 404
    level, _, code = scope.partition(":")
    forged = visitor.get(f"{PAGE}/rows", query_string={"cell": f"orders@{level}:{code}"})
    assert forged.status_code in (404, 422) and "KD" not in forged.text


def test_what_is_of_no_province_opens_for_who_sees_all(land: Land, as_: As) -> None:
    """Decision 18: each cell of the table of provinces, that of stations which are gone too; as frozen and now."""
    week(land)
    with writing(land.engine) as conn:
        conn.execute(update(orders).where(orders.c.logistics_no == "KD1").values(station="GONE"))
    frozen(land)
    link = f"{PAGE}/rows?number=0&cell=orders@province:"
    assert f'href="{link}"' in html.unescape(as_("hq").get(PAGE).text)
    for address in (link, link.replace("number=0", "number=now")):
        page = as_("hq").get(address).text
        told = EQUAL.search(page)
        assert told is not None and told[1] == told[3] == "1" and told[2] == "=", address
        assert "省份不明" in page


@pytest.mark.parametrize("login", ["hq", "hz01"])
def test_every_figure_of_the_page_opens_rows_that_are_the_figure(land: Land, as_: As, login: str) -> None:
    """Of the frozen week, of the sums and the percentiles: 合计 = 单元格."""
    week(land)
    frozen(land)
    visitor = as_(login)
    links = {html.unescape(link): text for link, text in LINK.findall(visitor.get(PAGE).text)}
    figures = {link: text for link, text in links.items() if text not in ("0", "0.00", "—")}
    assert len(figures) > 15 and all("number=0&cell=" in link for link in figures)
    chosen = sorted(figures)[:: max(1, len(figures) // 25)]
    for link in chosen:
        told = EQUAL.search(visitor.get(link).text)
        assert told is not None and told[2] == "=" and told[1] == told[3], link
        if not figures[link].endswith("%") and "." not in figures[link]:
            assert told[1].split()[0] == figures[link], link


def test_a_frozen_figure_stays_and_the_supplement_stands_beside_it(land: Land, as_: As) -> None:
    week(land)
    frozen(land)
    land.clock.at = local("10:00", "2026-05-13")
    confirm(land, next(one for one, kind, _ in land.cases() if kind == "V-ACCEPT"), act=OVERTURN)
    assert frozen(land).number == 1
    visitor = as_("hq")
    page = visitor.get(PAGE).text
    assert f"{WEEK}-0" in page and "400.00" in page
    assert re.search(r">400\.00</a><span class=\"later\"[^>]*>补1 05-13: 300\.00</span>", page)
    later = visitor.get(f"{PAGE}?number=1").text
    assert f"{WEEK}-1" in later and 'class="later"' not in later
    assert "尚未定稿" in visitor.get(f"{PAGE}?number=now").text
    rows = visitor.get(f"{PAGE}/rows?number=0&cell=fines_fen@network:").text
    assert "400.00 元" in rows and rows.count("/pack") == 4, "the frozen facts"
    assert visitor.get(f"{PAGE}/rows?number=1&cell=fines_fen@network:").text.count("/pack") == 3
    assert visitor.get(f"{PAGE}/rows?number=2&cell=fines_fen@network:").status_code == 404


WRONG = [
    ("/reports/nothing/2026-W19", 404), ("/reports/weekly/2026-W54", 422), ("/reports/weekly/2026-05", 422),
    ("/reports/weekly/9999-W01", 422), ("/reports/weekly/2026-W40", 422), ("/reports/monthly/2026-13", 422),
    ("/reports/honesty/2020-01-01~2026-05-01", 422), ("/reports/honesty/2026-05-02~2026-05-01", 422),
    ("/reports/honesty/2026-02-30~2026-03-01", 422), ("/reports/weekly/=1+1", 422),
    (f"{PAGE}?number=999", 404), (f"{PAGE}?number=-1", 422), (f"{PAGE}?number=x", 422), (f"{PAGE}?number=99999", 422),
    (f"{PAGE}/rows?cell=orders", 422), (f"{PAGE}/rows?cell=orders@nowhere:x", 422),
    (f"{PAGE}/rows?cell=x@network:", 422),
    (f"{PAGE}/rows?cell=orders@network:x", 422), (f"{PAGE}/rows?cell=orders@network:&page=-1", 422),
    (f"{PAGE}/rows?cell=orders@network:&page=0", 422), (f"{PAGE}/rows?cell=orders@network:&page=１", 422),
    (f"{PAGE}/rows?cell=orders@network:&number=999", 404), ("/reports/runs/1", 404), ("/reports/runs/1.exe", 404),
    ("/reports/copies/1", 404), (f"/reports/runs/{2**63}", 404),
]  # fmt: skip


def test_nonsense_is_answered_with_what_is_wrong(land: Land, as_: As) -> None:
    visitor = as_("hq")
    said = {path: visitor.get(path, headers={"Accept": "application/json"}) for path, _ in WRONG}
    assert {path: one.status_code for path, one in said.items()} == dict(WRONG)
    assert all(one.get_json()["code"] for one in said.values())
    assert visitor.get(f"{PAGE}?stations.page=-7&stations.group=%3D1").status_code == 200
    assert visitor.get(f"{PAGE}/rows?cell=orders@network:&page=999999").status_code == 200


def test_a_span_has_neighbours_of_its_length(land: Land, as_: As) -> None:
    page = as_("hq").get("/reports/honesty/2026-04-27~2026-04-30").text
    assert "/reports/honesty/2026-04-23~2026-04-26" in page and "/reports/honesty/2026-05-01~2026-05-04" in page


def test_rows_as_a_file_hold_no_formula(land: Land, as_: As) -> None:
    week(land)
    with writing(land.engine) as conn:
        conn.execute(update(orders).where(orders.c.logistics_no == "KD0").values(logistics_no="=1+1"))
    answer = as_("hq").get(f"{PAGE}/rows.csv?cell=orders@network:")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 8 and "'=1+1" in {row["logistics_no"] for row in rows}
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_five_thousand_stations_are_folded_and_paged(land: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under 300 KB as it is sent, whatever the network's size; the sum stands on every page; a province is chosen."""
    names = ("orders", "accept_late", *(f"m{n}" for n in range(28)))
    columns = tuple(Column(one, "列", one, "text") for one in ("province", "station", "name"))
    columns += tuple(Column(one, "列", one, "count") for one in names)
    rows = [
        (Cell(f"省{n % 30}"), Cell(f"S{n:04}"), Cell(f"=网点{n}"), *(Cell(n, f"orders@station:S{n:04}") for _ in names))
        for n in range(5_000)
    ]
    total = (Cell("合计 / total"), Cell(""), Cell(""), *(Cell(999_999) for _ in names))
    section = Section("stations", "各网点", "Stations", columns, (*rows, total), sums=True)
    document = Document("weekly", "周报", "Week", WEEK, "network", None, "2017-01-01", land.clock.at, (section,))
    monkeypatch.setattr(reports_made, "make", lambda conn, asked: document)
    client = as_("hq").client
    sent = client.get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert len(sent.data) < 60_000
    page = client.get(PAGE).text
    assert len(page.encode()) < 300_000 and "999,999" in page and "S0049" in page and "S0050" not in page
    page = client.get(PAGE, query_string={"stations.group": "省7", "stations.page": 4}).text
    assert "999,999" in page and "S4507" in page and "S4508" not in page and "S0007" not in page
