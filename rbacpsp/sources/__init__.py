"""Where bytes come from: files, folders, standard input, snapshots and running clusters."""

from rbacpsp.sources.reading import (
    JudgedFiles,
    Loaded,
    read_files,
    read_judged,
    read_manifest_files,
    read_manifests,
    read_manifests_with_origins,
)
from rbacpsp.sources.snapshot import write_snapshot

__all__ = [
    "JudgedFiles",
    "Loaded",
    "read_files",
    "read_judged",
    "read_manifest_files",
    "read_manifests",
    "read_manifests_with_origins",
    "write_snapshot",
]
