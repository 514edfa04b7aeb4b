"""JSON for programs of the network."""

from flask import Blueprint

from web.api import clocks

ADDRESSES: tuple[Blueprint, ...] = (clocks.pages,)
