"""`psa check --fix` and `--patch`: manifests mended by rote, proved by a second check.

The manifests are edited as text, so that comments, order and quotes survive. What is printed was read again:
each object is then what was wanted, and what still violates the level is named.
"""

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.psa_checked import Checker, Found
from rbacpsp.load import LoadError, ManifestFile, read_manifest_files
from rbacpsp.load.yaml_kubectl import split
from rbacpsp.pss.fix import Fix, fix
from rbacpsp.pss.levels import version_text
from rbacpsp.pss.yaml_edit import YamlEditError, edit_yaml
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode as to_yaml

JSONObject = dict[str, Any]


class Mended(NamedTuple):
    """An object that violated the level, and what could be done about it."""

    found: Found
    fix: Fix


def mend(checker: Checker, found: Sequence[Found]) -> list[Mended]:
    """What can be done about each object that violates the level; all that is left is said on stderr."""
    level = checker.level
    return [
        Mended(
            each,
            fix(
                each.located.value,
                level.level,
                version_text(level.version),
                checker.kubernetes_version,
            ),
        )
        for each in found
        if each.checked.failed
    ]


def report(mended: Sequence[Mended]) -> None:
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


def patches(mended: Sequence[Mended], form: str) -> str:
    """A strategic merge patch an object, for `kubectl patch --patch-file` and for kustomize."""
    documents = [_patch(each) for each in mended if each.fix.edits]
    if form == "json":
        return "".join(map(to_json, documents))
    return "---\n".join(map(to_yaml, documents))


def _patch(mended: Mended) -> JSONObject:
    obj = mended.found.located.value
    metadata = obj.get("metadata") or {}
    named = {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)}
    head = {"apiVersion": obj.get("apiVersion"), "kind": obj["kind"], "metadata": named}
    return {**{key: value for key, value in head.items() if value}, **mended.fix.patch}


def edited(files: Sequence[ManifestFile], mended: Sequence[Mended]) -> str:
    """The files with the mended fields set, as one text.

    Raises:
        InputError: A file cannot be edited without changing more than was asked for.
    """
    texts = []
    for file in files:
        own = [each for each in mended if each.found.file is file and each.fix.edits]
        try:
            text = _edited(file, own)
        except YamlEditError as error:
            raise InputError([f"{file.name}: {error}; --patch writes the change apart from it"]) from None
        if own:
            _prove(file, text, own)
        texts.append(text if text.endswith("\n") or not text else f"{text}\n")
    return "".join(_joined([text for text in texts if text]))


def _joined(texts: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number and not text.startswith("---"):
            yield "---\n"
        yield text


def _edited(file: ManifestFile, mended: Sequence[Mended]) -> str:
    text = file.data.decode()
    out, at = [], 0
    for part in split(text):
        edits = {}
        for each in mended:
            origin = each.found.located.origin
            if origin.document.number != part.number:
                continue
            if len(each.found.located.path) > 2:
                raise YamlEditError("a List within a List cannot be edited")
            edits[1, origin.item] = each.fix.edits
        start = text.index(part.text, at)
        out += [text[at:start], edit_yaml(part.text, edits) if edits else part.text]
        at = start + len(part.text)
    return "".join([*out, text[at:]])


def _prove(file: ManifestFile, text: str, mended: Sequence[Mended]) -> None:
    """Read the edited text again: every object must be what was wanted, and no other may have changed.

    Raises:
        YamlEditError: One is not, so that the text must not be used.
    """
    wanted = {id(each.found.located): each.fix.obj for each in mended}
    before = [wanted.get(id(located), located.value) for located in file.objects]
    try:
        (again,) = read_manifest_files(["-"], BytesIO(text.encode()))
    except LoadError as error:
        raise InputError([f"{file.name}: the edit cannot be proved: {error}"]) from None
    if [located.value for located in again.objects] != before:
        raise InputError([f"{file.name}: the edit changes more than was asked for; use --patch"])
