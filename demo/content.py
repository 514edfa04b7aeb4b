"""What a drawn order says: place, people, cargo, window. Names, phones and house numbers are made up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from basics.days import day_of, iso, midnight
from demo import figures
from demo.datum import wgs_from_gcj
from demo.districts import BY_CODE
from demo.geography import Network, Station
from demo.hours import plus

Fields = dict[str, object]

BORDER = 0.0005  # degrees: no point is drawn nearer to a border, so rounding and datum change no holder
_XINJIANG_LATER = 2  # hours: the same day begins later there
_QUIET = 0.3  # weight of a station that does not accept

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹"
_GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
)
_ROADS = (
    "中山路",
    "人民路",
    "解放路",
    "建设路",
    "文化路",
    "新华路",
    "学府路",
    "滨河路",
    "和平路",
    "青年路",
    "迎宾大道",
)
_ESTATES = ("翠苑新村", "锦绣花园", "滨江公寓")
_GOODS = ("文件", "服装", "书籍", "食品", "电子产品", "日用品", "鞋帽", "化妆品", "茶叶", "玩具")


@dataclass(frozen=True)
class Place:
    """Where a pickup is. `point` is the true point in GCJ-02, `told` what the order says of it."""

    station: Station
    point: tuple[float, float] | None
    adcode: str | None
    told: Fields
    serves: str | None = None  # who has always served it, whatever the map says


def a_person(rng: Random) -> Fields:
    """A made-up name and phone."""
    name = rng.choice(_SURNAMES) + rng.choice(_GIVEN)
    return {"name": name, "phone": f"138000{rng.randrange(100_000):05d}"}


def a_street(rng: Random) -> str:
    """A made-up road and house number."""
    return f"{rng.choice(_ROADS)}{rng.randrange(1, 999)}号"


def a_cargo(rng: Random) -> Fields:
    """Goods, pieces and grams."""
    grams = 100 * max(1, round(rng.lognormvariate(2.3, 0.8)))
    return {"weight_g": grams, "pieces": rng.choices((1, 2, 3), (92, 6, 2))[0], "goods": rng.choice(_GOODS)}


def a_place(rng: Random, network: Network, kind: str) -> Place:
    """A pickup place of one of the kinds in figures.PLACES."""
    if kind == "estate":
        return _on_an_estate(rng, network)
    station = _a_station(rng, network)
    district = _district_of(network)[station.code]
    if kind == "two_stations":
        shared = [code for code, served in network.districts.items() if len(served) > 1]
        district = rng.choice(shared) if shared else district
        station = network.stations[network.districts[district][0]]
    street = a_street(rng)
    if kind == "unclear":
        return Place(station, None, None, {"address": f"{_city_of(district)}{street}"})
    told: Fields = {"adcode": district, "address": full_name(district) + street}
    if kind in ("district", "two_stations"):
        return Place(station, None, district, told)
    if kind == "zero_point":
        return Place(station, None, district, {"lng": 0, "lat": 0, "datum": "GCJ-02", **told})
    point = _nowhere(rng, network, station) if kind == "nowhere" else a_point(rng, network, station.code)
    lng, lat, datum = *point, "GCJ-02"
    if rng.random() < figures.TOLD_IN_WGS84:
        lng, lat, datum = *wgs_from_gcj(*point), "WGS-84"
    return Place(station, point, district, {"lng": round(lng, 6), "lat": round(lat, 6), "datum": datum, **told})


def _on_an_estate(rng: Random, network: Network) -> Place:
    name, station, serves = rng.choice(_estates(network))
    district = _district_of(network)[station.code]
    told: Fields = {"adcode": district, "address": f"{full_name(district)}{name}{rng.randrange(1, 40)}幢"}
    if rng.random() < figures.ESTATE_WITHOUT_POINT:
        return Place(station, None, district, told, serves)
    gate = a_point(Random(f"{name}:{station.code}"), network, station.code)
    while True:
        point = round(gate[0] + rng.uniform(-0.002, 0.002), 6), round(gate[1] + rng.uniform(-0.002, 0.002), 6)
        if network.winner(point) == station.code and not network.near_border(point, BORDER):
            return Place(
                station, point, district, {"lng": point[0], "lat": point[1], "datum": "GCJ-02", **told}, serves
            )


@lru_cache(maxsize=4)
def _estates(network: Network) -> tuple[tuple[str, Station, str], ...]:
    """Name, the station of the map, and the neighbour that serves it; one in each of the first districts that have
    such a pair."""
    own = [
        station
        for code in network.districts
        for station in [network.stations[network.districts[code][0]]]
        if len(network.districts[code]) == 1 and station.level == 1 and station.accepts and network.near(station.code)
        and not network.children(station.code)
    ]  # fmt: skip
    return tuple((name, one, network.near(one.code)[0]) for name, one in zip(_ESTATES, own, strict=False))


def a_point(rng: Random, network: Network, station: str) -> tuple[float, float]:
    """A point inside the station's areas, clear of all borders, GCJ-02."""
    west, south, east, north = _bounds(network)[station]
    while True:
        point = round(rng.uniform(west, east), 6), round(rng.uniform(south, north), 6)
        if network.covers(station, point) and not network.near_border(point, BORDER):
            return point


def a_window(rng: Random, created_at: datetime, duty: str) -> Fields:
    """A booked window some time after creation, starting at one of the usual hours."""
    later = _XINJIANG_LATER if duty == "xinjiang" else 0
    earliest = plus(created_at, max(0, figures.draw(rng, figures.WINDOW_LEAD) - 60))
    day = midnight(day_of(earliest)) + timedelta(hours=later)
    hours = [hour for hour in figures.WINDOW_STARTS if day + timedelta(hours=hour) >= earliest]
    if not hours:
        day, hours = day + timedelta(days=1), list(figures.WINDOW_STARTS)
    hours = hours[:4]
    start = day + timedelta(hours=rng.choices(hours, [figures.WINDOW_STARTS[hour] for hour in hours])[0])
    lengths = figures.WINDOW_MINUTES
    minutes = rng.choices(list(lengths), list(lengths.values()))[0]
    return {"window_start": iso(start), "window_end": iso(plus(start, minutes))}


def created_on(rng: Random, day_start: datetime, duty: str) -> datetime:
    """An instant of the day by the hourly profile; two hours later where the day begins later."""
    later = _XINJIANG_LATER if duty == "xinjiang" else 0
    hour = (rng.choices(range(24), _profile())[0] + later) % 24
    return day_start + timedelta(hours=hour, seconds=rng.randrange(3600))


def full_name(adcode: str) -> str:
    """Province, city and district as one would write them; empty for a code the demo does not know."""
    if adcode not in BY_CODE:
        return ""
    city, district = BY_CODE[adcode]
    return (city.province if city.province != city.name else "") + city.name + district.name


def _city_of(adcode: str) -> str:
    return BY_CODE[adcode][0].name if adcode in BY_CODE else ""


def _a_station(rng: Random, network: Network) -> Station:
    stations = [station for station in network.stations.values() if station.level == 1]
    return rng.choices(stations, [1.0 if station.accepts else _QUIET for station in stations])[0]


def _nowhere(rng: Random, network: Network, station: Station) -> tuple[float, float]:
    """A point near the station's area that no area holds: in a gap, or just out of town."""
    west, south, east, north = _bounds(network)[station.code]
    reach = 0.03
    while True:
        point = (
            round(rng.uniform(west - reach, east + reach), 6),
            round(rng.uniform(south - reach, north + reach), 6),
        )
        if network.nobody_at(point) and not network.near_border(point, BORDER):
            return point
        reach += 0.002


@lru_cache(maxsize=4)
def _bounds(network: Network) -> dict[str, tuple[float, float, float, float]]:
    return {code: area.bounds for code, area in network.areas}


@lru_cache(maxsize=4)
def _district_of(network: Network) -> dict[str, str]:
    served = {code: adcode for adcode, codes in network.districts.items() for code in codes}
    return {code: served.get(code, "") for code in network.stations}


@lru_cache(maxsize=1)
def _profile() -> tuple[float, ...]:
    return tuple(figures.created_by_hour())
