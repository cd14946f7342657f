"""What-if: `--with FILE` and `--without KIND/NAME` change the cluster before the question."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from rbacpsp.cli.errors import InputError, reporting_read_errors
from rbacpsp.cli.standard_input import standard_input
from rbacpsp.model import KINDS, Identity

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import AnyObject, Objects, Version
    from rbacpsp.model.pod_templates import TemplateKinds
    from rbacpsp.model.refusal import Changed, Refusal, SubmissionCheck

WORDS = {
    word: kind
    for kind in KINDS
    for word in (kind.name.lower(), f"{kind.name.lower()}s", kind.plural, *kind.short)
}


class WhatIf(Protocol):
    """The options that say what to change."""

    @property
    def added(self) -> tuple[str, ...]:
        """The files of `--with`."""

    @property
    def removed(self) -> tuple[str, ...]:
        """The objects of `--without`."""

    @property
    def keep_going(self) -> bool:
        """Whether documents that cannot be read are ignored."""

    @property
    def validate(self) -> bool:
        """Whether manifests are checked as a server does."""

    @property
    def apply_namespace(self) -> str | None:
        """The namespace for objects that name none."""


def read_identity(text: str, namespace: str) -> Identity:
    """The object that `KIND/NAME` or `KIND/NAMESPACE/NAME` names.

    Raises:
        InputError: The text has another form, or no answer depends on objects of this kind.
    """
    word, *parts = text.split("/")
    kind = WORDS.get(word.lower())
    if kind is None or not parts or len(parts) > 2 or not all(parts):
        raise InputError(
            [f'--without "{text}": write KIND/NAME or KIND/NAMESPACE/NAME, for example psp/100-psp'],
        )
    if not kind.namespaced:
        if len(parts) == 2:
            raise InputError(
                [f'--without "{text}": a {kind.name} is in no namespace: write {word}/{parts[1]}']
            )
        return (kind.name, "", parts[0])
    return (kind.name, parts[0], parts[1]) if len(parts) == 2 else (kind.name, namespace, parts[0])


def manifest_check(
    version: "str | Version | None", stored: "Objects | None" = None, *, validate: bool
) -> "SubmissionCheck | None":
    """The check of manifests that would be sent to the server; None without validation."""
    return _LazyCheck(version, stored) if validate else None


class _LazyCheck:
    """A check that is imported only where there is something to check."""

    def __init__(self, version: "str | Version | None", stored: "Objects | None") -> None:
        self._version = version
        self._stored = stored

    @cached_property
    def _check(self) -> "SubmissionCheck":
        from rbacpsp.admission.validation import refusal_check

        return refusal_check(self._version, self._stored)

    def __call__(self, read: "Objects", sent: "Sequence[AnyObject]") -> "Iterable[Refusal | Changed]":
        return self._check(read, sent)

    def passes(self, obj: "AnyObject") -> bool:
        return self._check.passes(obj)


def read_added(source: "WhatIf", templates: "TemplateKinds | None") -> "Objects | None":
    """The objects of the files of `--with`, which may show the version of the server.

    None without such files.

    Raises:
        InputError: A file cannot be read.
    """
    if not source.added:
        return None
    from rbacpsp.sources import read_files

    with reporting_read_errors():
        return read_files(
            source.added,
            keep_going=source.keep_going,
            stdin=standard_input(source.added),
            apply_namespace=source.apply_namespace,
            templates=templates,
        ).objects


def apply_what_if(cluster: "Cluster", source: "WhatIf") -> "Cluster":
    """The cluster with the objects of `--with` added or replaced, and those of `--without` removed.

    Raises:
        InputError: A file cannot be read, an object would be refused, or an object to remove is missing.
    """
    from rbacpsp.sources import read_files

    identities = [read_identity(text, "default") for text in source.removed]
    try:
        remaining = cluster.changed(None, identities)
        if not source.added:
            return remaining
        check = manifest_check(remaining.kubernetes_version, remaining.objects, validate=source.validate)
        with reporting_read_errors():
            added = read_files(
                source.added,
                keep_going=source.keep_going,
                stdin=standard_input(source.added),
                apply_namespace=source.apply_namespace,
                templates=remaining.objects.templates,
                check=check,
            ).objects
        return remaining.changed(added)
    except KeyError as error:
        kind, namespace, name = error.args[0]
        where = f" in namespace {namespace}" if namespace else ""
        raise InputError([f"--without: there is no {kind} {name}{where} in the cluster"]) from None
