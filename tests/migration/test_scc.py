"""Tests the output of `migrate scc`: constraints with roles and bindings, and every difference."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster, Request, User, migrate
from rbacpsp.migration import Migration
from rbacpsp.migration.controls import CONTROLS
from rbacpsp.migration.scc import differences, fields
from rbacpsp.migration.scc.names import standard_names
from rbacpsp.model.scc import GROUP, KIND, RESOURCE
from rbacpsp.testing import binding, role, rule
from tests.conformance.test_psp import CREATES
from tests.migration.build import (
    ANY_SECCOMP,
    APPARMOR,
    ROOT,
    SECCOMP,
    cluster,
    open_policy,
    pod_without_token,
)
from tests.migration.fields import ROWS
from tests.migration.scc_gaps import Moved
from tests.migration.test_agreement import stored_policy, submitted_pod
from tests.migration.test_vap import SCOPED
from tests.psp.test_against_naive import POLICIES, POLICY_ANNOTATIONS, pods

JSON = dict[str, Any]
SHOP: JSON = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


def written(*objects: JSON, **options: Any) -> Migration:
    return migrate(cluster(*objects), "scc", **options)


def constraints(*objects: JSON, **options: Any) -> list[JSON]:
    return [each for each in written(*objects, **options).objects if each["kind"] == KIND]


def only(annotations: dict[str, str] | None = None, **spec: Any) -> JSON:
    """The constraints of an open policy, except for some fields."""
    [found] = constraints(open_policy("only", annotations, **spec))
    return found


def gaps(*objects: JSON, **options: Any) -> set[tuple[str, str]]:
    """The kind and field of each gap of the policy `only`."""
    return {(gap.kind, gap.field) for gap in written(*objects, **options).gaps if gap.policy == "only"}


def test_every_recorded_pod_gets_its_recorded_answer_or_a_gap_explains_the_difference() -> None:
    fares: Counter[str] = Counter()
    unexplained = []
    for batch in CREATES:
        moved = Moved(batch["cluster"]["items"])
        for number, case in enumerate(batch["cases"]):
            user = User.impersonate(case["as"], case["groups"])
            how, why = moved.compare(case["pod"], user, case["namespace"])
            fares[how] += 1
            unexplained += [(batch["batch"], number, how, each) for each in why]
    assert unexplained == []
    assert fares == {"same": 3411, "weaker": 495, "stored": 481, "stricter": 13}


@settings(max_examples=40, deadline=None)
@given(
    drawn=st.lists(st.tuples(POLICIES, POLICY_ANNOTATIONS), min_size=1, max_size=3),
    submitted=pods().map(submitted_pod),
)
def test_any_pod_gets_the_answer_of_the_policies_or_a_gap_explains_the_difference(
    drawn: list[tuple[JSON, dict[str, str]]], submitted: JSON
) -> None:
    policies = [stored_policy(f"p-{number}", *each) for number, each in enumerate(drawn)]
    moved = Moved([*policies, SHOP], validate=False, scope="all")
    judged = moved.before.admit(submitted, user=ROOT, namespace="shop")
    assume(judged.allowed or "is forbidden: PodSecurityPolicy" in str(judged.message))
    assert moved.compare(submitted, ROOT, "shop")[1] == []


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.field}-{number}" for number, row in enumerate(ROWS)])
def test_each_field_is_migrated_or_reported_as_a_gap(row: Any) -> None:
    moved = Moved([open_policy("only", row.annotations, **row.spec), SHOP], scope="all")
    for submitted in (*row.accepted, *row.refused):
        assert moved.compare(submitted, ROOT, "shop")[1] == []


def test_every_kind_of_control_is_translated_and_its_differences_are_known() -> None:
    assert set(CONTROLS) == set(fields._FIELDS) == set(differences._DIFFERENCES)


def test_an_open_policy_becomes_open_constraints_that_fill_in_nothing() -> None:
    result = only()
    assert result == {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": result["metadata"],
        "priority": 11,
        "allowHostDirVolumePlugin": True,
        "allowHostIPC": True,
        "allowHostNetwork": True,
        "allowHostPID": True,
        "allowHostPorts": True,
        "allowPrivilegeEscalation": True,
        "allowPrivilegedContainer": True,
        "allowedCapabilities": ["*"],
        "allowedUnsafeSysctls": ["*"],
        "defaultAddCapabilities": [],
        "fsGroup": {"type": "RunAsAny"},
        "groups": [],
        "readOnlyRootFilesystem": False,
        "requiredDropCapabilities": [],
        "runAsUser": {"type": "RunAsAny"},
        "seLinuxContext": {"type": "RunAsAny"},
        "seccompProfiles": ["*"],
        "supplementalGroups": {"type": "RunAsAny"},
        "users": [],
        "volumes": ["*"],
    }


@pytest.mark.parametrize(
    ("spec", "field", "value"),
    [
        ({"privileged": False}, "allowPrivilegedContainer", False),
        ({"hostNetwork": False}, "allowHostNetwork", False),
        ({"hostPID": False}, "allowHostPID", False),
        ({"hostIPC": False}, "allowHostIPC", False),
        ({"hostPorts": []}, "allowHostPorts", False),
        ({"hostPorts": [{"min": 80, "max": 80}]}, "allowHostPorts", True),
        ({"volumes": ["vsphereVolume", "storageos"]}, "volumes", ["storageOS", "vsphere"]),
        ({"volumes": []}, "volumes", ["none"]),
        ({"volumes": ["secret"]}, "allowHostDirVolumePlugin", False),
        ({"volumes": ["hostPath"]}, "allowHostDirVolumePlugin", True),
        ({"allowedFlexVolumes": [{"driver": "a/b"}]}, "allowedFlexVolumes", [{"driver": "a/b"}]),
        (
            {"runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 5}]}},
            "runAsUser",
            {"type": "MustRunAs", "uid": 5},
        ),
        (
            {"runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}},
            "runAsUser",
            {"type": "MustRunAsRange", "uidRangeMin": 5, "uidRangeMax": 9},
        ),
        ({"runAsUser": {"rule": "MustRunAsNonRoot"}}, "runAsUser", {"type": "MustRunAsNonRoot"}),
        (
            {"fsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 2}, {"min": 7, "max": 8}]}},
            "fsGroup",
            {"type": "MustRunAs", "ranges": [{"min": 1, "max": 2}, {"min": 7, "max": 8}]},
        ),
        (
            {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0"}}},
            "seLinuxContext",
            {"type": "MustRunAs", "seLinuxOptions": {"level": "s0"}},
        ),
        ({"readOnlyRootFilesystem": True}, "readOnlyRootFilesystem", True),
        ({"allowPrivilegeEscalation": False}, "allowPrivilegeEscalation", False),
        ({"defaultAllowPrivilegeEscalation": False}, "defaultAllowPrivilegeEscalation", False),
        ({"allowedCapabilities": ["KILL"]}, "allowedCapabilities", ["KILL"]),
        ({"defaultAddCapabilities": ["KILL"]}, "defaultAddCapabilities", ["KILL"]),
        (
            {"allowedCapabilities": [], "requiredDropCapabilities": ["ALL"]},
            "requiredDropCapabilities",
            ["ALL"],
        ),
    ],
)
def test_a_field_of_the_policy_is_a_field_of_the_constraints(spec: JSON, field: str, value: Any) -> None:
    assert only(**spec)[field] == value


@pytest.mark.parametrize(
    ("allowed", "default", "profiles"),
    [
        ("*", "", ["*"]),
        ("*", "runtime/default", ["runtime/default", "*"]),
        ("localhost/a,localhost/b", "localhost/b", ["localhost/b", "localhost/a"]),
        (",localhost/a", "", ["", "localhost/a"]),
        ("localhost/b,localhost/a", "", ["localhost/a", "localhost/b"]),
    ],
)
def test_the_first_seccomp_profile_is_the_one_that_is_filled_in(
    allowed: str, default: str, profiles: list[str]
) -> None:
    annotations = {f"{SECCOMP}/allowedProfileNames": allowed}
    if default:
        annotations[f"{SECCOMP}/defaultProfileName"] = default
    assert only(annotations)["seccompProfiles"] == profiles


def test_sysctls_that_openshift_counts_as_safe_stay_forbidden() -> None:
    result = only(allowedUnsafeSysctls=["net.ipv4.tcp_*"], forbiddenSysctls=["kernel.sem"])
    assert result["allowedUnsafeSysctls"] == ["net.ipv4.tcp_*"]
    assert result["forbiddenSysctls"] == ["kernel.sem", "net.ipv4.ip_local_reserved_ports"]


def test_users_of_several_ranges_become_constraints_for_each_in_their_order() -> None:
    spans = [{"min": 1000, "max": 1999}, {"min": 5, "max": 5}]
    shape = open_policy("only", runAsUser={"rule": "MustRunAs", "ranges": spans})
    first, second = constraints(shape)
    assert [each["metadata"]["name"] for each in (first, second)] == ["only", "only.2"]
    assert [each["priority"] for each in (first, second)] == [12, 11]
    assert second["runAsUser"] == {"type": "MustRunAs", "uid": 5}
    [granted] = [each for each in written(shape).objects if each["kind"] == "ClusterRole"]
    assert granted["rules"][0]["resourceNames"] == ["only", "only.2"]
    assert {("stricter", "runAsUser"), ("mutation lost", "runAsUser")} <= gaps(shape)


GAPS: tuple[tuple[JSON, dict[str, str], set[tuple[str, str]]], ...] = (
    ({"hostPorts": [{"min": 80, "max": 80}]}, {}, {("weaker", "hostPorts")}),
    ({"allowedHostPaths": [{"pathPrefix": "/var"}]}, {}, {("weaker", "allowedHostPaths")}),
    ({"allowedHostPaths": [{"pathPrefix": "/var"}], "volumes": ["secret", "projected"]}, {}, set()),
    ({"volumes": ["secret"]}, {}, {("weaker", "volumes"), ("stricter", "volumes")}),
    ({"allowedCSIDrivers": [{"name": "a.b"}]}, {}, {("weaker", "allowedCSIDrivers")}),
    ({"allowedCSIDrivers": [{"name": "a.b"}], "volumes": ["projected"]}, {}, set()),
    (
        {"runAsGroup": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 2}]}},
        {},
        {("weaker", "runAsGroup"), ("mutation lost", "runAsGroup")},
    ),
    (
        {"fsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 2}]}},
        {},
        {("stricter", "fsGroup")},
    ),
    ({"fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 2}]}}, {}, set()),
    (
        {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "spc_t"}}},
        {},
        {("stricter", "seLinux"), ("weaker", "seLinux")},
    ),
    ({"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0"}}}, {}, set()),
    (
        {"defaultAllowPrivilegeEscalation": False},
        {},
        {
            ("weaker", "defaultAllowPrivilegeEscalation"),
            ("mutation lost", "defaultAllowPrivilegeEscalation"),
        },
    ),
    (
        {"defaultAllowPrivilegeEscalation": True},
        {},
        {("mutation lost", "defaultAllowPrivilegeEscalation")},
    ),
    (
        {"defaultAllowPrivilegeEscalation": False, "privileged": False, "allowedCapabilities": ["KILL"]},
        {},
        set(),
    ),
    ({"allowedProcMountTypes": ["Default"]}, {}, {("weaker", "allowedProcMountTypes")}),
    (
        {"runtimeClass": {"allowedRuntimeClassNames": ["a"], "defaultRuntimeClassName": "a"}},
        {},
        {("weaker", "runtimeClass"), ("mutation lost", "runtimeClass.defaultRuntimeClassName")},
    ),
    (
        {},
        {
            f"{APPARMOR}/allowedProfileNames": "runtime/default",
            f"{APPARMOR}/defaultProfileName": "runtime/default",
        },
        {
            ("weaker", f"{APPARMOR}/allowedProfileNames"),
            ("mutation lost", f"{APPARMOR}/defaultProfileName"),
        },
    ),
    (
        {},
        {f"{SECCOMP}/allowedProfileNames": "runtime/default"},
        {("weaker", f"{SECCOMP}/allowedProfileNames")},
    ),
    (
        {},
        {
            f"{SECCOMP}/allowedProfileNames": "runtime/default",
            f"{SECCOMP}/defaultProfileName": "runtime/default",
        },
        set(),
    ),
    ({}, {f"{SECCOMP}/allowedProfileNames": ",runtime/default"}, set()),
)
LATER = {("stricter", "hostNetwork"), ("stricter", "hostIPC")}


@pytest.mark.parametrize(("spec", "annotations", "expected"), GAPS)
def test_fields_that_constraints_lack_are_gaps(
    spec: JSON, annotations: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    assert gaps(open_policy("only", {**ANY_SECCOMP, **annotations}, **spec)) - LATER == expected


def test_policies_that_fill_in_nothing_are_tried_first_and_all_before_the_standard_constraints() -> None:
    filling: JSON = {"readOnlyRootFilesystem": True}
    shapes = [open_policy("a", **filling), open_policy("b"), open_policy("c", **filling), open_policy("d")]
    result = constraints(*shapes)
    assert [(each["metadata"]["name"], each["priority"]) for each in result] == [
        ("b", 14),
        ("d", 13),
        ("a", 12),
        ("c", 11),
    ]
    lost = {gap.policy: gap.detail for gap in written(*shapes).gaps if gap.kind == "order lost"}
    assert lost.keys() == {"a", "c"}
    assert "by b or d instead" in lost["a"]
    assert "by b, d, a" not in lost["c"]
    assert "b or d or a" in lost["c"]


def test_names_of_openshifts_own_constraints_are_not_used() -> None:
    shapes = [open_policy("privileged"), open_policy("psp-restricted"), open_policy("restricted")]
    names = [constraint["metadata"]["name"] for constraint in constraints(*shapes)]
    assert names == ["psp-privileged", "psp-restricted", "psp-psp-restricted"]
    assert not standard_names() & set(names)
    assert {"restricted", "restricted-v3", "hostmount-anyuid-v2"} <= standard_names()


def test_whoever_may_use_a_policy_may_use_its_constraints_and_nobody_else() -> None:
    made = written(*SCOPED)
    after = Cluster.from_objects(
        [each for each in SCOPED if each["kind"] != "PodSecurityPolicy"] + list(made.objects)
    )
    before = cluster(*SCOPED)
    for name in before.objects.policies:
        [mine] = [
            each["metadata"]["name"]
            for each in made.objects
            if each["kind"] == KIND and each["metadata"]["annotations"]["rbacpsp.io/policies"] == name
        ]
        old = before.who_can(Request("use", group="policy", resource="podsecuritypolicies", name=name))
        new = after.who_can(Request("use", group=GROUP, resource=RESOURCE, name=mine))
        assert {each.subject for each in old} == {each.subject for each in new}


def test_a_grant_in_a_namespace_stays_there_and_an_account_without_one_is_the_bindings_own() -> None:
    account = binding("use", namespace="shop", kind="ClusterRole", name="b")
    account["subjects"] = [{"kind": "ServiceAccount", "name": "web"}]
    made = written(
        open_policy("only"), role("use", rule("use", "podsecuritypolicies", "policy", "only")), account
    )
    [bound] = [each for each in made.objects if each["kind"] == "RoleBinding"]
    assert bound["metadata"]["name"] == "system:openshift:scc:only"
    assert bound["metadata"]["namespace"] == "shop"
    assert bound["roleRef"]["name"] == "system:openshift:scc:only"
    assert bound["subjects"] == [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]
    assert not [each for each in made.objects if each["kind"] == "ClusterRoleBinding"]


def test_an_excluded_namespace_is_labelled_and_a_gap() -> None:
    made = written(open_policy("only"), excluded_namespaces=["ops"])
    assert made.objects[0] == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "ops",
            "labels": {"security.openshift.io/disable-securitycontextconstraints": "true"},
        },
    }
    assert [gap.kind for gap in made.gaps if "pods of ops are not judged" in gap.detail] == ["weaker"]


def test_workloads_that_a_gap_touches_are_named() -> None:
    shape = open_policy(
        "only", readOnlyRootFilesystem=True, runAsGroup={"rule": "MayRunAs", "ranges": [{"max": 1}]}
    )
    submitted = pod_without_token("web", {"runAsGroup": 5})
    submitted["metadata"]["namespace"] = "shop"
    made = written(shape, SHOP, submitted)
    [gap] = [each for each in made.gaps if (each.policy, each.field) == ("only", "runAsGroup")]
    assert [tuple(each) for each in gap.affected] == [("Pod", "shop", "web")]
