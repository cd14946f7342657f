"""Drops fields of features that a version has but does not enable, as the server does before it stores a pod.

Policies are applied to the pod before that, and again after it.

Source: pkg/api/pod/util.go (dropDisabledFields, dropDisabledProcMountField) and pkg/features/kube_features.go
of the versions named; 1.13: DropDisabledAlphaFields.
"""

from typing import Any, NamedTuple

from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods import parts
from rbacpsp.pods.known_fields import FindHolders

PROC_MOUNT_SINCE = Version(1, 33)
"""Since this version the feature gate ProcMountType is on."""
USE_COUNTS_SINCE = Version(1, 14)
"""Since this version an update keeps a disabled field that the stored object uses; before, it is dropped."""

_DEFAULT_PROC_MOUNT = "Default"


class Feature(NamedTuple):
    """Fields that are dropped until a version turns their feature on."""

    gate: str
    since: Version
    """The version that turned the feature on."""
    find_holders: FindHolders
    fields: tuple[str, ...]
    in_policies: bool = False
    """Whether policies read the fields."""
    used_by: tuple[str, ...] = ()
    """The fields that show that an object uses the feature, if others than the dropped ones."""


FEATURES: tuple[Feature, ...] = (
    Feature("RunAsGroup", Version(1, 14), parts.contexts, ("runAsGroup",), in_policies=True),
    Feature("RuntimeClass", Version(1, 14), parts.the_spec, ("runtimeClassName",), in_policies=True),
    Feature("VolumeSubpathEnvExpansion", Version(1, 15), parts.mounts, ("subPathExpr",)),
    Feature("CSIInlineVolume", Version(1, 16), parts.volumes, ("csi",), in_policies=True),
    Feature(
        "WindowsGMSA",
        Version(1, 16),
        parts.windows_options,
        ("gmsaCredentialSpec", "gmsaCredentialSpecName"),
    ),
    Feature("WindowsRunAsUserName", Version(1, 17), parts.windows_options, ("runAsUserName",)),
    Feature("EvenPodsSpread", Version(1, 18), parts.the_spec, ("topologySpreadConstraints",)),
    Feature("PodOverhead", Version(1, 18), parts.the_spec, ("overhead",)),
    Feature("StartupProbe", Version(1, 18), parts.pod_containers, ("startupProbe",)),
    Feature(
        "NonPreemptingPriority",
        Version(1, 19),
        parts.the_spec,
        ("preemptionPolicy",),
        used_by=("priority", "priorityClassName"),
    ),
    Feature("ConfigurableFSGroupPolicy", Version(1, 20), parts.pod_context, ("fsGroupChangePolicy",)),
    Feature("SetHostnameAsFQDN", Version(1, 20), parts.the_spec, ("setHostnameAsFQDN",)),
    Feature("GenericEphemeralVolume", Version(1, 21), parts.volumes, ("ephemeral",), in_policies=True),
    Feature("PodAffinityNamespaceSelector", Version(1, 22), parts.affinity_terms, ("namespaceSelector",)),
    Feature(
        "EphemeralContainers", Version(1, 23), parts.the_spec, ("ephemeralContainers",), in_policies=True
    ),
    Feature("IdentifyPodOS", Version(1, 24), parts.the_spec, ("os",)),
    Feature(
        "ProbeTerminationGracePeriod",
        Version(1, 25),
        parts.probes_with_grace,
        ("terminationGracePeriodSeconds",),
    ),
    Feature("MinDomainsInPodTopologySpread", Version(1, 27), parts.spreads, ("minDomains",)),
)
"""The features that some version of the API server has but does not enable."""

_NEWEST = max(feature.since for feature in FEATURES)


def drop_disabled_fields(spec: JSONObject, version: Version, old_spec: JSONObject) -> bool:
    """Drop fields of disabled features, in place; returns whether a policy might decide differently.

    Fields that the replaced object uses are kept: `old_spec` is its spec, empty when there is none.
    """
    old = old_spec if version >= USE_COUNTS_SINCE else {}
    changed = False
    if version < _NEWEST:
        for feature in FEATURES:
            if version < feature.since and not _in_use(old, feature):
                changed |= _drop(spec, feature) and feature.in_policies
    if version < PROC_MOUNT_SINCE and not any(map(_is_unusual, parts.container_contexts(old))):
        for context in parts.container_contexts(spec):
            if _is_unusual(context):
                context["procMount"] = _DEFAULT_PROC_MOUNT
                changed = True
    return changed


def _in_use(spec: JSONObject, feature: Feature) -> bool:
    names = feature.used_by or feature.fields
    return any(_is_set(holder.get(name)) for holder in feature.find_holders(spec) for name in names)


def _is_set(value: Any) -> bool:
    """Whether a field counts as used: a zero counts, an empty list and false do not."""
    return value is not None and value is not False and value not in ([], "")


def _drop(spec: JSONObject, feature: Feature) -> bool:
    dropped = False
    for holder in feature.find_holders(spec):
        for name in feature.fields:
            dropped |= holder.pop(name, None) is not None
    return dropped


def _is_unusual(context: JSONObject) -> bool:
    return context.get("procMount") not in {None, _DEFAULT_PROC_MOUNT}
