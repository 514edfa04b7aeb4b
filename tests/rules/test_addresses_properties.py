"""Addresses: what holds for every district, every former district and any text."""

import csv
from collections import defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.addresses import Understood, packaged
from tests.house.source import report
from tests.paths import REPO
from tests.work import counted

FOLDER = REPO / "geo" / "gazetteer"
BEHIND = ("", "人民路1号", " 中山北路", "城关镇新村", "南京路2号北京大厦")


@cache
def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(said: Understood) -> tuple[str, ...]:
    return (said.adcode,) if said.adcode else said.candidates


def differing(expected: dict[str, set[str]]) -> list[str]:
    said = {text: packaged().understand(text) for text in expected}
    return [
        f"{text}: {codes(said[text])} instead of {sorted(wanted)}"
        for text, wanted in expected.items()
        if codes(said[text]) != tuple(sorted(wanted))
    ]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize(
    "form",
    ["{province}{city}{name}", "{province} {city} {name} ", "{province}{city}{name}{province}{city}{name}",
     "王五,13912345678,{province}{city}{name}", "１２３４５６{province}，{city}，{name}，"],
)  # fmt: skip
def test_every_district_by_its_full_name(form: str, behind: str) -> None:
    expected = {form.format(**row) + behind: {row["adcode"]} for row in table("districts")}
    assert len(expected) == len(table("districts"))
    report(differing(expected))


@pytest.mark.parametrize("behind", BEHIND)
def test_every_district_with_its_city_or_else_its_province(behind: str) -> None:
    report(
        differing(
            {(row["city"] or row["province"]) + row["name"] + behind: {row["adcode"]} for row in table("districts")}
        )
    )


def test_every_full_name_is_what_the_gazetteer_calls_it() -> None:
    for row in table("districts"):
        assert packaged().name(row["adcode"]) == row["province"] + row["city"] + row["name"]
        assert packaged().today(row["adcode"]) == (row["adcode"],)


def by_name() -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in table("districts"):
        found[row["name"]].add(row["adcode"])
    return found


@pytest.mark.parametrize("behind", BEHIND)
def test_every_shared_name_alone_is_ambiguous_with_exactly_its_districts(behind: str) -> None:
    shared = {name + behind: found for name, found in by_name().items() if len(found) > 1}
    assert len(shared) == 29
    report(differing(shared))


def test_every_other_name_alone_is_its_district_or_says_what_else_it_was() -> None:
    """A name of one district only, which another city's former district bore, may mean that one too."""
    gone = defaultdict(set)
    for row in table("former"):
        if int(row["until"]) >= 2000:
            gone[row["name"]].update(row["today"].split())
    for name, found in by_name().items():
        said = packaged().understand(name)
        if name in ("东区", "西区"):  # a part of any estate
            assert said.status == "not_understood"
        elif len(found) == 1 and said.status == "understood":
            assert {said.adcode} == found
        elif len(found) == 1:
            assert said.status == "ambiguous" and found < set(said.candidates) <= found | gone[name], name


def test_every_former_district_with_its_city_of_then() -> None:
    report(
        differing({row["province"] + row["city"] + row["name"]: set(row["today"].split()) for row in table("former")})
    )
    with_city = [row for row in table("former") if row["city"]]
    report(differing({row["city"] + row["name"]: set(row["today"].split()) for row in with_city}))


def test_every_former_code_leads_to_codes_of_today() -> None:
    today = {row["adcode"] for row in table("districts")}
    for row in table("former"):
        assert set(row["today"].split()) <= today
        assert set(packaged().today(row["adcode"])) <= today


PARTS = st.sampled_from(
    [row["name"] for row in table("districts")]
    + [row["short"] for row in table("districts")]
    + [row["name"] for row in table("former")]
    + [row["name"] for row in table("parents")] * 5
    + [row["short"] for row in table("parents")] * 5
    + ["路", "街道", "大道", "县", "市辖区", "区", "中国", "镇", " ", "-", "1号", "公司", "转", "小吃"] * 50
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(PARTS, max_size=8).map("".join)))
def test_any_text_gets_an_answer_of_one_of_three_kinds(text: str) -> None:
    known = {row["adcode"] for row in table("districts")}
    said = packaged().understand(text)
    if said.status == "understood":
        assert said.adcode in known and said.candidates == ()
    elif said.status == "ambiguous":
        assert said.adcode is None and len(said.candidates) > 1
        assert list(said.candidates) == sorted(set(said.candidates) & known)
    else:
        assert said.status == "not_understood" and said.adcode is None and said.candidates == ()
    assert said.rest in text
    assert said == packaged().understand(text)


MOST_CALLS = 10_000


@pytest.mark.parametrize(
    "text",
    [
        *("\ud800", "杭州市\udfff余杭区", "\x00" * 10, "\U0001f600" * 600, "区" * 100_000, "中国" * 50_000),
        *("省直辖" * 40_000, "浙江省杭州市" * 20_000, "经济技术" * 30_000, "浙江" * 50_000, "朝阳" * 50_000),
        *(" " * 100_000 + "余杭区", "1" * 100_000, "上海路" * 40_000, "杭州余杭" * 30_000, "余杭区号" * 30_000),
        *("杭州余杭技术产业工业" + "科技物流" * 20_000, "杭州余杭" + "局" * 100_000),
    ],
)
def test_strange_and_long_texts_cost_little(text: str) -> None:
    book = packaged()
    with counted() as work:
        book.understand(text)
    assert work.calls <= MOST_CALLS


def test_only_the_first_500_signs_are_read() -> None:
    assert packaged().understand(" " * 497 + "余杭区").adcode == "330110"
    assert packaged().understand(" " * 498 + "余杭区").adcode is None
