"""DO-3: the sender is reminded of the number that an accepted order lacks, as he was told the first time (CHAN-7)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from basics.refusal import Refusal
from basics.words import State
from dispatch.batch import World, hold_ends
from dispatch.facts import Event
from dispatch.feedback import Heard, to_sender
from dispatch.queries import load_lives
from dispatch.refusals import refuse
from dispatch.store.actions import write_feedback
from pickups.board.queries import NEEDED, Tried, tried
from pickups.reminders import refusal
from storage.locks import lock_names
from storage.tables.dispatch import orders


def remind(conn: Connection, order_ids: Sequence[int], world: World, by: str, now: datetime) -> list[Refusal | None]:
    """Queue one more message to each sender, an answer for each order; at most one in 4 hours, the first one of the
    acceptance included."""
    o = orders.c
    numbers = select(o.logistics_no).where(o.id.in_(order_ids))
    lock_names(conn, (f"order {number}" for number in conn.scalars(numbers)))
    lives = {life.order_id: life for life in load_lives(conn, world, (), order_ids, ())}
    known = tried(conn, order_ids)
    answers: list[Refusal | None] = []
    heard: list[Heard] = []
    for one in order_ids:
        life = lives.get(one)
        if life is None:
            answers.append(refuse("order_unknown"))
            continue
        view = life.view()
        if view.state is not State.AWAITING_WAYBILL:
            answers.append(refuse("not_allowed_in_state"))
            continue
        online, sender = bool(life.versions[0].content.get("online", True)), view.content.get("sender") or {}
        last = known.get(one, Tried()).reminded_at
        why = refusal(world.telling, life.channel, online, sender, last, now)
        answers.append(why)
        if why is None:
            event, edition = Event(NEEDED, now, now, by), world.book.at(life.zero)
            told = to_sender(life, NEEDED, event, hold_ends(life, world.book), edition, world.telling)
            heard += [told] if told else []
    write_feedback(conn, heard)
    return answers
