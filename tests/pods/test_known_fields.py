"""Tests that fields that a version does not know are dropped.

Source of every version below: api/core/v1/types.go of the first release that has the field.
"""

from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.pods import set_defaults

TERM: dict[str, Any] = {"topologyKey": "zone"}


def spec_with(place: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A pod's spec that has some fields in one place."""
    container: dict[str, Any] = {"name": "c", "image": "app:1"}
    spec: dict[str, Any] = {"containers": [container]}
    match place:
        case "spec":
            spec |= fields
        case "pod context":
            spec["securityContext"] = fields
        case "container":
            container |= fields
        case "container context":
            container["securityContext"] = fields
        case "windows":
            spec["securityContext"] = {"windowsOptions": fields}
        case "mount":
            container["volumeMounts"] = [{"name": "v", "mountPath": "/v", **fields}]
        case "probe":
            container["readinessProbe"] = {"tcpSocket": {"port": 1}, **fields}
        case "spread":
            spec["topologySpreadConstraints"] = [TERM | fields]
        case "term":
            preferred = {"weight": 1, "podAffinityTerm": TERM | fields}
            spec["affinity"] = {
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [TERM | fields]},
                "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]},
            }
        case "volume":
            spec["volumes"] = [{"name": "v", **fields}]
    return spec


def defaulted(spec: dict[str, Any], version: Version) -> Any:
    return set_defaults("Pod", {"spec": spec}, version)


@pytest.mark.parametrize(
    ("place", "fields", "since"),
    [
        ("spec", {"preemptionPolicy": "Never"}, Version(1, 15)),
        ("spec", {"ephemeralContainers": [{"name": "e"}]}, Version(1, 16)),
        ("spec", {"overhead": {"cpu": "1"}}, Version(1, 16)),
        ("spec", {"topologySpreadConstraints": [TERM]}, Version(1, 16)),
        ("spec", {"setHostnameAsFQDN": True}, Version(1, 19)),
        ("spec", {"os": {"name": "linux"}}, Version(1, 23)),
        ("spec", {"hostUsers": False}, Version(1, 25)),
        ("pod context", {"windowsOptions": {"gmsaCredentialSpecName": "g"}}, Version(1, 15)),
        ("pod context", {"fsGroupChangePolicy": "Always"}, Version(1, 18)),
        ("pod context", {"seccompProfile": {"type": "Unconfined"}}, Version(1, 19)),
        ("container", {"startupProbe": {"tcpSocket": {"port": 1}}}, Version(1, 16)),
        ("container context", {"windowsOptions": {"gmsaCredentialSpecName": "g"}}, Version(1, 15)),
        ("container context", {"seccompProfile": {"type": "Unconfined"}}, Version(1, 19)),
        ("windows", {"runAsUserName": "u"}, Version(1, 16)),
        ("windows", {"hostProcess": True}, Version(1, 22)),
        ("mount", {"subPathExpr": "$(A)"}, Version(1, 14)),
        ("probe", {"terminationGracePeriodSeconds": 5}, Version(1, 21)),
        ("probe", {"grpc": {"port": 1, "service": ""}}, Version(1, 23)),
        ("spread", {"minDomains": 2}, Version(1, 24)),
        ("term", {"namespaceSelector": {}}, Version(1, 21)),
    ],
)
def test_a_field_is_stored_since_the_version_that_added_it(
    place: str, fields: dict[str, Any], since: Version
) -> None:
    before = Version(1, since.minor - 1)
    assert defaulted(spec_with(place, fields), before) == defaulted(spec_with(place, {}), before)
    assert defaulted(spec_with(place, fields), since) != defaulted(spec_with(place, {}), since)


@pytest.mark.parametrize(
    ("source", "since"),
    [
        ({"csi": {"driver": "d"}}, Version(1, 14)),
        ({"ephemeral": {}}, Version(1, 19)),
        ({"image": {"reference": "r", "pullPolicy": "Never"}}, Version(1, 31)),
    ],
)
def test_a_volume_whose_source_came_later_is_an_empty_dir(source: dict[str, Any], since: Version) -> None:
    before = Version(1, since.minor - 1)
    volumes = defaulted(spec_with("volume", source), before)["spec"]["volumes"]
    assert volumes == [{"name": "v", "emptyDir": {}}]
    assert defaulted(spec_with("volume", source), since)["spec"]["volumes"] == [{"name": "v", **source}]


def test_a_lifecycle_may_hold_more_than_handlers() -> None:
    lifecycle = {"stopSignal": "SIGTERM", "preStop": {"httpGet": {"port": 1}}}
    result = defaulted(spec_with("container", {"lifecycle": lifecycle}), Version(1, 33))
    assert result["spec"]["containers"][0]["lifecycle"] == {
        "stopSignal": "SIGTERM",
        "preStop": {"httpGet": {"port": 1, "path": "/", "scheme": "HTTP"}},
    }
