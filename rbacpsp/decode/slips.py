"""Finds misspelled kinds, such as `kind: Rolebinding` or `policy/v1 PodSecurityPolicy`.

kubectl refuses such an object: `no matches for kind "Rolebinding" in version "v1"`. Here the kind must
resemble one on which answers depend and be none of Kubernetes' own. That is an error where the group belongs
to Kubernetes or resembles the intended one; in any other group a custom resource may have such a kind.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import NamedTuple

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


class Misspelling(NamedTuple):
    """A kind that, in its apiVersion, no server has."""

    advice: str
    certain: bool
    """Whether no custom resource has this kind in this group either."""

    def problem(self, doc: Doc, version: str, kind: str, path: Path, *, skipped: bool) -> Problem:
        """The problem about an object of this kind, as kubectl words it; `skipped` if reading goes on."""
        words = f'no matches for kind "{shown(kind)}" in version "{shown(version)}"'
        return doc.problem(f"{words}: it was skipped" if skipped else words, self.advice, path)


def misspelling(version: str, kind: str, kinds: Kinds) -> Misspelling | None:
    """The slip in the kind or the apiVersion of an object; None if neither is misspelled.

    Args:
        version: Its apiVersion.
        kind: Its kind.
        kinds: The kinds that are read.
    """
    group = version.rpartition("/")[0]
    if not version or not kind or version in kinds.get(kind, ()):
        return None
    if len(kind) > _LONGEST or len(version) > _LONGEST or _is_a_list(version, kind, kinds):
        return None
    right = _meant_kind(kind, group, kinds)
    certain = bool(right) and _is_our_group(group, right, kinds)
    if certain or (right in _NOBODY_ELSES and group not in _ACCESS_GROUPS):
        advice = f"write apiVersion: {_meant_version(version, kinds[right])} and kind: {right}"
        return Misspelling(advice, certain)
    if group in _WHOLE_GROUPS:
        known = sorted(kind for kind, versions in kinds.items() if version in versions)
        return Misspelling(f"this group has {', '.join(known)}" if known else "check both", certain=True)
    return None


def _is_a_list(version: str, kind: str, kinds: Kinds) -> bool:
    return kind.endswith("List") and version in kinds.get(kind.removesuffix("List"), ())


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
