"""Reads the names of clusters from a file: `--names map.csv`."""

import csv
from pathlib import Path

from rbacpsp.fleet.errors import FleetError

_TITLES = ["source", "cluster"]


def read_names(file: str) -> dict[str, str]:
    """The names of clusters, by the address or the file name of their snapshots.

    Raises:
        FleetError: The file cannot be read, or a line does not have two cells.
    """
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            lines = [(reader.line_num, cells) for reader in [csv.reader(stream)] for cells in reader if cells]
    except OSError as error:
        raise FleetError(f"{file}: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error):
        raise FleetError(f"{file}: this is not a CSV file in UTF-8") from None
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
    return names
