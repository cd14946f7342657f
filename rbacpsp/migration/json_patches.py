"""JSON patches in CEL that record the winning policy in a pod and set its defaults."""

from collections.abc import Iterator

from rbacpsp.migration.cel import Clause, clause_of
from rbacpsp.migration.cel.clause import fill_containers
from rbacpsp.migration.cel.profiles import seccomp_fields_from_annotations
from rbacpsp.migration.cel.text import strings
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.labels import VALIDATED

POINTER = "/metadata/annotations/" + VALIDATED.replace("/", "~1")


def note(unless: str, winner: str) -> str:
    """A patch that writes the winner's name into the annotation, unless the condition `unless` is true."""
    return (
        f"{unless} ? [] : has(object.metadata.annotations) ? "
        f'[JSONPatch{{op: "add", path: "{POINTER}", value: {winner}}}] : '
        f'[JSONPatch{{op: "add", path: "/metadata/annotations", value: {{"{VALIDATED}": {winner}}}}}]'
    )


def default_patches(policies: tuple[PolicyControls, ...], winner: str) -> Iterator[str]:
    """Patches that set the winner's defaults, one for each field, and then those of every pod in 1.24."""
    by_field: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for policy in policies:
        for control in policy.controls:
            clause: Clause = clause_of(control)
            if clause.patches:
                policies_by_patches = by_field.setdefault(stem_of(control.fills), {})
                policies_by_patches.setdefault(clause.patches, []).append(policy.name)
    for patches in by_field.values():
        yield " + ".join(
            f"({winner} in {strings(names)} ? {_joined(field_patches)} : [])"
            for field_patches, names in patches.items()
        )
    yield f"{winner} == '' ? [] : {_joined(seccomp_fields_from_annotations())}"
    masked = fill_containers(
        "c.?securityContext.?procMount.orValue('Default') != 'Default'", "procMount", "'Default'"
    )
    yield f"{winner} == '' || !object.spec.?hostUsers.orValue(true) ? [] : {_joined(masked)}"


def _joined(patches: tuple[str, ...]) -> str:
    return " + ".join(f"({patch})" for patch in patches)
