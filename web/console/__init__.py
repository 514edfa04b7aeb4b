"""The console: one file and one template a screen."""

from flask import Blueprint

from web.console import acts, data_centre, desk, orders, review, unscanned, weekly

SCREENS: tuple[Blueprint, ...] = (
    desk.pages,
    orders.pages,
    acts.pages,
    unscanned.pages,
    data_centre.pages,
    review.pages,
    weekly.pages,
)
