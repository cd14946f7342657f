"""Reads and writes results: runs, and in each the parts of tables, one for each snapshot."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, NamedTuple

import msgspec

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.stores import open_store
from rbacpsp.fleet.tables import SCHEMA, Row, decoded, encoded

_RUN = "_run.json"
_FINISHED = "_finished.json"
_PART = re.compile(r"part-([0-9a-f]{16})-([0-9a-f]{16})\.parquet")
_AT_ONCE = 16


class RunFile(msgspec.Struct, frozen=True):
    """The description of a run."""

    schema: int
    program: str
    command: str
    identity: str
    """Equal for equal commands, whatever their engine and limits."""
    started: str
    options: dict[str, Any] = {}
    sources: tuple[str, ...] = ()


class ParquetPart(NamedTuple):
    """The file of one snapshot in a table."""

    snapshot: str
    key: str

    @property
    def file(self) -> str:
        """Its name."""
        return f"part-{self.snapshot}-{self.key}.parquet"


def short(*parts: str) -> str:
    """The first half of a digest of some texts."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


class Results:
    """The results at an address."""

    def __init__(self, address: str) -> None:
        """Set up the results of an address; nothing is read or written yet.

        Raises:
            FleetError: The scheme is unknown, or the library for it is not installed.
            StoreError: The address cannot be used.
        """
        self.address = address
        self._store, self._under = open_store(address)

    def runs(self) -> list[str]:
        """The names of the runs, sorted."""
        return [
            name.removeprefix("run=") for name in self._store.folders(self._under) if name.startswith("run=")
        ]

    def run(self, name: str) -> "Run":
        """A run by its name, whether it exists or not."""
        return Run(self, name)

    def path(self, *names: str) -> str:
        """The name of a file of the run within the store."""
        return "/".join(filter(None, (self._under, *names)))


class Run:
    """One run: its file, and its parts."""

    def __init__(self, results: Results, name: str) -> None:
        self.name = name
        self._results = results
        self._store = results._store  # noqa: SLF001 - a run is a part of its results

    @property
    def address(self) -> str:
        """Its address."""
        return f"{self._results.address.rstrip('/')}/run={self.name}"

    def _path(self, *names: str) -> str:
        return self._results.path(f"run={self.name}", *names)

    def file(self) -> RunFile | None:
        """Its description; None if there is no such run.

        Raises:
            FleetError: The address has other content, or a run with another schema.
        """
        data = self._store.read(self._path(_RUN))
        if data is None:
            if any(folder.startswith("table=") for folder in self._store.folders(self._path())):
                raise FleetError(
                    f"{self.address} was not written by rbacpsp fleet: it has no {_RUN}; name another -O"
                )
            return None
        try:
            schema = msgspec.json.decode(data, type=_Versioned).schema
            if schema == SCHEMA:
                file = msgspec.json.decode(data, type=RunFile)
                date.fromisoformat(file.started[:10])
                return file
        except (msgspec.MsgspecError, ValueError):
            raise FleetError(
                f"{self.address}/{_RUN} cannot be read: it was not written by rbacpsp fleet"
            ) from None
        raise FleetError(
            f"{self.address} has tables of schema {schema}, and this version of rbacpsp writes and reads "
            f"schema {SCHEMA}: name another -O, or use the version that wrote them"
        )

    def begin(self, file: RunFile) -> bool:
        """Write the description of the run; False if another process was faster."""
        return self._store.write_new(self._path(_RUN), msgspec.json.format(msgspec.json.encode(file)))

    @property
    def is_finished(self) -> bool:
        """Whether every snapshot of the run has its parts."""
        return self._store.read(self._path(_FINISHED)) is not None

    def finish(self, finished: str, clusters: int) -> None:
        """Mark the run as finished; repeating it changes nothing."""
        content = msgspec.json.encode({"finished": finished, "clusters": clusters})
        self._store.write_new(self._path(_FINISHED), content)

    def parts(self, table: str) -> Iterator[ParquetPart]:
        """The parts of a table, in no order."""
        for entry in self._store.entries(self._path(f"table={table}")):
            match = _PART.fullmatch(entry.name.rpartition("/")[2])
            if match:
                yield ParquetPart(match[1], match[2])

    def write(self, table: str, part: ParquetPart, rows: Sequence[Row], *, again: bool = False) -> None:
        """Write a complete part; an existing one is kept, or with `again` replaced."""
        data = encoded(table, rows, {"rbacpsp.key": part.key})
        path = self._path(f"table={table}", part.file)
        if again:
            self._store.replace(path, data)
        else:
            self._store.write_new(path, data)

    def remove(self, table: str, part: ParquetPart) -> None:
        """Remove a part."""
        self._store.remove(self._path(f"table={table}", part.file))

    def rows(
        self, table: str, parts: Sequence[ParquetPart] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The rows of a table, or those of some of its parts, with all columns or some.

        Raises:
            FleetError: A part has another schema.
        """
        chosen = sorted(self.parts(table)) if parts is None else parts
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for part_rows in pool.map(lambda part: self._rows(table, part, columns), chosen):
                yield from part_rows

    def _rows(self, table: str, part: ParquetPart, columns: Sequence[str] | None) -> list[dict[str, Any]]:
        path = self._path(f"table={table}", part.file)
        data = self._store.read(path)
        if data is None:
            return []
        try:
            return decoded(data, columns)
        except ValueError as error:
            raise FleetError(f"{self.address}/table={table}/{part.file}: {error}") from None


class _Versioned(msgspec.Struct):
    schema: int
