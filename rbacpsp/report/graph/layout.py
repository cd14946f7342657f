"""The layered layout of pictures, without Graphviz.

`rbacpsp/page/ui/src/layout.ts` is the same for the explorer; a test holds the two to the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

CHAR, LINE = 7.2, 17
"""The width of a character and the height of a line, in the units of the picture."""
PAD, GAP, BETWEEN, MARGIN = 14, 14, 44, 16
"""Around a label, between the boxes of a column, between columns, around everything."""
SWEEPS = 8
LEAST = 72
"""No box is narrower."""


class Box(NamedTuple):
    """What is to be placed: the column it belongs to, and its label."""

    layer: int
    lines: tuple[str, ...]


class Placed(NamedTuple):
    """Where a box stands."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """Where everything stands."""

    boxes: tuple[Placed, ...]
    width: float
    height: float


def layout(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> Layout:
    """Place boxes in columns by their layer, so that few edges cross and what belongs together is level."""
    if not boxes:
        return Layout((), 2 * MARGIN, 2 * MARGIN)
    layers = sorted({box.layer for box in boxes})
    columns = [[place for place, box in enumerate(boxes) if box.layer == layer] for layer in layers]
    left: list[list[int]] = [[] for _ in boxes]
    right: list[list[int]] = [[] for _ in boxes]
    for tail, head in edges:
        one, other = (tail, head) if boxes[tail].layer <= boxes[head].layer else (head, tail)
        if boxes[one].layer != boxes[other].layer:
            right[one].append(other)
            left[other].append(one)
    _order(columns, left, right)
    x: float = MARGIN
    xs, widths = [0.0] * len(boxes), [0.0] * len(boxes)
    for column in columns:
        widest = max(width(boxes[place]) for place in column)
        for place in column:
            xs[place], widths[place] = x, widest
        x += widest + BETWEEN
    heights = [len(box.lines) * LINE + PAD for box in boxes]
    ys = [0.0] * len(boxes)

    def middle(neighbors: list[list[int]]) -> Callable[[int], float | None]:
        return lambda place: _mean([ys[each] + heights[each] / 2 for each in neighbors[place]])

    for column in columns:
        _stack(column, ys, heights, lambda _: None)
    for column in columns[1:]:
        _stack(column, ys, heights, middle(left))
    for column in columns[-2::-1] if len(columns) > 1 else []:
        _stack(column, ys, heights, middle(right))
    top = min(ys)
    ys = [y + (MARGIN - top) for y in ys]
    bottom = max(y + height for y, height in zip(ys, heights, strict=True))
    placed = tuple(map(Placed, xs, ys, widths, heights))
    return Layout(placed, x - BETWEEN + MARGIN, bottom + MARGIN)


def width(box: Box) -> float:
    """The width that a label needs."""
    return max(LEAST, max(map(measure, box.lines)) * CHAR + 2 * PAD)


def measure(text: str) -> int:
    """The width of a text in characters; those of East Asia count twice."""
    return sum(2 if _wide(ord(char)) else 1 for char in text)


def _wide(code: int) -> bool:
    return 0x1100 <= code <= 0x115F or (0x2E80 <= code <= 0xFFDC and code != 0x303F) or code >= 0x1F000


def _order(columns: list[list[int]], left: list[list[int]], right: list[list[int]]) -> None:
    """Sort each column by where its neighbors stand, to and fro."""
    rank: dict[int, float] = {}

    def number(column: list[int]) -> None:
        for index, place in enumerate(column):
            rank[place] = (index + 0.5) / len(column)

    for column in columns:
        number(column)
    for sweep in range(SWEEPS):
        neighbors = right if sweep % 2 else left
        for column in reversed(columns) if sweep % 2 else columns:
            wanted = {}
            for place in column:
                found = _mean([rank[each] for each in neighbors[place]])
                wanted[place] = rank[place] if found is None else found
            column.sort(key=wanted.__getitem__)
            number(column)


def _mean(values: list[float]) -> float | None:
    if not values:
        return None
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def _stack(
    column: list[int], ys: list[float], heights: list[int], wanted: Callable[[int], float | None]
) -> None:
    """Stack a column in its order, each box as near to where it is wanted as the others let it."""
    bottom: float | None = None
    off = 0.0
    for place in column:
        want = wanted(place)
        at = ys[place] if want is None else want - heights[place] / 2
        ys[place] = at if bottom is None else max(at, bottom)
        off += ys[place] - at
        bottom = ys[place] + heights[place] + GAP
    # What was pushed down is shared: the whole column moves up by the mean.
    shift = off / len(column)
    for place in column:
        ys[place] -= shift
