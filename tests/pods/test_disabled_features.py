"""Tests that fields of features that a version has but does not enable are dropped.

Source: pkg/features/kube_features.go (when a gate's default became true) and pkg/api/pod/util.go
(dropDisabledFields) of 1.13.12 to 1.24.17.
"""

import copy
from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.pods import prepare
from rbacpsp.pods.disabled_features import FEATURES
from rbacpsp.pods.validation import pod_refusal

TERM: dict[str, Any] = {"topologyKey": "zone"}

WITHOUT: dict[str, Any] = {
    "securityContext": {"windowsOptions": {}},
    "affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "z"}]}},
    "containers": [
        {
            "name": "c",
            "securityContext": {},
            "livenessProbe": {},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        }
    ],
    "volumes": [{"name": "v"}],
    "topologySpreadConstraints": [],
}
"""A spec with every place in which a feature has fields, and none of these."""


def with_fields(gate: str) -> dict[str, Any]:
    """The same spec, using one feature."""
    spec = copy.deepcopy(WITHOUT)
    container, context = spec["containers"][0], spec["securityContext"]
    match gate:
        case "RunAsGroup":
            context["runAsGroup"] = container["securityContext"]["runAsGroup"] = 0
        case "RuntimeClass":
            spec["runtimeClassName"] = "kata"
        case "VolumeSubpathEnvExpansion":
            container["volumeMounts"][0]["subPathExpr"] = "$(A)"
        case "CSIInlineVolume":
            spec["volumes"][0]["csi"] = {"driver": "d"}
        case "WindowsGMSA":
            context["windowsOptions"] = {"gmsaCredentialSpec": "{}", "gmsaCredentialSpecName": "g"}
        case "WindowsRunAsUserName":
            context["windowsOptions"] = {"runAsUserName": "u"}
        case "EvenPodsSpread":
            spec["topologySpreadConstraints"] = [TERM]
        case "PodOverhead":
            spec["overhead"] = {"cpu": "1"}
        case "StartupProbe":
            container["startupProbe"] = {}
        case "NonPreemptingPriority":
            spec["preemptionPolicy"] = "Never"
        case "ConfigurableFSGroupPolicy":
            context["fsGroupChangePolicy"] = "Always"
        case "SetHostnameAsFQDN":
            spec["setHostnameAsFQDN"] = True
        case "GenericEphemeralVolume":
            spec["volumes"][0]["ephemeral"] = {}
        case "PodAffinityNamespaceSelector":
            terms = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            terms[0]["namespaceSelector"] = {}
        case "EphemeralContainers":
            spec["ephemeralContainers"] = [{"name": "e"}]
        case "IdentifyPodOS":
            spec["os"] = {"name": "linux"}
        case "ProbeTerminationGracePeriod":
            container["livenessProbe"]["terminationGracePeriodSeconds"] = 0
        case "MinDomainsInPodTopologySpread":
            spec["topologySpreadConstraints"] = [TERM | {"minDomains": 2}]
    return spec


def prepared(spec: dict[str, Any], version: Version, old: dict[str, Any] | None = None) -> dict[str, Any]:
    before = None if old is None else {"spec": old}
    result: dict[str, Any] = prepare("Pod", {"spec": spec}, version, before)["spec"]
    result["topologySpreadConstraints"] = result.get("topologySpreadConstraints", [])
    return result


@pytest.mark.parametrize(
    ("gate", "since"), [pytest.param(one.gate, one.since, id=one.gate) for one in FEATURES]
)
def test_the_fields_of_a_feature_are_dropped_until_the_version_that_enables_it(
    gate: str, since: Version
) -> None:
    spec = with_fields(gate)
    assert spec != WITHOUT
    dropped = copy.deepcopy(WITHOUT)
    if gate == "MinDomainsInPodTopologySpread":
        dropped["topologySpreadConstraints"] = [TERM]
    assert prepared(spec, Version(1, since.minor - 1)) == dropped
    assert prepared(spec, max(since, Version(1, 18))) == spec


@pytest.mark.parametrize(
    ("gate", "since"),
    [pytest.param(one.gate, one.since, id=one.gate) for one in FEATURES if one.since > Version(1, 14)],
)
def test_an_update_keeps_the_fields_of_a_disabled_feature_that_the_object_uses(
    gate: str, since: Version
) -> None:
    spec = with_fields(gate)
    old = {**copy.deepcopy(spec), "priority": 0}
    before = Version(1, since.minor - 1)
    assert prepared(spec, before, old) == spec


def test_1_13_drops_the_fields_of_disabled_features_whatever_the_object_uses() -> None:
    """pkg/api/pod/util.go, 1.13: DropDisabledAlphaFields has no second parameter; that came in 1.14."""
    spec = with_fields("RunAsGroup")
    assert prepared(spec, Version(1, 13), spec) == WITHOUT
    unmasked = {"containers": [{"name": "c", "securityContext": {"procMount": "Unmasked"}}]}
    assert prepared(unmasked, Version(1, 13), unmasked)["containers"] == [
        {"name": "c", "securityContext": {"procMount": "Default"}}
    ]
    assert prepared(unmasked, Version(1, 14), unmasked)["containers"] == unmasked["containers"]


def test_a_host_name_that_is_not_to_be_qualified_does_not_count_as_use() -> None:
    """pkg/api/pod/util.go, 1.19: setHostnameAsFQDNInUse returns the value, not whether there is one."""
    old = copy.deepcopy(WITHOUT) | {"setHostnameAsFQDN": False}
    assert prepared(with_fields("SetHostnameAsFQDN"), Version(1, 19), old) == WITHOUT


def test_a_volume_whose_source_is_dropped_is_invalid_and_so_are_its_mounts() -> None:
    pod = {
        "metadata": {"name": "web"},
        "spec": {
            "initContainers": [{"name": "i", "volumeMounts": [{"name": "v"}]}],
            "containers": [{"name": "c", "volumeMounts": [{"name": "w"}, {"name": "v"}]}],
            "volumes": [{"name": "w", "emptyDir": {}}, {"name": "v", "ephemeral": {}}],
        },
    }
    assert pod_refusal(prepare("Pod", pod, Version(1, 21)), Version(1, 21)) is None
    assert pod_refusal(prepare("Pod", pod, Version(1, 20)), Version(1, 20)) == (
        'Pod "web" is invalid: [spec.volumes[1]: Required value: must specify a volume type,'
        ' spec.containers[0].volumeMounts[1].name: Not found: "v",'
        ' spec.initContainers[0].volumeMounts[0].name: Not found: "v"]'
    )
