"""Drops fields of a pod that an older server does not know and therefore does not store.

All fields added from 1.14 to 1.24 are listed, and later ones that affect how a pod runs. Other unknown fields
are kept as they were written. Sources of volumes: see `pods.volume_defaults`.

Source: api/core/v1/types.go of the versions named.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods import parts

FindHolders = Callable[[JSONObject], Iterator[JSONObject]]

_SINCE: Mapping[FindHolders, dict[str, int]] = FrozenDict(
    {
        parts.the_spec: {
            "ephemeralContainers": 16,
            "evictionResponders": 37,
            "hostUsers": 25,
            "hostnameOverride": 34,
            "os": 23,
            "overhead": 16,
            "preemptionPolicy": 15,
            "resourceClaims": 26,
            "resources": 32,
            "schedulingGates": 26,
            "schedulingGroup": 36,
            "setHostnameAsFQDN": 19,
            "topologySpreadConstraints": 16,
        },
        parts.pod_context: {
            "appArmorProfile": 30,
            "fsGroupChangePolicy": 18,
            "seLinuxChangePolicy": 32,
            "seccompProfile": 19,
            "supplementalGroupsPolicy": 31,
            "windowsOptions": 15,
        },
        parts.pod_containers: {
            "resizePolicy": 27,
            "restartPolicy": 28,
            "restartPolicyRules": 34,
            "startupProbe": 16,
        },
        parts.container_contexts: {"appArmorProfile": 30, "seccompProfile": 19, "windowsOptions": 15},
        parts.windows_options: {"hostProcess": 22, "runAsUserName": 16},
        parts.mounts: {"subPathExpr": 14},
        parts.probes: {"grpc": 23, "terminationGracePeriodSeconds": 21},
        parts.spreads: {"minDomains": 24},
        parts.affinity_terms: {"namespaceSelector": 21},
    }
)
"""The fields of each kind of object, with the minor version of Kubernetes 1 that added each."""


def drop_unknown_fields(spec: JSONObject, version: Version) -> None:
    """Remove from a pod's spec, in place, the fields that a server of the version ignores."""
    for find_holders, names in _unknown(version):
        for holder in find_holders(spec):
            for name in names:
                holder.pop(name, None)


@lru_cache(maxsize=64)
def _unknown(version: Version) -> tuple[tuple[FindHolders, tuple[str, ...]], ...]:
    """The fields that a version does not know, by kind of object."""
    unknown = (
        (find_holders, tuple(name for name, since in fields.items() if version < (1, since)))
        for find_holders, fields in _SINCE.items()
    )
    return tuple((find_holders, names) for find_holders, names in unknown if names)
