"""Addresses: measured on real, labelled ones. The figures are what the issue asks for; the rows stay outside."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from geo.addresses import packaged
from tests.paths import shared
from tests.work import counted

WITH_CITY, ALONE = "parent+district", "unique district name"


@cache
def rows() -> list[dict[str, str]]:
    with gzip.open(shared("data", "addresses", "labelled_train.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def outcomes(found: list[dict[str, str]]) -> Counter[str]:
    said = packaged().understand_many([row["text"] for row in found])
    return Counter(
        ("right" if answer.adcode == row["adcode2024"].split(".")[0] else "wrong") if answer.adcode else answer.status
        for row, answer in zip(found, said, strict=True)
    )


@pytest.mark.parametrize("half", [0, 1])
def test_districts_with_their_city(half: int) -> None:
    """The rules were written looking at the even rows only."""
    found = [row for row in rows()[half::2] if row["gold_from"] == WITH_CITY]
    counted = outcomes(found)
    assert counted["right"] >= 0.98 * len(found), counted
    assert counted["wrong"] <= 0.003 * len(found), counted


def test_districts_alone() -> None:
    found = [row for row in rows() if row["gold_from"] == ALONE]
    counted = outcomes(found)
    assert counted["right"] >= 0.98 * len(found), counted
    assert counted["wrong"] <= 0.003 * len(found), counted


def test_where_no_district_is_labelled_hardly_any_is_answered() -> None:
    """What is answered there names a city of a county (labelled as a city) or a court or school of a district."""
    nothing = [row for row in rows() if not any(row[label] for label in ("prov", "city", "district"))]
    answered = [row for row in nothing if packaged().understand(row["text"]).status != "not_understood"]
    assert len(nothing) > 2000
    assert len(answered) <= 0.01 * len(nothing)


@pytest.mark.parametrize(
    ("name", "city", "code"),
    [
        ("下城区", "杭州", "330105"),
        ("江东区", "宁波", "330212"),
        ("绍兴县", "绍兴", "330603"),
        ("富阳市", "杭州", "330111"),
        ("上虞市", "绍兴", "330604"),
        ("奉化市", "宁波", "330213"),
        ("玉环县", "台州", "331083"),
    ],
)
def test_former_names_are_resolved(name: str, city: str, code: str) -> None:
    found = [row["text"] for row in rows() if row["district"] == name and row["city"].startswith(city)]
    said = Counter(answer.adcode for answer in packaged().understand_many(found))
    assert found and said[code] >= 0.95 * len(found), said
    assert set(said) <= {code, None}


def bare(names: set[str]) -> Iterator[str]:
    for row in rows():
        if row["district"] in names and not row["city"] and not row["prov"] and row["text"].startswith(row["district"]):
            yield row["text"]


def test_bare_shared_names_are_ambiguous() -> None:
    texts = list(bare({"西湖区", "江北区", "朝阳区", "普陀区", "通州区", "白云区", "江干区"}))
    said = Counter(answer.status for answer in packaged().understand_many(texts))
    assert len(texts) > 30 and set(said) == {"ambiguous"}


MOST_CALLS = 75  # a text


def test_a_real_address_costs_few_calls() -> None:
    """How many a second that makes is measured by `make bench ARGS=addresses`."""
    texts = [row["text"] for row in rows()]
    book = packaged()
    with counted() as work:
        book.understand_many(texts)
    assert work.calls / len(texts) <= MOST_CALLS
