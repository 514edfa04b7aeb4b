"""What every command says and how it fails: one line on stderr, exit code 1, no traceback for a user's mistake."""

import sys
from typing import NoReturn

import click

from basics.refusal import Refusal


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with a message, zh-CN with English beside."""
    click.echo(f"lanshou: {message}", err=True)
    sys.exit(code)


def from_input(value: str) -> str:
    """`-` stands for a line of standard input: a secret on the command line stays in the history and in `ps`."""
    return sys.stdin.readline().rstrip("\r\n") if value == "-" else value


def refuse(refusal: Refusal) -> NoReturn:
    """End the command with a refusal of the product."""
    where = f" ({refusal.field})" if refusal.field else ""
    fail(f"{refusal.message}{where} [{refusal.code}]")
