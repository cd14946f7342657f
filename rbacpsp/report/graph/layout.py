"""The layered layout of pictures, without Graphviz.

`rbacpsp/page/ui/src/layout.ts` is the same for the explorer; a test checks that both give the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

CHAR, LINE = 7.2, 17
"""The width of a character and the height of a line, in the units of the picture."""
PAD, GAP, BETWEEN, MARGIN = 14, 14, 44, 16
"""The space around a label, between the boxes of a column, between columns, and around the picture."""
SWEEPS = 8
LEAST = 72
"""The least width of a box."""


class Box(NamedTuple):
    """A box to place: its column, and the lines of its label."""

    layer: int
    lines: tuple[str, ...]


class Placed(NamedTuple):
    """The position and size of a box."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """The positions of all boxes, and the size of the picture."""

    boxes: tuple[Placed, ...]
    width: float
    height: float


def layout(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> Layout:
    """Place boxes in columns by their layer, so that few edges cross and connected boxes are level."""
    if not boxes:
        return Layout((), 2 * MARGIN, 2 * MARGIN)
    layers = sorted({box.layer for box in boxes})
    columns = [[index for index, box in enumerate(boxes) if box.layer == layer] for layer in layers]
    left: list[list[int]] = [[] for _ in boxes]
    right: list[list[int]] = [[] for _ in boxes]
    for tail, head in edges:
        tail_end, head_end = (tail, head) if boxes[tail].layer <= boxes[head].layer else (head, tail)
        if boxes[tail_end].layer != boxes[head_end].layer:
            right[tail_end].append(head_end)
            left[head_end].append(tail_end)
    _order(columns, left, right)
    x: float = MARGIN
    xs, widths = [0.0] * len(boxes), [0.0] * len(boxes)
    for column in columns:
        widest = max(width(boxes[index]) for index in column)
        for index in column:
            xs[index], widths[index] = x, widest
        x += widest + BETWEEN
    heights = [len(box.lines) * LINE + PAD for box in boxes]
    ys = [0.0] * len(boxes)

    def middle(neighbors: list[list[int]]) -> Callable[[int], float | None]:
        return lambda index: _mean([ys[neighbor] + heights[neighbor] / 2 for neighbor in neighbors[index]])

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
    """Sort each column by the positions of its neighbors, from left to right and back."""
    rank: dict[int, float] = {}

    def set_ranks(column: list[int]) -> None:
        for index, box in enumerate(column):
            rank[box] = (index + 0.5) / len(column)

    for column in columns:
        set_ranks(column)
    for sweep in range(SWEEPS):
        neighbors = right if sweep % 2 else left
        for column in reversed(columns) if sweep % 2 else columns:
            wanted = {}
            for box in column:
                mean = _mean([rank[neighbor] for neighbor in neighbors[box]])
                wanted[box] = rank[box] if mean is None else mean
            column.sort(key=wanted.__getitem__)
            set_ranks(column)


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
    """Stack a column in its order, each box as near to its wanted position as the others allow."""
    bottom: float | None = None
    moved = 0.0
    for box in column:
        center = wanted(box)
        top = ys[box] if center is None else center - heights[box] / 2
        ys[box] = top if bottom is None else max(top, bottom)
        moved += ys[box] - top
        bottom = ys[box] + heights[box] + GAP
    # Boxes only move down: the complete column moves up by the mean of their moves.
    shift = moved / len(column)
    for box in column:
        ys[box] -= shift
