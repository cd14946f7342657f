"""Reads the files of `-f` as a cluster."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from rbacpsp.cli.cluster_cache import has_cache
from rbacpsp.cli.errors import reporting_read_errors
from rbacpsp.cli.what_if import WhatIf, manifest_check

if TYPE_CHECKING:
    from rbacpsp.decode.needed import Needed
    from rbacpsp.model import Objects
    from rbacpsp.model.pod_templates import TemplateKinds


class FileOptions(WhatIf, Protocol):
    """The options that say which files to read, and how."""

    @property
    def filenames(self) -> tuple[str, ...]:
        """The files and folders of `-f`."""

    @property
    def allow_empty(self) -> bool:
        """Whether a file without objects is no error."""

    @property
    def duplicates(self) -> str:
        """What to do with two equal keys of an object: `refuse` or `last`."""

    @property
    def kubernetes_version(self) -> str | None:
        """The release of the server, if it is given."""

    @property
    def templates(self) -> "TemplateKinds | None":
        """The custom resources whose pods are read; None: all known ones."""


def objects_in_files(source: FileOptions, kinds: Collection[str] | None, namespace: str | None) -> "Objects":
    """The objects in the files of `-f`; the arguments are those of `open_cluster`.

    Raises:
        InputError: A file cannot be read.
    """
    from rbacpsp.sources import read_files

    with reporting_read_errors():
        return read_files(
            source.filenames,
            keep_going=source.keep_going,
            allow_empty=source.allow_empty,
            templates=source.templates,
            last_counts=source.duplicates == "last",
            check=manifest_check(source.kubernetes_version, validate=source.validate),
            apply_namespace=source.apply_namespace,
            needed=_needed(source, kinds, namespace),
        ).objects


def _needed(source: FileOptions, kinds: Collection[str] | None, namespace: str | None) -> "Needed | None":
    """The part of a snapshot that is read; None if a cache or a what-if needs everything."""
    from rbacpsp.decode.needed import Needed
    from rbacpsp.sources.custom_resources import depends_on_customs

    if kinds is None or depends_on_customs(kinds) or has_cache() or source.removed or source.apply_namespace:
        return None
    return Needed(frozenset(kinds), namespace)
