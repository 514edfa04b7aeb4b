"""Addresses made from every district's names, and real places of Shanghai: what may be read, and what never wrongly."""

import csv
import gzip
from collections import Counter
from functools import cache

import pytest

from geo.addresses import packaged
from tests.house.source import report
from tests.paths import REPO, shared


@cache
def places() -> list[dict[str, str]]:
    """Every district with the short names of its city and province."""
    folder = REPO / "geo" / "gazetteer"
    with (folder / "parents.csv").open(encoding="utf-8", newline="") as file:
        shorts = {(row["name"], row["province"]): row["short"] for row in csv.DictReader(file)}
    with (folder / "districts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["of"] = shorts[row["province"], ""]
        row["in"] = shorts.get((row["city"], row["province"]), row["of"])
        row["city"] = row["city"] or row["province"]
    return rows


def outcomes(form: str, rows: list[dict[str, str]]) -> tuple[Counter[str], list[str]]:
    counted: Counter[str] = Counter()
    wrong = []
    for row in rows:
        text = form.format(**row)
        said = packaged().understand(text)
        if said.adcode not in (None, row["adcode"]):
            wrong.append(f"{text}: {said.adcode} instead of {row['adcode']}")
        counted[said.status] += 1
    return counted, wrong


@pytest.mark.parametrize(
    ("form", "least"),
    [
        ("{in}{name}人民路1号", 1.0),
        ("{name}{name}{city}{name}", 0.97),
        ("{city}{name}{in}路{of}大厦", 1.0),
        ("{city}{name}上海路{in}大厦北京小区", 1.0),
        ("{of}{name}新华街道", 0.99),
        ("{province}{name}1号", 0.99),
        ("{of}{in}{name}", 0.99),
        ("{in}{short}人民路1号", 0.97),
        ("{city}{short}新华街道", 0.97),
        ("{of}{in}{short}新华街道", 0.97),
    ],
)
def test_short_and_left_out_names(form: str, least: float) -> None:
    counted, wrong = outcomes(form, places())
    report(wrong)
    assert counted["understood"] >= least * len(places())


@pytest.mark.parametrize(
    "form",
    [
        *("{in}{short}路1号", "{city}{short}东路8号", "{in}{short}大道", "{short}北大街3号", "{in}路{short}路口"),
        *(
            "{of}{short}大厦",
            "{in}{short}国际广场",
            "{short}镇人民路",
            "{city}{short}镇人民路",
            "{city}{short}经济开发区",
        ),
        *("{short}小吃", "{in}{short}有限公司", "{in}路5号", "{of}路5号", "{of}小吃", "{in}大酒店", "{short}"),
        *("{in}{short}塘路1412号", "{city}{short}塘路名湖人家", "{in}{short}塘北路", "{in}{short}浦路8号"),
        *("{in}{short}湾路", "{in}{short}浜路", "{in}{short}泾路", "{city}{short}支路", "{in}{short}塘街3号"),
        *("{in}{short}内环路", "{in}{short}外环路", "{in}{short}中环路", "{city}{short}外环西路", "{in}{short}坊巷"),
        *("{in}{short}古镇", "{city}{short}老镇", "{in}{short}一桥", "{in}{short}二桥", "{in}{short}婚纱城"),
    ],
)
def test_roads_towns_zones_and_firms_of_that_name_are_no_districts(form: str) -> None:
    whole = (
        "东莞",
        "儋州",
        "嘉峪关",
        "沙县",
        "赣县",
        "梅县",
    )  # cities without districts, and full names of former times
    stems = [row for row in places() if row["short"] not in (row["name"], *whole)]
    counted, wrong = outcomes(form, stems)
    report(wrong)
    assert counted == {"not_understood": len(stems)}


@pytest.mark.parametrize(
    "form",
    [
        *("{in}{name}", "转{in}{name}", "至{in}{name}3号", "改{in}{name}人民路", "文三路寄{in}{name}", "或{in}{name}"),
        *("文三路1号{in}{name}人民路2号", "文三路3幢{province}{name}", "文三路1号，{in}{name}"),
    ],
)
def test_a_second_address_that_begins_with_a_city_is_seen(form: str) -> None:
    others = [row for row in places() if row["adcode"] != "330106"]
    missed = [
        text
        for text, row in ((("杭州西湖区" + form).format(**row), row) for row in others)
        if {"330106", row["adcode"]} - set(packaged().understand(text).candidates)
    ]
    report(missed)


@pytest.mark.parametrize(
    "form", ["文三路{in}{short}有限公司", "文三路钢材({in})有限公司", "与{of}路交叉口", "转{in}大厦"]
)
def test_firms_and_roads_of_all_cities_are_no_second_address(form: str) -> None:
    report([row["name"] for row in places() if packaged().understand(("杭州西湖区" + form).format(**row)).candidates])


@pytest.mark.parametrize("form", ["{city}{old}(现{name})", "{city}{old}现{name}人民路1号", "{in}{old}（今为{name}）"])
def test_every_district_can_be_what_its_neighbour_is_now(form: str) -> None:
    """Neighbours in the list, which share a city; 西区 is a part of any estate."""
    pairs = [
        {**row, "old": before["name"]}
        for before, row in zip(places(), places()[1:], strict=False)
        if before["adcode"][:4] == row["adcode"][:4] and before["city"] == row["city"] and row["name"] != "西区"
    ]
    counted, wrong = outcomes(form, pairs)
    report(wrong)
    assert counted == {"understood": len(pairs)} and len(pairs) > 2000


@cache
def shanghai() -> list[dict[str, str]]:
    with gzip.open(
        shared("data", "addresses", "shanghai_poi_wgs84.csv.gz"), "rt", encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    codes = {name: packaged().understand("上海市" + name).adcode for name in {row["adname"] for row in rows}}
    return [{**row, "adcode": codes[row["adname"]] or ""} for row in rows]


@pytest.mark.parametrize(
    ("form", "understood", "wrong_at_most"),
    [
        ("{pname}{adname}{address}", 20_000, 0),
        ("{pname}{adname}{name}", 19_950, 0),
        ("{adname}{address}", 17_000, 0),  # 普陀区 and 宝山区 are ambiguous
        ("{address}", 0, 0),
        ("上海市{address}", 0, 0),
        ("上海{address}", 0, 0),
        ("上海{name}", 0, 4),  # a hospital of 黄浦区 that lies elsewhere
        ("{name}", 0, 14),  # restaurants with the dishes of another place
    ],
)
def test_real_places_of_shanghai(form: str, understood: int, wrong_at_most: int) -> None:
    counted, wrong = outcomes(form, shanghai())
    assert counted["understood"] >= understood
    assert len(wrong) <= wrong_at_most, "\n".join(wrong)
