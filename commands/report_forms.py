"""A report as the form that was asked for, to a file, a pipe or the terminal."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands.output import fail
from reports.paper.document import Document
from reports.paper.pdf import as_pdf
from reports.paper.text import as_csv, as_json, as_text, section_csv
from reports.paper.xlsx import as_xlsx

TEXTS: dict[str, Callable[[Document], str]] = {
    "text": as_text,
    "csv": as_csv,
    "json": lambda document: as_json(document) + "\n",
    "line": lambda document: document.line + "\n",
}
BINARY: dict[str, Callable[[Document], bytes]] = {"xlsx": as_xlsx, "pdf": as_pdf}
FORMS = (*TEXTS, *BINARY)
_SUFFIXES = {".txt": "text"} | {f".{form}": form for form in ("csv", "json", "xlsx", "pdf")}


OUT = click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; default: standard output"
)
_SECTION = click.option("--section", help="只要一个表,CSV / one table only, as CSV: stations, provinces, trend …")
_FORM = click.option(
    "--form", type=click.Choice(FORMS), help="默认按文件名,否则 text / default: by FILE's name, else text"
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How every report is asked to be written."""
    return OUT(_SECTION(_FORM(command)))


def form_of(form: str | None, section: str | None, out: Path | None) -> str:
    """What to write, before anything is computed; ends the command when it cannot be."""
    if form is None and out is not None:
        form = _SUFFIXES.get(out.suffix.lower()) if out.suffix else None
        if form is None and out.suffix:
            fail(f"看不出文件形式,请用 --form 指定 / which form? say --form: {out.name} ({', '.join(FORMS)})", 2)
    form = form or ("csv" if section else "text")
    if section and form != "csv":
        fail("--section 只用于 CSV / --section is for CSV only", 2)
    if form in BINARY and out is None and to_a_terminal():
        fail("请用 -o 指定文件 / name a file with -o", 2)
    return form


def put(document: Document, form: str, section: str | None, out: Path | None) -> None:
    """Written; the terminal is told what it is."""
    content = _content(document, form, section)
    if out is None:
        click.echo(content if form in BINARY else content.decode(), nl=False)
        return
    written(out, content)
    click.echo(f"{document.title_zh} {document.name} -> {out}", err=True)


def written(out: Path, content: bytes) -> None:
    """Into the file, all of it or nothing; ends the command where it cannot be."""
    try:
        if out.exists() and not out.is_file():  # a pipe or a device
            out.write_bytes(content)
            return
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        fail(f"无法写入 / cannot be written: {out}: {error.strerror}", 2)


def _content(document: Document, form: str, section: str | None) -> bytes:
    if section is None:
        return BINARY[form](document) if form in BINARY else TEXTS[form](document).encode()
    known = [one.key for one in document.sections]
    if section not in known:
        fail(f"没有这个表 / no such table: {section!r} ({', '.join(known)})", 2)
    return section_csv(document, section).encode()


def to_a_terminal() -> bool:
    """Whether somebody would see the bytes."""
    return sys.stdout.isatty()
