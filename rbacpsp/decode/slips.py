"""Finds misspelled kinds, such as `kind: Rolebinding` or `policy/v1 PodSecurityPolicy`.

kubectl refuses such an object: `no matches for kind "Rolebinding" in version "v1"`. Here that is not an
error, since a custom resource may have any kind and group. An object counts as misspelled only if its kind
resembles one on which answers depend and is not one of Kubernetes' own.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches

from rbacpsp.decode.doc import Doc
from rbacpsp.decode.problems import Problem
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import Path

Kinds = Mapping[str, frozenset[str]]
"""The kinds on which answers depend, each with its apiVersions."""

_OWN_GROUPS: dict[str, frozenset[str]] = {
    "": frozenset(
        {
            *("APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Binding", "ComponentStatus"),
            *("Config", "ConfigMap", "Endpoints", "Event", "LimitRange", "Node", "PersistentVolume"),
            *("PersistentVolumeClaim", "PodStatusResult", "ResourceQuota", "Secret", "Service", "Status"),
        }
    ),
    "apps": frozenset({"ControllerRevision", "DeploymentRollback", "Scale"}),
    "batch": frozenset({"JobTemplate", "ScheduledJob"}),
    "extensions": frozenset({"DeploymentRollback", "Ingress", "NetworkPolicy", "Scale"}),
    "policy": frozenset({"Eviction", "PodDisruptionBudget"}),
    "rbac.authorization.k8s.io": frozenset(),
}
"""The groups of the kinds on which answers depend, each with its other kinds."""
_ACCESS = frozenset({"ClusterRole", "ClusterRoleBinding", "PodSecurityPolicy", "Role", "RoleBinding"})
_ACCESS_GROUPS = frozenset(
    {
        "authorization.openshift.io",
        "management.cattle.io",
        "rbacmanager.reactiveops.io",
        "security.openshift.io",
        "user.openshift.io",
    }
)
"""Groups outside of Kubernetes whose objects grant access, or list the members of a group."""
_NOBODY_ELSES = _ACCESS - {"Role"}
"""Kinds that no group outside of Kubernetes has, except for those in `_ACCESS_GROUPS`."""
_WHOLE_GROUPS = frozenset({"rbac.authorization.k8s.io"})
"""The groups all of whose kinds are read."""
_KUBERNETES = (".k8s.io", ".kubernetes.io")
_LIKE = 0.8
"""The least similarity of a group or a kind to the intended one (`difflib`'s ratio)."""
_LONGEST = 100
"""Longer names are not compared, which would take long."""


def meant(version: str, kind: str, kinds: Kinds) -> str:
    """Advice for an object whose kind, in its apiVersion, no server has; empty if it is not misspelled.

    Args:
        version: Its apiVersion.
        kind: Its kind.
        kinds: The kinds that are read.
    """
    group = version.rpartition("/")[0]
    if not version or not kind or version in kinds.get(kind, ()):
        return ""
    if len(kind) > _LONGEST or len(version) > _LONGEST or _is_a_list(version, kind, kinds):
        return ""
    right = _meant_kind(kind, group, kinds)
    if right and _is_our_group(group, right, kinds):
        return f"write apiVersion: {_meant_version(version, kinds[right])} and kind: {right}"
    if group in _WHOLE_GROUPS:
        known = sorted(kind for kind, versions in kinds.items() if version in versions)
        return f"this group has {', '.join(known)}" if known else "check both"
    return ""


def _is_a_list(version: str, kind: str, kinds: Kinds) -> bool:
    return kind.endswith("List") and version in kinds.get(kind.removesuffix("List"), ())


def unserved(doc: Doc, version: str, kind: str, advice: str, path: Path) -> Problem:
    """The problem about an object of a kind that no server has, as kubectl words it."""
    words = f'no matches for kind "{shown(kind)}" in version "{shown(version)}": it was skipped'
    return doc.problem(words, advice, path)


def is_access(version: str, kind: str) -> bool:
    """Whether an object from outside of Kubernetes may give access that is not known here."""
    group = version.rpartition("/")[0]
    return group in _ACCESS_GROUPS or kind in _ACCESS or kind.endswith(("RoleBinding", "ClusterRole"))


def _meant_kind(kind: str, group: str, kinds: Kinds) -> str:
    """The intended kind: itself, or one with a similar name; empty if there is none."""
    if kind in kinds:
        return kind
    if kind in _OWN_GROUPS.get(group, ()):
        return ""
    folded = {known.casefold(): known for known in kinds}
    word = kind.strip().casefold()
    if word in folded or word.removesuffix("s") in folded:
        return folded.get(word) or folded[word.removesuffix("s")]
    close = get_close_matches(word, folded, 1, _LIKE)
    return folded[close[0]] if close else ""


def _is_our_group(group: str, kind: str, kinds: Kinds) -> bool:
    """Whether the intended group is one of Kubernetes' own, which have no dot or end in `k8s.io`."""
    if kind in _NOBODY_ELSES and group not in _ACCESS_GROUPS:
        return True
    if "." not in group or group.casefold().endswith(_KUBERNETES):
        return True
    return bool(
        get_close_matches(group.casefold(), {known.rpartition("/")[0] for known in kinds[kind]}, 1, _LIKE)
    )


def _meant_version(version: str, versions: frozenset[str]) -> str:
    """The most similar version; stable ones are preferred among equals."""
    return max(sorted(versions, key=_age), key=lambda known: SequenceMatcher(None, version, known).ratio())


def _age(version: str) -> tuple[bool, str]:
    number = version.rpartition("/")[2]
    return ("alpha" in number or "beta" in number, version)
