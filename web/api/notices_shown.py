"""What the operations about notices and messages take and give."""

from typing import Annotated, Literal

from pydantic import Field

from web.api.fields import Code, Count, Given, Id, Ids, Instant, Paged, Taken, Week


class Sums(Given):
    """Counts and fen of confirmed and overturned violations."""

    confirmed: int
    fines_fen: int
    overturned: int
    reversed_fen: int


class Notice(Given):
    """A published notice (number 0) or supplement of a week."""

    week: str
    number: int
    name: str
    published_at: Instant
    sum: Sums


class Cell(Given):
    """Figures of a station and kind, as they were told."""

    province: str
    station: str
    name: str
    kind: str
    sum: Sums


class Item(Given):
    """A violation behind the figures; of one's scope."""

    violation_id: int
    province: str
    station: str
    kind: str
    state: str
    fine_fen: int
    logistics_no: str
    happened_at: Instant


class WholeNotice(Given):
    """One notice or supplement: figures for everybody, items of one's scope."""

    notice: Notice
    cells: list[Cell]
    items: list[Item]
    next: str | None


class Draft(Given):
    """What waits to be published."""

    week: str
    number: int
    items: list[Item]


class BeforeQuery(Taken):
    """`after`: the week before which the page begins."""

    after: Week | Literal[""] = ""


class NoticeQuery(Taken):
    """Which notice, and after which violation its items go on."""

    week: Week
    number: Annotated[int, Field(ge=0, le=9_999)] = 0
    after: Annotated[str, Field(max_length=16, pattern=r"^[0-9]*$")] = ""


class WeekQuery(Taken):
    """Which week."""

    week: Week


class Publish(Taken):
    """`number`: the one that was seen, so that what another published meanwhile is not doubled."""

    week: Week
    number: Annotated[int, Field(ge=0, le=9_999)]


class Read(Taken):
    """A notice that was read."""

    week: Week


class Published(Given):
    """What was published."""

    week: str
    number: int


class Marked(Given):
    """How many were marked."""

    count: int


class InboxQuery(Paged):
    """`tab`: unread ones or all."""

    tab: Literal["unread", "all"] = "unread"


class Message(Given):
    """What one was told; `link` is a path of the console."""

    id: int
    kind: str
    subject: str
    text: str
    link: str
    order_id: int | None
    created_at: Instant
    read_at: Instant | None
    read_by: str | None


class MessagesRead(Taken):
    """`messages`, or with `upto` every one up to that id."""

    messages: Ids | None = None
    upto: Id | None = None


class ToCall(Given):
    """A station to telephone about orders that will be late (DO-8)."""

    station: str
    orders: int
    due_at: Instant | None
    late: int
    open: int
    called_at: Instant | None
    called_by: str | None


class CallList(Given):
    """What can still be saved comes first."""

    items: list[ToCall]


class Called(Taken):
    """The station that was called."""

    station: Code


class Silence(Given):
    """A station on duty that has not looked at its desk (DUTY-3)."""

    station: str
    started_at: Instant
    seen_at: Instant | None
    waiting: Count


class Silences(Given):
    """Those with waiting orders lead."""

    items: list[Silence]
