"""What the operations of the pickup board take and give."""

from typing import Annotated, Literal

from pydantic import Field

from people.access import LOOK_REASONS
from pickups import figures as sheet
from pickups.couriers.actions import LONGEST_NAME
from web.api.fields import CLEAN, FILLED, MOST, Code, Count, Day, Given, Id, Ids, Instant, Taken
from web.api.orders import ListQuery
from web.api.orders_shown import Order
from web.console.board import STATES

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), FILLED]
Figures = dict[Annotated[str, Field(max_length=60), CLEAN], Annotated[list[Id], Field(max_length=100_000)]]


CourierChosen = Annotated[str, Field(max_length=16, pattern=r"^([1-9][0-9]*|none)?$")]


class BoardQuery(ListQuery):
    """`courier`: an id, or `none` for orders that nobody was sent for."""

    courier: CourierChosen = ""
    state: Literal[("", *STATES)] = ""  # type: ignore[valid-type]


class Courier(Given):
    """Who carries; `open`: the orders that he is to fetch now."""

    id: int
    station: str
    name: str
    active: bool
    open: Count


class Couriers(Given):
    """Those of one's stations."""

    items: list[Courier]


class AddCourier(Taken):
    """Of one's own station, or one under it."""

    name: Name
    station: Annotated[str, Field(max_length=40), CLEAN] = ""


class Renamed(Taken):
    """Another name for the same person."""

    name: Name


class Active(Taken):
    """Whether he carries."""

    active: bool


class Assign(Taken):
    """`courier` null: take the orders back."""

    orders: Ids
    courier: Id | None


class Remind(Taken):
    """The orders whose senders are asked for the number once more."""

    orders: Ids


class Paper(Taken):
    """What a courier takes along, unmasked: each order on it is one look. `courier` as on the board."""

    reason: Literal[LOOK_REASONS]  # type: ignore[valid-type]
    courier: CourierChosen = ""


class PaperShown(Given):
    """The orders on it."""

    items: list[Order]


class SheetQuery(Taken):
    """Whose day."""

    station: Code
    day: Day


class Sheet(Given):
    """The figures of a day with the orders behind each; signed or as they are now."""

    station: str
    day: str
    figures: dict[str, list[int]]
    signed_by: str | None
    signed_at: Instant | None


class OverviewQuery(Taken):
    """Which day; `province`: with its stations."""

    day: Day
    province: Annotated[str, Field(max_length=40), CLEAN] = ""


class InProvince(Given):
    """How many stations had orders that day, and how many of them have not signed."""

    name: str
    stations: Count
    open: Count


class NotSigned(Given):
    """A station that has not signed."""

    code: str
    name: str


class Overview(Given):
    """Provinces by name, stations by code; the first hundreds."""

    provinces: list[InProvince]
    stations: list[NotSigned]


class Word(Taken):
    """A word on an order without a scan."""

    order_id: Id
    word: Annotated[str, Field(max_length=sheet.LONGEST_WORD), CLEAN]


class Sign(Taken):
    """Signed with one's own name; `shown`: the figures that were looked at."""

    station: Code
    day: Day
    name: Annotated[str, Field(max_length=64), CLEAN]
    shown: Annotated[Figures, Field(max_length=50)]
    words: Annotated[tuple[Word, ...], Field(max_length=MOST)] = ()


class KeepFilter(Taken):
    """A filter of the desk under a name; `query` as in its address."""

    name: Annotated[str, Field(min_length=1, max_length=40), FILLED]
    query: Annotated[str, Field(max_length=200), CLEAN] = ""
