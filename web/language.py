"""In which language a person reads: zh-CN, or English by the switch. The database keeps codes and what people wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, g, has_request_context, request
from markupsafe import Markup, escape

from web.words import word

COOKIE = "lanshou-language"  # no secret: the log-in page is read in it too
LANGUAGES = ("zh", "en")
_CHOSEN = re.compile(r"(zh|en)(?:-([0-9]{1,18}))?", re.ASCII)
_BESIDE = re.compile(r" ?/ ")
_MORE = re.compile(r"[:\u3400-\u9fff\uff1a]")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def language() -> str:
    """`zh` or `en`, of the request in hand; outside of one, as in a job, Chinese."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        g.language = chosen()[0]
    return cast(str, g.language)


def chosen() -> tuple[str, int | None]:
    """What the cookie says, and for which user it was set; None before log-in."""
    found = _CHOSEN.fullmatch(request.cookies.get(cookie(), ""))
    return (found[1], int(found[2]) if found[2] else None) if found else ("zh", None)


def cookie() -> str:
    """The cookie's name; behind TLS it is bound to this host, as the others are (cookie_name in auth.py)."""
    from web.services import services  # at call time: services import errors, and errors speak

    return ("__Host-" if services().settings.secure_cookies else "") + COOKIE


def t(chinese: str, english: str = "") -> str:
    """The text in the reader's language; Chinese where there is no English."""
    return english if english and language() == "en" else chinese


@contextmanager
def in_chinese() -> Iterator[None]:
    """What is made inside is the same for every reader: it is frozen, hashed or compared."""
    kept = language()
    g.language = "zh"
    try:
        yield
    finally:
        g.language = kept


def both(chinese: str, english: str = "") -> Markup:
    """Chinese with the English small beside it; English alone after the switch."""
    if not english or language() == "en":
        return escape(english or chinese)
    return Markup('{} <small class="en">{}</small>').format(chinese, english)


def side(text: str) -> str:
    """Of `中文 / English`, the one form in which refusals are written, what the reader reads. Where particulars follow
    the English (`中文 / English: KD1`), a reader of Chinese gets all of it."""
    parts = _BESIDE.split(text, maxsplit=1)
    if len(parts) < 2 or not _CHINESE.search(parts[0]):
        return text
    return parts[1] if language() == "en" else text if _MORE.search(parts[1]) else parts[0]


def w(group: str, code: str | None) -> str:
    """A code of the rulebook in the reader's language."""
    known = word(group, code)
    return t(known.chinese, known.english)


def install(app: Flask) -> None:
    """For all templates."""
    for function in (language, t, both, side, w):
        app.add_template_global(function, function.__name__)
