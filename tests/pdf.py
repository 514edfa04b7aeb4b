"""The text of a PDF as we make them: one string for each piece drawn, in the order of drawing, page by page."""

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(?s)(\d+) 0 obj\b(.*?)\bendobj")
_STREAM = re.compile(rb"(?s)stream\r?\n(.*?)\r?\nendstream")
_FONT = re.compile(rb"/(f\d+) (\d+) 0 R")
_OPERATOR = re.compile(rb"/(f\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\(|T[jJ]|/(?:ActualText|Lang) *[<(]")
_ESCAPE = re.compile(rb"(?s)\\([0-7]{1,3}|.)")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_of(content: bytes) -> list[str]:
    """AssertionError for what is no PDF; zero-width spaces are left out."""
    return [word for page in pages_of(content) for word in page]


def pages_of(content: bytes) -> list[list[str]]:
    """The same by page. What is drawn beyond the paper's edge is among it: it is text that nobody can read."""
    assert content.startswith(b"%PDF-")
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(content)}
    pages = [body for body in objects.values() if re.search(rb"/Type/Page\b(?!s)", body)]
    found: list[list[str]] = []
    for page in pages:
        resources = re.search(rb"/Resources (\d+) 0 R", page)
        contents = re.search(rb"/Contents (\d+) 0 R", page)
        assert resources and contents
        fonts = {
            name.decode(): _table(objects, int(number)) for name, number in _FONT.findall(objects[int(resources[1])])
        }
        drawn = _drawn(_inflated(objects[int(contents[1])]), fonts)
        found.append([word.replace("\u200b", "") for word in drawn])
    return found


def _table(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Glyph -> its characters."""
    cmap = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert cmap
    text = _inflated(objects[int(cmap[1])]).decode("latin-1")
    pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", text)
    return {int(glyph, 16): bytes.fromhex(code).decode("utf-16-be") for glyph, code in pairs}


def _drawn(stream: bytes, fonts: dict[str, dict[int, str]]) -> Iterator[str]:
    table: dict[int, str] = {}
    raw, at = b"", 0
    while found := _OPERATOR.search(stream, at):
        at = found.end()
        if found[1]:
            table = fonts[found[1].decode()]
        elif found[2]:
            raw += bytes.fromhex(found[2].decode())
        elif found[0].endswith(b"("):
            end = _end_of_string(stream, at)
            raw, at = raw if len(found[0]) > 1 else raw + _ESCAPE.sub(_plain, stream[at:end]), end + 1
        elif found[0].endswith(b"<"):  # what is drawn is read, not what it is said to mean
            at = stream.index(b">", at)
        else:
            yield "".join(table.get(int.from_bytes(raw[here : here + 2]), "?") for here in range(0, len(raw), 2))
            raw = b""


def _end_of_string(stream: bytes, at: int) -> int:
    """Where its closing bracket is; balanced ones inside need no backslash."""
    depth = 1
    while True:
        one = stream[at : at + 1]
        depth += {b"(": 1, b")": -1}.get(one, 0)
        if depth == 0:
            return at
        at += 2 if one == b"\\" else 1


def _plain(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if code.isdigit() else _PLAIN.get(code, code)


def _inflated(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    assert stream
    return zlib.decompressobj().decompress(stream[1])  # its last byte may be a line end
