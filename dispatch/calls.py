"""The holder says that it called the sender. It changes nothing of the order; a clock of an edition may wait for it."""

from basics.refusal import Refusal
from dispatch import lifecycle as steps
from dispatch.acts import allowed, held
from dispatch.batch import Batch
from dispatch.facts import Call, Event, Item
from dispatch.refusals import refuse


def call(batch: Batch, item: Item) -> Refusal | None:
    """DO-1: the holder, or the level-1 station above it, as often as it calls; the first one counts."""
    act = item.what
    assert isinstance(act, Call)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    if not allowed(found, steps.CALL):
        return refuse("not_allowed_in_state")
    batch.log(found, Event("called", item.at, item.at, item.by, {"station": act.station, "remark": act.remark}))
    return None
