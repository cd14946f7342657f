"""Finds unknown fields of pods and workloads, which servers ignore and kubectl refuses."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from rbacpsp.decode.doubts import Doubts, who
from rbacpsp.decode.manifests import Located, ManifestFile
from rbacpsp.decode.schema import Issue, checked
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import KINDS

_VERSIONS = {kind.name: kind.api_versions for kind in KINDS if kind.kept in {"pods", "workloads"}}
_NEWEST = ("apps/v1", "batch/v1", "v1")
"""The apiVersions that are assumed for an object without one."""


class UnknownFields(NamedTuple):
    """The unknown fields of some files."""

    sentences: tuple[str, ...]
    """A sentence for each with its file, document and line; many are counted."""
    objects: tuple[Located, ...]
    """The objects that have some."""


def unknown_fields(files: Iterable[ManifestFile]) -> UnknownFields:
    """The unknown fields of every pod and workload in files."""
    doubts = Doubts()
    objects_with_unknown = []
    for file in files:
        for located in file.objects:
            # An object without a kind in a file may be anything: it is not assumed to be a pod.
            issues = field_issues(located.value) if located.value.get("kind") else []
            issues = [issue for issue in issues if issue.unknown]
            if issues:
                objects_with_unknown.append(located)
            for issue in issues:
                _tell(doubts, located, issue)
    return UnknownFields(tuple(doubts.sentences()), tuple(objects_with_unknown))


def _tell(doubts: Doubts, located: Located, issue: Issue) -> None:
    document, kind = located.origin.document, located.value["kind"]
    if doubts.wants(document, kind, issue):
        metadata = located.value.get("metadata")
        names = metadata if isinstance(metadata, dict) else {}
        name = who(kind, (names.get("namespace") or "", names.get("name") or names.get("generateName") or ""))
        doubts.unknown(document, located.line(issue.path), name, issue)


def known_fields(body: JSONObject) -> JSONObject:
    """A pod or a workload without its unknown fields; the same value if something else is wrong in it."""
    version = _version(body)
    if not version:
        return body
    kept, issues = checked(body.get("kind", "Pod"), version, body)
    return kept if issues and all(issue.unknown for issue in issues) else body


def field_issues(body: JSONObject) -> list[Issue]:
    """What is wrong with the fields of a pod or a workload: unknown ones and wrong types."""
    version = _version(body)
    return checked(body.get("kind", "Pod"), version, body)[1] if version else []


def _version(body: Any) -> str:
    """The apiVersion of a pod or a workload; empty for anything else."""
    if not isinstance(body, dict):
        return ""
    kind, version = body.get("kind", "Pod"), body.get("apiVersion")
    versions = _VERSIONS.get(kind, frozenset()) if isinstance(kind, str) else frozenset()
    if version:
        return version if isinstance(version, str) and version in versions else ""
    return next((candidate for candidate in _NEWEST if candidate in versions), "")
