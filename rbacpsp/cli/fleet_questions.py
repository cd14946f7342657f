"""Asks the questions of one cluster's commands of every cluster of a fleet, and makes rows of the answers."""

import io
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.cluster_cache import CommandCache
from rbacpsp.cli.command import usage_words
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.gates import SEVERITIES
from rbacpsp.fleet.question import NO_ANSWER, Answers, CannotAskError
from rbacpsp.model.json import JSONObject

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rbacpsp.cluster import Cluster
    from rbacpsp.fleet.tables import Row
    from rbacpsp.model import Objects

Rows = Callable[[JSONObject], "list[Row]"]

_SNAPSHOT = "snapshot"
_VERSION = "--kubernetes-version"


class _LoadedCluster(CommandCache):
    """A cache that gives every command the same loaded cluster, whatever source it names."""

    def __init__(self, objects: "Objects") -> None:
        super().__init__()
        self._objects = objects

    def get(self, key: "Hashable") -> object:
        """The loaded cluster for any key of objects, or else the value of the key."""
        return self._objects if isinstance(key, tuple) and key[0] == "objects" else super().get(key)


@dataclass(frozen=True, slots=True)
class ClusterCommand:
    """A command about one cluster that runs on each cluster of a fleet."""

    name: str
    words: tuple[str, ...]
    """The command line, without the name of the program and of the cluster."""
    table: str
    rows: Rows
    """Makes rows of its JSON; a function of a module, so that it can be pickled."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The table of the answers."""
        return (self.table,)

    @property
    def options(self) -> Mapping[str, Any]:
        """The command line."""
        return {"words": list(self.words)}

    def answers(self, cluster: "Cluster", day: date) -> Answers:  # noqa: ARG002 - no answer depends on the day
        """The answers of the command as rows.

        Raises:
            CannotAskError: The command cannot answer for this cluster; the message is the command's.
        """
        rows = self.rows(_document(self.words, cluster))
        severities = {row.get("severity") for row in rows}
        return Answers(
            {self.table: rows}, next((severity for severity in SEVERITIES if severity in severities), None)
        )


@dataclass(frozen=True, slots=True)
class AnyQuestion(ClusterCommand):
    """A question as on the command line; if it cannot be asked, its answer is the error."""

    files: tuple[tuple[str, str], ...] = ()
    """The files that the command line names, each with a digest of its content."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The command line, and the content of its files."""
        files = {"files": dict(self.files)} if self.files else {}
        return {"words": list(self.words), **files}

    def answers(self, cluster: "Cluster", day: date) -> Answers:
        """The rows of `ClusterCommand.answers`, each with the question."""
        columns = {"question": shlex.join(self.words)}
        try:
            answers = ClusterCommand.answers(self, cluster, day)
        except CannotAskError as error:
            return Answers({self.table: [{**columns, "error": str(error)}]}, NO_ANSWER)
        return Answers({self.table: [{**columns, **row} for row in answers.tables[self.table]]})


def _document(words: Sequence[str], cluster: "Cluster") -> JSONObject:
    """The JSON that a command prints about a cluster."""
    from rbacpsp.cli import main

    end = words.index("--") if "--" in words else len(words)
    added = ["--output=json", f"--filename={_SNAPSHOT}"]
    version = None if cluster.version_is_assumed else cluster.kubernetes_version
    if version not in {None, cluster.loaded.kubernetes_version} and not _names_version(words[:end]):
        added.append(f"{_VERSION}={version}")  # the run has it, and the snapshot does not state it
    args = [*words[:end], *added, *words[end:]]
    output = io.BytesIO()
    stdout = io.TextIOWrapper(output, encoding="utf-8", errors="backslashreplace")
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            main.main(args, prog_name="rbacpsp", standalone_mode=False, obj=_LoadedCluster(cluster.loaded))
            stdout.flush()
    except click.ClickException as failure:
        reasons = failure.reasons if isinstance(failure, InputError) else (usage_words(failure),)
        raise CannotAskError("; ".join(reasons)) from None
    document: JSONObject = json.loads(output.getvalue())
    return document


def _names_version(words: Sequence[str]) -> bool:
    return any(word.partition("=")[0] == _VERSION for word in words)
