"""`psa check --fix` and `--patch`: fixes manifests automatically, and checks them again.

The manifests are edited as text, which keeps comments, order and quotes. The printed text is read again to
check that each object is as wanted, and the objects that still violate the level are named.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from rbacpsp.cli import manifest_edit
from rbacpsp.cli.errors import note
from rbacpsp.cli.manifest_edit import ObjectEdit
from rbacpsp.cli.psa_check import CheckedObject, ManifestChecker
from rbacpsp.decode import ManifestFile
from rbacpsp.model.json import JSONObject
from rbacpsp.pss.fix import PodSecurityFix, fix
from rbacpsp.pss.levels import version_text
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode as to_yaml


class FixedObject(NamedTuple):
    """An object that violates the level, and its fix."""

    checked_object: CheckedObject
    fix: PodSecurityFix


def fix_objects(checker: ManifestChecker, checked_objects: Sequence[CheckedObject]) -> list[FixedObject]:
    """The fix of each object that violates the level."""
    level = checker.standard.level
    fixed = []
    for checked_object in checked_objects:
        if not checked_object.checked.failed:
            continue
        try:
            fixes = fix(
                checked_object.located.value,
                level.level,
                version_text(level.version),
                checker.standard.server,
            )
        except ValueError as error:
            checker.reading.wrong(f"{checked_object.located.location}: {error}: fix the manifest")
        else:
            fixed.append(FixedObject(checked_object, fixes))
    return fixed


def report_fixes(fixed_objects: Sequence[FixedObject]) -> None:
    """Write to stderr what is set, what it replaces, and what remains to be fixed by hand."""
    for fixed in fixed_objects:
        checked = fixed.checked_object.checked
        for edit in fixed.fix.edits:
            instead = "" if edit.replaced is None else f" instead of {json.dumps(edit.replaced)}"
            note(f"{checked.title}: {edit.field} is set to {json.dumps(edit.value)}{instead} ({edit.check}).")
        for remaining in fixed.fix.remaining:
            failure = remaining.failure
            where = ", ".join(failure.fields)
            note(f"{checked.title}: {failure.check} is not fixed ({where}): {remaining.why}.")


def patches(fixed_objects: Sequence[FixedObject], form: str) -> str:
    """A strategic merge patch for each object, for `kubectl patch --patch-file` and for kustomize."""
    documents = [_patch(fixed) for fixed in fixed_objects if fixed.fix.edits]
    if form == "json":
        return "".join(map(to_json, documents))
    return "---\n".join(map(to_yaml, documents))


def _patch(fixed: FixedObject) -> JSONObject:
    obj = fixed.checked_object.located.value
    metadata = obj.get("metadata") or {}
    named = {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)}
    head = {"apiVersion": obj.get("apiVersion"), "kind": obj["kind"], "metadata": named}
    return {**{key: value for key, value in head.items() if value}, **fixed.fix.patch}


def edited_text(files: Sequence[ManifestFile], fixed_objects: Sequence[FixedObject]) -> str:
    """The documents with fixes, as one text.

    Raises:
        InputError: A file cannot be edited without other changes.
    """
    changed = [
        ObjectEdit(fixed.checked_object.file, fixed.checked_object.located, fixed.fix.edits, fixed.fix.obj)
        for fixed in fixed_objects
    ]
    return manifest_edit.edited_text(files, changed)
