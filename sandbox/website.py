"""The website's side: as the CRM, with numbers like those of WeChat."""

from datetime import datetime
from functools import partial

from sandbox import own_api
from sandbox.call import Call
from sandbox.own_api import accepted, listen, passing

__all__ = ["SECRETS", "accepted", "cancel", "create", "listen", "number", "passing", "sign"]

SECRETS = {"secret": own_api.SECRET}
_signed = partial(own_api.signed, "website")


def number(serial: int) -> str:
    """wx and 14 digits."""
    return f"wx{serial:014d}"


def create(number: str, at: datetime, **changes: str) -> Call:
    """A genuine order."""
    return _signed(own_api.text(own_api.order(number, at, **changes)), at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal."""
    return _signed(own_api.text(own_api.withdrawal(number, at, reason)), at)


def sign(unsigned: Call, at: datetime) -> Call:
    """The call again with its content signed as it is now."""
    return _signed(str(unsigned.content), at)
