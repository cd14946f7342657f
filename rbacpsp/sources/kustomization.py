"""Finds the patches that a kustomization names, which are files among others but not objects."""

import posixpath
from collections.abc import Iterator
from typing import Any

NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def patches(folder: str, data: bytes) -> Iterator[str]:
    """The paths of the files that a kustomization in a folder applies as patches.

    Source: kustomize's Kustomization, its fields patches, patchesStrategicMerge and patchesJson6902.
    """
    from rbacpsp.decode.yaml_kubectl import YAMLError, read_document
    from rbacpsp.decode.yaml_split import split

    try:
        documents = [read_document(part).value for part in split(data.decode())]
    except (YAMLError, UnicodeDecodeError):
        return
    for document in documents:
        if isinstance(document, dict):
            for name in _named(document):
                yield posixpath.normpath(f"{folder}/{name}")


def _named(document: dict[str, Any]) -> Iterator[str]:
    for field in ("patches", "patchesJson6902", "patchesStrategicMerge"):
        entries = document.get(field)
        for entry in entries if isinstance(entries, list) else ():
            name = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(name, str) and "\n" not in name:
                yield name
