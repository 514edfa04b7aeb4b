"""Editions with clocks of their own, and with other settings than the packaged one."""

from importlib.resources import files

from rulebook.book import Book, Edition, read_edition

TEXT = files("rulebook").joinpath("editions/2017-01-01.toml").read_text(encoding="utf-8")


def edition_with(*changes: tuple[str, str], more: str = "") -> Edition:
    """The packaged text with these pieces replaced and `more` behind it."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return read_edition(text + more)


def clock_text(
    name: str,
    kept_by: str,
    *,
    length: str = '2, unit = "duty hours"',
    starts: str = "assignment",
    when: str = "always",
    violation: str = "",
) -> str:
    """`[clock.NAME]`, and the tariff of its violation."""
    table = (
        f'\n[clock.{name}]\nzh = "时钟 {name}"\nen = "the {name} clock"\nstarts = "{starts}"\n'
        f'length = {{ value = {length}, rule = "CLOCK-{name.upper()}" }}\nkept_by = [{kept_by}]\nwhen = "{when}"\n'
    )
    if violation:
        table += (
            f'violation = "{violation}"\n\n[fines.{violation}]\nvalue = 5000\nunit = "fen"\nheading = "timeliness"\n'
        )
        table += f'rule = "{violation}"\n'
    return table


FIRST_CALL = clock_text("first_call", '"called"', violation="V-FIRST-CALL")
WITH_CALL = edition_with(more=FIRST_CALL)
# One of every kind.
MANY = edition_with(
    more=FIRST_CALL
    + clock_text("number", '"numbered"', length='90, unit = "elapsed minutes"', starts="creation")
    + clock_text("outcome", '"picked_up", "pickup_failed", "accept_failed"', length='30, unit = "elapsed hours"')
    + clock_text("pass_on", '"transferred"', length='15, unit = "duty minutes"', when="outside", violation="V-PASS-ON")
    + clock_text("quick", '"accepted"', length='40, unit = "duty minutes"', starts="creation")
)
CALL_BOOK, MANY_BOOK = Book([WITH_CALL]), Book([MANY])
