"""Finds the lines of manifests that an explanation names."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rbacpsp.pss.paths import parse_path

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Manifest

Lines = Callable[[str], str]


def lines_of(cluster: "Cluster", obj: "Manifest") -> Lines:
    """A function that gives `file:line` of a field of a manifest, or only the file, or an empty text."""
    from rbacpsp.decode import LoadError
    from rbacpsp.sources import read_manifest_files

    file = file_of(cluster, obj)
    if not file:
        return lambda _: ""
    origin = cluster.objects.origin(obj)
    try:
        (manifests,) = read_manifest_files([file])
    except (LoadError, ValueError):
        return lambda _: file
    for located in manifests.objects:
        if located.origin.document.number == origin.document.number and located.origin.item == origin.item:
            return lambda field: f"{file}:{located.line(parse_path(field))}"
    return lambda _: file


def file_of(cluster: "Cluster", obj: "Manifest") -> str:
    """The file that an object was read from; empty if it cannot be read again."""
    try:
        file = cluster.objects.origin(obj).document.file
    except KeyError:
        return ""
    return file if Path(file).is_file() else ""
