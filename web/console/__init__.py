"""The console: one file and one template a screen."""

from flask import Blueprint

SCREENS: tuple[Blueprint, ...] = ()
