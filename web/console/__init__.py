"""The console: one file and one template a screen."""

from flask import Blueprint

from web.console import (
    acts,
    callers,
    channels_page,
    data_centre,
    desk,
    entry,
    orders,
    outbox,
    review,
    unscanned,
    weekly,
)

SCREENS: tuple[Blueprint, ...] = (
    desk.pages,
    orders.pages,
    acts.pages,
    unscanned.pages,
    data_centre.pages,
    entry.pages,
    callers.pages,
    review.pages,
    weekly.pages,
    channels_page.pages,
    outbox.pages,
)
