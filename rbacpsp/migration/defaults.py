"""Patches that write today's defaults of policies into workload templates, since nothing sets them later."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.migration.gap import Workload
from rbacpsp.model import Manifest, Objects
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.defaults import TEMPLATES
from rbacpsp.pods.seccomp import POD_KEY, field_for_annotation
from rbacpsp.pss.fix import FieldEdit, strategic_merge_patch
from rbacpsp.pss.paths import Path, parse_path, with_value
from rbacpsp.simulate import Row


class Template(NamedTuple):
    """A workload whose template lacks what a policy fills in."""

    workload: Workload
    policy: str
    """The policy that fills it in today."""
    edits: tuple[FieldEdit, ...]
    patch: JSONObject
    """The edits as a strategic merge patch, for `kubectl patch --patch-file`."""

    def as_json(self) -> JSONObject:
        """The patch with the object that it is for."""
        return {"object": self.workload._asdict(), "policy": self.policy, "patch": self.patch}


def templates(rows: tuple[Row, ...], objects: Objects) -> Iterator[Template]:
    """The workloads whose pods a policy changes, with the edits that their templates need."""
    for row in rows:
        manifest = objects.workloads.get((row.kind, row.namespace, row.name))
        policy = row.policy
        if manifest is None or policy is None or row.ruling.winner is None:
            continue
        edits = tuple(_edits(manifest, row))
        if edits:
            obj: JSONObject = {**manifest.body, "kind": manifest.kind}
            for edit in edits:
                obj = with_value(obj, edit.path, edit.value)
            head = {
                "apiVersion": obj.get("apiVersion"),
                "kind": manifest.kind,
                "metadata": {"name": row.name, "namespace": row.namespace},
            }
            patch = {
                **{key: value for key, value in head.items() if value},
                **strategic_merge_patch(obj, edits),
            }
            yield Template(Workload(row.kind, row.namespace, row.name), policy, edits, patch)


def _edits(manifest: Manifest, row: Row) -> Iterator[FieldEdit]:
    winner = row.ruling.winner
    above: Path = TEMPLATES[manifest.kind]
    for change in winner.diff if winner is not None else ():
        path, value = parse_path(change.path), change.after
        if path == ("metadata", "annotations", POD_KEY):
            field = field_for_annotation(str(value))
            if field is None or change.before is not None:
                continue
            path, value = ("spec", "securityContext", "seccompProfile"), field
        yield FieldEdit((*above, *path), value, change.before)
