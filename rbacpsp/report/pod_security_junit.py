"""The results of `psa check` as JUnit XML: a suite for each file, a case for each object."""

from collections.abc import Sequence

from rbacpsp.report.escape import line
from rbacpsp.report.pod_security import PodSecurityResult
from rbacpsp.report.suites import Case, Suite


def suites(objects: Sequence[PodSecurityResult]) -> tuple[str, list[Suite]]:
    """The name of the report and its suites.

    An object whose failures do not count is a passed case whose output lists the failures.
    """
    files: dict[str, list[PodSecurityResult]] = {}
    for obj in objects:
        files.setdefault(obj.file, []).append(obj)
    return "rbacpsp psa check", [
        Suite.of(file, list(map(_case, objects_of_file))) for file, objects_of_file in files.items()
    ]


def _case(checked: PodSecurityResult) -> Case:
    name = f"{checked.title} in {checked.namespace}" if checked.namespace else checked.title
    body = "\n".join(
        line(f"{checked.position(fault.line)}: {fault.field}: {failed.message}")
        for failed in checked.failed
        for fault in failed.faults
    )
    return Case(
        classname=checked.file,
        name=name,
        file=checked.file,
        line=checked.line,
        body=body or (checked.sentence if checked.exempt else ""),
        failure=checked.sentence if checked.counts else "",
        type=str(checked.level) if checked.counts else "",
    )
