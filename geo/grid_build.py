"""Builds a `Grid` over many polygons, band of rows by band, so that little memory is needed on the way."""

import numpy as np
from numpy.typing import NDArray

from geo.grid import BLOCK, Borders, Flags, Grid, Ints, Outlines, Sets
from geo.grid_crossings import Crossings, crossings_of, insides
from geo.grid_pieces import Pieces, pieces_of
from geo.grid_traces import Frame, Traces, frame_of, spread, traces_of

# A set of polygons is known by the sum of their marks, random numbers of 64 bits, until its members are listed.
Marks = NDArray[np.uint64]
BAND = 32 * BLOCK  # rows


def build_grid(outlines: Outlines) -> Grid:
    """The polygons must be valid: no ring crosses itself or another of its polygon."""
    frame = frame_of(outlines)
    traces = traces_of(outlines, frame)
    marks = np.random.default_rng(20170101).integers(1, 2**64, len(outlines.polygons), dtype=np.uint64)
    bands = [range(low, min(low + BAND, frame.rows)) for low in range(0, frame.rows, BAND)]
    grids = [_band(outlines, traces, frame, marks, band) for band in bands]
    del traces
    return _joined(grids, frame)


def _band(outlines: Outlines, traces: Traces, frame: Frame, marks: Marks, band: range) -> Grid:
    """The grid of some rows alone."""
    crossings = crossings_of(outlines, traces, frame, band)
    pieces = pieces_of(outlines, traces, frame, band)
    polygon = pieces.polygon
    start = np.ones(len(polygon), dtype=np.bool_)
    start[1:] = pieces.cell[1:] != pieces.cell[:-1]
    begin = np.flatnonzero(start)
    bounds = np.append(begin, len(polygon))
    cell = pieces.cell[begin]
    new = start.copy()
    new[1:] |= polygon[1:] != polygon[:-1]
    inside = insides(outlines, frame, crossings, pieces)

    stretch, mark = _stretches(marks, crossings)
    held = np.concatenate([[0], np.cumsum(np.where(new & inside, marks[polygon], np.uint64(0)))])
    base = mark[np.searchsorted(stretch, cell, side="right") - 1] - np.diff(held[bounds])
    of, first = _numbered(np.concatenate([mark, base]))
    samples = np.concatenate([stretch, cell])[first]
    sets = _sets(crossings, pieces, samples, first >= len(mark), len(marks))
    blocks, cells = _painted(frame.columns, len(band), stretch, of[: len(mark)], cell)
    owner = np.where(new, polygon, np.int32(-1))
    borders = Borders(of[len(mark) :], bounds.astype(np.int32), pieces.first, pieces.last, owner, inside)
    return Grid(
        frame.scale, frame.west, frame.south + band.start, frame.columns, len(band), blocks, cells, sets, borders
    )


def _stretches(marks: Marks, crossings: Crossings) -> tuple[Ints, Marks]:
    """Row by row where another set of polygons begins to hold the reference points: first cell, the set's mark."""
    enters = marks[crossings.polygon]
    enters[1::2] = -enters[1::2]
    order = np.argsort(crossings.cell)
    cell, mark = crossings.cell[order], np.cumsum(enters[order])
    last = np.ones(len(cell), dtype=np.bool_)
    last[:-1] = cell[1:] != cell[:-1]
    none = np.zeros(1, dtype=np.int32)
    return np.concatenate([none, cell[last]]), np.concatenate([none.astype(np.uint64), mark[last]])


def _numbered(marks: Marks) -> tuple[Ints, Ints]:
    """The number of each mark among the different ones, ascending; for each number a place where it stands."""
    order = np.argsort(marks)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = marks[order[1:]] != marks[order[:-1]]
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.cumsum(new) - 1
    return number, order[new]


def _sets(crossings: Crossings, pieces: Pieces, samples: Ints, crossed: Flags, polygons: int) -> Sets:
    """The members of each set, found at one sample cell of each.

    Where borders cross that cell, polygons with a piece in it are no members.
    """
    order = np.argsort(samples)
    begin = np.searchsorted(samples, crossings.cell[0::2], sorter=order)
    end = np.searchsorted(samples, crossings.cell[1::2], sorter=order)
    of, at = spread(begin, end - begin)
    number, member = order[at], crossings.polygon[0::2][of]
    key = samples[number].astype(np.int64) * polygons + member
    tried = np.zeros(len(key), dtype=np.bool_)
    if len(pieces.cell):
        known = pieces.cell.astype(np.int64) * polygons + pieces.polygon
        tried = crossed[number] & (known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key)
    number, member = np.divmod(np.sort(number[~tried] * polygons + member[~tried]), polygons)
    starts = np.searchsorted(number, np.arange(len(samples) + 1))
    return Sets(starts.astype(np.int32), member.astype(np.int32))


def _painted(columns: int, rows: int, stretch: Ints, of_stretch: Ints, crossed: Ints) -> tuple[Ints, Ints]:
    """`Grid.blocks` and `Grid.cells`: sets along their stretches, over them the cells that borders cross."""
    along = columns // BLOCK
    row, column = np.divmod(crossed, columns)
    block = row // BLOCK * along + column // BLOCK
    fine = np.zeros(rows // BLOCK * along, dtype=np.bool_)
    fine[block] = True
    painted = np.repeat(of_stretch, np.diff(np.append(stretch, rows * columns)))
    shaped = painted.reshape(-1, BLOCK, along, BLOCK)
    blocks = shaped[:, 0, :, 0].reshape(-1)
    cells = shaped.transpose(0, 2, 1, 3)[fine.reshape(-1, along)].reshape(-1)
    number = np.cumsum(fine) - 1
    blocks[fine] = ~np.arange(len(cells) // BLOCK**2, dtype=np.int32)
    cells[(number[block] * BLOCK + row % BLOCK) * BLOCK + column % BLOCK] = ~np.arange(len(crossed), dtype=np.int32)
    return blocks, cells


def _joined(bands: list[Grid], frame: Frame) -> Grid:
    """One grid from those of its bands, which are used up: numbers count on from band to band."""
    borders, of_sets = [band.borders for band in bands], [band.sets for band in bands]
    blocks, cells = [band.blocks for band in bands], [band.cells for band in bands]
    bands.clear()
    sets = _offsets([len(one.starts) - 1 for one in of_sets])
    crossed = _offsets([len(one.base) for one in borders])
    fine = _offsets([len(one) // BLOCK**2 for one in cells])
    known = Sets(
        _counted([one.starts for one in of_sets], _offsets([len(one.members) for one in of_sets])),
        np.concatenate([one.members for one in of_sets]),
    )
    at = _on(blocks, sets, fine), _on(cells, sets, crossed)
    all_borders = Borders(
        _on([one.base for one in borders], sets, sets),
        _counted([one.pieces for one in borders], _offsets([len(one.first) for one in borders])),
        np.concatenate([one.first for one in borders]),
        np.concatenate([one.last for one in borders]),
        np.concatenate([one.polygon for one in borders]),
        np.concatenate([one.inside for one in borders]),
    )
    return Grid(frame.scale, frame.west, frame.south, frame.columns, frame.rows, *at, known, all_borders)


def _offsets(counts: list[int]) -> list[int]:
    return [0, *np.cumsum(counts).tolist()]


def _on(parts: list[Ints], sets: list[int], crossed: list[int]) -> Ints:
    """The parts one after the other, sets and ~numbers counted on; they are used up."""
    for part, more, less in zip(parts, sets, crossed, strict=False):
        part += np.where(part < 0, np.int32(-less), np.int32(more))
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def _counted(parts: list[Ints], more: list[int]) -> Ints:
    """Bounds of ranges that count on from part to part."""
    counted = [part[:-1] + np.int32(add) for part, add in zip(parts, more, strict=False)]
    return np.concatenate([*counted, np.array([more[-1]], dtype=np.int32)])
