"""Tests the level of constraints: all pods that they admit meet it."""

import json
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.migration.constraint_level import DEMANDS, level_of_constraints
from rbacpsp.migration.level import LevelOfPolicy
from rbacpsp.pss import evaluate
from rbacpsp.pss.levels import LEVELS
from rbacpsp.scc.levels import psa_level
from rbacpsp.scc.rules import UID_RANGE
from tests.conformance.test_scc import CREATES, cluster

JSON = dict[str, Any]
STRICT: JSON = {
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "runAsUser": {"type": "MustRunAsNonRoot"},
    "seLinuxContext": {"type": "MustRunAs"},
    "seccompProfiles": ["runtime/default"],
    "volumes": ["secret"],
}
UNHELD = {"appArmorProfile", "procMount", "procMount_restricted", "windowsHostProcess"}
"""The checks about what no constraints look at."""


def level(**fields: Any) -> LevelOfPolicy:
    """The level of strict constraints, except for some fields."""
    made = {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": "mine"},
        **STRICT,
        **fields,
    }
    constraints = Cluster.from_objects([made]).scc.constraints
    [mine] = [each for each in constraints if each.name == "mine"]
    return level_of_constraints(mine)


def test_strict_constraints_are_restricted() -> None:
    assert level() == LevelOfPolicy("mine", "restricted", "restricted", ())


@pytest.mark.parametrize(
    ("fields", "blocked", "field"),
    [
        ({"allowPrivilegedContainer": True}, "baseline", "allowPrivilegedContainer"),
        ({"allowHostNetwork": True}, "baseline", "allowHostNetwork"),
        ({"allowHostPID": True}, "baseline", "allowHostPID"),
        ({"allowHostIPC": True}, "baseline", "allowHostIPC"),
        ({"allowHostPorts": True}, "baseline", "allowHostPorts"),
        ({"allowedCapabilities": ["KILL"]}, "restricted", "allowedCapabilities"),
        ({"allowedCapabilities": ["SYS_ADMIN"]}, "baseline", "allowedCapabilities"),
        ({"defaultAddCapabilities": ["KILL"]}, "restricted", "defaultAddCapabilities"),
        ({"defaultAddCapabilities": ["SYS_ADMIN"]}, "baseline", "defaultAddCapabilities"),
        ({"seLinuxContext": {"type": "RunAsAny"}}, "baseline", "seLinuxContext"),
        (
            {"seLinuxContext": {"type": "MustRunAs", "seLinuxOptions": {"type": "spc_t"}}},
            "baseline",
            "seLinuxContext",
        ),
        ({"seccompProfiles": ["*"]}, "baseline", "seccompProfiles"),
        ({"seccompProfiles": []}, "restricted", "seccompProfiles"),
        ({"allowedUnsafeSysctls": ["kernel.sem"]}, "baseline", "allowedUnsafeSysctls"),
        ({"volumes": ["nfs"]}, "restricted", "volumes"),
        ({"allowPrivilegeEscalation": None}, "restricted", "allowPrivilegeEscalation"),
        ({"runAsUser": {"type": "RunAsAny"}}, "restricted", "runAsUser"),
        ({"runAsUser": {"type": "MustRunAs", "uid": 0}}, "restricted", "runAsUser"),
        ({"requiredDropCapabilities": ["KILL"]}, "restricted", "requiredDropCapabilities"),
    ],
)
def test_each_field_keeps_constraints_from_a_level(fields: JSON, blocked: str, field: str) -> None:
    result = level(**fields)
    assert (blocked, field) in {(blocker.level, blocker.field) for blocker in result.blockers}
    assert {blocker.field for blocker in result.blockers} == {field}
    assert LEVELS.index(result.exact) < LEVELS.index(blocked)


def test_a_folder_of_the_host_blocks_baseline() -> None:
    result = level(allowHostDirVolumePlugin=True, volumes=["hostPath"])
    assert (result.level, result.exact) == ("privileged", "privileged")


def test_profiles_do_not_decide_the_level() -> None:
    result = level(seLinuxContext={"type": "RunAsAny"}, seccompProfiles=["*"])
    assert (result.level, result.exact) == ("restricted", "privileged")


def test_every_field_with_a_demand_is_shown_above() -> None:
    assert {field for _, field, _ in DEMANDS} == {
        *("allowPrivilegedContainer", "allowHostNetwork", "allowHostPID", "allowHostIPC", "allowHostPorts"),
        *("volumes", "allowedCapabilities", "defaultAddCapabilities", "seLinuxContext", "seccompProfiles"),
        *("allowedUnsafeSysctls", "allowPrivilegeEscalation", "runAsUser", "requiredDropCapabilities"),
    }


def test_the_exact_level_of_standard_constraints_is_the_one_that_label_synchronization_derives() -> None:
    for constraint in Cluster.from_objects([], openshift_version="4.22").scc.constraints:
        synced = psa_level(constraint, {UID_RANGE: "1000700000/10000"})
        assert level_of_constraints(constraint).exact == synced, constraint.name


def test_every_recorded_pod_meets_the_exact_level_of_the_constraints_that_admitted_it() -> None:
    """Except for ignored fields, and for namespaces that assign user 0, which OpenShift never does."""
    judged = 0
    for batch, line in CREATES.items():
        levels = {
            constraint.name: level_of_constraints(constraint).exact
            for constraint in cluster(batch).scc.constraints
        }
        for case in line["cases"]:
            result = case["result"]
            exact = levels.get(result.get("scc", ""))
            if not result["allowed"] or "subjectType" not in result or exact is None:
                continue
            evaluation = evaluate(result["pod"], level=exact, version="v1.33", kubernetes_version="1.33")
            failed = {failure.check for failure in evaluation.failures} - UNHELD
            if '"runAsNonRoot": false' in json.dumps(case["pod"]):
                failed -= {"runAsNonRoot"}
            if '"runAsUser": 0' in json.dumps(result["pod"]):
                failed -= {"runAsNonRoot", "runAsUser"}
            assert failed == set(), (case["id"], exact, evaluation.failures)
            judged += exact != "privileged"
    assert judged > 500
