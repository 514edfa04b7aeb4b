"""Channels, their error log, and what they could not be told (issue 3)."""

from typing import Annotated, Literal

from pydantic import Field

from channels.errors_seen.kept import LONGEST, split
from channels.errors_seen.queries import DOOR, Seen, errors
from channels.feedback import GIVEN_UP, PARKED, WAITING
from channels.outbox.queries import listed
from channels.registry import OUTBOUND
from people.access import LOOK_REASONS, Action, may
from web.api.fields import BIGGEST, CLEAN, Done, From, Given, Id, Instant, Page, Taken
from web.api.operation import Api
from web.auth import current_actor
from web.console import channels_page, outbox
from web.console.fields import MOST_PICKED, cursor, cursor_text
from web.console.outline import outline
from web.errors import FieldError, Problem
from web.services import now
from web.transactions import seeing, transact

api = Api("channels", "渠道 / Channels")

ERROR = f"/channels/<name>/errors/<origin>/<int(max={BIGGEST}):row_id>"


class Channel(Given):
    """A channel or sender; `lacks` and `lacks_out`: what has to be set before it works."""

    name: str
    pushes: bool
    set_up: bool
    enabled: bool
    feedback_on: bool
    lacks: list[str]
    lacks_out: list[str]
    waiting: int
    parked: int


class Channels(Given):
    """All of them."""

    items: list[Channel]


class Refusal(Given):
    """A refused request, as the error log lists it."""

    origin: str
    id: int
    at: Instant
    source: str
    code: str
    field: str
    status: int | None
    number: str


class Part(Given):
    """A field of a request."""

    path: str
    value: str


class WholeRefusal(Given):
    """With its fields; what may be a customer's is hidden unless a look was granted, `raw` is empty then."""

    refusal: Refusal
    fields: list[Part]
    raw: str


class Switch(Taken):
    """`enabled`: may it push; `feedback`: is it told."""

    what: Literal["enabled", "feedback"]
    on: bool


class Settings(Taken):
    """Source addresses, parted by commas, and whether senders are told (CHAN-7); empty: everybody, and no."""

    sources: Annotated[str, Field(max_length=2_000), CLEAN] = ""
    tell_sender: Annotated[str, Field(max_length=3), CLEAN] = ""


class LookAtRefusal(Taken):
    """ROLE-2."""

    reason: Literal[LOOK_REASONS]  # type: ignore[valid-type]


class OutboxQuery(Taken):
    """Of one channel, or of all."""

    channel: Literal[("", *OUTBOUND)] = ""  # type: ignore[valid-type]
    state: Literal[PARKED, WAITING, GIVEN_UP] = PARKED  # type: ignore[valid-type]
    after: Annotated[str, Field(max_length=16, pattern=r"^[0-9]*$")] = ""


class Told(Given):
    """A message to a channel or sender; `answer` is masked and cut."""

    id: int
    order_id: int | None
    channel: str
    kind: str
    state: str
    attempts: int
    last_status: int | None
    created_at: Instant
    logistics_no: str
    to: str
    text: str
    answer: str
    why: str


class Act(Taken):
    """`rows`: the messages that are meant; with `all_again` whatever is stuck, of `channel` or of all."""

    decision: Literal[outbox.AGAIN, outbox.GIVE_UP, outbox.ALL_AGAIN]  # type: ignore[valid-type]
    rows: Annotated[tuple[Id, ...], Field(max_length=MOST_PICKED)] = ()
    channel: Literal[("", *OUTBOUND)] = ""  # type: ignore[valid-type]


class Acted(Given):
    """How many, and what a person should know besides."""

    done: int
    notes: list[str]


@api.get("/channels", Action.MANAGE_CHANNELS, "渠道 / Channels")
def channels() -> Channels:
    """And the services that tell senders."""
    with seeing() as conn:
        lines = channels_page.lines_of(conn, tuple(OUTBOUND))
    return Channels(
        items=[
            Channel(
                name=one.name, pushes=one.pushes, set_up=one.known is not None,
                enabled=bool(one.known and one.known.enabled), feedback_on=bool(one.known and one.known.feedback_on),
                lacks=list(one.lacks), lacks_out=list(one.lacks_out), waiting=one.waiting, parked=one.parked,
            )
            for one in lines
        ]
    )  # fmt: skip


@api.post("/channels/<name>/switch", Action.MANAGE_CHANNELS, "启停渠道 / Switch a channel")
def switch(name: str, body: Switch) -> Done:
    """One that is set up."""
    channels_page.switched(name, body.what, body.on)
    return Done()


@api.post("/channels/<name>/settings", Action.MANAGE_CHANNELS, "渠道设置 / Settings of a channel", step_up=True)
def settings(name: str, body: Settings) -> Done:
    """Both are set together."""
    channels_page.set_to(name, {"sources": body.sources.replace("\n", ","), "tell_sender": body.tell_sender})
    return Done()


@api.get("/channels/<name>/errors", Action.MANAGE_CHANNELS, "错误日志 / The error log")
def refusals(name: str, query: From) -> Page[Refusal]:
    """Of the last week, newest first."""
    channels_page.known(name)
    with seeing() as conn:
        found, following = errors(conn, name, now(), cursor())
    return Page[Refusal](items=[_refusal(one) for one in found], next=cursor_text(following) or None)


@api.get(ERROR, Action.MANAGE_CHANNELS, "一次被拒的请求 / One refused request")
def refusal(name: str, origin: str, row_id: int) -> WholeRefusal:
    """`origin`: inbox or door."""
    with seeing() as conn:
        found = channels_page.error_of(conn, name, origin, row_id)
    return _whole(name, found)


@api.post(f"{ERROR}/look", Action.MANAGE_CHANNELS, "查看原文 / Look at it as it came", repeatable=False)
def look(name: str, origin: str, row_id: int, body: LookAtRefusal) -> WholeRefusal:
    """Each look is logged and counted."""
    if not may(current_actor(), Action.SEE_BEHIND_MASK):
        raise Problem("forbidden")
    return _whole(name, channels_page.looked_at(name, origin, row_id, body.reason), behind_mask=True)


@api.get("/outbox", Action.MANAGE_CHANNELS, "回传 / What was not told yet")
def stuck(query: OutboxQuery) -> Page[Told]:
    """Oldest first."""
    with seeing() as conn:
        found = listed(conn, query.channel, query.state, int(query.after or 0))
    items = []
    for row in found.rows:
        line = outbox.line_of(row)
        shown = {"logistics_no": line.number, "to": line.to, "text": line.text, "answer": line.answer, "why": line.why}
        items.append(Told.model_validate({**row._mapping, **shown}))
    return Page[Told](items=items, next=str(found.following) if found.following else None)


@api.post("/outbox/act", Action.MANAGE_CHANNELS, "重发或放弃 / Send again or give up")
def act(body: Act) -> Acted:
    """Each message has its line in the audit."""
    if not body.rows and body.decision != outbox.ALL_AGAIN:
        raise Problem("invalid", errors=(FieldError("rows", "field_required"),))
    actor, rows = current_actor(), list(dict.fromkeys(body.rows))
    done, notes = transact(lambda conn: outbox.acted(conn, actor, body.decision, body.channel, rows))
    return Acted(done=done, notes=notes)


def _refusal(one: Seen) -> Refusal:
    return Refusal.model_validate(one)


def _whole(name: str, found: Seen, behind_mask: bool = False) -> WholeRefusal:
    head, body = split(found.request) if found.origin == DOOR else ("", found.request)
    shown = outline(body, channels_page.adapter_of(name).prefixes, behind_mask=behind_mask)
    text = "\n\n".join(part for part in (head, body[:LONGEST].decode("utf-8", errors="replace")) if part)
    fields = [Part(path=path, value=value) for path, value in shown or ()]
    return WholeRefusal(refusal=_refusal(found), fields=fields, raw=text if behind_mask else "")
