"""Tests which of two policies is stricter, field by field."""

from typing import Any

import msgspec
import pytest

from rbacpsp.model import PodSecurityPolicy
from rbacpsp.psp.compare import FIELDS, Relation, by_strictness, compare, compare_fields

RUN_AS_ANY = {
    "seLinux": {"rule": "RunAsAny"},
    "runAsUser": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "RunAsAny"},
    "fsGroup": {"rule": "RunAsAny"},
}


def bare_policy(name: str = "p", annotations: dict[str, str] | None = None, **spec: Any) -> PodSecurityPolicy:
    metadata = {"name": name, "annotations": annotations or {}}
    text = msgspec.json.encode({"metadata": metadata, "spec": RUN_AS_ANY | spec})
    return msgspec.json.decode(text, type=PodSecurityPolicy)


def ids(rule: str, *ranges: tuple[int, int]) -> dict[str, Any]:
    return {"rule": rule, "ranges": [{"min": low, "max": high} for low, high in ranges]}


SECCOMP = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
APPARMOR = "apparmor.security.beta.kubernetes.io/allowedProfileNames"

STRICTER: dict[str, list[tuple[PodSecurityPolicy, PodSecurityPolicy]]] = {
    "privileged": [(bare_policy(), bare_policy(privileged=True))],
    "allowPrivilegeEscalation": [(bare_policy(allowPrivilegeEscalation=False), bare_policy())],
    "hostNetwork": [(bare_policy(), bare_policy(hostNetwork=True))],
    "hostPID": [(bare_policy(), bare_policy(hostPID=True))],
    "hostIPC": [(bare_policy(), bare_policy(hostIPC=True))],
    "hostPorts": [
        (
            bare_policy(hostPorts=[{"min": 0, "max": 0}]),
            bare_policy(hostPorts=[{"min": 0, "max": 1}]),
        ),
        (
            bare_policy(hostPorts=[{"min": 1, "max": 9}]),
            bare_policy(hostPorts=[{"min": 5, "max": 9}, {"min": 1, "max": 4}, {"min": 80, "max": 80}]),
        ),
    ],
    "allowedCapabilities": [
        (
            bare_policy(allowedCapabilities=["KILL"]),
            bare_policy(allowedCapabilities=["*"]),
        )
    ],
    "defaultAddCapabilities": [
        (
            bare_policy(allowedCapabilities=["KILL"]),
            bare_policy(defaultAddCapabilities=["KILL"]),
        ),
    ],
    "requiredDropCapabilities": [
        (bare_policy(requiredDropCapabilities=["ALL"]), bare_policy()),
        (
            bare_policy(requiredDropCapabilities=["KILL", "MKNOD"]),
            bare_policy(requiredDropCapabilities=["KILL"]),
        ),
    ],
    "volumes": [(bare_policy(volumes=["secret"]), bare_policy(volumes=["secret", "emptyDir"]))],
    "allowedHostPaths": [
        (
            bare_policy(
                volumes=["hostPath"], allowedHostPaths=[{"pathPrefix": "/var/log/x", "readOnly": True}]
            ),
            bare_policy(volumes=["hostPath"], allowedHostPaths=[{"pathPrefix": "/var/log/"}]),
        ),
    ],
    "allowedFlexVolumes": [
        (
            bare_policy(volumes=["*"], allowedFlexVolumes=[{"driver": "a/b"}]),
            bare_policy(volumes=["*"]),
        ),
    ],
    "allowedCSIDrivers": [
        (
            bare_policy(volumes=["csi"], allowedCSIDrivers=[{"name": "a"}]),
            bare_policy(volumes=["csi"]),
        )
    ],
    "readOnlyRootFilesystem": [(bare_policy(readOnlyRootFilesystem=True), bare_policy())],
    "runAsUser": [
        (bare_policy(runAsUser=ids("MustRunAsNonRoot")), bare_policy()),
        (
            bare_policy(runAsUser=ids("MustRunAs", (1, 9))),
            bare_policy(runAsUser=ids("MustRunAsNonRoot")),
        ),
    ],
    "runAsGroup": [
        (
            bare_policy(runAsGroup=ids("MustRunAs", (1, 9))),
            bare_policy(runAsGroup=ids("MayRunAs", (1, 9))),
        ),
    ],
    "supplementalGroups": [(bare_policy(supplementalGroups=ids("MayRunAs", (1, 9))), bare_policy())],
    "fsGroup": [
        (
            bare_policy(fsGroup=ids("MustRunAs", (1, 5))),
            bare_policy(fsGroup=ids("MustRunAs", (1, 9))),
        )
    ],
    "seLinux": [
        (
            bare_policy(seLinux={"rule": "MustRunAs", "seLinuxOptions": {"level": "s0"}}),
            bare_policy(),
        )
    ],
    "allowedUnsafeSysctls": [
        (
            bare_policy(allowedUnsafeSysctls=["net.x"]),
            bare_policy(allowedUnsafeSysctls=["net.*"]),
        ),
    ],
    "forbiddenSysctls": [
        (
            bare_policy(forbiddenSysctls=["kernel.*"]),
            bare_policy(forbiddenSysctls=["kernel.shm"]),
        )
    ],
    "allowedProcMountTypes": [(bare_policy(), bare_policy(allowedProcMountTypes=["Default", "Unmasked"]))],
    "runtimeClass": [(bare_policy(runtimeClass={"allowedRuntimeClassNames": ["a"]}), bare_policy())],
    "seccomp": [
        (bare_policy(), bare_policy(annotations={SECCOMP: "*"})),
        (
            bare_policy(annotations={SECCOMP: "docker/default"}),
            bare_policy(annotations={SECCOMP: "runtime/default,unconfined"}),
        ),
    ],
    "appArmor": [(bare_policy(annotations={APPARMOR: "runtime/default"}), bare_policy())],
}


def test_every_field_has_a_pair_of_which_one_is_stricter() -> None:
    assert set(STRICTER) == {field.name for field in FIELDS}


@pytest.mark.parametrize(
    ("field", "strict", "lax"), [(field, *pair) for field, pairs in STRICTER.items() for pair in pairs]
)
def test_the_stricter_value_of_a_field_is_known_both_ways(
    field: str, strict: PodSecurityPolicy, lax: PodSecurityPolicy
) -> None:
    rows = {row.field: row.relation for row in compare_fields(strict, lax)}
    assert rows.pop(field) is Relation.STRICTER
    assert set(rows.values()) == {Relation.EQUAL}
    assert compare(strict, lax) is Relation.STRICTER
    assert compare(lax, strict) is Relation.LAXER
    assert compare(strict, strict) is Relation.EQUAL


def test_policies_that_differ_both_ways_are_incomparable() -> None:
    assert compare(bare_policy(privileged=True), bare_policy(hostPID=True)) is Relation.INCOMPARABLE
    assert compare(bare_policy(volumes=["nfs"]), bare_policy(volumes=["secret"])) is Relation.INCOMPARABLE


LARGEST = 2**63 - 1
"""The largest number that a policy can write: the server reads 64 bits."""


def test_ranges_that_reach_the_largest_number_allow_every_user_but_none_unset() -> None:
    not_root = bare_policy(runAsUser=ids("MustRunAsNonRoot"))
    all_but_root = bare_policy(runAsUser=ids("MustRunAs", (1, LARGEST)))
    every = bare_policy(runAsUser=ids("MustRunAs", (0, LARGEST)))
    assert compare(all_but_root, not_root) is Relation.EQUAL
    assert compare(not_root, every) is Relation.STRICTER
    assert compare(every, bare_policy()) is Relation.STRICTER


def test_adjacent_or_overlapping_ranges_are_merged_and_empty_ones_are_dropped() -> None:
    def groups(*ranges: tuple[int, int]) -> PodSecurityPolicy:
        return bare_policy(fsGroup=ids("MustRunAs", *ranges))

    assert compare(groups((1, 9)), groups((1, 4), (5, 9))) is Relation.EQUAL
    assert compare(groups((1, 9)), groups((1, 7), (3, 9), (4, 5))) is Relation.EQUAL
    assert compare(groups((1, 9)), groups((1, 4), (6, 9))) is Relation.LAXER
    assert compare(groups((3, 3), (9, 1)), groups((3, 3))) is Relation.EQUAL
    assert compare(groups((1, 9)), groups((2, 9))) is Relation.LAXER
    assert compare(groups((1, 9)), groups((1, 8))) is Relation.LAXER


@pytest.mark.parametrize("field", ["runAsUser", "fsGroup", "supplementalGroups"])
def test_a_strategy_that_the_server_does_not_know_allows_no_number(field: str) -> None:
    def policy(strategy: dict[str, Any]) -> PodSecurityPolicy:
        spec: dict[str, Any] = {field: strategy}
        return bare_policy(**spec)

    unknown, one = policy(ids("Unknown")), policy(ids("MustRunAs", (3, 3)))
    assert compare(unknown, one) is Relation.STRICTER
    assert [row.first for row in compare_fields(unknown, one) if row.field == field] == ["none"]


def test_the_order_of_the_categories_of_a_level_does_not_matter() -> None:
    def level(text: str) -> PodSecurityPolicy:
        return bare_policy(seLinux={"rule": "MustRunAs", "seLinuxOptions": {"level": text}})

    assert compare(level("s0:c1,c2"), level("s0:c2,c1")) is Relation.EQUAL
    assert compare(level("s0:c1,c2"), level("s0:c1")) is Relation.INCOMPARABLE
    assert compare(level("s0:c1"), level("s1:c1")) is Relation.INCOMPARABLE


def test_policies_are_ordered_each_after_those_that_are_stricter_and_else_by_name() -> None:
    loose, tight, other, loosest = (
        bare_policy("a", hostPID=True, hostIPC=True),
        bare_policy("b", hostPID=True),
        bare_policy("c", hostIPC=True),
        bare_policy("0", hostPID=True, hostIPC=True, privileged=True),
    )
    ordered = by_strictness([loosest, loose, other, tight])
    assert [each.name for each in ordered] == ["b", "c", "a", "0"]


def test_what_each_policy_allows_is_described() -> None:
    strict = bare_policy(
        runAsUser=ids("MustRunAsNonRoot"), fsGroup=ids("MayRunAs", (1, 65535)), readOnlyRootFilesystem=True
    )
    rows = {row.field: row for row in compare_fields(strict, bare_policy())}
    assert (rows["readOnlyRootFilesystem"].first, rows["readOnlyRootFilesystem"].second) == ("true", "false")
    words = {row.field: row.first for row in compare_fields(strict, bare_policy())}
    assert words["runAsUser"] == "not root"
    assert words["fsGroup"] == "1-65535 or unset"
    assert words["runAsGroup"] == "any"
    assert words["volumes"] == "none"


WORDS = {
    "privileged": [("false", "true")],
    "allowPrivilegeEscalation": [("false", "true")],
    "hostNetwork": [("false", "true")],
    "hostPID": [("false", "true")],
    "hostIPC": [("false", "true")],
    "hostPorts": [("none", "1-1"), ("1-9", "5-9, 1-4, 80-80")],
    "allowedCapabilities": [("KILL", "any")],
    "defaultAddCapabilities": [("none", "KILL")],
    "requiredDropCapabilities": [("ALL", "none"), ("KILL, MKNOD", "KILL")],
    "volumes": [("secret", "emptyDir, secret")],
    "allowedHostPaths": [("/var/log/x (read-only)", "/var/log/")],
    "allowedFlexVolumes": [("a/b", "any")],
    "allowedCSIDrivers": [("a", "any")],
    "readOnlyRootFilesystem": [("true", "false")],
    "runAsUser": [("not root", "any"), ("1-9", "not root")],
    "runAsGroup": [("1-9", "1-9 or unset")],
    "supplementalGroups": [("1-9 or unset", "any")],
    "fsGroup": [("1-5", "1-9")],
    "seLinux": [(":::s0", "any")],
    "allowedUnsafeSysctls": [("net.x", "net.*")],
    "forbiddenSysctls": [("kernel.*", "kernel.shm")],
    "allowedProcMountTypes": [("Default", "Default, Unmasked")],
    "runtimeClass": [("a", "any")],
    "seccomp": [("unset", "any"), ("runtime/default", "runtime/default, unconfined")],
    "appArmor": [("runtime/default", "any")],
}
"""What the policies of `STRICTER` allow in each field."""


@pytest.mark.parametrize("field", STRICTER)
def test_each_field_describes_what_both_policies_allow(field: str) -> None:
    said = []
    for strict, lax in STRICTER[field]:
        rows = {row.field: row for row in compare_fields(strict, lax)}
        said.append((rows[field].first, rows[field].second))
    assert said == WORDS[field]
