"""What every command says and how it fails: one line on stderr, exit code 1, no traceback for a user's mistake."""

import sys
from typing import NoReturn

import click

from basics.refusal import Refusal


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with a message, zh-CN with English beside."""
    click.echo(f"lanshou: {message}", err=True)
    sys.exit(code)


def refuse(refusal: Refusal) -> NoReturn:
    """End the command with a refusal of the product."""
    where = f" ({refusal.field})" if refusal.field else ""
    fail(f"{refusal.message}{where} [{refusal.code}]")
