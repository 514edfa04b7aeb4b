"""What may come with an appeal or its decision: pictures, PDF, text, mails, told apart by their bytes (B-100).

Neither the name nor what the sender says of the type decides anything. Nothing is opened or converted: a file is kept
as it came and handed out as an attachment.
"""

import re
import unicodedata
from collections.abc import Sequence

from basics.refusal import Refusal
from penalties.appeals import FileGiven

MOST_FILES = 10  # a step
MOST_BYTES = 10 * 1024 * 1024  # of one file
MOST_PIXELS = 50_000_000
LONGEST_NAME = 100
PNG, JPEG, WEBP, PDF = "image/png", "image/jpeg", "image/webp", "application/pdf"
TEXT, MAIL = "text/plain", "message/rfc822"
SUFFIXES = {PNG: ".png", JPEG: ".jpg", WEBP: ".webp", PDF: ".pdf", TEXT: ".txt", MAIL: ".eml"}
# Markup in what pretends to be text or a picture: browsers have been talked into running it.
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|!--)", re.I)
_LOOKED_AT = 4096  # bytes of the beginning: what follows is harmless in an attachment that nobody sniffs
# A mail as it was saved: lines of headers, one of them its sender. Its HTML part is the mail's own business.
_HEADER = re.compile(rb"[!-9;-~]{1,60}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_LEAST_HEADERS = 3
# What no text holds: control characters but tab and line ends, those of C1 included.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]')

TOO_MANY = Refusal("too_many_files", f"一次最多 {MOST_FILES} 个文件 / {MOST_FILES} files at most", "files")
TOO_LARGE = Refusal("file_too_large", f"单个文件最多 {MOST_BYTES >> 20} MiB / {MOST_BYTES >> 20} MiB at most", "files")
EMPTY = Refusal("file_empty", "文件是空的 / the file is empty", "files")
WRONG_TYPE = Refusal(
    "file_type",
    "只接受 JPEG、PNG、WebP 图片、PDF、纯文本和邮件(.eml) / JPEG, PNG, WebP, PDF, text or a saved mail",
    "files",
)
TOO_MANY_PIXELS = Refusal(
    "picture_too_large", f"图片最多 {MOST_PIXELS // 1_000_000} 百万像素 / at most {MOST_PIXELS:,} pixels", "files"
)


def check(given: Sequence[tuple[str, bytes]]) -> list[FileGiven] | Refusal:
    """(name, content) of each file, as they may be kept; or why one may not: too_many_files, file_empty,
    file_too_large, file_type, picture_too_large."""
    if len(given) > MOST_FILES:
        return TOO_MANY
    found = []
    for name, content in given:
        checked = _one(name, content)
        if isinstance(checked, Refusal):
            return checked
        found.append(checked)
    return found


def _one(name: str, content: bytes) -> FileGiven | Refusal:
    if not content:
        return EMPTY
    if len(content) > MOST_BYTES:
        return TOO_LARGE
    kind = kind_of(content)
    if kind is None:
        return WRONG_TYPE
    size = pixels_of(kind, content)
    if size is None:
        return WRONG_TYPE
    if size > MOST_PIXELS:
        return TOO_MANY_PIXELS
    return FileGiven(clean_name(name, kind), kind, content)


def kind_of(content: bytes) -> str | None:
    """The media type that the bytes show; None for anything that is not accepted."""
    head = content[:_LOOKED_AT]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = PNG
    elif head.startswith(b"\xff\xd8\xff"):
        kind = JPEG
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        kind = WEBP
    elif head.startswith(b"%PDF-"):
        kind = PDF if b"%%EOF" in content[-2048:] else ""
    elif _is_mail(head):
        return MAIL if _is_text(content) else None
    else:
        kind = TEXT if _is_text(content) else ""
    return kind if kind and not _MARKUP.search(head) else None


def _is_mail(head: bytes) -> bool:
    at, names = 0, []
    while found := _HEADER.match(head, at):
        names.append(head[at : head.index(b":", at)].lower())
        at = found.end()
    return len(names) >= _LEAST_HEADERS and b"from" in names


def _is_text(content: bytes) -> bool:
    """UTF-8 without control characters. Older encodings hold anything at all, so they are not taken."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None


def pixels_of(kind: str, content: bytes) -> int | None:
    """Width x height that a picture claims, 0 for what is none; None when its header cannot be read."""
    if kind == PNG:
        if content[12:16] != b"IHDR" or len(content) < 24:
            return None
        return int.from_bytes(content[16:20], "big") * int.from_bytes(content[20:24], "big")
    if kind == JPEG:
        return _jpeg(content)
    if kind == WEBP:
        return _webp(content)
    return 0


def _jpeg(content: bytes) -> int | None:
    """Walks the segments to the frame header; entropy-coded data comes after it."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 5 : at + 7], "big") * int.from_bytes(content[at + 7 : at + 9], "big")
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            return None
        at += 2 + length
    return None


def _webp(content: bytes) -> int | None:
    """The three forms of its first chunk."""
    if len(content) < 30:
        return None
    form = content[12:16]
    if form == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
    elif form == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif form == b"VP8 ":
        width, height = (int.from_bytes(content[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    else:
        return None
    return width * height


def clean_name(name: str, kind: str) -> str:
    """The sender's name of a file, fit to be shown and to stand in a header: no path, no control character, no
    direction marks, with the suffix of what it is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    stem = _UNSAFE.sub("", kept).strip()
    suffix = SUFFIXES[kind]
    if stem.casefold().endswith((suffix, ".jpeg") if kind == JPEG else suffix):
        stem = stem[: stem.rindex(".")]
    return (stem.strip(" .")[: LONGEST_NAME - len(suffix)] or "file") + suffix
