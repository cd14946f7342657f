"""The names of clusters from a file: `--names map.csv`."""

import csv
from pathlib import Path

from rbacpsp.fleet.errors import FleetError

_TITLES = ["source", "cluster"]


def read_names(file: str) -> dict[str, str]:
    """The names of clusters, by the address or the file name of their snapshots.

    Raises:
        FleetError: The file cannot be read, or a line has not two cells.
    """
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            lines = [(reader.line_num, cells) for reader in [csv.reader(stream)] for cells in reader if cells]
    except OSError as error:
        raise FleetError(f"{file}: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error):
        raise FleetError(f"{file}: this is no CSV file in UTF-8") from None
    names: dict[str, str] = {}
    for number, cells in lines:
        here = [cell.strip() for cell in cells]
        if number == lines[0][0] and [cell.lower() for cell in here] == _TITLES:
            continue
        if len(here) != len(_TITLES) or not all(here):
            raise FleetError(f"{file}, line {number}: write two cells, SOURCE,CLUSTER")
        if names.setdefault(here[0], here[1]) != here[1]:
            raise FleetError(f"{file}, line {number}: {here[0]} has been called {names[here[0]]} already")
    return names
