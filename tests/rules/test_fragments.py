"""Fragments of addresses, what routing memory votes about: cases by hand, hostile text, and real labelled addresses."""

import csv
import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import fragments as module
from geo.fragments import LONGEST_NAME, LONGEST_TEXT, SHORTEST, fragments, plain, readable
from tests import paths
from tests.work import counted, watch_patterns


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("五常大道翡翠城竹苑3-2-1", ("翡翠城竹苑", "翡翠城", "五常大道")),
        ("闲林街道五常大道翡翠城竹苑3幢2单元501室", ("翡翠城竹苑", "翡翠城", "闲林街道五常大道")),
        ("海丰北路602号", ("海丰北路",)),
        ("虹桥路1号港汇广场1座", ("港汇广场", "虹桥路")),
        ("武林路(近凤起路)88号", ("武林路",)),
        ("武林路（近凤起路）88号", ("武林路",)),
        ("八卦四路先科大院七栋六楼", ("先科大院", "八卦四路")),
        ("文二路小区3幢", ("文二路小区", "文二路")),
        ("浙大路与玉古路交叉口", ("玉古路", "浙大路")),
        ("凤城十二路88号", ("凤城十二路",)),
        ("下沙6号大街12号", ("6号大街",)),
        ("６号大街１２号", ("6号大街",)),
        ("金德路191号赞成美树14-9-1456室", ("赞成美树", "金德路")),
        ("城市花园3幢", ("城市花园",)),
        ("市场路99号", ("市场路",)),
        ("龙井乡福泉村12号", ("龙井乡福泉村",)),
        ("古墩路2062号良渚镇", ("古墩路",)),
        ("五 常\u3000大 道 1 号", ("五常大道",)),
        # What every town has stands with its town.
        ("塘栖镇人民路3号", ("塘栖镇人民路",)),
        ("瓶窑镇人民路7号", ("瓶窑镇人民路",)),
        ("塘栖镇6号大街12号", ("塘栖镇6号大街",)),
        ("塘栖镇人民路3号幸福村2组", ("塘栖镇幸福村", "塘栖镇人民路")),
        ("塘栖镇清波新村3幢", ("清波新村",)),
        # Numbers of a building, and no telephone.
        ("蓝色港湾3-2-1", ("蓝色港湾",)),
        ("蓝色港湾12号", ("蓝色港湾",)),
        ("赞成美树3-1-2-501", ("赞成美树",)),
        ("12幢3单元501 万达广场", ("万达广场",)),
    ],
)
def test_names_of_places(rest: str, found: tuple[str, ...]) -> None:
    assert fragments(rest) == found


@pytest.mark.parametrize(
    "rest",
    [
        "", "张三 13800138000", "602号", "3幢2单元501室", "七栋六楼", "2012室", "小区门口", "路口", "闲林街道",
        "翡翠城对面小店", "小王收", "某某有限公司", "快递柜", "1号楼", "东区", "幸福路旁边", "12345678901", "GQ生活馆",
        "电联不上请放门卫", "\ud800",
        # People
        "501室张子轩 13812345678", "301 李小明 138-1234-5678", "301李小明138-123-4567", "501室收件人王小庭",
        "三楼李小明家庭", "3单元501张小轩", "5幢欧阳文轩/", "联系人:陈宇轩", "李师傅 86-13812345678", "李师傅13-8",
        "张小姐 021-55556666", "李小桥0571-88888888", "1号王小明5单元", "501室联系人张晓东区", "501室张晓东区",
        "王建国12#", "李小明5幢", "欧阳文轩3幢", "陈阿姨3栋", "张小轩501室", "王小明 400-820-8820", "李小桥1234567",
        # Shops
        "刘记水果批发市场", "张丽都美容院", "周大福专柜万达广场", "老王家常菜馆广场店旁", "老刘记市场5号",
    ],
)  # fmt: skip
def test_what_names_no_place(rest: str) -> None:
    assert fragments(rest) == ()


def test_the_same_place_is_written_alike() -> None:
    written = ["五常大道翡翠城3幢", "五常大道 翡翠城 5-1-201", "五常大道翡翠城501室", "五常大道１号翡翠城(北门)"]
    assert {fragments(text) for text in written} == {("翡翠城", "五常大道")}
    assert fragments("闲林街道五常大道翡翠城") == ("翡翠城", "闲林街道五常大道")


def test_the_most_exact_eight() -> None:
    text = "".join(f"{one}{other}路" for one in "金银水木火土山江" for other in "风春夏秋冬")
    assert fragments(text) == (*(f"江{other}路" for other in "冬秋夏春风"), "山冬路", "山秋路", "山夏路")


@given(st.text(max_size=700))
def test_any_text(text: str) -> None:
    found = fragments(text)
    assert len(set(found)) == len(found)
    for name in found:
        assert SHORTEST <= len(name) <= LONGEST_NAME
        assert plain(name) == name
        assert not re.fullmatch(r"[0-9A-Za-z号室幢栋-]+", name)


MOST_CALLS = 8_000


@pytest.mark.parametrize("sign", ["路", "一", "(", "镇", "有限", "翡翠城", "与", "1幢", "街道", "A1路", "幢", "村路城"])
def test_work_is_bounded_whatever_the_text(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long text costs no more than its first 500 signs, and those little."""
    with counted() as work:
        found = fragments(sign * 100_000)
    assert work.calls <= MOST_CALLS
    given = watch_patterns(monkeypatch, module)
    assert fragments(sign * 100_000) == found
    assert max(given) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("翡翠城", True),
        ("赞成美树", True),
        ("6号大街", True),
        ("塘栖镇人民路", True),
        ("小区", False),
        ("闲林街道", False),
        ("李小明", False),
    ],
)
def test_a_place_named_by_hand_must_be_readable(name: str, may: bool) -> None:
    assert readable(name) is may


def test_labelled_addresses() -> None:
    """Of real addresses: what is read is a labelled place, nine times in ten; roads are found, and most estates."""
    file = paths.shared("data", "addresses", "labelled_train.csv.gz")
    places = {"road", "subRoad", "poi", "subpoi", "community", "devZone", "town"}
    read = right = roads = roads_read = estates = estates_read = 0
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            spans = json.loads(row["spans"])
            above = [at for at, (kind, _) in enumerate(spans) if kind in ("country", "prov", "city", "district")]
            below = spans[max(above, default=-1) + 1 :]
            found = fragments("".join(text for _, text in below))
            named = {
                "".join(text for _, text in below[start:end])
                for start in range(len(below))
                for end in range(start + 1, min(start + 4, len(below)) + 1)
                if all(kind in places for kind, _ in below[start:end])
            }
            named |= {town + name for kind, town in below if kind == "town" for name in named}
            read += len(found)
            right += sum(name in named for name in found)
            for kind, text in below:
                roads += kind == "road"
                roads_read += kind == "road" and any(name.endswith(text) for name in found)
                estate = kind == "poi" and text.endswith(("小区", "花园", "公寓", "大厦", "广场", "家园", "新村", "苑"))
                estates += estate
                estates_read += estate and text in found
    assert right / read > 0.92
    assert roads_read / roads > 0.93
    assert estates_read / estates > 0.91
