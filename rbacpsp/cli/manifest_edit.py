"""Edits manifests as text, which keeps comments, order and quotes, and reads them again to check the edit."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from rbacpsp.cli.errors import InputError, note
from rbacpsp.decode import LoadError, Located, ManifestFile
from rbacpsp.decode.yaml_grammar import compose
from rbacpsp.decode.yaml_locate import YAMLLocator
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import counted
from rbacpsp.pss.fix import FieldEdit
from rbacpsp.pss.yaml_edit import YamlEditError, edit_yaml
from rbacpsp.report.escape import needs_escapes
from rbacpsp.report.yaml import encode, joined
from rbacpsp.sources import read_manifest_files

_SEPARATOR = "---\n"


class ObjectEdit(NamedTuple):
    """An object of a file, and the fields that are set in it."""

    file: ManifestFile
    located: Located
    edits: tuple[FieldEdit, ...]
    obj: JSONObject
    """The object after the edits."""


def edited_text(files: Sequence[ManifestFile], changed: Sequence[ObjectEdit]) -> str:
    """The documents with edits, as one text.

    Raises:
        InputError: A file cannot be edited without other changes.
    """
    texts: list[str] = []
    documents = 0
    for file in files:
        if not file.whole:
            note(f"{file.name} is left out: not all of it could be read.")
            continue
        documents += len({id(located.locate) for located in file.objects})
        edits_of_file = {id(edit.located): edit for edit in changed if edit.file is file and edit.edits}
        try:
            texts += _edited(file, edits_of_file) if edits_of_file else []
        except YamlEditError as error:
            raise InputError(
                [f"{file.name}: {error}; --patch writes the change as a separate patch"]
            ) from None
    same = documents - len(texts)
    if changed and same:
        others = counted(same, "other document")
        note(f"{others} without a change {'is' if same == 1 else 'are'} not printed.")
    return _joined(texts)


def _edited(file: ManifestFile, changed: Mapping[int, ObjectEdit]) -> list[str]:
    """The edited documents of a file, read again to check that each object is as wanted.

    Raises:
        YamlEditError: A document cannot be edited safely.
        InputError: An object differs from what was wanted, so the texts must not be used.
    """
    documents: dict[int, list[Located]] = {}
    for located in file.objects:
        documents.setdefault(id(located.locate), []).append(located)
    texts: list[str] = []
    wanted: list[JSONObject] = []
    for objects in documents.values():
        edited_objects = [
            changed[id(located_object)] for located_object in objects if id(located_object) in changed
        ]
        if edited_objects:
            text = _edited_document(file, edited_objects, alone=len(documents) == 1)
            wanted_objects = [
                changed[id(located_object)].obj if id(located_object) in changed else located_object.value
                for located_object in objects
            ]
            texts.append(_printable(file, text, wanted_objects))
            wanted += wanted_objects
    try:
        (read_again,) = read_manifest_files(["-"], BytesIO(_joined(texts).encode()))
    except LoadError as error:
        raise InputError([f"{file.name}: the edit cannot be verified: {error}"]) from None
    if [located.value for located in read_again.objects] != wanted:
        raise InputError([f"{file.name}: the edit changes more than was asked for; use --patch"])
    return texts


def _printable(file: ManifestFile, text: str, objects: Sequence[JSONObject]) -> str:
    """The text of a document; if a terminal or a CI system would act on it, its objects written anew."""
    if not needs_escapes(text):
        return text
    note(
        f"{file.name}: a document with control characters or commands of a CI system is written anew, with "
        "escapes and without its comments."
    )
    return "".join(joined(map(encode, objects)))


def _joined(texts: Sequence[str]) -> str:
    """Documents as one text; a separator that a document already starts with is not repeated."""
    first, *others = texts or [""]
    return _SEPARATOR.join([first, *(text.removeprefix(_SEPARATOR) for text in others)])


def _edited_document(file: ManifestFile, changed: Sequence[ObjectEdit], *, alone: bool) -> str:
    located = changed[0].located
    if any(len(edit.located.path) > 2 for edit in changed):
        raise YamlEditError("a List within a List cannot be edited")
    edits = [(edit.located.origin.item, edit.edits) for edit in changed]
    locate = located.locate
    if isinstance(locate, YAMLLocator):
        # The document is already parsed, for the line numbers of the check.
        return edit_yaml(locate.text, edits, lambda _: locate.root).removeprefix("\n")
    if not alone:
        raise YamlEditError("one of several JSON values in a file cannot be edited")
    text = edit_yaml(file.data.decode(), edits, compose)
    return text if text.endswith("\n") else f"{text}\n"
