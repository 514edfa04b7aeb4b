"""A process whose clock is off takes no writes: they would be stamped and judged by it (RELIABILITY D9, F-38)."""

from flask import Flask, request

from web.auth import SAFE_METHODS
from web.errors import Problem
from web.services import doubted

RETRY_AFTER = 30  # seconds; another process may be asked at once
# The way out: an admin says that this clock is to be gone by. To log in moves no clock and no money.
WAY_OUT = ("availability.accept", "account.log_in")


def install(app: Flask) -> None:
    """Before the guard, which may write itself; reads go on."""

    @app.before_request
    def _refuse_writes() -> None:
        if not doubted() or request.method in SAFE_METHODS or request.endpoint in WAY_OUT:
            return
        # Channels have a word for busy in every dialect.
        code = "busy" if request.blueprint == "push" else "clock_doubted"
        raise Problem(code, retry_after=RETRY_AFTER)
