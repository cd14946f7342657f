"""Reads the names of clusters from a file: `--names map.csv`."""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import PurePosixPath

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.inputs import CONTEXTS, Input

_TITLES = ["source", "cluster"]
_SHOWN = 5


def read_names(file: str, text: str) -> dict[str, str]:
    """The names of clusters, by the address or the file name of their snapshots.

    Args:
        file: The name of the file, for messages.
        text: Its content.

    Raises:
        FleetError: A line does not have two cells, or the file has no line.
    """
    try:
        reader = csv.reader(StringIO(text, newline=""))
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error:
        raise FleetError(f"{file}: this is not a CSV file") from None
    names: dict[str, str] = {}
    for number, cells in lines:
        stripped = [cell.strip() for cell in cells]
        if number == lines[0][0] and [cell.lower() for cell in stripped] == _TITLES:
            continue
        if len(stripped) != len(_TITLES) or not all(stripped):
            raise FleetError(f"{file}, line {number}: write two cells, SOURCE,CLUSTER")
        if names.setdefault(stripped[0], stripped[1]) != stripped[1]:
            raise FleetError(
                f"{file}, line {number}: {stripped[0]} has been called {names[stripped[0]]} already"
            )
    if not names:
        raise FleetError(f"{file} names no cluster: write lines of SOURCE,CLUSTER")
    return names


def unused_names(file: str, names: Mapping[str, str], snapshots: Iterable[Input]) -> str:
    """A sentence about the lines that name no snapshot; empty if every line names one.

    Raises:
        FleetError: No line names a snapshot.
    """
    known: set[str] = set()
    for snapshot in snapshots:
        known |= {snapshot.source, PurePosixPath(snapshot.source.removeprefix(CONTEXTS)).name}
    unused = [name for name in names if name not in known]
    if not unused:
        return ""
    more = len(unused) - _SHOWN
    listed = ", ".join(unused[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    sentence = f"{file}: no snapshot has the address or the file name {listed}"
    if len(unused) == len(names):
        raise FleetError(sentence)
    return sentence
