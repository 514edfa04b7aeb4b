"""The record of outages is kept here: web processes beat, lanes of channels say what they met (VIO-3)."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from channels.feedback import Outcome, Tried, is_life
from channels.registry import CHANNELS, OUTBOUND
from jobs.clock_watch import may_write
from jobs.environment import Environment
from sla.availability import actions
from storage.session import run

BEAT = 5  # seconds; well below the tolerance of an outage
PATIENCE = 2  # seconds, with another process that stands still in its beat
# What channels/wire.py says of a call that got no answer; anything else without a status is ours to mend.
_NO_ANSWER = frozenset({
    "Timeout", "ConnectTimeoutError", "ReadTimeoutError", "TimeoutError", "NewConnectionError", "NameResolutionError",
    "ProtocolError", "SSLError", "OSError", "ConnectionError", "ConnectionResetError", "ConnectionRefusedError",
    "ConnectionAbortedError", "BrokenPipeError", "IncompleteRead", "InvalidChunkLength",
})  # fmt: skip
log = logging.getLogger("lanshou.availability")


class Beats:
    """Says every few seconds that this web process is well, in a thread of it, from its start to its end. A process
    that may not trust its clock says nothing: it takes no writes either."""

    def __init__(self, env: Environment) -> None:
        self._env, self._stop = env, threading.Event()
        beat(env)  # before the first request, so that a gap is known when the first order is judged
        self._thread = threading.Thread(target=self._go_on, name="lanshou-beats", daemon=True)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stop.wait(BEAT):
            beat(self._env)

    def close(self) -> None:
        """No beat comes after this."""
        self._stop.set()
        self._thread.join(BEAT)  # one that hangs on the database holds up no end


def beat(env: Environment) -> bool:
    """One beat; whether it was made. Never raises: without the database the gap is found by the next one."""
    try:
        if not may_write(env.watch, env.engine):
            return False
        _ = env.book  # while it cannot be read no order is judged and no push is taken
        run(env.engine, lambda conn: actions.beat(conn, env.clock()), lock_patience=PATIENCE)
    except Exception as error:
        log.warning("no beat: %s", type(error).__name__)
        return False
    return True


def met(conn: Connection, channel: str, tried: Sequence[Tried], at: datetime, now: datetime) -> None:
    """What a round to a channel, begun at `at`, says of it. Refusals, requests to wait, and what never left us say
    nothing; nor do channels whose orders bring addresses of their own: a dead one is not the channel."""
    if channel not in CHANNELS or not OUTBOUND[channel].one_address:
        return
    # A message that is of no order stands for itself.
    failing = {one.claimed.feedback.order_id or -one.claimed.id for one in tried if _is_technical(one)}
    if failing or any(map(is_life, tried)):
        actions.channel_met(conn, channel, () if any(map(is_life, tried)) else failing, at, now)


def _is_technical(one: Tried) -> bool:
    """No connection, no answer in time, or an error of theirs."""
    status = one.reply.status
    if one.outcome is not Outcome.LATER:
        return False
    return status >= 500 if status is not None else one.reply.text in _NO_ANSWER
