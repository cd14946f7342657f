"""Fields of a pod that an older server does not know and therefore does not store.

Listed are all fields added from 1.14 to 1.24, and of the later ones those that say how a pod runs. Other
unknown fields stay as they were written. Sources of volumes: see `pods.volume_defaults`.

Source: api/core/v1/types.go of the versions named.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods import places

Place = Callable[[JSONObject], Iterator[JSONObject]]

_SINCE: Mapping[Place, dict[str, int]] = FrozenDict(
    {
        places.the_spec: {
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
        places.pod_context: {
            "appArmorProfile": 30,
            "fsGroupChangePolicy": 18,
            "seLinuxChangePolicy": 32,
            "seccompProfile": 19,
            "supplementalGroupsPolicy": 31,
            "windowsOptions": 15,
        },
        places.pod_containers: {
            "resizePolicy": 27,
            "restartPolicy": 28,
            "restartPolicyRules": 34,
            "startupProbe": 16,
        },
        places.container_contexts: {"appArmorProfile": 30, "seccompProfile": 19, "windowsOptions": 15},
        places.windows_options: {"hostProcess": 22, "runAsUserName": 16},
        places.mounts: {"subPathExpr": 14},
        places.probes: {"grpc": 23, "terminationGracePeriodSeconds": 21},
        places.spreads: {"minDomains": 24},
        places.affinity_terms: {"namespaceSelector": 21},
    }
)
"""The fields of each kind of object, with the minor version of Kubernetes 1 that added each."""


def drop_unknown_fields(spec: JSONObject, version: Version) -> None:
    """Remove from a pod's spec, in place, the fields that a server of the version ignores."""
    for place, names in _unknown(version):
        for holder in place(spec):
            for name in names:
                holder.pop(name, None)


@lru_cache(maxsize=64)
def _unknown(version: Version) -> tuple[tuple[Place, tuple[str, ...]], ...]:
    """The fields that a version does not know, by kind of object."""
    unknown = (
        (place, tuple(name for name, since in fields.items() if version < (1, since)))
        for place, fields in _SINCE.items()
    )
    return tuple((place, names) for place, names in unknown if names)
