"""Blocks of waybill numbers issued to stations: read strictly, and none over another (WAYBILL-1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from basics.refusal import Refusal
from dispatch.waybills import flaw, words_of
from rulebook.book import Edition

WORDS = {
    "station_unknown": "没有这个网点 / no such station",
    "block_backwards": "起号大于止号 / the block ends before it begins",
    "block_overlaps": "与其他号段重叠 / overlaps with another block",
    "block_unknown": "没有这个号段,或已撤回 / no such block, or it is withdrawn already",
}


@dataclass(frozen=True, slots=True)
class Block:
    """All numbers, as text, from `first` to `last`, both included and of one length."""

    station: str
    first: str
    last: str


def read_block(
    station: str, first: str, last: str, stations: Collection[str], edition: Edition
) -> Block | tuple[Refusal, ...]:
    """A row of a file, or all that is wrong with it.

    With a check digit a block is still a range of text that holds every tenth number. So its ends need no right check
    digit, and may also be serial numbers without one: 5500000000000 to 5500000000099 are hundred numbers.
    """
    wrong = [] if station in stations else [_refusal("station_unknown", "station")]
    if edition.waybill_check_digit != "none":
        first, last = _whole(first, "0", edition), _whole(last, "9", edition)
    for name, end in (("from", first), ("until", last)):
        found = flaw(end, edition)
        if found not in ("", "check_digit"):
            wrong.append(Refusal("waybill_invalid", words_of(found, edition), name))
    if not wrong and first > last:
        wrong.append(_refusal("block_backwards", "until"))
    return tuple(wrong) or Block(station, first, last)


def _whole(end: str, pad: str, edition: Edition) -> str:
    return end + pad if len(end) == edition.waybill_digits - 1 else end


def _refusal(code: str, field: str, detail: str = "") -> Refusal:
    return Refusal(code, WORDS[code] + (f": {detail}" if detail else ""), field)


def compare(rows: Sequence[tuple[int, Block]], there: Sequence[Block]) -> tuple[list[Block], dict[int, Refusal]]:
    """(line, block) of a file against the blocks that are stored: the new ones, and by line what cannot be.

    A block within one that the same station has already is nothing new. `there` must hold all that the rows touch.
    """
    lines: list[tuple[int, Block]] = [*((0, block) for block in there), *rows]
    new: dict[int, Block] = {}
    refused: dict[int, Refusal] = {}
    reach: tuple[int, Block] | None = None  # whichever before it ends last
    for line, block in sorted(lines, key=lambda one: (len(one[1].first), one[1].first, one[0])):
        before, reach = reach, _farther(reach, (line, block))
        if before is None or _ends_before(before[1], block):
            new[line] = block
        elif line and before[1].station == block.station and block.last <= before[1].last:
            continue
        else:
            guilty, other = (line, before[1]) if line else (before[0], block)
            if guilty:
                refused[guilty] = _refusal("block_overlaps", "from", f"{other.station} {other.first}-{other.last}")
    return [block for line, block in new.items() if line and line not in refused], refused


def unknown(rows: Sequence[tuple[int, Block]], there: Collection[Block]) -> dict[int, Refusal]:
    """By line the blocks of a file that are not stored just so."""
    stored = set(there)
    return {line: _refusal("block_unknown", "from") for line, block in rows if block not in stored}


def _ends_before(one: Block, other: Block) -> bool:
    return (len(one.last), one.last) < (len(other.first), other.first)


def _farther(reach: tuple[int, Block] | None, one: tuple[int, Block]) -> tuple[int, Block]:
    if reach is None or (len(one[1].last), one[1].last) > (len(reach[1].last), reach[1].last):
        return one
    return reach
