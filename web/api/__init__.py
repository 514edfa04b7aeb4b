"""JSON for programs of the network: everything that the console can do, under /api/v1."""

from flask import Blueprint

from web.api import (
    appeals,
    areas,
    channels,
    entry,
    money,
    notices,
    order_acts,
    orders,
    pickups,
    places,
    reports,
    reports_ask,
    reports_made,
    review,
    system,
)
from web.api.documents import documents

AREAS = (
    orders.api, order_acts.api, entry.api, review.api, appeals.api, notices.api, money.api, channels.api, areas.api,
    places.api, pickups.api, reports.api, reports_ask.api, reports_made.api, system.api,
)  # fmt: skip
ADDRESSES: tuple[Blueprint, ...] = (*(area.pages for area in AREAS), documents(AREAS))
