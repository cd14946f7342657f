"""Tests the output of `migrate psp`: constraints as policies, with every difference."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from rbacpsp import Cluster, User, migrate
from rbacpsp.migration import Migration
from rbacpsp.model.request import MASTERS
from rbacpsp.psp import Admission
from tests.conformance.test_scc import CREATES, clusters
from tests.migration.scc_gaps import differing

JSON = dict[str, Any]
POLICY, CONSTRAINTS = "PodSecurityPolicy", "SecurityContextConstraints"
REQUIRED = "openshift.io/required-scc"
LATER = {"apparmor", "supplementalGroupsPolicy"}
"""What newer servers set or keep by themselves, and a 1.24 does not.

Where nothing is judged that is the seccomp profile, too: 1.24 makes a field of its annotation.
"""


class Returned:
    """A cluster of OpenShift whose constraints became policies."""

    def __init__(self, items: list[JSON]) -> None:
        self.migration: Migration = migrate(Cluster.from_objects(items), "psp")
        kept = [item for item in items if item["kind"] != CONSTRAINTS]
        self.after = Cluster.from_objects(
            [*kept, *self.migration.objects], kubernetes_version="1.24", validate=True
        )
        self._constraints = {
            each["metadata"]["name"]: each["metadata"]["annotations"].get("rbacpsp.io/policies", "")
            for each in self.migration.objects
            if each["kind"] == POLICY
        }
        self._gaps = {(gap.policy, gap.kind, gap.field) for gap in self.migration.gaps}

    def compare(self, case: JSON) -> tuple[str, list[str]]:
        """How the answers for a recorded pod differ, and the differences that no gap explains."""
        result, user = case["result"], User(case["user"], tuple(case["groups"]))
        if result.get("stage") in {"validation", "serviceaccount"}:
            return "refused by the server itself", []
        new = self.after.admit(case["pod"], user=user, namespace=case["namespace"])
        if result["allowed"] and new.allowed:
            later = LATER if "subjectType" in result else {*LATER, "seccompProfile"}
            changes = [each for each in differing(new.pod or {}, result["pod"]) if each[0] not in later]
            return ("stored" if changes else "same"), list(self._stored(result, new, changes, user))
        if result["allowed"]:
            return "stricter", list(self._stricter(case, new))
        if new.allowed:
            return "weaker", list(self._weaker(case, new, user))
        return "same", []

    def _has(self, name: str, kind: str, field: str) -> bool:
        return (name, kind, field) in self._gaps

    def _stored(
        self, result: JSON, new: Admission, changes: list[tuple[str, Any, Any]], user: User
    ) -> Iterator[str]:
        old = result.get("scc", "") if "subjectType" in result else ""
        if not changes:
            return
        if self._constraints[str(new.policy)] != old:
            masters = MASTERS in user.groups and self._has("*", "order lost", "metadata.name")
            if not masters and not self._has(old, "order lost", "priority"):
                yield f"{new.policy} before {old}"
            return
        for field, after, before in changes:
            masters = MASTERS in user.groups and self._has("*", "order lost", "metadata.name")
            filled = field == "allowPrivilegeEscalation" and self._has(
                old, "stricter", "defaultAllowPrivilegeEscalation"
            )
            if not masters and not filled:
                yield f"{old}: {field} {before} -> {after}"

    def _stricter(self, case: JSON, new: Admission) -> Iterator[str]:
        result, annotations = case["result"], case["pod"]["metadata"].get("annotations") or {}
        if case["pod"]["spec"].get("os", {}).get("name") == "windows":
            if not self._has("*", "stricter", "spec.os.name"):
                yield "windows"
            return
        if annotations.get(REQUIRED) and self._has("*", "stricter", REQUIRED):
            return
        old = result.get("scc", "")
        fields = ("volumes", "defaultAllowPrivilegeEscalation")
        if not any(self._has(old, "stricter", field) for field in fields):
            yield f"{old}: {new.message}"

    def _weaker(self, case: JSON, new: Admission, user: User) -> Iterator[str]:
        message, annotations = case["result"]["message"], case["pod"]["metadata"].get("annotations") or {}
        explained = (
            (bool(annotations.get(REQUIRED)), "*", REQUIRED),
            ("unable to validate against any security" not in message, "*", "metadata.namespace"),
            (MASTERS in user.groups, "*", "metadata.name"),
            (
                "Host Users must be set to false" in message,
                self._constraints[str(new.policy)],
                "userNamespaceLevel",
            ),
            (
                "image volumes are not" in message or "projected volumes are not" in message,
                self._constraints[str(new.policy)],
                "volumes",
            ),
        )
        if not any(applies and self._has(name, "weaker", field) for applies, name, field in explained):
            yield f"{new.policy}: {message}"


def test_every_recorded_pod_gets_its_recorded_answer_or_a_gap_explains_the_difference() -> None:
    fares: Counter[str] = Counter()
    unexplained = []
    for batch in sorted(CREATES):
        returned = Returned(clusters()[batch]["cluster"]["items"])
        for case in CREATES[batch]["cases"]:
            how, why = returned.compare(case)
            fares[how] += 1
            unexplained += [(batch, case["id"], how, each) for each in why]
    assert unexplained == []
    assert fares == {
        "same": 5097,
        "weaker": 535,
        "stored": 525,
        "refused by the server itself": 121,
        "stricter": 90,
    }


def constraint(name: str = "mine", **fields: Any) -> JSON:
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": CONSTRAINTS,
        "metadata": {"name": name},
        "runAsUser": {"type": "RunAsAny"},
        "seLinuxContext": {"type": "RunAsAny"},
        "priority": 20,
        **fields,
    }


def namespace_with_ranges(name: str, uids: str = "1000/10") -> JSON:
    annotations = {
        "openshift.io/sa.scc.uid-range": uids,
        "openshift.io/sa.scc.mcs": "s0:c1,c2",
        "openshift.io/sa.scc.supplemental-groups": uids,
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": annotations}}


def written(*objects: JSON) -> Migration:
    return migrate(Cluster.from_objects(objects), "psp")


def policies(*objects: JSON) -> dict[str, JSON]:
    """The policies of the constraints `mine`, by name."""
    return {
        each["metadata"]["name"]: each
        for each in written(*objects).objects
        if each["kind"] == POLICY and each["metadata"]["annotations"].get("rbacpsp.io/policies") == "mine"
    }


def test_constraints_with_values_of_their_own_become_one_policy() -> None:
    mine = constraint(
        runAsUser={"type": "MustRunAs", "uid": 5},
        fsGroup={"type": "MustRunAs", "ranges": [{"min": 1, "max": 2}]},
        seccompProfiles=["runtime/default", "localhost/a"],
        volumes=["storageOS", "vsphere", "secret", "image"],
        allowHostPorts=True,
    )
    [policy] = policies(mine, namespace_with_ranges("shop")).values()
    assert policy["metadata"]["name"] == "001-mine"
    spec = policy["spec"]
    assert spec["runAsUser"] == {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 5}]}
    assert spec["fsGroup"] == {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 2}]}
    assert spec["volumes"] == ["secret", "storageos", "vsphereVolume"]
    assert spec["hostPorts"] == [{"min": 0, "max": 65535}]
    annotations = policy["metadata"]["annotations"]
    assert annotations["seccomp.security.alpha.kubernetes.io/allowedProfileNames"] == (
        "runtime/default,localhost/a"
    )
    assert annotations["seccomp.security.alpha.kubernetes.io/defaultProfileName"] == "runtime/default"


def test_constraints_that_take_from_the_namespace_become_a_policy_for_each_that_may_use_them() -> None:
    mine = constraint(runAsUser={"type": "MustRunAsRange"}, groups=["dev"])
    made = policies(mine, namespace_with_ranges("shop"), namespace_with_ranges("web", "2000/10"))
    assert {name: each["spec"]["runAsUser"]["ranges"] for name, each in made.items()} == {
        "001-mine.shop": [{"min": 1000, "max": 1009}],
        "001-mine.web": [{"min": 2000, "max": 2009}],
    }
    bound = [
        (each["kind"], each["metadata"].get("namespace"), each["subjects"])
        for each in written(mine, namespace_with_ranges("shop")).objects
        if each["metadata"]["name"] == "psp:001-mine.shop" and "subjects" in each
    ]
    dev = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "dev"}
    assert bound == [("RoleBinding", "shop", [dev])]


def test_without_a_namespace_that_sets_something_aside_that_is_a_gap() -> None:
    mine = constraint(runAsUser={"type": "MustRunAsRange"}, seLinuxContext={"type": "MustRunAs"})
    [policy] = policies(mine).values()
    assert policy["spec"]["runAsUser"] == {"rule": "MustRunAsNonRoot"}
    assert policy["spec"]["seLinux"] == {"rule": "RunAsAny"}
    gaps = {(gap.kind, gap.field) for gap in written(mine).gaps if gap.policy == "mine"}
    assert {
        (kind, field) for kind in ("weaker", "mutation lost") for field in ("runAsUser", "seLinuxContext")
    } <= gaps


def test_constraints_that_cannot_be_used_are_skipped() -> None:
    made = written(constraint(runAsUser={"type": "MustRunAs"}), namespace_with_ranges("shop"))
    assert made.passed_over == (
        "error creating provider for SCC mine in namespace : MustRunAs requires a UID",
    )


def test_no_constraints_are_refused_and_so_is_what_policies_cannot_do() -> None:
    with pytest.raises(ValueError, match="there are no security context constraints to migrate"):
        written(namespace_with_ranges("shop"))
    result = Cluster.from_objects([constraint()])
    with pytest.raises(ValueError, match="PodSecurityPolicy does not support the scope all"):
        migrate(result, "psp", scope="all")
    with pytest.raises(ValueError, match="refuses what it does not admit, in every namespace"):
        migrate(result, "psp", actions="Warn")
