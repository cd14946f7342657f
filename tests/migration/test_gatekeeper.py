"""Tests the output of `migrate gatekeeper`: the library where it is equivalent, else our own templates."""

from typing import Any

import pytest

from rbacpsp import migrate
from rbacpsp.migration import Migration
from tests.migration.build import Server, cluster, open_policy, pod_without_token
from tests.migration.shapes import OFFICIAL, POLICIES
from tests.migration.test_vap import ALICE, BOB, SCOPED

JSON = dict[str, Any]
OWN = "RbacpspPodSecurityPolicies"


def written(*objects: JSON, **options: Any) -> Migration:
    return migrate(cluster(*objects), "gatekeeper", **options)


def kinds(made: Migration) -> list[str]:
    return [obj["kind"] for obj in made.objects]


def constraints(made: Migration) -> dict[str, JSON]:
    """The parameters of each constraint."""
    return {
        obj["kind"]: obj["spec"].get("parameters", {})
        for obj in made.objects
        if obj["apiVersion"] == "constraints.gatekeeper.sh/v1beta1"
    }


def test_a_policy_alone_becomes_constraints_of_the_library_field_by_field() -> None:
    made = written(
        open_policy(
            "only",
            privileged=False,
            hostNetwork=False,
            hostPID=False,
            hostIPC=False,
            volumes=["configMap", "projected"],
            allowedFlexVolumes=[{"driver": "acme/lvm"}],
            runAsUser={"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 2000}]},
            readOnlyRootFilesystem=True,
            allowPrivilegeEscalation=False,
            allowedCapabilities=["CHOWN"],
            allowedUnsafeSysctls=["kernel.msg*"],
            forbiddenSysctls=["kernel.shm_rmid_forced"],
            allowedProcMountTypes=[],
        )
    )
    assert constraints(made) == {
        "K8sPSPPrivilegedContainer": {},
        "K8sPSPHostNetworkingPorts": {"hostNetwork": False},
        "K8sPSPHostNamespace": {},
        "K8sPSPVolumeTypes": {"volumes": ["configMap", "projected"]},
        "K8sPSPFlexVolumes": {"allowedFlexVolumes": [{"driver": "acme/lvm"}]},
        "K8sPSPAllowedUsers": {"runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 2000}]}},
        "K8sPSPReadOnlyRootFilesystem": {},
        "K8sPSPAllowPrivilegeEscalationContainer": {},
        "K8sPSPCapabilities": {"allowedCapabilities": ["CHOWN"]},
        "K8sPSPProcMount": {"procMount": "Default"},
        "K8sPSPForbiddenSysctls": {
            "allowedSysctls": [
                "kernel.shm_rmid_forced",
                "net.ipv4.ip_local_port_range",
                "net.ipv4.ip_unprivileged_port_start",
                "net.ipv4.ping_group_range",
                "net.ipv4.tcp_syncookies",
                "kernel.msg*",
            ],
            "forbiddenSysctls": ["kernel.shm_rmid_forced"],
        },
    }


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"hostPorts": [{"min": 80, "max": 90}]}, "RbacpspHostPorts1"),
        ({"hostPorts": [{"min": 80, "max": 90}, {"min": 8000, "max": 8080}]}, "RbacpspHostPorts1"),
        ({"allowedHostPaths": [{"pathPrefix": "/foo"}]}, "RbacpspAllowedHostPaths1"),
        ({"hostPID": False}, "RbacpspHostPID1"),
        ({"allowedCSIDrivers": [{"name": "disk.acme"}]}, "RbacpspAllowedCSIDrivers1"),
        ({"runAsUser": {"rule": "MustRunAsNonRoot"}}, "RbacpspRunAsUser1"),
        ({"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "t"}}}, "RbacpspSeLinux1"),
        ({"volumes": ["secret"]}, "RbacpspVolumes1"),
    ],
)
def test_where_the_library_is_wrong_or_too_small_the_template_is_our_own(spec: JSON, kind: str) -> None:
    made = written(open_policy("only", **spec))
    assert kind in constraints(made)
    [template] = [obj for obj in made.objects if obj["metadata"]["name"] == kind.lower()]
    [target] = template["spec"]["targets"]
    assert [code["engine"] for code in target["code"]] == ["K8sNativeValidation"]


FAULTS = [
    (
        open_policy("only", hostPorts=[{"min": 80, "max": 90}]),
        pod_without_token(
            hostNetwork=True,
            containers=[
                {
                    "name": "c",
                    "image": "app",
                    "ports": [
                        {"containerPort": 80, "hostPort": 80},
                        {"containerPort": 9001, "hostPort": 9001},
                    ],
                }
            ],
        ),
    ),
    (
        open_policy("only", allowedHostPaths=[{"pathPrefix": "/foo"}]),
        pod_without_token(volumes=[{"name": "v", "hostPath": {"path": "/foolish"}}]),
    ),
]


@pytest.mark.parametrize(
    ("only", "refused"), FAULTS, ids=["a forbidden port beside an allowed one", "/foolish"]
)
def test_our_template_does_not_have_the_faults_of_the_library(only: JSON, refused: JSON) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    made = cluster(only)
    assert not made.admit(refused, user=BOB, namespace="default").allowed
    server = Server(made, written(only).objects)
    assert server.create(refused)[1] != []
    assert server.create(pod_without_token())[1] == []


def test_several_policies_become_one_template_that_admits_what_any_of_them_admits() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    made = written(*SCOPED)
    assert kinds(made) == ["ConstraintTemplate", OWN]
    server = Server(cluster(*SCOPED), made.objects)
    privileged = pod_without_token("web", {"privileged": True})
    assert server.create(privileged, ALICE)[1] == []
    assert server.create(pod_without_token(), BOB)[1] == []
    assert server.create(privileged, BOB)[1] != []


def test_the_library_for_several_policies_is_as_loose_as_the_loosest_and_says_what_passes() -> None:
    first = open_policy("first", privileged=True, hostPID=False, hostIPC=False)
    second = open_policy("second", privileged=False, hostPID=True, hostIPC=False)
    made = written(first, second, template="library")
    assert list(constraints(made)) == ["RbacpspHostIPC1"]
    [gap] = [each for each in made.gaps if each.field == "spec"]
    assert gap.kind == "weaker"
    assert gap.detail == (
        "a pod must satisfy all constraints, so each field is as loose as in the loosest policy of first, "
        "second: for example, a pod with privileged from first and hostPID from second is admitted; with "
        "--template own, one policy must admit the whole pod"
    )
    assert kinds(written(first, second)) == ["ConstraintTemplate", OWN]


def test_the_library_distinguishes_namespaces_but_neither_accounts_nor_users() -> None:
    made = written(*SCOPED, template="library")
    assert {(gap.kind, gap.field) for gap in made.gaps if gap.policy == "*"} >= {
        ("scope lost", "serviceAccountName"),
        ("scope lost", "metadata.name"),
        ("weaker", "metadata.labels"),
    }
    assert {
        str(obj["spec"]["match"].get("namespaces", obj["spec"]["match"].get("excludedNamespaces")))
        for obj in made.objects
        if obj["apiVersion"].startswith("constraints.")
    } <= {"['default']", "None"}


def test_defaults_that_all_policies_share_are_assigned() -> None:
    filling: JSON = {
        "runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 2000}]},
        "requiredDropCapabilities": ["KILL"],
        "readOnlyRootFilesystem": True,
    }
    made = written(open_policy("first", **filling), open_policy("second", privileged=False, **filling))
    assert [
        (obj["kind"], obj["spec"]["location"], obj["spec"]["parameters"])
        for obj in made.objects
        if obj["apiVersion"] == "mutations.gatekeeper.sh/v1"
    ] == [
        (
            "Assign",
            "spec.securityContext.runAsUser",
            {
                "pathTests": [{"subPath": "spec.securityContext.runAsUser", "condition": "MustNotExist"}],
                "assign": {"value": 1000},
            },
        ),
        *(
            (
                "Assign",
                f"spec.{name}[name:*].securityContext.readOnlyRootFilesystem",
                {
                    "pathTests": [
                        {
                            "subPath": f"spec.{name}[name:*].securityContext.readOnlyRootFilesystem",
                            "condition": "MustNotExist",
                        }
                    ],
                    "assign": {"value": True},
                },
            )
            for name in ("containers", "initContainers")
        ),
        *(
            (
                "ModifySet",
                f"spec.{name}[name:*].securityContext.capabilities.drop",
                {"operation": "merge", "values": {"fromList": ["KILL"]}},
            )
            for name in ("containers", "initContainers")
        ),
    ]


def test_defaults_of_one_policy_alone_are_lost_and_reported() -> None:
    made = written(*SCOPED)
    assert {(gap.kind, gap.field) for gap in made.gaps if gap.policy == "restricted"} == {
        ("mutation lost", "runAsUser"),
        ("weaker", "runAsUser"),
    }


def test_gatekeeper_accepts_only_one_action() -> None:
    for actions, expected in ((("Deny", "Audit"), "deny"), (("Warn",), "warn"), (("Audit",), "dryrun")):
        *_, constraint = written(*OFFICIAL, actions=actions).objects
        assert constraint["spec"]["enforcementAction"] == expected


@pytest.mark.parametrize("template", ["library", "own"])
def test_no_name_is_longer_than_gatekeeper_allows(template: str) -> None:
    for shape in POLICIES:
        for obj in written(shape, template=template).objects:
            assert len(obj["metadata"]["name"]) <= 63
