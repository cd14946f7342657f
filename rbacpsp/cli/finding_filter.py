"""Selects the findings that depend on objects in some files, such as those of a commit."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError

if TYPE_CHECKING:
    from rbacpsp.audit import Audit, Finding
    from rbacpsp.model import AnyObject
    from rbacpsp.report.findings import Locate


def findings_in_files(audit: "Audit", files: Iterable[str], locate: "Locate") -> "Audit":
    """The audit with the findings that rest on an object of some files; a warning counts the rest.

    A finding rests on the object that it is about, and on the roles and bindings that give it.

    Raises:
        InputError: There is no such file or folder.
    """
    places = [_place(file) for file in files]

    @cache
    def named(file: str) -> bool:
        path = Path(file).resolve()
        return any(path == place or place in path.parents for place in places)

    def stands_there(obj: "AnyObject") -> bool:
        origin = locate(obj)
        return origin is not None and named(origin.document.file)

    kept = tuple(finding for finding in audit.findings if any(map(stands_there, _rests_on(finding))))
    left = len(audit.findings) - len(kept)
    if not left:
        return audit
    said = f"{left} finding{' does' if left == 1 else 's do'} not depend on the given files."
    return replace(audit, findings=kept, warnings=(*audit.warnings, said))


def _place(file: str) -> Path:
    try:
        return Path(file).resolve(strict=True)
    except (OSError, ValueError):
        raise InputError([f"{file}: there is no such file; check the path"]) from None


def _rests_on(finding: "Finding") -> "Iterable[AnyObject]":
    if finding.about is not None:
        yield finding.about
    for grant in finding.way.grants if finding.way else finding.evidence:
        yield from (grant.binding, grant.role)
