"""Axes to draw on: one figure for each picture, names as plain text, and a map of cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rbacpsp.report.escape import cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 44
"""Longer names are shortened in the middle."""
_ROW, _COLUMN = 0.28, 0.62
"""The height and width of a cell in inches."""
_LARGEST = 40.0
"""The maximal size of a figure in inches."""


class Shade(NamedTuple):
    """The color of a cell, and its meaning."""

    color: str
    words: str


class Cells(NamedTuple):
    """A map: the value of a cell is an index of the shades."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[int]]
    shades: Sequence[Shade]
    texts: Sequence[Sequence[str]] | None = None
    """The text of each cell."""
    left: int = 0
    """How many rows are omitted."""

    def counted(self, left: int) -> "Cells":
        """The same map with the number of omitted rows."""
        return self._replace(left=left)


NO = "#f0f0f0"
SCALE = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
"""Colors of viridis, the lightest first; they also differ in lightness, for color-blind people."""


def axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """The axes to draw on: `ax`, or those of a new figure.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: `ax` is not an Axes.
    """
    try:
        from matplotlib.axes import Axes
        from matplotlib.pyplot import subplots
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'rbacpsp[notebook]'") from error
    if ax is None:
        size = (min(max(width, 3.0), _LARGEST), min(max(height, 1.6), _LARGEST))
        new_axes: Axes = subplots(figsize=size, layout="constrained")[1]
        return new_axes
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be an Axes of matplotlib or None, not a {type(ax).__name__}")
    return ax


def draw_cells(cells: Cells, ax: "Axes | None", *, title: str, down: str, across: str) -> "Axes":
    """Draw a map of cells, with a legend of its colors."""
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    rows, columns, shades = len(cells.rows), len(cells.columns), cells.shades
    longest = max(len(short(name)) for name in cells.rows)
    width = max(columns * _COLUMN + longest * 0.085 + 2.4, len(title) * 0.1 + longest * 0.085)
    plot_axes = axes(ax, width, rows * _ROW + max(len(short(name)) for name in cells.columns) * 0.06 + 1.0)
    colors = ListedColormap([shade.color for shade in shades])
    bounds = [index - 0.5 for index in range(len(shades) + 1)]
    plot_axes.pcolormesh(
        cells.values, cmap=colors, norm=BoundaryNorm(bounds, len(shades)), edgecolors="white", linewidth=1
    )
    plot_axes.invert_yaxis()
    plot_axes.set_xticks(
        [index + 0.5 for index in range(columns)], list(map(short, cells.columns)), rotation=45
    )
    plot_axes.set_yticks([index + 0.5 for index in range(rows)], list(map(short, cells.rows)))
    for label in (*plot_axes.get_xticklabels(), *plot_axes.get_yticklabels()):
        label.set_parse_math(False)
    for label in plot_axes.get_xticklabels():
        label.set_horizontalalignment("right")
        label.set_rotation_mode("anchor")
    _write_texts(cells, plot_axes)
    plot_axes.set(xlabel=across, ylabel=down)
    omitted = f" ({cells.left:,} more rows are left out)" if cells.left else ""
    plot_axes.set_title(f"{short(title, 90)}{omitted}", parse_math=False, loc="left")
    keys = [Patch(facecolor=shade.color, edgecolor="gray", label=shade.words) for shade in shades]
    plot_axes.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, borderaxespad=0
    )
    return plot_axes


def _write_texts(cells: Cells, ax: "Axes") -> None:
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
    """A label on one line: escaped, and shortened if it is too long."""
    escaped = cell(text)
    if len(escaped) <= longest:
        return escaped
    half = (longest - 1) // 2
    return f"{escaped[:half]}…{escaped[-half:]}"
