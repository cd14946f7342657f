"""Axes to draw on: one figure for each picture, names as plain text, and a map of cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rbacpsp.report.escape import cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 44
"""A longer name is cut in the middle."""
_ROW, _COLUMN = 0.28, 0.62
"""Inches of a cell."""
_LARGEST = 40.0
"""Inches of a figure."""


class Shade(NamedTuple):
    """A value of a cell, with its color and what it means."""

    color: str
    words: str


class Cells(NamedTuple):
    """A map: the value of a cell is a place in the shades."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[int]]
    shades: Sequence[Shade]
    texts: Sequence[Sequence[str]] | None = None
    """What stands in each cell."""
    left: int = 0
    """How many rows are left out."""

    def counted(self, left: int) -> "Cells":
        """The same map, which says how many rows it leaves out."""
        return self._replace(left=left)


NO = "#f0f0f0"
SCALE = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
"""Of viridis, the lightest first: it differs in lightness, too, so that color-blind people tell it apart."""


def axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """The axes to draw on: those given, or those of a new figure.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: What is given is no Axes.
    """
    try:
        from matplotlib.axes import Axes
        from matplotlib.pyplot import subplots
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'rbacpsp[notebook]'") from error
    if ax is None:
        size = (min(max(width, 3.0), _LARGEST), min(max(height, 1.6), _LARGEST))
        made: Axes = subplots(figsize=size, layout="constrained")[1]
        return made
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be an Axes of matplotlib or None, not a {type(ax).__name__}")
    return ax


def drawn(cells: Cells, ax: "Axes | None", *, title: str, down: str, across: str) -> "Axes":
    """A map of cells, with a legend of what its colors mean."""
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    rows, columns, shades = len(cells.rows), len(cells.columns), cells.shades
    longest = max(len(short(name)) for name in cells.rows)
    width = max(columns * _COLUMN + longest * 0.085 + 2.4, len(title) * 0.1 + longest * 0.085)
    found = axes(ax, width, rows * _ROW + max(len(short(name)) for name in cells.columns) * 0.06 + 1.0)
    colors = ListedColormap([shade.color for shade in shades])
    bounds = [place - 0.5 for place in range(len(shades) + 1)]
    found.pcolormesh(
        cells.values, cmap=colors, norm=BoundaryNorm(bounds, len(shades)), edgecolors="white", linewidth=1
    )
    found.invert_yaxis()
    found.set_xticks([place + 0.5 for place in range(columns)], list(map(short, cells.columns)), rotation=45)
    found.set_yticks([place + 0.5 for place in range(rows)], list(map(short, cells.rows)))
    for label in (*found.get_xticklabels(), *found.get_yticklabels()):
        label.set_parse_math(False)
    for label in found.get_xticklabels():
        label.set_horizontalalignment("right")
        label.set_rotation_mode("anchor")
    _write(cells, found)
    found.set(xlabel=across, ylabel=down)
    left = f" ({cells.left:,} more rows are left out)" if cells.left else ""
    found.set_title(f"{short(title, 90)}{left}", parse_math=False, loc="left")
    keys = [Patch(facecolor=shade.color, edgecolor="gray", label=shade.words) for shade in shades]
    found.legend(handles=keys, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, borderaxespad=0)
    return found


def _write(cells: Cells, ax: "Axes") -> None:
    from matplotlib.colors import to_rgb

    for down, texts in enumerate(cells.texts or ()):
        for across, text in enumerate(texts):
            red, green, blue = to_rgb(cells.shades[cells.values[down][across]].color)
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            ax.text(
                across + 0.5,
                down + 0.5,
                text,
                ha="center",
                va="center",
                fontsize="small",
                color="white" if dark else "black",
                parse_math=False,
            )


def short(text: str, longest: int = LONGEST) -> str:
    """One line of a label: harmless, and not too long."""
    shown = cell(text)
    if len(shown) <= longest:
        return shown
    half = (longest - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"
