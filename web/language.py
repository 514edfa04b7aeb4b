"""In which language a person reads: zh-CN, or English by the switch. The database keeps codes and what people wrote."""

from typing import cast

from flask import Flask, g, request

from web.words import word

COOKIE = "lanshou-language"  # no secret: the log-in page is read in it too
LANGUAGES = ("zh", "en")


def language() -> str:
    """`zh` or `en`, of the request in hand."""
    if "language" not in g:
        asked = request.cookies.get(COOKIE)
        g.language = asked if asked in LANGUAGES else "zh"
    return cast(str, g.language)


def t(chinese: str, english: str = "") -> str:
    """The text in the reader's language; Chinese where there is no English."""
    return english if english and language() == "en" else chinese


def side(text: str) -> str:
    """Of `中文 / English`, the one form in which refusals are written, what the reader reads."""
    chinese, _, english = text.partition(" / ")
    return t(chinese, english)


def w(group: str, code: str) -> str:
    """A code of the rulebook in the reader's language."""
    known = word(group, code)
    return t(known.chinese, known.english)


def install(app: Flask) -> None:
    """For all templates."""
    for function in (language, t, side, w):
        app.add_template_global(function, function.__name__)
