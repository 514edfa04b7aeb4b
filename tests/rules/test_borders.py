"""The border register in the database: written with the dispatch, once an assignment; found near, and by both sides."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from dispatch.borders.actions import annotate
from dispatch.borders.queries import PAGE, courses, listed, near
from dispatch.facts import Accept, Dispatch, Target, Transfer
from storage.session import reading, writing
from storage.tables.dispatch import border_entries, orders
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import NOWHERE


def moved(no: str, *, to: str = "B") -> list[tuple[str, Any]]:
    """A passes it to B, B back: ROUTE-5; then HQ decides. Among them an act that is refused."""
    target = Target(no)
    return [
        ("5 10:05", Transfer(target, "A", "B", "不在我处")), ("5 10:10", Transfer(target, "B", "A", "也不在我处")),
        ("5 10:15", Dispatch(target, "NONE", "hq")), ("5 10:20", Dispatch(target, to, "hq")),
    ]  # fmt: skip


def rows(conn: Connection) -> list[Any]:
    return list(conn.execute(select(border_entries).order_by(border_entries.c.id)))


def ids(conn: Connection) -> dict[str, int]:
    return {row.logistics_no: row.id for row in conn.execute(select(orders.c.logistics_no, orders.c.id))}


@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "one by one"])
def test_route_5_written_with_the_dispatch(engine: Engine, at_once: bool) -> None:
    told = [("5 10:00", pushed()), *moved("LP1")]
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        answers = scene.tell_all(told) if at_once else [scene.tell(at, what)[0] for at, what in told]
    assert answers == [None, None, None, "station_unknown", None]
    with reading(engine) as conn:
        [row] = rows(conn)
        assert (row.order_id, row.seq, row.station, row.others) == (ids(conn)["LP1"], 4, "B", ["A"])
        assert (row.decided_at, row.decided_by, row.note) == (t("5 10:20"), "tester", "")
        assert (row.lng, row.lat, row.fragment) == (120.05, 30.1, "")


def test_later_news_of_the_order_writes_no_second_entry(engine: Engine) -> None:
    with writing(engine) as conn:
        Scene(conn).stations().tell_all([("5 10:00", pushed()), *moved("LP1")])
    with writing(engine) as conn:
        assert Scene(conn).tell("5 10:30", Accept(Target("LP1"), "B")) == [None]
        assert Scene(conn).tell("5 10:31", Dispatch(Target("LP1"), "C", "hq")) == ["not_at_data_centre"]
        assert len(rows(conn)) == 1


def test_the_note_goes_to_the_newest_entry(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell_all([("5 10:00", pushed()), ("5 10:00", pushed("LP2")), *moved("LP1")])
        scene.tell_all(
            [("5 10:25", Transfer(Target("LP1"), "B", "A")), ("5 10:30", Dispatch(Target("LP1"), "C", "hq"))]
        )
        annotate(conn, {ids(conn)["LP1"]: "河西归丙", ids(conn)["LP2"]: "", 999: "没有这单"})
        assert [(row.seq, row.station, row.note) for row in rows(conn)] == [(4, "B", ""), (6, "C", "河西归丙")]


def test_a_note_without_a_new_entry_goes_nowhere(engine: Engine) -> None:
    """The sender moved, so nobody had passed on the place that HQ gave to C: an older decision keeps its own note."""
    with writing(engine) as conn:
        scene, target = Scene(conn).stations(), Target("LP1")
        scene.tell_all([("5 10:00", pushed()), *moved("LP1")])
        annotate(conn, {ids(conn)["LP1"]: "河西归乙"})
        scene.tell("5 10:25", Transfer(target, "B", "DATA_CENTRE"))
        assert [one.disputed for one in courses(conn, ids(conn).values()).values()] == [True]
        scene.tell("5 10:26", pushed(where=NOWHERE))
        assert [one.disputed for one in courses(conn, ids(conn).values()).values()] == [False]
        assert scene.tell("5 10:30", Dispatch(target, "C", "hq")) == [None]
        annotate(conn, {ids(conn)["LP1"]: "别处"})
        assert [(row.seq, row.note) for row in rows(conn)] == [(4, "河西归乙")]


def test_role_2_the_note_is_kept_without_the_customers(engine: Engine) -> None:
    """Whoever was told as sender or receiver at any time; and no phone."""
    people: dict[str, Any] = {"sender": {"name": "欧阳明月", "phone": "1"}, "receiver": {"name": "王小明"}}
    with writing(engine) as conn:
        scene, target = Scene(conn).stations(), Target("LP1")
        scene.tell("5 10:00", pushed(**people))
        scene.tell("5 10:01", pushed(**people | {"sender": {"name": "赵云", "phone": "1"}}))
        scene.tell_all([("5 10:05", Transfer(target, "A", "DATA_CENTRE")), ("5 10:20", Dispatch(target, "B", "hq"))])
        annotate(conn, {ids(conn)["LP1"]: "欧阳明月、赵云、王小明家(13812345678)归乙"})
        assert [row.note for row in rows(conn)] == ["欧***、赵*、王**家(****)归乙"]


def test_both_sides_see_it(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell_all([("5 10:00", pushed()), *moved("LP1")])
        for stations, sees in ((["A"], True), (["B"], True), (["C"], False), (["C", "A1", "B"], True), ([], False)):
            assert bool(listed(conn, stations, "", None).rows) is sees, stations
        assert listed(conn, None, "A", None).rows and not listed(conn, None, "C", None).rows
        assert not listed(conn, ["C"], "A", None).rows


def many(conn: Connection, count: int, **more: Any) -> None:
    Scene(conn).stations().tell("5 10:00", pushed())
    [order] = ids(conn).values()
    plain = {
        "order_id": order, "region": "", "adcode": "330102", "fragment": "文三路", "lng": 120.05, "lat": 30.1,
        "station": "A", "others": ["B"], "decided_at": t("5 12:00"), "decided_by": "hq", "note": "",
    }  # fmt: skip
    conn.execute(border_entries.insert(), [plain | {"seq": seq} | more for seq in range(1, count + 1)])


def test_pages_have_no_gap(engine: Engine) -> None:
    with writing(engine) as conn:
        many(conn, PAGE + 1)
        first = listed(conn, None, "", None)
        second = listed(conn, None, "", first.following)
    seqs = [row.seq for page in (first, second) for row in page.rows]
    assert seqs == list(range(PAGE + 1, 0, -1)) and second.following is None


# 0.001 degrees of latitude are 111.3 m, of longitude 96.3 m here.
@pytest.mark.parametrize(
    ("lng", "lat", "adcode", "fragments", "found"),
    [
        (120.05, 30.1017, None, (), True),  # 189 m
        (120.05, 30.1019, None, (), False),  # 211 m
        (120.052, 30.1, None, (), True),  # 193 m
        (120.0515, 30.1014, None, (), False),  # 213 m: in the box, not in the circle
        (None, None, "330102", ("翠苑小区", "文三路"), True),
        (None, None, "330103", ("文三路",), False),  # another district has such a street too
        (None, None, None, ("文三路",), False),
        (None, None, "330102", ("", "文二路"), False),
        (121.0, 31.0, "330102", ("文三路",), True),  # the words suffice
        (None, None, None, (), False),
    ],
)
def test_what_is_near(
    engine: Engine, lng: float | None, lat: float | None, adcode: str | None, fragments: tuple[str, ...], found: bool
) -> None:
    with writing(engine) as conn:
        many(conn, 1)
        assert bool(near(conn, lng, lat, adcode, fragments)) is found


def test_an_entry_without_point_or_words_is_near_nothing(engine: Engine) -> None:
    with writing(engine) as conn:
        many(conn, 1, lng=None, lat=None, fragment="")
        assert near(conn, 120.05, 30.1, "330102", ("",)) == []


def test_how_an_order_came_to_the_data_centre(engine: Engine) -> None:
    """Who gave it to whom, by holder; the level-1 station may have acted (DO-1). And how long it lay there before."""
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell("5 10:00", pushed(where=(120.15, 30.1)))  # A1, under A
        target = Target("LP1")
        acts = [
            ("5 10:05", Transfer(target, "A", "B", "不是我们的")), ("5 10:10", Transfer(target, "B", "A1", "也不是")),
            ("5 10:20", Dispatch(target, "B", "hq")), ("5 10:30", Transfer(target, "B", "A1", "再看")),
        ]  # fmt: skip
        assert scene.tell_all(acts) == [None] * 4
        [course] = courses(conn, ids(conn).values()).values()
    assert [(one.station, one.to, one.asked, one.remark) for one in course.passed] == [
        ("A1", "B", "B", "不是我们的"), ("B", "DATA_CENTRE", "A1", "也不是"), ("B", "DATA_CENTRE", "A1", "再看"),
    ]  # fmt: skip
    assert course.lay == timedelta(minutes=10)  # the stay that is over
