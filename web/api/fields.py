"""What the API takes and gives: models that take nothing but what their schema says."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from basics.days import iso, month_bounds, parse_instant, week_bounds
from basics.text import TextError, clean

BIGGEST = 2**53  # the largest whole number that every reader of JSON keeps
MOST = 1_000
PAGE, MOST_A_PAGE = 50, 200
Row = TypeVar("Row")


class Taken(BaseModel):
    """What comes in: exactly these members, of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Given(BaseModel):
    """What goes out; it can be read off a row or a value of the rooms."""

    model_config = ConfigDict(from_attributes=True, extra="ignore", serialize_by_alias=True)


class Page(Given, Generic[Row]):
    """A page of a list; `next` is the `after` of the following one, null on the last."""

    items: list[Row]
    next: str | None


def _text(given: str) -> str:
    try:
        return clean(given, len(given)).strip()
    except TextError as error:
        raise PydanticCustomError(error.code, "no text") from None


def _words(given: str) -> str:
    kept = _text(given)
    if not kept:
        raise PydanticCustomError("field_required", "blank")
    return kept


def _instant(given: Any) -> datetime:
    if isinstance(given, str) and "T" in given.upper() and "W" not in given.upper():
        try:
            return parse_instant(given)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError("no_instant", "no instant with an offset")


def _week(given: str) -> str:
    try:
        week_bounds(given)
    except ValueError:
        raise PydanticCustomError("week_invalid", "no such week") from None
    return given


def _month(given: str) -> str:
    try:
        month_bounds(given)
    except ValueError:
        raise PydanticCustomError("month_invalid", "no such month") from None
    return given


def _day(given: str) -> str:
    try:
        datetime.strptime(given, "%Y-%m-%d")  # noqa: DTZ007
    except ValueError:
        raise PydanticCustomError("day_invalid", "no such day") from None
    return given


_INSTANT = {"type": "string", "format": "date-time", "maxLength": 40}
Id = Annotated[int, Field(ge=1, le=BIGGEST)]
Count = Annotated[int, Field(ge=0, le=BIGGEST)]
Fen = Annotated[int, Field(ge=-BIGGEST, le=BIGGEST)]
At = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(_INSTANT)]
Instant = Annotated[datetime, PlainSerializer(iso, return_type=str), WithJsonSchema(_INSTANT)]
# Every text that comes in ends with one of them. A length stands before it: a second one only ever narrows the first.
CLEAN, FILLED = AfterValidator(_text), AfterValidator(_words)
Code = Annotated[str, Field(min_length=1, max_length=40), FILLED]
Line = Annotated[str, Field(max_length=200), CLEAN]
Prose = Annotated[str, Field(max_length=2_000), CLEAN]
Why = Annotated[str, Field(min_length=1, max_length=500), FILLED]
Week = Annotated[str, Field(pattern=r"^2[0-9]{3}-W[0-9]{2}$"), AfterValidator(_week)]
Month = Annotated[str, Field(pattern=r"^2[0-9]{3}-[0-9]{2}$"), AfterValidator(_month)]
Day = Annotated[str, Field(pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST)]


class Paged(Taken):
    """Where a page begins, and how much is on it."""

    after: Annotated[str, Field(max_length=100), CLEAN] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_A_PAGE)] = PAGE


class From(Taken):
    """Where a page of a list begins whose pages have a size of their own."""

    after: Annotated[str, Field(max_length=100), CLEAN] = ""


class Done(Given):
    """It was done; there is nothing more to say."""

    done: bool = True
