"""Stores columns of text as codes, so that a frame of many rows needs no Python object for each cell."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rbacpsp.frames.columns import BOOL, CATEGORY, COLUMNS, TEXT

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


class TextColumn:
    """A column of texts, each stored as the code of a distinct text."""

    __slots__ = ("codes", "texts")

    def __init__(self, texts: Mapping[str, int], codes: Numbers) -> None:
        self.texts = texts
        self.codes = codes

    @classmethod
    def of(cls, values: Iterable[str]) -> "TextColumn":
        """The column of some texts."""
        texts: dict[str, int] = {}
        add = texts.setdefault
        codes = [add(value, len(texts)) for value in values]
        order = sorted(texts)
        new_codes = np.empty(len(texts), dtype=np.int64)
        for new, text in enumerate(order):
            new_codes[texts[text]] = new
        return cls({text: new for new, text in enumerate(order)}, new_codes[np.array(codes, dtype=np.int64)])

    def take(self, rows: Numbers) -> "TextColumn":
        """The column of some of the rows, in the given order."""
        return TextColumn(self.texts, self.codes[rows])

    def categorical(self) -> pd.Categorical:
        """The column as a pandas Categorical, whose categories are the texts that occur, sorted."""
        used = np.unique(self.codes)
        texts = list(self.texts)
        narrow = np.searchsorted(used, self.codes)
        return pd.Categorical.from_codes(
            narrow, categories=pd.Index([texts[code] for code in used], dtype=object)
        )

    def plain(self) -> pd.Series:
        """The column as texts; equal texts are one object in memory."""
        texts = np.array(list(self.texts), dtype=object)
        return pd.Series(texts[self.codes], dtype=object)


Cells = TextColumn | Numbers


def table(name: str, cells: Mapping[str, Cells], sort: Iterable[str]) -> pd.DataFrame:
    """A frame with its columns of `COLUMNS`, its rows sorted by some of them."""
    keys = [_number(cells[column]) for column in sort]
    order = np.lexsort(keys[::-1]) if keys else np.arange(0)
    data: dict[str, Any] = {}
    for column, (kind, _) in COLUMNS[name].items():
        column_cells = cells[column]
        if isinstance(column_cells, TextColumn):
            rows = column_cells.take(order)
            data[column] = rows.plain() if kind == TEXT else rows.categorical()
        else:
            data[column] = column_cells[order].astype(kind)
    return pd.DataFrame(data)


def _number(cells: Cells) -> Numbers:
    return cells.codes if isinstance(cells, TextColumn) else cells


def columns(name: str, rows: Iterable[tuple[Any, ...]]) -> dict[str, Cells]:
    """Rows as the columns of a frame, in the order of `COLUMNS`."""
    described = COLUMNS[name]
    lists: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(described)
    return {
        column: TextColumn.of(values)
        if kind in {CATEGORY, TEXT}
        else np.array(values, dtype=bool if kind == BOOL else np.int64)
        for (column, (kind, _)), values in zip(described.items(), lists, strict=True)
    }


def joined(items: Iterable[str]) -> str:
    """A list as one text."""
    return ", ".join(items)
