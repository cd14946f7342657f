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


def findings_in_files(
    audit: "Audit", files: Iterable[str], locate: "Locate", sources: Iterable[str] = ()
) -> "Audit":
    """The audit with only the findings that depend on an object of some files; a warning counts the others.

    A finding depends on its object, and on the roles and bindings that grant its permission. Another warning
    names files that are not among the sources, so that no finding can depend on them.

    Raises:
        InputError: There is no such file or folder.
    """
    given = {file: _resolved(file) for file in files}
    paths = list(given.values())
    audit = replace(audit, warnings=(*audit.warnings, *_not_read(given, sources)))

    @cache
    def is_selected(file: str) -> bool:
        path = Path(file).resolve()
        return any(path == selected_path or selected_path in path.parents for selected_path in paths)

    def is_in_files(obj: "AnyObject") -> bool:
        origin = locate(obj)
        return origin is not None and is_selected(origin.document.file)

    selected = tuple(finding for finding in audit.findings if any(map(is_in_files, _rests_on(finding))))
    omitted = len(audit.findings) - len(selected)
    if not omitted:
        return audit
    sentence = f"{omitted} finding{' does' if omitted == 1 else 's do'} not depend on the given files."
    return replace(audit, findings=selected, warnings=(*audit.warnings, sentence))


def _not_read(given: "dict[str, Path]", sources: Iterable[str]) -> "Iterable[str]":
    read = [Path(source).resolve() for source in sources if source != "-"]
    for file, path in given.items() if read else ():
        inside = any(source == path or source in path.parents or path in source.parents for source in read)
        if not inside:
            yield f"{file} is not among the files of -f: it was not read, and no finding is about it."


def _resolved(file: str) -> Path:
    try:
        return Path(file).resolve(strict=True)
    except (OSError, ValueError):
        raise InputError([f"{file}: there is no such file; check the path"]) from None


def _rests_on(finding: "Finding") -> "Iterable[AnyObject]":
    if finding.about is not None:
        yield finding.about
    for grant in finding.way.grants if finding.way else finding.evidence:
        yield from (grant.binding, grant.role)
