"""Compares constraints with the policy plugin, and finds differences that no reported gap explains.

A gap explains a difference in its own direction only, in the field that differs, and for the policy that
admitted the pod, or by whose constraints it is admitted now.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from rbacpsp import Cluster, User, migrate
from rbacpsp.migration import Migration
from rbacpsp.model.scc import KIND
from rbacpsp.psp import Admission
from rbacpsp.scc import SCCAdmission

JSON = dict[str, Any]
ANNOTATIONS = {
    "openshift.io/sa.scc.uid-range": "1000700000/10000",
    "openshift.io/sa.scc.mcs": "s0:c27,c4",
    "openshift.io/sa.scc.supplemental-groups": "1000700000/10000",
}
SECCOMP = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
APPARMOR = "apparmor.security.beta.kubernetes.io"
WEAKER = (
    (r"\.hostPort\b|ports\[\d+\]", "hostPorts"),
    (r"runAsGroup|securityContext: Invalid value: \[\]int64", "runAsGroup"),
    (r"annotations\[container\.apparmor", f"{APPARMOR}/allowedProfileNames"),
    (r"annotations\[(container\.)?seccomp", SECCOMP),
    (r"hostPath|volumeMounts\[\d+\]\.readOnly", "allowedHostPaths"),
    (r"csi|CSI", "allowedCSIDrivers"),
    (r"seLinuxOptions", "seLinux"),
    (r'"projected"', "volumes"),
    (r"procMount", "allowedProcMountTypes"),
    (r"runtimeClassName", "runtimeClass"),
)
"""A part of an error of the plugin, and the field of the policy that it is about."""
STRICTER = (
    (r"fsGroup", "fsGroup"),
    (r"supplementalGroups", "supplementalGroups"),
    (r"runAsUser", "runAsUser"),
    (r"projected volumes", "volumes"),
    (r"seLinuxOptions", "seLinux"),
    (r"'hostNetwork' is true", "hostNetwork"),
    (r"'hostIPC' is true", "hostIPC"),
)
ADDED = {"fsGroup": "fsGroup", "supplementalGroups": "supplementalGroups", "seLinuxOptions": "seLinux"}
LOST = {
    "runAsGroup": "runAsGroup",
    "runtimeClassName": "runtimeClass.defaultRuntimeClassName",
    "allowPrivilegeEscalation": "defaultAllowPrivilegeEscalation",
    "runAsUser": "runAsUser",
    "apparmor": f"{APPARMOR}/defaultProfileName",
}


class Moved:
    """A cluster whose policies became constraints on OpenShift."""

    def __init__(self, items: list[JSON], *, validate: bool = True, **options: Any) -> None:
        self.before = Cluster.from_objects(items)
        self.migration: Migration = migrate(self.before, "scc", **options)
        self.policies = {
            each["metadata"]["name"]: each["metadata"]["annotations"]["rbacpsp.io/policies"]
            for each in self.migration.objects
            if each["kind"] == KIND
        }
        """The policy of each of the constraints."""
        self._gaps = {(gap.policy, gap.kind, gap.field) for gap in self.migration.gaps}
        kept = [copy.deepcopy(item) for item in items if item["kind"] != "PodSecurityPolicy"]
        for item in kept:
            if item["kind"] == "Namespace":
                item["metadata"].setdefault("annotations", {}).update(ANNOTATIONS)
        self.after = Cluster.from_objects(
            [*kept, *self.migration.objects], openshift_version="4.20", bootstrap="always", validate=validate
        )

    def compare(self, pod: JSON, user: User, namespace: str) -> tuple[str, list[str]]:
        """How the answers for a pod differ (`same`, or the direction), and the unexplained differences."""
        old = self.before.admit(pod, user=user, namespace=namespace)
        new = self.after.scc_admit(pod, user=user, namespace=namespace)
        if old.allowed and new.allowed:
            changes = list(differing(old.pod or {}, new.pod or {}))
            return ("same" if not changes else "stored", list(self._stored(old, new, changes)))
        if old.allowed:
            return "stricter", list(self._stricter(old, new))
        if new.allowed:
            if "is forbidden: PodSecurityPolicy" not in str(old.message):
                return "weaker", list(self._let_through(new))
            return "weaker", list(self._weaker(old, new))
        return "same", []

    def _has(self, policy: str | None, kind: str, field: str) -> bool:
        return (policy, kind, field) in self._gaps or ("*", kind, field) in self._gaps

    def _weaker(self, old: Admission, new: SCCAdmission) -> Iterator[str]:
        if new.not_judged or new.scc not in self.policies:
            field = "metadata.namespace" if new.not_judged else "metadata.name"
            if not self._has("*", "weaker", field):
                yield f"{field} {new.scc} {new.not_judged}"
            return
        policy = self.policies[new.scc]
        considered = old.considered[policy]
        if not considered.usable:
            yield f"{policy} may not be used"
        for error in considered.errors:
            fields = [field for pattern, field in WEAKER if re.search(pattern, str(error))]
            if not any(self._has(policy, "weaker", field) for field in fields):
                yield f"{policy}: {error}"

    def _let_through(self, new: SCCAdmission) -> Iterator[str]:
        """Whether the old server refused the pod as invalid because of the policy's defaults."""
        policy = self.policies.get(str(new.scc))
        if not new.not_judged and not self._has(policy, "weaker", "defaultAllowPrivilegeEscalation"):
            yield f"{policy}: validation"

    def _stricter(self, old: Admission, new: SCCAdmission) -> Iterator[str]:
        winner = str(old.policy)
        names = [name for name, policy in self.policies.items() if policy == winner]
        if new.stage == "validation":
            texts = [str(new.message)]
        else:
            texts = [str(error) for name in names for error in new.considered[name].errors]
        for text in texts:
            fields = [field for pattern, field in STRICTER if re.search(pattern, text)]
            if not any(self._has(winner, "stricter", field) for field in fields):
                yield f"{winner}: {text}"
        if not texts:
            yield f"{winner}: {new.message}"

    def _stored(
        self, old: Admission, new: SCCAdmission, changes: list[tuple[str, Any, Any]]
    ) -> Iterator[str]:
        winner = old.policy
        if new.not_judged:
            if changes and not self._has(winner, "mutation lost", "metadata.namespace"):
                yield f"not judged: {changes}"
            return
        if new.scc not in self.policies:  # the policy's own constraints refuse the pod
            yield from self._stricter(old, new)
            return
        if self.policies[new.scc] != winner:
            if not self._has(winner, "order lost", "metadata.name"):
                yield f"{new.scc} came before {winner}"
            return
        for field, before, after in changes:
            added = field in ADDED and before != after and after is not None
            if added and self._has(winner, "stricter", ADDED[field]):
                continue
            if field in LOST and self._has(winner, "mutation lost", LOST[field]):
                continue
            yield f"{winner}: {field} {before} -> {after}"


def differing(old: JSON, new: JSON) -> Iterator[tuple[str, Any, Any]]:
    """The fields of two stored pods that differ, without the defaults of every container on OpenShift.

    The AppArmor field that servers since 1.30 derive from the annotation is ignored.
    """
    before, after = old["spec"], new["spec"]
    pairs = [(before.get("securityContext") or {}, after.get("securityContext") or {})]
    for kind in ("initContainers", "containers"):
        for one, other in zip(before.get(kind) or (), after.get(kind) or (), strict=True):
            pairs.append((one.get("securityContext") or {}, other.get("securityContext") or {}))
    for one, other in pairs:
        for field in sorted({*one, *other} - {"appArmorProfile"}):
            if field == "runAsNonRoot" and field not in one and other[field] is True:
                continue  # the gap of every policy
            if one.get(field) != other.get(field):
                yield field, one.get(field), other.get(field)
    if before.get("runtimeClassName") != after.get("runtimeClassName"):
        yield "runtimeClassName", before.get("runtimeClassName"), after.get("runtimeClassName")
    for key in apparmor(old).keys() | apparmor(new).keys():
        if apparmor(old).get(key) != apparmor(new).get(key):
            yield "apparmor", apparmor(old).get(key), apparmor(new).get(key)


def apparmor(pod: JSON) -> JSON:
    annotations = pod["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if "apparmor" in key}
