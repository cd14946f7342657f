"""Tests that a new policy loses the fields of disabled features and that a stored policy keeps them."""

import json
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, User, testing
from rbacpsp.admission.validation import refusal_check
from rbacpsp.apply.disabled_fields import dropped_fields
from rbacpsp.decode import LoadError, decode_objects
from rbacpsp.model import Version

ANN = User("ann", ("system:masters",))
SENT = testing.policy("open", privileged=True, allowedProcMountTypes=["Unmasked", "Default"])
STORED = SENT | {"metadata": {"name": "open", "uid": "1", "resourceVersion": "2"}}
UNMASKED = testing.pod("p", container={"securityContext": {"procMount": "Unmasked"}})
REFUSED = (
    'pods "p" is forbidden: PodSecurityPolicy: unable to admit pod: '
    '[spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": ProcMountType is not allowed]'
)
WORDS = (
    "the API server drops allowedProcMountTypes, since its feature gate ProcMountType is off by default: the "
    "policy allows procMount Default alone; remove the field, or pass --no-validate to take it as stored"
)


def write(folder: Path, *objects: Any) -> Path:
    path = folder / "in.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
    return path


def kept(cluster: Cluster) -> tuple[str, ...]:
    return cluster.objects.policies["open"].spec.allowed_proc_mount_types


def test_a_sent_policy_loses_disabled_fields_and_refuses_an_unmasked_pod(tmp_path: Path) -> None:
    cluster = rbacpsp.load(write(tmp_path, SENT))
    assert kept(cluster) == ()
    assert cluster.admit(UNMASKED, user=ANN).message == REFUSED
    result = f"{tmp_path}/in.json, document 1, line 1"
    assert cluster.warnings == (f"{result}: {WORDS}",)


def test_from_objects_drops_disabled_fields_where_it_validates() -> None:
    assert kept(Cluster.from_objects([SENT], validate=True)) == ()
    assert kept(Cluster.from_objects([SENT])) == ("Unmasked", "Default")


@pytest.mark.parametrize("validate", [True, False])
def test_a_stored_policy_keeps_disabled_fields(tmp_path: Path, validate: bool) -> None:
    cluster = rbacpsp.load(write(tmp_path, STORED), validate=validate)
    assert (kept(cluster), cluster.warnings) == (("Unmasked", "Default"), ())
    assert cluster.admit(UNMASKED, user=ANN).policy == "open"


def test_without_validation_a_sent_policy_keeps_disabled_fields(tmp_path: Path) -> None:
    assert kept(rbacpsp.load(write(tmp_path, SENT), validate=False)) == ("Unmasked", "Default")


def test_a_snapshot_keeps_disabled_fields(tmp_path: Path) -> None:
    Cluster.from_objects([SENT], kubernetes_version="1.24").snapshot(tmp_path / "snapshot.json")
    assert kept(rbacpsp.load(tmp_path / "snapshot.json")) == ("Unmasked", "Default")


def test_an_update_of_a_stored_policy_with_disabled_fields_keeps_them() -> None:
    before = decode_objects([STORED])
    after = decode_objects([SENT], check=refusal_check("1.24", before))
    assert after.policies["open"].spec.allowed_proc_mount_types == ("Unmasked", "Default")


def test_disabled_fields_are_dropped_before_validation() -> None:
    wrong = testing.policy("open", allowedProcMountTypes=["nonsense"])
    assert kept(Cluster.from_objects([wrong], validate=True)) == ()


def test_disabled_fields_that_are_kept_are_validated() -> None:
    wrong = testing.policy("open", allowedProcMountTypes=["x"])
    words = (
        r'spec.allowedProcMountTypes\[0\]: Unsupported value: "x": supported values: "Default", "Unmasked"'
    )
    with pytest.raises(LoadError, match=words):
        decode_objects([wrong], check=refusal_check("1.24", decode_objects([STORED])))


NEWER = testing.policy(
    "newer",
    allowedCSIDrivers=[{"name": "a"}],
    runAsGroup={"rule": "MustRunAs", "ranges": [{"min": 1, "max": 2}]},
    runtimeClass={"allowedRuntimeClassNames": ["gvisor"]},
)
CSI = (
    "the API server drops allowedCSIDrivers, since its feature gate CSIInlineVolume is off by default before "
    "1.16: the policy allows every CSI driver"
)
GROUP = (
    "the API server drops runAsGroup, since its feature gate RunAsGroup is off by default before 1.14: the "
    "policy allows every group"
)
RUNTIME = (
    "the API server drops runtimeClass, since policies have the field only since 1.15: the policy allows "
    "every RuntimeClass"
)


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.13", [CSI, GROUP, RUNTIME]), ("1.14", [CSI, RUNTIME]), ("1.15", [CSI]), ("1.16", []), ("1.24", [])],
)
def test_an_old_server_drops_the_fields_of_features_that_came_later(version: str, words: list[str]) -> None:
    """DropDisabledFields of pkg/api/podsecuritypolicy/util.go, 1.13 to 1.16."""
    sent = Cluster.from_objects([NEWER], kubernetes_version=version, validate=True)
    advice = "remove the field, or pass --no-validate to take it as stored"
    assert [warning.split(": ", 1)[1] for warning in sent.warnings] == [f"{one}; {advice}" for one in words]
    spec = sent.objects.policies["newer"].spec
    assert bool(spec.allowed_csi_drivers) == (CSI not in words)
    assert (spec.run_as_group is not None) == (GROUP not in words)
    assert (spec.runtime_class is not None) == (RUNTIME not in words)


def test_the_list_of_csi_drivers_is_dropped_although_the_stored_policy_has_one() -> None:
    """Only allowedProcMountTypes and runAsGroup are kept for what is stored (util.go, 1.15)."""
    stored = NEWER | {"metadata": {"name": "newer", "uid": "1", "resourceVersion": "2"}}
    after = decode_objects([NEWER], check=refusal_check("1.15", decode_objects([stored])))
    assert after.policies["newer"].spec.allowed_csi_drivers == ()


def test_dropped_fields_are_not_validated() -> None:
    """1.16 refuses the name of a driver that 1.15 drops unseen."""
    wrong = testing.policy("p", allowedCSIDrivers=[{"name": ""}])
    assert Cluster.from_objects([wrong], kubernetes_version="1.15", validate=True).objects.policies
    with pytest.raises(LoadError, match=r"allowedCSIDriver\[0\]\.name: Required value"):
        Cluster.from_objects([wrong], kubernetes_version="1.16", validate=True)


@pytest.mark.parametrize(("version", "dropped"), [("1.13", True), ("1.14", False), ("1.24", False)])
def test_an_updated_policy_keeps_the_types_of_proc_mounts_since_1_14(version: str, dropped: bool) -> None:
    (policy,) = decode_objects([testing.policy("p", allowedProcMountTypes=["Unmasked"])]).policies.values()
    fields = dropped_fields(policy, Version.parse(version), policy)
    assert [field.name for field in fields] == (["allowedProcMountTypes"] if dropped else [])
