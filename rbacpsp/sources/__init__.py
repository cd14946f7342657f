"""Reads clusters from files, folders, standard input, snapshots and API servers."""

from rbacpsp.sources.reading import (
    JudgedFiles,
    Loaded,
    read_files,
    read_judged,
    read_manifest_files,
    read_manifests,
    read_manifests_with_origins,
)

__all__ = [
    "JudgedFiles",
    "Loaded",
    "read_files",
    "read_judged",
    "read_manifest_files",
    "read_manifests",
    "read_manifests_with_origins",
]
