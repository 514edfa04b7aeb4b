"""What the operations about entry take and give."""

from typing import Annotated, Literal

from pydantic import Field

from basics.words import BUSINESS_TYPES
from channels.sender_texts import LANGUAGES
from dispatch.paste import LONGEST
from web.api.answers import Refused
from web.api.fields import CLEAN, FILLED, MOST, At, Code, Given, Taken
from web.api.orders_shown import Order
from web.console.order_form import DATUMS, LIMITS, SOURCES

Short = Annotated[str, Field(max_length=64), CLEAN]


class Party(Taken):
    """A sender or receiver, as typed."""

    name: Short = ""
    phone: Short = ""
    other_phone: Short = ""
    email: Annotated[str, Field(max_length=254), CLEAN] = ""
    province: Short = ""
    city: Short = ""
    district: Short = ""
    address: Annotated[str, Field(max_length=500), CLEAN] = ""


class NewOrder(Taken):
    """CHAN-2. `hold`: store it though something is missing; `sure`: the waybill number was entered twice and alike."""

    business_type: Literal[BUSINESS_TYPES]  # type: ignore[valid-type]
    source: Literal[SOURCES]  # type: ignore[valid-type]
    language: Literal[LANGUAGES] = LANGUAGES[0]  # type: ignore[valid-type]
    sender: Party
    receiver: Party | None = None
    adcode: Annotated[str, Field(max_length=12), CLEAN] = ""
    lng: Annotated[str, Field(max_length=20), CLEAN] = ""
    lat: Annotated[str, Field(max_length=20), CLEAN] = ""
    datum: Literal[DATUMS] = DATUMS[0]  # type: ignore[valid-type]
    window_start: At | None = None
    window_end: At | None = None
    goods: Annotated[str, Field(max_length=LIMITS["goods"]), CLEAN] = ""
    pieces: Annotated[int, Field(ge=1, le=99_999)] | None = None
    weight_kg: Annotated[str, Field(max_length=12), CLEAN] = ""
    remark: Annotated[str, Field(max_length=LIMITS["remark"]), CLEAN] = ""
    waybill_no: Short = ""
    sure: bool = False
    hold: bool = False


class OrderEntered(Given):
    """`order_id` is null where the order went out of one's scope."""

    logistics_no: str
    order_id: int | None
    state: str
    station: str | None
    missing: list[str]


class Pasted(Taken):
    """A block of text as people paste it; `to`: whose part is meant."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    to: Literal["sender", "receiver"] = "sender"


class Parsed(Given):
    """What the block says; `rest` is what it says of the other one."""

    name: str
    phone: str
    other_phone: str
    province: str
    city: str
    district: str
    address: str
    rest: str


class Sender(Taken):
    """A sender's phone."""

    phone: Annotated[str, Field(min_length=1, max_length=64), FILLED]


class Others(Given):
    """Other open orders of a sender, masked; `too_many`: no look-up is left this hour."""

    items: list[Order]
    too_many: bool


class Caller(Taken):
    """CHAN-8: at least two of the three."""

    number: Annotated[str, Field(max_length=64), CLEAN] = ""
    phone: Annotated[str, Field(max_length=64), CLEAN] = ""
    name: Annotated[str, Field(max_length=64), CLEAN] = ""


class Matched(Given):
    """An order of the caller; `proof` opens it for half an hour."""

    order: Order
    proof: str


class MatchedAll(Given):
    """Nothing tells which of the words was wrong."""

    items: list[Matched]


class Withdraw(Taken):
    """The sender's own words are evidence (DO-6)."""

    proof: Annotated[str, Field(max_length=500), CLEAN]
    reason: Annotated[str, Field(min_length=1, max_length=200), FILLED]
    agree: bool = False


class Change(Taken):
    """Only what is there changes. `agree`: a clerk of the holder's own agrees at once."""

    proof: Annotated[str, Field(max_length=500), CLEAN]
    sender_name: Short = ""
    sender_phone: Short = ""
    sender_address: Annotated[str, Field(max_length=500), CLEAN] = ""
    district_is: Literal["", "same", "unsure"] = ""
    adcode: Annotated[str, Field(max_length=12), CLEAN] = ""
    window_start: At | None = None
    window_end: At | None = None
    goods: Annotated[str, Field(max_length=200), CLEAN] = ""
    pieces: Annotated[int, Field(ge=1, le=99_999)] | None = None
    weight_kg: Annotated[str, Field(max_length=12), CLEAN] = ""
    remark: Annotated[str, Field(max_length=500), CLEAN] = ""
    agree: bool = False


class CallerAsked(Given):
    """`waits`: for the holder's word; `ours`: the order is still in one's scope."""

    logistics_no: str
    waits: bool
    ours: bool


class AtDataCentre(Given):
    """An order at the data centre; `sure`: the one station that it can only be."""

    order: Order
    cause: str
    why: list[str]
    passed: list[str]
    waited_seconds: int
    disputed: bool
    sure: str
    candidates: list[str]


class ScanItem(Taken):
    """One pickup scan of one of one's own stations."""

    waybill_no: Annotated[str, Field(min_length=1, max_length=64), FILLED]
    station: Code
    scanned_at: At
    operator: Annotated[str, Field(max_length=64), CLEAN] = ""


class Scans(Taken):
    """DO-4: the same scan twice is one."""

    items: Annotated[list[ScanItem], Field(min_length=1, max_length=MOST)]


class Scanned(Given):
    """What became of one scan."""

    waybill_no: str
    done: bool
    refusal: Refused | None


class ScannedAll(Given):
    """One answer an item, in their order."""

    results: list[Scanned]
