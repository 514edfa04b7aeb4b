"""The side of the CRM."""

from sandbox import own_api
from sandbox.own_api import accepted, listen, passing

__all__ = ["SECRETS", "accepted", "cancel", "create", "listen", "number", "passing", "sign"]

SECRETS = {"secret": own_api.SECRET}
number, create, cancel, sign = own_api.side("crm", "IS")
