"""Later editions for tests: the shipped text with some of its words changed, read, or approved in a database."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from basics.days import midnight
from basics.refusal import Refusal
from editions.actions import approve, propose
from editions.rules import read_text
from rulebook.book import Book, Edition, packaged, packaged_texts, read_edition

SHIPPED = packaged()
(TEXT,) = packaged_texts()
MAKER, CHECKER = "提案人 #1", "审批人 #2"
LADDER = '\n[ladder]\ntint = { value = 20, unit = "duty minutes left", rule = "DO-8" }\n'
FIRST_CALL = """
[clock.first_call]
zh = "首次联系"
en = "first call"
starts = "assignment"
length = { value = 2, unit = "duty hours", rule = "CALL-1" }
kept_by = ["called", "picked_up"]
when = "always"
"""


def later_text(effective: str = "2026-06-01", *changes: tuple[str, str], name: str = "", more: str = "") -> str:
    """The shipped text from another day on; each change is (words of the text, their replacement), `more` follows."""
    text = TEXT.replace("effective = 2017-01-01", f"effective = {effective}")
    text = text.replace('name = "2017-01-01"', f'name = "{name or effective}"')
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text + more


def later(effective: str = "2026-06-01", *changes: tuple[str, str], name: str = "", more: str = "") -> Edition:
    """The same, read."""
    return read_edition(later_text(effective, *changes, name=name, more=more))


def book_with(*editions: Edition) -> Book:
    """The shipped edition and these."""
    return Book([*SHIPPED.editions, *editions])


def approved_edition(conn: Connection, text: str, at: datetime | None = None) -> Edition:
    """Proposed and approved by two people at `at`, by default at noon of the first day of the month before."""
    draft = read_text(text.encode())
    assert not isinstance(draft, Refusal), draft
    day: date = draft.edition.effective
    at = at or midnight((day - timedelta(days=1)).replace(day=1)) + timedelta(hours=12)
    number = propose(conn, draft, SHIPPED, MAKER, "试行", at)
    assert isinstance(number, int), number
    edition = approve(conn, number, SHIPPED, CHECKER, "同意", at)
    assert isinstance(edition, Edition), edition
    return edition
