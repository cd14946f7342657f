"""JSON patches in CEL that note the winning policy in a pod and fill in what it fills in."""

from collections.abc import Iterator

from rbacpsp.migration.cel import Clause, clause_of
from rbacpsp.migration.cel.clause import fill_containers
from rbacpsp.migration.cel.profiles import synchronized
from rbacpsp.migration.cel.text import strings
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.labels import VALIDATED

PLACE = "/metadata/annotations/" + VALIDATED.replace("/", "~1")


def note(passed_over: str, winner: str) -> str:
    """Write the winner's name into the annotation, unless that is ignored."""
    return (
        f"{passed_over} ? [] : has(object.metadata.annotations) ? "
        f'[JSONPatch{{op: "add", path: "{PLACE}", value: {winner}}}] : '
        f'[JSONPatch{{op: "add", path: "/metadata/annotations", value: {{"{VALIDATED}": {winner}}}}}]'
    )


def fillings(policies: tuple[PolicyControls, ...], winner: str) -> Iterator[str]:
    """What the winner fills in, a field each; then what 1.24 did to every new pod."""
    by_field: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for policy in policies:
        for control in policy.controls:
            clause: Clause = clause_of(control)
            if clause.patches:
                wanted = by_field.setdefault(stem_of(control.fills), {})
                wanted.setdefault(clause.patches, []).append(policy.name)
    for patches in by_field.values():
        yield " + ".join(
            f"({winner} in {strings(names)} ? {_joined(each)} : [])" for each, names in patches.items()
        )
    yield f"{winner} == '' ? [] : {_joined(synchronized())}"
    masked = fill_containers(
        "c.?securityContext.?procMount.orValue('Default') != 'Default'", "procMount", "'Default'"
    )
    yield f"{winner} == '' || !object.spec.?hostUsers.orValue(true) ? [] : {_joined(masked)}"


def _joined(patches: tuple[str, ...]) -> str:
    return " + ".join(f"({patch})" for patch in patches)
