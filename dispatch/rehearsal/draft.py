"""The rulebook of a rehearsal: as it was before the period, and the draft from its first day on."""

from dataclasses import replace
from datetime import date

from rulebook.book import Book, Edition


def rehearsed(book: Book, draft: Edition, first: date) -> Book:
    """As if the draft had taken effect on `first` and nothing had changed since. The same book when it is in force then
    and no other follows: rehearsing what is in force changes nothing."""
    earlier = [edition for edition in book.editions if edition.effective < first]
    present = book.edition_on(first)
    if present.text_sha256 == draft.text_sha256 and book.editions[-1] is present:
        return book
    if present.text_sha256 == draft.text_sha256:
        return Book([*earlier, *([] if present in earlier else [present])])
    names = {edition.name for edition in earlier}
    name = draft.name if draft.name not in names else f"{draft.name}*"  # a draft may bear the name of what it replaces
    return Book([*earlier, replace(draft, name=name, effective=first)])
