"""Combines the frames of several clusters."""

from collections.abc import Mapping

import pandas as pd

from rbacpsp.model.argument_types import require

NAME = "cluster"
"""The column with the cluster of a row."""


def concat(frames: "Mapping[str, pd.DataFrame]") -> pd.DataFrame:
    """Frames of several clusters below each other, with the cluster's name in the first column.

    Columns keep their dtypes: the categories are those of all clusters, sorted. (`pandas.concat` converts
    categories that differ to plain strings.)

    Args:
        frames: The same frame of each cluster, by the name of the cluster.

    Raises:
        ValueError: There is none, or their columns differ.
    """
    require("frames", frames, Mapping, "a mapping of names to DataFrames")
    for name, frame in frames.items():
        require("frames", name, str, "a mapping of names to DataFrames")
        require("frames", frame, pd.DataFrame, "a mapping of names to DataFrames")
    if not frames:
        raise ValueError("frames must hold at least one DataFrame")
    columns = list(next(iter(frames.values())).columns)
    for name, frame in frames.items():
        if list(frame.columns) != columns or NAME in columns:
            raise ValueError(f"the columns of {name!r} are not those of the first: it is another frame")
    categories = {
        column: sorted({text for frame in frames.values() for text in frame[column].cat.categories})
        for column in columns
        if all(isinstance(frame[column].dtype, pd.CategoricalDtype) for frame in frames.values())
    }
    names = pd.CategoricalDtype(pd.Index(sorted(frames), dtype=object))
    parts = []
    for name, frame in frames.items():
        part = frame.assign(
            **{
                column: frame[column].cat.set_categories(pd.Index(texts, dtype=object))
                for column, texts in categories.items()
            }
        )
        part.insert(0, NAME, pd.Series([name] * len(part), index=part.index, dtype=names))
        parts.append(part)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
