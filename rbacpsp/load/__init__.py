"""Bytes to objects: files, folders, stdin, snapshots and plain values."""

from rbacpsp.load.manifests import Located, ManifestFile
from rbacpsp.load.problems import LoadError, Problem, shown
from rbacpsp.load.reading import (
    Loaded,
    decode_objects,
    parse_yaml,
    read_files,
    read_manifest_files,
    read_manifests,
    read_manifests_with_origins,
)
from rbacpsp.load.snapshot import write_snapshot

__all__ = [
    "LoadError",
    "Loaded",
    "Located",
    "ManifestFile",
    "Problem",
    "decode_objects",
    "parse_yaml",
    "read_files",
    "read_manifest_files",
    "read_manifests",
    "read_manifests_with_origins",
    "shown",
    "write_snapshot",
]
