"""B-100: which files may come with an appeal, by their bytes and not by what they are called."""

import struct
import zlib

import pytest

from basics.refusal import Refusal
from penalties.files import JPEG, MAIL, MOST_BYTES, PDF, PNG, TEXT, WEBP, check, clean_name, kind_of


def png(width: int = 3, height: int = 2) -> bytes:
    header = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"IEND"


def jpeg(width: int = 3, height: int = 2, before: bytes = b"") -> bytes:
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    return b"\xff\xd8" + app + before + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)


def webp(width: int = 3, height: int = 2) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size


LETTER = (
    b"Received: by mx\r\n\tfor <hq@example.com>\r\nFrom: station@example.com\r\nSubject: appeal\r\n\r\n"
    b"<html>no</html>\r\n"
)
PDF_FILE = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), PNG),
        (jpeg(), JPEG),
        (jpeg(before=b"\xff\xfe\x00\x10" + bytes(14)), JPEG),
        (webp(), WEBP),
        (PDF_FILE, PDF),
        ("通话记录:10:05 拨打,无人接听\n".encode(), TEXT),
        (b"\xef\xbb\xbfok\r\n", TEXT),
        (b"MZ\x90\x00\x03\x00\x00\x00 a program called photo.jpg", None),
        (b"\x7fELF\x02\x01\x01\x00", None),
        (b"PK\x03\x04 a zip", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", None),
        (b"<?xml version='1.0'?><svg/>", None),
        (b"  <HTML><body onload=alert(1)>", None),
        (png() + b"<html><script>alert(1)</script>", None),  # a polyglot
        (jpeg(before=b"\xff\xfe\x00\x20<script>alert(1)</script>    "), None),
        (b"%PDF-1.4 cut off", None),
        (b"%PDF-1.7\n<html><script>alert(1)</script>\n%%EOF", None),
        (b" " * 4_000 + b"<svg onload=alert(1)>", None),
        (LETTER, MAIL),
        (b"From: x\r\nonly: two\r\n\r\n<html>", None),
        (b"a: 1\nb: 2\nc: 3\n\n<html>", None),  # no sender
        (LETTER + b"\x00", None),
        ("a\u0085b".encode(), None),
        ("中文".encode("gb18030"), None),
        (b"a\x00b", None),
        (b"\x1b[2Jansi", None),
    ],
)
def test_what_a_file_is(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


def test_a_large_text_is_looked_at_in_one_go() -> None:
    """Ten of these must not hold up the pushes beside them: nothing is searched for twice."""
    assert kind_of(b"< " * (MOST_BYTES // 2)) == TEXT


def refused(*given: tuple[str, bytes]) -> str | None:
    found = check(given)
    return found.code if isinstance(found, Refusal) else None


def test_b_100_what_is_refused() -> None:
    assert refused(*[("a.png", png())] * 10) is None
    assert refused(*[("a.png", png())] * 11) == "too_many_files"
    assert refused(("a.txt", b"")) == "file_empty"
    assert refused(("a.txt", b"a" * MOST_BYTES)) is None
    assert refused(("a.txt", b"a" * (MOST_BYTES + 1))) == "file_too_large"
    assert refused(("photo.jpg", b"MZ\x90\x00\x03\x00\x00\x00")) == "file_type"
    for bomb in (png(20_000, 20_000), jpeg(20_000, 20_000), webp(16_000, 16_000)):
        assert refused(("big", bomb)) == "picture_too_large"
    assert refused(("a.png", png(5_000, 10_000))) is None
    assert refused(("a.png", png(5_000, 10_001))) == "picture_too_large"
    assert refused(("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 40)) == "file_type"
    assert refused(("a.jpg", b"\xff\xd8\xff\xe0\x00\x00" + bytes(40))) == "file_type"


@pytest.mark.parametrize(
    ("name", "kind", "clean"),
    [
        ("照片 1.JPG", JPEG, "照片 1.jpg"),
        ("photo.jpeg", JPEG, "photo.jpg"),
        ("../../etc/passwd", TEXT, "passwd.txt"),
        ("..\\..\\x.png", PNG, "x.png"),
        ("a\r\nSet-Cookie: x=1.pdf", PDF, "aSet-Cookie x=1.pdf"),
        ('x" ; filename="y.exe', TEXT, "x ; filename=y.exe.txt"),
        ("invoice\u202egpj.exe", JPEG, "invoicegpj.exe.jpg"),
        ("", PNG, "file.png"),
        ("...", PNG, "file.png"),
        (".png", PNG, "file.png"),
        ("长" * 300, PDF, "长" * 96 + ".pdf"),
    ],
)
def test_b_100_names(name: str, kind: str, clean: str) -> None:
    assert clean_name(name, kind) == clean
