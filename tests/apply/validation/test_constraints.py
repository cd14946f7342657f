"""Tests the messages of OpenShift's validation of security context constraints.

Source: validation.go of openshift/kubernetes (customresourcevalidation/securitycontextconstraints).
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import Cluster, LoadError
from rbacpsp.apply.constraint_defaults import with_defaults
from rbacpsp.apply.validation.constraints import constraint_errors
from rbacpsp.catalog.openshift import LATEST, OLDEST, openshift_policy
from rbacpsp.decode import decode_objects
from rbacpsp.model import Version
from rbacpsp.model.openshift import kubernetes_of
from rbacpsp.model.scc import SecurityContextConstraints

JSON = dict[str, Any]
V1_33, V1_34, V1_35 = Version(1, 33), Version(1, 34), Version(1, 35)
TYPES = "invalid strategy type.  Valid values are"


def constraint(**fields: Any) -> JSON:
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": "mine"},
        "runAsUser": {"type": "RunAsAny"},
        "seLinuxContext": {"type": "RunAsAny"},
        **fields,
    }


def errors(version: Version = V1_33, **fields: Any) -> list[str]:
    (found,) = decode_objects([constraint(**fields)]).constraints.values()
    return list(map(str, constraint_errors(found, version)))


WRONG: tuple[tuple[JSON, str], ...] = (
    ({"priority": -1}, "priority: Invalid value: -1: priority cannot be negative"),
    (
        {"runAsUser": {"type": "MayRunAs"}},
        (
            f'runAsUser.type: Invalid value: "MayRunAs": {TYPES} '
            "MustRunAs, MustRunAsNonRoot, MustRunAsRange, RunAsAny"
        ),
    ),
    (
        {"runAsUser": {"type": "MustRunAs", "uid": -1}},
        "runAsUser.uid: Invalid value: -1: uid cannot be negative",
    ),
    ({"seLinuxContext": {}}, f'seLinuxContext.type: Invalid value: "": {TYPES} MustRunAs, RunAsAny'),
    (
        {"fsGroup": {"type": "MayRunAs"}},
        'fsGroup.type: Unsupported value: "MayRunAs": supported values: "MustRunAs", "RunAsAny"',
    ),
    (
        {"supplementalGroups": {"type": "MayRunAs"}},
        'supplementalGroups.type: Unsupported value: "MayRunAs": supported values: "MustRunAs", "RunAsAny"',
    ),
    (
        {"requiredDropCapabilities": ["KILL"], "defaultAddCapabilities": ["KILL"]},
        (
            'defaultAddCapabilities: Invalid value: "KILL": '
            "capability is listed in defaultAddCapabilities and requiredDropCapabilities"
        ),
    ),
    (
        {"requiredDropCapabilities": ["KILL"], "allowedCapabilities": ["KILL"]},
        (
            'allowedCapabilities: Invalid value: "KILL": '
            "capability is listed in allowedCapabilities and requiredDropCapabilities"
        ),
    ),
    (
        {"requiredDropCapabilities": ["KILL", "MKNOD"], "allowedCapabilities": ["*"]},
        (
            'requiredDropCapabilities: Invalid value: []v1.Capability{"KILL", "MKNOD"}: '
            "required capabilities must be empty when all capabilities are allowed by a wildcard"
        ),
    ),
    (
        {"defaultAllowPrivilegeEscalation": True, "allowPrivilegeEscalation": False},
        (
            "defaultAllowPrivilegeEscalation: Invalid value: true: Cannot set "
            "DefaultAllowPrivilegeEscalation to true without also setting AllowPrivilegeEscalation to true"
        ),
    ),
    (
        {"volumes": ["secret", "none"]},
        (
            'volumes: Invalid value: []v1.FSType{"none", "secret"}: '
            "if 'none' is specified, no other values are allowed"
        ),
    ),
    (
        {"volumes": ["secret"], "allowedFlexVolumes": [{"driver": "a/b"}]},
        (
            'allowedFlexVolumes: Invalid value: []v1.AllowedFlexVolume{v1.AllowedFlexVolume{Driver:"a/b"}}: '
            "volumes does not include 'flexVolume' or '*', so no flex volumes are allowed"
        ),
    ),
    (
        {"volumes": ["flexVolume"], "allowedFlexVolumes": [{"driver": "a"}, {"driver": ""}]},
        "allowedFlexVolumes[1].driver: Required value: must specify a driver",
    ),
    (
        {"allowedUnsafeSysctls": [""]},
        'allowedUnsafeSysctls[0]: Invalid value: "": empty sysctl not allowed',
    ),
    (
        {"forbiddenSysctls": ["A"]},
        (
            'forbiddenSysctls[0]: Invalid value: "A": must have at most 253 characters and match regex '
            "([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]"
        ),
    ),
    (
        {"allowedUnsafeSysctls": ["*", "kernel.sem"]},
        "allowedUnsafeSysctls.items: Forbidden: if '*' is present, must not specify other sysctls",
    ),
    (
        {"allowedUnsafeSysctls": ["kernel.sem"], "forbiddenSysctls": ["kernel.*"]},
        'allowedUnsafeSysctls[0]: Invalid value: "kernel.sem": sysctl overlaps with kernel.*',
    ),
    (
        {"userNamespaceLevel": "Never"},
        (
            'userNamespaceLevel: Unsupported value: "Never": supported values: '
            '"AllowHostLevel", "RequirePodLevel"'
        ),
    ),
)


@pytest.mark.parametrize(("fields", "words"), WRONG, ids=[words.split(":")[0] for _, words in WRONG])
def test_each_violation_is_reported_in_the_words_of_the_server(fields: JSON, words: str) -> None:
    assert errors(**fields) == [words]


def test_each_end_of_a_range_is_validated_and_servers_since_1_34_print_it_as_json() -> None:
    group = {"type": "MustRunAs", "ranges": [{"min": -1, "max": -2}, {"min": 5}]}
    path = "fsGroup.ranges"
    assert errors(fsGroup=group) == [
        f"{path}[0].min: Invalid value: -1: min cannot be negative",
        f"{path}[0].max: Invalid value: -2: max cannot be negative",
        f"{path}[0].min: Invalid value: v1.IDRange{{Min:-1, Max:-2}}: min cannot be greater than max",
        f"{path}[1].min: Invalid value: v1.IDRange{{Min:5, Max:0}}: min cannot be greater than max",
    ]
    for version in (V1_34, V1_35):
        assert errors(version, fsGroup=group)[3] == (
            f'{path}[1].min: Invalid value: {{"min":5}}: min cannot be greater than max'
        )
        assert errors(version, fsGroup={"type": "MustRunAs", "ranges": [{"max": -1}]})[1] == (
            f'{path}[0].min: Invalid value: {{"max":-1}}: min cannot be greater than max'
        )


def test_zero_is_neither_negative_nor_greater_than_itself() -> None:
    assert errors(priority=0) == []
    assert errors(runAsUser={"type": "MustRunAs", "uid": 0}) == []
    assert errors(runAsUser={"type": "MustRunAs", "uid": 5}, priority=5) == []
    for span in ({"min": 0, "max": 0}, {"min": 5, "max": 5}, {"min": 5, "max": 6}):
        assert errors(fsGroup={"type": "MustRunAs", "ranges": [span]}) == []


@pytest.mark.parametrize("version", [V1_34, V1_35])
def test_a_server_since_1_34_prints_lists_as_json(version: Version) -> None:
    assert errors(version, requiredDropCapabilities=["A"], allowedCapabilities=["*"])[0].startswith(
        'requiredDropCapabilities: Invalid value: ["A"]: '
    )
    assert errors(version, volumes=["none", "secret"])[0].startswith(
        'volumes: Invalid value: ["none","secret"]: '
    )
    assert errors(version, volumes=["none"], allowedFlexVolumes=[{"driver": "a"}])[0].startswith(
        'allowedFlexVolumes: Invalid value: [{"driver":"a"}]: '
    )


def test_flex_volumes_need_their_type_or_every_type() -> None:
    drivers = [{"driver": "a"}, {"driver": "b"}]
    assert errors(volumes=["flexVolume"], allowedFlexVolumes=drivers) == []
    assert errors(volumes=["*"], allowedFlexVolumes=drivers) == []
    assert errors(volumes=["none"], allowedFlexVolumes=drivers) == [
        (
            "allowedFlexVolumes: Invalid value: []v1.AllowedFlexVolume{"
            'v1.AllowedFlexVolume{Driver:"a"}, v1.AllowedFlexVolume{Driver:"b"}}: '
            "volumes does not include 'flexVolume' or '*', so no flex volumes are allowed"
        )
    ]


def test_errors_have_the_order_of_the_server_and_errors_of_metadata_hide_others() -> None:
    fields = {field: value for fields, _ in WRONG for field, value in fields.items()}
    del fields["userNamespaceLevel"]
    result = [error.split(":")[0] for error in errors(**fields)]
    order = [words.split(":")[0] for _, words in WRONG]
    assert result == sorted(result, key=lambda path: min(i for i, each in enumerate(order) if each == path))
    assert errors(metadata={"name": "A"}, **fields) == errors(metadata={"name": "A"})
    assert len(errors(metadata={"name": "A"})) == 1


def test_constraints_are_validated_with_their_defaults() -> None:
    assert errors(volumes=["none", "hostPath"]) == []
    assert errors(volumes=["none"], allowHostDirVolumePlugin=True) != []
    assert errors(fsGroup=None, supplementalGroups=None, defaultAllowPrivilegeEscalation=True) == []


@pytest.mark.parametrize(
    ("host", "volumes", "stored"),
    [
        (True, ("hostPath",), ("hostPath",)),
        (True, ("secret",), ("hostPath", "secret")),
        (True, ("*",), ("*",)),
        (True, (), ("hostPath",)),
        (False, (), ("none",)),
        (False, ("hostPath", "secret"), ("secret",)),
    ],
)
def test_the_volumes_agree_with_the_older_field_for_host_paths(
    host: bool, volumes: tuple[str, ...], stored: tuple[str, ...]
) -> None:
    constraint = SecurityContextConstraints(volumes=volumes, allow_host_dir_volume_plugin=host)
    assert with_defaults(constraint).volumes == stored


def test_constraints_that_the_server_cannot_prepare_are_valid() -> None:
    assert errors(runAsUser={"type": "MustRunAs"}) == []
    assert errors(runAsUser={"type": "MustRunAsRange", "uidRangeMin": 9, "uidRangeMax": 1}) == []


@pytest.mark.parametrize("minor", range(OLDEST.minor, LATEST.minor + 1))
def test_the_standard_constraints_of_every_release_are_valid(minor: int) -> None:
    release = Version(4, minor)
    version = kubernetes_of(release)
    assert version is not None
    result = [each for each in openshift_policy(release) if isinstance(each, SecurityContextConstraints)]
    assert len(result) >= 7
    assert [error for each in result for error in constraint_errors(each, version)] == []


CAPABILITIES = st.lists(st.sampled_from(["*", "ALL", "KILL", "MKNOD"]), max_size=3)


@given(allowed=CAPABILITIES, added=CAPABILITIES, dropped=CAPABILITIES)
def test_lists_of_capabilities_are_validated(
    allowed: list[str], added: list[str], dropped: list[str]
) -> None:
    result = errors(
        allowedCapabilities=allowed, defaultAddCapabilities=added, requiredDropCapabilities=dropped
    )
    both = [name for name in (*added, *allowed) if name in dropped]
    assert len(result) == len(both) + (1 if dropped and "*" in allowed else 0)


def test_a_file_is_refused_at_the_line_of_the_field() -> None:
    with pytest.raises(LoadError) as caught:
        Cluster.from_objects([constraint(priority=-1)], validate=True)
    [problem] = caught.value.problems
    assert problem.message.endswith(
        'SecurityContextConstraints.security.openshift.io "mine" is invalid: '
        "priority: Invalid value: -1: priority cannot be negative"
    )
