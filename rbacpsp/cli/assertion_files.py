"""Reads assertion files for commands, and reports the results in every format."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rbacpsp.assertions import AccessTestResult, AccessTestResults
from rbacpsp.assertions.demands import (
    AdmittedBy,
    Allowed,
    MeetsLevel,
    Only,
    OnlyReach,
    OutOfReach,
    Refused,
)
from rbacpsp.assertions.run import CANNOT_BE_ASKED, FAIL, PASSED
from rbacpsp.cli import assertion_sarif
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.grants import grant_json
from rbacpsp.cli.origins import origin_json, origin_text
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.findings import Writer
from rbacpsp.report.findings_data import finding_json
from rbacpsp.report.path_steps import path_json
from rbacpsp.report.suites import Case, Suite

if TYPE_CHECKING:
    from rbacpsp.assertions import Assertion
    from rbacpsp.model import AnyObject, ObjectOrigin, Objects

_COLUMNS = ("result", "name", "why", "file", "reason")


def assertions_of(file: str) -> "tuple[Assertion, ...]":
    """The assertions of a file.

    Raises:
        InputError: It cannot be read, or is wrong; the message has the line.
    """
    from rbacpsp.testing.assertion_files import AssertionInFileError, read_assertion_file

    try:
        return read_assertion_file(file)
    except AssertionInFileError as error:
        raise InputError([str(error)]) from None


def needs_login(assertion: "Assertion") -> bool:
    """Whether an assertion is about the user who is logged in, so that a live cluster is needed."""
    demand = assertion.demand
    creator = demand.pods.creator if isinstance(demand, AdmittedBy | Refused | MeetsLevel) else None
    who = demand.who if isinstance(demand, Allowed | OutOfReach) else creator
    return who is not None and who.live


def doubts_about(results: AccessTestResults, objects: "Objects") -> Iterator[str]:
    """Why some assertions that pass say less than they seem to, a sentence each."""
    tables = (objects.cluster_role_bindings, objects.role_bindings, objects.cluster_roles, objects.roles)
    about_access = any(
        isinstance(item.assertion.demand, Allowed | Only | OutOfReach | OnlyReach) for item in results.items
    )
    if about_access and all(obj.assumed for table in tables for obj in table.values()):
        yield "No role and no binding was read: the results are about what every server has."


class AccessTestReport:
    """The results of the assertions of some files, for every format."""

    def __init__(
        self, files: Sequence[tuple[str, int]], results: AccessTestResults, objects: "Objects"
    ) -> None:
        """Take the results.

        Args:
            files: The files in order, each with the number of its assertions.
            results: Their results.
            objects: The objects of the cluster, which give the file and line of a grant.
        """
        self._results = results
        self._objects = objects
        self._files = [file for file, number in files for _ in range(number)]
        self._names = list(dict(files))

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each assertion."""
        rows = [
            (item.result, item.name, item.why, ", ".join(self._places(item)), item.assertion.reason)
            for item in self._results.items
        ]
        table = Table(_COLUMNS, rows, frozenset({"reason"}))
        return table if wide else table.narrow()

    def document(self) -> JSONObject:
        """The results as one object."""
        count = self._results.count
        return {
            "apiVersion": API_VERSION,
            "kind": "AccessTestResults",
            "counts": {"pass": count(PASSED), "fail": count(FAIL), "cannotBeAsked": count(CANNOT_BE_ASKED)},
            "items": list(map(self._item, self._results.items)),
        }

    def _item(self, item: AccessTestResult) -> JSONObject:
        grants: list[dict[str, Any]] = [
            {**grant_json(grant), **origin_json(grant.binding, self._objects)} for grant in item.grants
        ]
        reason = {"reason": item.assertion.reason} if item.assertion.reason else {}
        paths = {"paths": list(map(path_json, item.paths))} if item.paths else {}
        findings_json = [finding_json(Writer(self._locate).row(finding)) for finding in item.findings]
        findings = {"findings": findings_json} if findings_json else {}
        return {
            "name": item.name,
            "result": item.result,
            "why": item.why,
            **reason,
            "grants": grants,
            **paths,
            **findings,
        }

    def _locate(self, obj: "AnyObject") -> "ObjectOrigin | None":
        try:
            origin = self._objects.origin(obj)
        except KeyError:
            return None
        return origin if origin.document.file else None

    def log(self) -> JSONObject:
        """The assertions that do not pass, for code scanning, with the files and lines of their grants."""
        return assertion_sarif.document(self._not_passed())

    def _not_passed(self) -> "Iterator[assertion_sarif.NotPassed]":
        for file, item in zip(self._files, self._results.items, strict=True):
            if item.result != PASSED:
                origins = (
                    (origin_json(grant.binding, self._objects), grant.sentence) for grant in item.grants
                )
                related = {
                    (str(origin["file"]), int(origin.get("line", 0)), words)
                    for origin, words in origins
                    if origin
                }
                yield assertion_sarif.NotPassed(file, item, tuple(sorted(related)))

    def _places(self, item: AccessTestResult) -> list[str]:
        positions = dict.fromkeys(origin_text(grant.binding, self._objects) for grant in item.grants)
        return [position for position in positions if position]

    def suites(self) -> tuple[str, Sequence[Suite]]:
        """A suite for each file."""
        cases: dict[str, list[Case]] = {name: [] for name in self._names}
        for file, item in zip(self._files, self._results.items, strict=True):
            failed = item.result != PASSED
            cases[file].append(
                Case(
                    classname=file,
                    name=item.name,
                    file=file,
                    line=item.assertion.line,
                    body="\n".join(filter(None, (item.assertion.reason, *self._places(item)))),
                    failure=item.why if failed else "",
                    type=item.result if failed else "",
                )
            )
        return "rbacpsp test", [Suite.of(name, suite_cases) for name, suite_cases in cases.items()]
