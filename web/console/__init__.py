"""The console: one file and one template a screen."""

from flask import Blueprint

from web.console import (
    acts,
    area_versions,
    areas,
    areas_edit,
    borders,
    callers,
    channels_page,
    closures,
    data_centre,
    desk,
    entry,
    findings,
    memory,
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
    closures.pages,
    borders.pages,
    areas.pages,
    areas_edit.pages,
    findings.pages,
    area_versions.pages,
    memory.pages,
)
