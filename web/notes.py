"""What the next page tells of what was just done, in a cookie that only this session can have signed."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, g, request
from itsdangerous import BadData, URLSafeSerializer

from web.auth import cookie_name, known_actor, set_cookie
from web.language import side

MOST_NOTES, LONGEST_NOTE, MOST_BYTES = 8, 1_000, 3_800  # a cookie holds 4 KiB


@dataclass(frozen=True, slots=True)
class Note:
    """`tone` is a Tabler colour: success, warning, danger, info."""

    text: str
    tone: str


def say(text: str, tone: str = "success") -> None:
    """Shown once, on this page or the one it redirects to, in the reader's language (`中文 / English`). No customer's
    data: it sits in a cookie."""
    said = side(text)
    cast("list[Note]", g.setdefault("notes", [])).append(Note((said[:1].upper() + said[1:])[:LONGEST_NOTE], tone))


def take_notes() -> list[Note]:
    """What to show now; for templates."""
    g.notes_taken = True
    notes = _kept() + cast("list[Note]", g.pop("notes", []))
    return notes


def _signer() -> URLSafeSerializer | None:
    token = request.cookies.get(cookie_name())
    return URLSafeSerializer(token, salt="notes") if token and known_actor() else None


def _kept() -> list[Note]:
    signer, kept = _signer(), request.cookies.get(cookie_name("-notes"))
    if signer is None or not kept:
        return []
    try:
        return [Note(text, tone) for text, tone in signer.loads(kept)]
    except (BadData, ValueError, TypeError):
        return []


def _sealed(signer: URLSafeSerializer, notes: list[Note]) -> str:
    """As many of the notes, first ones first, as a browser keeps."""
    value = signer.dumps([(note.text, note.tone) for note in notes])
    sealed = value if isinstance(value, str) else value.decode()
    return sealed if len(sealed) <= MOST_BYTES or not notes else _sealed(signer, notes[:-1])


def install(app: Flask) -> None:
    """Keeps notes over a redirect and drops the shown ones."""

    @app.after_request
    def _keep(response: Response) -> Response:
        notes = cast("list[Note]", g.get("notes", []))
        if not notes and not g.get("notes_taken"):
            return response  # a push, a picture: nothing was said and nothing shown
        signer, name = _signer(), cookie_name("-notes")
        if signer and notes:
            set_cookie(response, name, _sealed(signer, notes[:MOST_NOTES]))
        elif g.get("notes_taken") and name in request.cookies:
            response.delete_cookie(name, path="/")
        return response
