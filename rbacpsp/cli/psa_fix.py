"""`psa check --fix` and `--patch`: fixes manifests automatically, and checks them again.

The manifests are edited as text, so that comments, order and quotes survive. What is printed was read again:
each object is then what was wanted, and what still violates the level is named.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from rbacpsp.cli import manifest_edit
from rbacpsp.cli.errors import note
from rbacpsp.cli.manifest_edit import ObjectEdit
from rbacpsp.cli.psa_check import CheckedObject, Checker
from rbacpsp.decode import ManifestFile
from rbacpsp.model.json import JSONObject
from rbacpsp.pss.fix import Fix, fix
from rbacpsp.pss.levels import version_text
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode as to_yaml


class FixedObject(NamedTuple):
    """An object that violated the level, and what could be done about it."""

    found: CheckedObject
    fix: Fix


def fix_objects(checker: Checker, found: Sequence[CheckedObject]) -> list[FixedObject]:
    """What can be done about each object that violates the level; all that is left is said on stderr."""
    level = checker.standard.level
    mended = []
    for each in found:
        if not each.checked.failed:
            continue
        try:
            made = fix(each.located.value, level.level, version_text(level.version), checker.standard.server)
        except ValueError as error:
            checker.reading.wrong(f"{each.located.place}: {error}: mend the manifest")
        else:
            mended.append(FixedObject(each, made))
    return mended


def report_fixes(mended: Sequence[FixedObject]) -> None:
    """Say on stderr what is set, what it replaces, and what is left to do by hand."""
    for each in mended:
        checked = each.found.checked
        for edit in each.fix.edits:
            instead = "" if edit.replaced is None else f" instead of {json.dumps(edit.replaced)}"
            note(f"{checked.title}: {edit.field} is set to {json.dumps(edit.value)}{instead} ({edit.check}).")
        for left in each.fix.remaining:
            failure = left.failure
            where = ", ".join(failure.fields)
            note(f"{checked.title}: {failure.check} is not mended ({where}): {left.why}.")


def patches(mended: Sequence[FixedObject], form: str) -> str:
    """A strategic merge patch an object, for `kubectl patch --patch-file` and for kustomize."""
    documents = [_patch(each) for each in mended if each.fix.edits]
    if form == "json":
        return "".join(map(to_json, documents))
    return "---\n".join(map(to_yaml, documents))


def _patch(mended: FixedObject) -> JSONObject:
    obj = mended.found.located.value
    metadata = obj.get("metadata") or {}
    named = {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)}
    head = {"apiVersion": obj.get("apiVersion"), "kind": obj["kind"], "metadata": named}
    return {**{key: value for key, value in head.items() if value}, **mended.fix.patch}


def edited_text(files: Sequence[ManifestFile], mended: Sequence[FixedObject]) -> str:
    """The documents in which something is set, as one text.

    Raises:
        InputError: A file cannot be edited without changing more than was asked for.
    """
    changed = [
        ObjectEdit(each.found.file, each.found.located, each.fix.edits, each.fix.obj) for each in mended
    ]
    return manifest_edit.edited_text(files, changed)
