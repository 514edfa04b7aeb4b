"""Names of places as addresses write them: what each can mean, as sets of today's district codes (pure)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

Codes = frozenset[str]
NOWHERE: Codes = frozenset()
# Known, but no part of the packaged lists: an address there must not be taken for a district of the mainland.
OUTSIDE: Codes = frozenset({"outside"})
OUTSIDE_NAMES = (
    *(
        "台湾",
        "台湾省",
        "臺灣",
        "臺灣省",
        "香港",
        "香港特别行政区",
        "澳门",
        "澳门特别行政区",
        "台北",
        "台北市",
        "臺北市",
    ),
    *("新北市", "桃园市", "台中", "台中市", "臺中市", "台南", "台南市", "臺南市", "高雄", "高雄市", "基隆", "基隆市"),
    *("新竹市", "嘉义市", "宜兰县", "新竹县", "苗栗县", "彰化县", "南投县", "云林县", "嘉义县", "屏东县", "台东县"),
    *("花莲县", "澎湖县"),
)
MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
# Inside another city these words only say in which part of it something is: 永康市西城区, 东莞市东城区.
VAGUE = re.compile("滨海新区|[东西南北中新老]?[城郊矿]区|[城市江河桥][东西南北中]区|[东西南北中]区")
SLIGHT = re.compile("[东西南北中]区")
SHARED_LONG_AGO = 2000  # a former name that went before does not make a name of today doubtful


@dataclass(slots=True)
class Name:
    """What one name can mean. As a parent: the districts under it. As a district: itself, or what became of it."""

    under: Codes = NOWHERE  # of today
    once_under: Codes = NOWHERE  # of today and of former times
    today: Codes = NOWHERE
    former: Codes = NOWHERE
    rivals: Codes = NOWHERE  # what `former` means in other cities than `today`, not long ago
    full: bool = True
    vague: bool = False  # 城北区: a part of any city
    slight: bool = False  # 西区: a part of any estate

    @property
    def bare(self) -> Codes:
        """Without any city. Where several districts bear a name today, it is doubtful enough without its past."""
        if not self.today:
            return self.former
        return self.today if len(self.today) > 1 else self.today | self.rivals


@dataclass(frozen=True, slots=True)
class District:
    adcode: str
    name: str
    city: str
    province: str
    short: str

    @property
    def whole_name(self) -> str:
        return self.province + self.city + self.name


@dataclass(frozen=True, slots=True)
class FormerDistrict:
    name: str
    city: str
    province: str
    adcode: str
    until: int
    today: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """All names, full and short, with the lengths that names with the same two first characters have."""

    full: dict[str, Name] = field(default_factory=dict)
    short: dict[str, Name] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)


def names_of(
    districts: Mapping[str, District], formers: Iterable[FormerDistrict], parents: Iterable[tuple[str, str, str]]
) -> Names:
    """The index. Parents: (name, short name, province)."""
    names = Names()
    formers, parents = list(formers), list(parents)
    _parents(names, districts, formers, parents)
    _todays(names, districts)
    _formers(names, districts, formers)
    for name in OUTSIDE_NAMES:
        full = len(name) > 2
        found = (names.full if full else names.short).setdefault(name, Name(full=full))
        found.under |= OUTSIDE
        found.once_under |= OUTSIDE
    lengths: dict[str, set[int]] = defaultdict(set)
    for text in chain(names.full, names.short):
        lengths[text[:2]].add(len(text))
    names.lengths = {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}
    return names


def _parents(
    names: Names,
    districts: Mapping[str, District],
    formers: list[FormerDistrict],
    parents: list[tuple[str, str, str]],
) -> None:
    under: dict[tuple[str, str], set[str]] = defaultdict(set)
    once: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in districts.values():
        for key in ((each.province, ""), (each.city or each.name, each.province)):
            under[key].add(each.adcode)
    for gone in formers:
        for key in ((gone.province, ""), (gone.city, gone.province)):
            once[key].update(gone.today)
    for name, short, province in parents:
        now = frozenset(under[name, province])
        for text, full in _writings(name, short):
            found = (names.full if full else names.short).setdefault(text, Name(full=full))
            found.under |= now
            found.once_under |= now | frozenset(once[name, province])


def _writings(name: str, short: str) -> list[tuple[str, bool]]:
    """How a province or city is written, and whether that is a full name."""
    found = [(name, True)]
    if len(short) > 1 and short != name:
        found.append((short, False))
    if name.endswith("自治区"):
        found.append((short + "省", True))  # wrong, but written
    if name.endswith("自治州"):
        found.append((short + "州", len(short) > 2))
    if short in MUNICIPALITIES:
        found += [(short + "城区", True), (short + "郊县", True)]
    return found


def _todays(names: Names, districts: Mapping[str, District]) -> None:
    for each in districts.values():
        own = frozenset({each.adcode})
        for text in {each.name, _with_plain_ending(each), _with_city(each)}:
            names.full.setdefault(text, Name()).today |= own
        city_short = (each.city or each.province).removesuffix("市")
        if each.short not in (each.name, city_short) and len(each.short) > 1:
            names.short.setdefault(each.short, Name(full=False)).today |= own
    for text, found in names.full.items():
        _mark(text, found)


def _mark(text: str, name: Name) -> None:
    name.vague = VAGUE.fullmatch(text) is not None
    name.slight = SLIGHT.fullmatch(text) is not None


def _with_plain_ending(each: District) -> str:
    """石柱县 for 石柱土家族自治县, 管城区 for 管城回族区."""
    return each.short + each.name[-1] if each.short != each.name else each.name


def _with_city(each: District | FormerDistrict) -> str:
    """乐山市中区 is 乐山's 市中区, not 乐山市 with something behind it."""
    return each.city.removesuffix("市") + each.name if each.name.startswith("市") else each.name


def _formers(names: Names, districts: Mapping[str, District], formers: list[FormerDistrict]) -> None:
    for gone in formers:
        codes = frozenset(gone.today)
        for text in {gone.name, _with_city(gone)}:
            found = names.full.setdefault(text, Name())
            _mark(text, found)
            if codes <= found.today:
                continue  # the same district, then in another city or under another code
            found.former |= codes
            stem = gone.name[:-1]
            known = names.short.get(stem)
            if gone.until >= SHARED_LONG_AGO and len(stem) > 1 and not (known and known.under):
                names.short.setdefault(stem, Name(full=False)).former |= codes
            at_home = any(districts[code].city == gone.city for code in found.today if gone.city)
            if gone.until >= SHARED_LONG_AGO and not at_home:
                found.rivals |= codes
