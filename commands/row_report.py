"""What became of the rows of a file: a line on stderr for each that needs a person, and all of them in a CSV file."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import click

from commands.output import fail
from reports.export import harmless

MOST_SAID = 1_000  # lines on stderr


@contextmanager
def own_file(path: Path | None, header: Sequence[str]) -> Iterator[Any]:
    """A CSV writer into a file that only its owner can read, or None without a path. A file that is there is emptied,
    but not one that a symbolic link points to. Ends the command where it cannot be written."""
    if path is None:
        yield None
        return
    with ExitStack() as open_files:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            # Excel reads UTF-8 only behind a byte order mark.
            file: IO[str] = open_files.enter_context(os.fdopen(handle, "w", encoding="utf-8-sig", newline=""))
            os.fchmod(handle, 0o600)  # before the first row: the file may have been there with another mode
            os.ftruncate(handle, 0)
        except OSError as error:
            fail(f"{path}: {error.strerror}", 2)
        writer = csv.writer(file)
        writer.writerow(header)
        yield writer


class RowReport:
    """Collects by line. Nothing that was in a cell is repeated but a logistics number that is one."""

    HEADER = ("line", "logistics_no", "result", "field", "code", "message")

    def __init__(self, name: str, writer: Any) -> None:
        self._name, self._writer = name, writer
        self._said = 0

    def add(self, line: int, number: str, result: str, field: str, code: str, message: str) -> None:
        """`result`: bad (not taken), note (taken, and something is to be seen to) or held (CHAN-5)."""
        if self._writer is not None:
            self._writer.writerow([harmless(cell) for cell in (line, number, result, field, code, message)])
        self._said += 1
        if self._said <= MOST_SAID:
            where = f" {field}:" if field else ""
            click.echo(f"{self._name}:{line}:{where} {message} [{code}]", err=True)
        elif self._said == MOST_SAID + 1:
            click.echo(f"{self._name}: 其余见 --report / the others are in --report", err=True)
