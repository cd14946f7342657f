"""Tests that a laxer policy admits all pods of the stricter one, for each field and at random."""

from collections import defaultdict
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rbacpsp.model import Pod, PodSecurityPolicy
from rbacpsp.model.version import V1_24
from rbacpsp.pods import set_defaults
from rbacpsp.pods.shape import view_of
from rbacpsp.psp.compare import FIELDS, Relation, compare
from rbacpsp.psp.errors import StrategyError
from rbacpsp.psp.outcomes import outcome_of
from rbacpsp.psp.rules import rules_of
from rbacpsp.psp.versions import behavior
from tests.psp.build import pod_without_token, policy_struct
from tests.psp.test_against_naive import POLICIES, POLICY_ANNOTATIONS, pods

JSON = dict[str, Any]

SECCOMP = "seccomp.security.alpha.kubernetes.io/"
APPARMOR = "apparmor.security.beta.kubernetes.io/"
CONTAINER = "container.apparmor.security.beta.kubernetes.io/c"

LAXEST: JSON = {
    "privileged": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "allowedCapabilities": ["*"],
    "allowedUnsafeSysctls": ["*"],
    "allowedProcMountTypes": ["Default", "Unmasked"],
}
"""With what the builder allows and the annotation below, a policy that refuses nothing."""


def lax(annotations: dict[str, str] | None = None, **spec: Any) -> PodSecurityPolicy:
    return policy_struct(
        annotations={f"{SECCOMP}allowedProfileNames": "*"} | (annotations or {}), **LAXEST | spec
    )


def admitted(judge: PodSecurityPolicy, given_pod: Pod) -> Pod | None:
    """The pod after the policy's changes; None if the policy refuses it."""
    try:
        outcome = outcome_of(rules_of(judge, behavior(V1_24)), given_pod)
    except StrategyError:
        return None
    return None if outcome.errors else outcome.pod


def view(submitted: JSON) -> Pod:
    return view_of(set_defaults("Pod", submitted))


def ids(rule: str, *ranges: tuple[int, int]) -> JSON:
    return {"rule": rule, "ranges": [{"min": low, "max": high} for low, high in ranges]}


def powers(*names: str) -> list[list[str]]:
    """Every subset of some names."""
    return [
        [name for name, kept in zip(names, keep, strict=True) if kept]
        for keep in product((False, True), repeat=len(names))
    ]


GROUPS = [
    *[ids(rule, (1, 2)) for rule in ("MustRunAs", "MayRunAs")],
    *[ids(rule, (1, 1), (2, 3)) for rule in ("MustRunAs", "MayRunAs")],
    {"rule": "RunAsAny"},
    {"rule": "MustRunAs"},
    {"rule": "Unknown", "ranges": [{"min": 0, "max": 9}]},
]
HOST_PATHS: list[list[JSON]] = [
    [],
    *[
        [{"pathPrefix": path, "readOnly": only}]
        for path in ("/", "/a", "/a/", "/a/b")
        for only in (True, False)
    ],
    [{"pathPrefix": "/", "readOnly": True}, {"pathPrefix": "/a"}],
    [{"pathPrefix": "/a//"}],
]
LEVELS = ["s0", "s0:c1,c2", "s0:c2,c1", "s0:c1"]
PATTERNS = ["kernel.msgmax", "kernel.*", "*", "net.core.x"]
TOKEN = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}


def seccomp_policies() -> list[PodSecurityPolicy]:
    alloweds = [
        None,
        "",
        "*",
        "docker/default",
        "runtime/default",
        "runtime/default,localhost/x",
        ",localhost/x",
    ]
    defaults = [None, "docker/default", "localhost/x"]
    return [
        lax(
            {
                f"{SECCOMP}{key}ProfileName{'s' if key == 'allowed' else ''}": text
                for key, text in (("allowed", allowed), ("default", default))
                if text is not None
            }
        )
        if allowed is not None
        else policy_struct(annotations={f"{SECCOMP}defaultProfileName": default} if default else {}, **LAXEST)
        for allowed in alloweds
        for default in defaults
    ]


def capability_policies() -> list[PodSecurityPolicy]:
    return [
        lax(allowedCapabilities=allowed, defaultAddCapabilities=added, requiredDropCapabilities=dropped)
        for allowed in ([], ["KILL"], ["KILL", "CHOWN"], ["*"])
        for added in ([], ["KILL"], ["*"])
        for dropped in ([], ["CHOWN"], ["ALL"])
    ]


VOLUMES: list[JSON] = [
    {"secret": {"secretName": "s"}},
    TOKEN,
    {"nfs": {"server": "s", "path": "/"}},
    {"new": {}},
]

WORLDS: dict[str, tuple[list[PodSecurityPolicy], list[JSON]]] = {
    "privileged": (
        [lax(privileged=value) for value in (True, False)],
        [pod_without_token({"securityContext": {"privileged": value}}) for value in (True, False)],
    ),
    "allowPrivilegeEscalation": (
        [lax(allowPrivilegeEscalation=value) for value in (True, False)]
        + [lax(allowPrivilegeEscalation=True, defaultAllowPrivilegeEscalation=v) for v in (True, False)],
        [
            pod_without_token(),
            *[
                pod_without_token({"securityContext": {"allowPrivilegeEscalation": value}})
                for value in (True, False)
            ],
        ],
    ),
    **{
        name: (
            [lax(None, **{name: value}) for value in (True, False)],
            [pod_without_token(), pod_without_token(None, None, **{name: True})],
        )
        for name in ("hostNetwork", "hostPID", "hostIPC")
    },
    "hostPorts": (
        [
            lax(hostPorts=[{"min": low, "max": high} for low, high in spans])
            for spans in ([], [(0, 0)], [(0, 3)], [(1, 3)], [(1, 2), (3, 4)], [(4, 4), (1, 3)], [(3, 2)])
        ],
        [pod_without_token({"ports": [{"containerPort": 9, "hostPort": port}]}) for port in range(6)],
    ),
    "allowedCapabilities": (
        capability_policies(),
        [
            pod_without_token({"securityContext": {"capabilities": {"add": add, "drop": drop}}})
            for add in (*powers("KILL", "CHOWN"), ["*"])
            for drop in ([], ["CHOWN"], ["ALL"])
        ]
        + [pod_without_token()],
    ),
    "volumes": (
        [lax(volumes=kinds) for kinds in (*powers("secret", "projected", "nfs"), ["*"], ["none"])],
        [pod_without_token(volumes=[{"name": "v", **source}]) for source in VOLUMES],
    ),
    "allowedHostPaths": (
        [lax(volumes=["hostPath"], allowedHostPaths=paths) for paths in HOST_PATHS]
        + [lax(volumes=["secret"], allowedHostPaths=[{"pathPrefix": "/"}])],
        [
            pod_without_token(
                {"volumeMounts": [{"name": "v", "mountPath": "/m", "readOnly": only}]},
                volumes=[{"name": "v", "hostPath": {"path": path}}],
            )
            for path in ("/", "/a", "/a/", "/a/b", "/ab", "/a//c", "a/b")
            for only in (True, False)
        ],
    ),
    "allowedFlexVolumes": (
        [
            lax(volumes=["flexVolume"], allowedFlexVolumes=[{"driver": d} for d in ds])
            for ds in powers("a", "*")
        ]
        + [lax(volumes=["secret"])],
        [
            pod_without_token(volumes=[{"name": "v", "flexVolume": {"driver": driver}}])
            for driver in ("a", "b", "*")
        ],
    ),
    "allowedCSIDrivers": (
        [lax(volumes=["csi"], allowedCSIDrivers=[{"name": d} for d in ds]) for ds in powers("a", "*")]
        + [lax(volumes=["secret"])],
        [pod_without_token(volumes=[{"name": "v", "csi": {"driver": driver}}]) for driver in ("a", "b", "*")],
    ),
    "readOnlyRootFilesystem": (
        [lax(readOnlyRootFilesystem=value) for value in (True, False)],
        [
            pod_without_token(),
            *[
                pod_without_token({"securityContext": {"readOnlyRootFilesystem": value}})
                for value in (True, False)
            ],
        ],
    ),
    "runAsUser": (
        [lax(runAsUser=each) for each in (*GROUPS[:1], *GROUPS[2:3], *GROUPS[4:])]
        + [lax(runAsUser={"rule": "MustRunAsNonRoot"}), lax(runAsUser=ids("MustRunAs", (0, 9)))],
        [
            pod_without_token(
                {"securityContext": context}, securityContext={} if user is None else {"runAsUser": user}
            )
            for user in (None, 0, 1, 3)
            for context in ({}, {"runAsUser": 2}, {"runAsUser": 0}, {"runAsNonRoot": True})
        ],
    ),
    "runAsGroup": (
        [lax(runAsGroup=each) for each in GROUPS] + [lax()],
        [
            pod_without_token(),
            *[pod_without_token({"securityContext": {"runAsGroup": group}}) for group in range(5)],
        ],
    ),
    "supplementalGroups": (
        [lax(supplementalGroups=each) for each in GROUPS],
        [
            pod_without_token(),
            *[
                pod_without_token(securityContext={"supplementalGroups": each})
                for each in ([], [1], [3], [1, 2], [0, 1])
            ],
        ],
    ),
    "fsGroup": (
        [lax(fsGroup=each) for each in GROUPS],
        [pod_without_token(), *[pod_without_token(securityContext={"fsGroup": group}) for group in range(5)]],
    ),
    "seLinux": (
        [lax(seLinux={"rule": "MustRunAs", "seLinuxOptions": {"level": level}}) for level in LEVELS]
        + [lax(seLinux={"rule": "MustRunAs", "seLinuxOptions": {"type": "t"}})]
        + [lax(), lax(seLinux={"rule": "MustRunAs"}), lax(seLinux={"rule": "Unknown"})],
        [
            pod_without_token(),
            *[pod_without_token(securityContext={"seLinuxOptions": {"level": level}}) for level in LEVELS],
        ],
    ),
    "allowedUnsafeSysctls": (
        [lax(allowedUnsafeSysctls=names) for names in powers(*PATTERNS)],
        [
            pod_without_token(securityContext={"sysctls": [{"name": name, "value": "1"}]})
            for name in ("kernel.msgmax", "kernel.sem", "net.core.x", "net.core.y")
        ],
    ),
    "forbiddenSysctls": (
        [lax(forbiddenSysctls=names) for names in powers(*PATTERNS)],
        [
            pod_without_token(securityContext={"sysctls": [{"name": name, "value": "1"}]})
            for name in ("kernel.msgmax", "kernel.shm_rmid_forced", "net.core.x")
        ],
    ),
    "allowedProcMountTypes": (
        [lax(allowedProcMountTypes=names) for names in (*powers("Default", "Unmasked"), ["*"])],
        [
            pod_without_token(),
            *[
                pod_without_token({"securityContext": {"procMount": name}})
                for name in ("Default", "Unmasked")
            ],
        ],
    ),
    "runtimeClass": (
        [lax(runtimeClass={"allowedRuntimeClassNames": names}) for names in (*powers("a", "b"), ["*"])]
        + [lax(), lax(runtimeClass={"allowedRuntimeClassNames": ["b"], "defaultRuntimeClassName": "b"})],
        [pod_without_token(), *[pod_without_token(runtimeClassName=name) for name in "abc"]],
    ),
    "seccomp": (
        seccomp_policies(),
        [
            pod_without_token(),
            *[
                pod_without_token(annotations={f"{SECCOMP}pod": name})
                for name in ("docker/default", "localhost/x", "unconfined")
            ],
            *[
                pod_without_token(annotations={"container.seccomp.security.alpha.kubernetes.io/c": name})
                for name in ("runtime/default", "localhost/x")
            ],
            pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),
        ],
    ),
    "appArmor": (
        [
            lax({f"{APPARMOR}allowedProfileNames": text, f"{APPARMOR}defaultProfileName": default})
            for text in ("", "*", "runtime/default", "runtime/default,localhost/x")
            for default in ("", "runtime/default", "localhost/x")
        ]
        + [lax(), lax({f"{APPARMOR}defaultProfileName": "localhost/x"})],
        [
            pod_without_token(),
            *[
                pod_without_token(annotations={CONTAINER: name})
                for name in ("runtime/default", "localhost/x", "unconfined")
            ],
        ],
    ),
}
"""For each field the values that a policy may have, and pods that tell them apart."""

BY_ANOTHER_FIELD = {"defaultAddCapabilities", "requiredDropCapabilities"}
"""These stand in the world of the allowed capabilities."""

EXACT = (
    *("privileged", "hostNetwork", "hostPID", "hostIPC", "hostPorts"),
    *("readOnlyRootFilesystem", "seLinux", "runtimeClass"),
)
"""Fields whose small world has a pod for every difference."""


def test_every_field_has_generated_policies_and_pods() -> None:
    assert WORLDS.keys() | BY_ANOTHER_FIELD == {field.name for field in FIELDS}


@pytest.mark.parametrize("field", WORLDS)
def test_what_the_stricter_value_of_a_field_admits_the_laxer_one_admits(field: str) -> None:
    policies, submitted = WORLDS[field]
    views = list(map(view, submitted))
    verdicts: dict[Relation, int] = defaultdict(int)
    left = {
        id(one): [each for each in (admitted(one, each) for each in views) if each is not None]
        for one in policies
    }
    for one, other in product(policies, repeat=2):
        relation = compare(one, other)
        verdicts[relation] += 1
        if relation in {Relation.STRICTER, Relation.EQUAL}:
            assert [each for each in left[id(one)] if admitted(other, each) is None] == [], (one, other)
    assert verdicts[Relation.STRICTER] == verdicts[Relation.LAXER] > 0


@pytest.mark.parametrize("field", EXACT)
def test_where_neither_value_of_a_field_is_stricter_pods_distinguish_the_two(field: str) -> None:
    policies, submitted = WORLDS[field]
    views = list(map(view, submitted))
    for one, other in product(policies, repeat=2):
        relation = compare(one, other)
        if relation in {Relation.LAXER, Relation.INCOMPARABLE} and usable(one):
            left = [each for each in (admitted(one, each) for each in views) if each is not None]
            assert any(admitted(other, each) is None for each in left), (one, other)


def usable(judge: PodSecurityPolicy) -> bool:
    try:
        rules_of(judge, behavior(V1_24))
    except StrategyError:
        return False
    return True


EASY: JSON = {**LAXEST, "volumes": ["*"], **{key: {"rule": "RunAsAny"} for key in ("seLinux", "runAsUser")}}
EASY |= {key: {"rule": "RunAsAny"} for key in ("supplementalGroups", "fsGroup")}
EASY_ANNOTATIONS = {f"{SECCOMP}allowedProfileNames": "*"}


@settings(max_examples=80, deadline=None)
@given(spec=POLICIES, annotations=POLICY_ANNOTATIONS, data=st.data())
def test_of_any_two_policies_the_laxer_admits_what_the_stricter_does(
    spec: JSON, annotations: dict[str, str], data: st.DataObject
) -> None:
    runtime = spec.get("runtimeClass", {})
    default = runtime.get("defaultRuntimeClassName")
    if default:  # the server takes no other policy (policy/validation validateRuntimeClassStrategy)
        runtime = {**runtime, "allowedRuntimeClassNames": [*runtime["allowedRuntimeClassNames"], default]}
        spec = {**spec, "runtimeClass": runtime}

    def eased(keep: JSON, easy: JSON, changed: JSON) -> JSON:
        """Policies that differ in some fields; their other fields refuse nothing."""
        kept = data.draw(st.sets(st.sampled_from(sorted(keep)), max_size=6)) if keep else set()
        return {**easy, **{key: keep[key] for key in kept}, **changed}

    first = eased(spec, EASY, {}), eased(annotations, EASY_ANNOTATIONS, {})
    strict = sorted(key for key in first[0] if first[0][key] != EASY.get(key))
    loosened = data.draw(st.sets(st.sampled_from(strict), min_size=1, max_size=3)) if strict else set()
    second = {key: value for key, value in first[0].items() if key not in loosened}
    second |= {key: EASY[key] for key in loosened & EASY.keys()}
    one, other = (
        msgspec.convert({"metadata": {"name": "p", "annotations": notes}, "spec": each}, PodSecurityPolicy)
        for each, notes in (first, (second, first[1]))
    )
    relation = compare(one, other)
    for stricter, laxer in ((one, other), (other, one)):
        if relation in {Relation.EQUAL, Relation.STRICTER if stricter is one else Relation.LAXER}:
            for _ in range(4):
                left = admitted(stricter, view(data.draw(pods())))
                event(f"{relation}, {'refused' if left is None else 'admitted'}")
                if left is not None and not says_non_root_false(left):
                    assert admitted(laxer, left) is not None


def says_non_root_false(given_pod: Pod) -> bool:
    """Whether a pod sets `runAsNonRoot: false`, which compare ignores."""
    spec = given_pod.spec
    contexts = [
        spec.security_context,
        *(c.security_context for c in (*spec.init_containers, *spec.containers)),
    ]
    contexts += [container.security_context for container in spec.ephemeral_containers]
    return any(context is not None and context.run_as_non_root is False for context in contexts)
