"""JSON for programs of the network: everything that the console can do, under /api/v1."""

from flask import Blueprint

from web.api import order_acts, orders
from web.api.documents import documents

AREAS = (orders.api, order_acts.api)
ADDRESSES: tuple[Blueprint, ...] = (*(area.pages for area in AREAS), documents(AREAS))
