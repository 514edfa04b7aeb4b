"""The same contents on paper: a typeset PDF with page numbers and the hash at the foot of each page."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

import reports
from web.pack.pictures import bar_svg

ROOT = Path(reports.__file__).parent
TEMPLATE = ROOT / "templates" / "evidence.typ"
_one_at_a_time = Lock()


def pdf_of(contents: dict[str, Any], digest: str, printed: str) -> bytes:
    """The same bytes for the same contents on the same machine: its date is the latest instant that they tell of.
    `printed`: the path under which it was asked for."""
    given = {
        "pack": json.dumps(contents | {"bar_svg": bar_svg(contents["minutes"]["parts"])}, ensure_ascii=False),
        "digest": digest,
        "address": printed,
    }
    at = datetime.fromisoformat(contents["shown_until"]).astimezone(UTC)
    with _one_at_a_time:
        made = _compiler().compile(sys_inputs=given, format="pdf", timestamp=int(at.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    """Fonts are looked for once a process. System fonts stand in for characters that ours does not have."""
    return typst.Compiler(str(TEMPLATE), root=str(ROOT), font_paths=[str(ROOT / "fonts")])
