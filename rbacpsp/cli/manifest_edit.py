"""Manifests edited as text, so that comments, order and quotes survive, and read again to prove the edit."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from rbacpsp.cli.errors import InputError, note
from rbacpsp.decode import LoadError, Located, ManifestFile
from rbacpsp.decode.locate import YAMLLocator
from rbacpsp.decode.yaml_grammar import compose
from rbacpsp.model.json import JSONObject
from rbacpsp.pss.fix import Edit
from rbacpsp.pss.yaml_edit import YamlEditError, edit_yaml
from rbacpsp.sources import read_manifest_files

_SEPARATOR = "---\n"


class ObjectEdit(NamedTuple):
    """An object of a file, and what is set in it."""

    file: ManifestFile
    located: Located
    edits: tuple[Edit, ...]
    obj: JSONObject
    """The object with the edits made."""


def edited_text(files: Sequence[ManifestFile], changed: Sequence[ObjectEdit]) -> str:
    """The documents in which something is set, as one text.

    Raises:
        InputError: A file cannot be edited without changing more than was asked for.
    """
    texts: list[str] = []
    for file in files:
        if not file.whole:
            note(f"{file.name} is left out: not all of it could be read.")
            continue
        own = {id(each.located): each for each in changed if each.file is file and each.edits}
        try:
            texts += _edited(file, own) if own else []
        except YamlEditError as error:
            raise InputError([f"{file.name}: {error}; --patch writes the change apart from it"]) from None
    return _SEPARATOR.join(texts)


def _edited(file: ManifestFile, changed: Mapping[int, ObjectEdit]) -> list[str]:
    """The edited documents of a file, read again: each object in them must be what was wanted.

    Raises:
        YamlEditError: A document cannot be edited safely.
        InputError: An object is another, so that the texts must not be used.
    """
    documents: dict[int, list[Located]] = {}
    for located in file.objects:
        documents.setdefault(id(located.locate), []).append(located)
    texts: list[str] = []
    wanted: list[JSONObject] = []
    for there in documents.values():
        own = [changed[id(each)] for each in there if id(each) in changed]
        if own:
            texts.append(_edited_document(file, own, alone=len(documents) == 1))
            wanted += [changed[id(each)].obj if id(each) in changed else each.value for each in there]
    try:
        (again,) = read_manifest_files(["-"], BytesIO(_SEPARATOR.join(texts).encode()))
    except LoadError as error:
        raise InputError([f"{file.name}: the edit cannot be proved: {error}"]) from None
    if [located.value for located in again.objects] != wanted:
        raise InputError([f"{file.name}: the edit changes more than was asked for; use --patch"])
    return texts


def _edited_document(file: ManifestFile, changed: Sequence[ObjectEdit], *, alone: bool) -> str:
    located = changed[0].located
    if any(len(each.located.path) > 2 for each in changed):
        raise YamlEditError("a List within a List cannot be edited")
    edits = [(each.located.origin.item, each.edits) for each in changed]
    locate = located.locate
    if isinstance(locate, YAMLLocator):
        # It was composed when the lines of the check were looked for.
        return edit_yaml(locate.text, edits, lambda _: locate.root).removeprefix("\n")
    if not alone:
        raise YamlEditError("one of several JSON values in a file cannot be edited")
    text = edit_yaml(file.data.decode(), edits, compose)
    return text if text.endswith("\n") else f"{text}\n"
