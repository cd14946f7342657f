"""Compares random policies and pods with the naive implementation of PodSecurityPolicy."""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.model import PodSecurityPolicy
from rbacpsp.model.version import V1_24
from rbacpsp.pods import set_defaults
from rbacpsp.pods.changes import write_back
from rbacpsp.pods.shape import view_of
from rbacpsp.psp.outcomes import outcome_of
from rbacpsp.psp.rules import rules_of
from rbacpsp.psp.versions import behavior
from tests.psp import naive
from tests.psp.build import admit, policy_struct

JSON = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

IDS = st.integers(0, 4)
PROFILES = ["runtime/default", "docker/default", "unconfined", "localhost/x"]
CAPS = ["ALL", "CHOWN", "KILL", "NET_ADMIN"]
SYSCTLS = ["kernel.shm_rmid_forced", "kernel.msgmax", "net.core.somaxconn", "net.ipv4.ping_group_range"]
PATTERNS = [*SYSCTLS, "*", "kernel.*", "net.*"]
TYPES = ["*", "emptyDir", "secret", "projected", "hostPath", "flexVolume", "csi", "configMap"]
PATHS = ["/", "/var", "/var/", "/var/log", "/variable", "/etc"]
DRIVERS = ["a/b", "c/d"]


def some(values: list[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most)


def ranges() -> st.SearchStrategy[list[JSON]]:
    one = st.tuples(IDS, IDS).map(lambda pair: {"min": min(pair), "max": max(pair)})
    return st.lists(one, min_size=1, max_size=2)


def ids(*rules: str) -> st.SearchStrategy[JSON]:
    ranged = st.fixed_dictionaries({"rule": st.sampled_from(rules), "ranges": ranges()})
    return st.just({"rule": "RunAsAny"}) | ranged


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "user": st.just("u"),
        "role": st.just("r"),
        "type": st.sampled_from(["t", "spc_t"]),
        "level": st.sampled_from(["s0", "s0:c1,c2", "s0:c2,c1", "s1:c1,c2"]),
    },
)
POLICY_ANNOTATIONS = st.fixed_dictionaries(
    {},
    optional={
        naive.SECCOMP + "allowedProfileNames": some([*PROFILES, "*"]).map(",".join),
        naive.SECCOMP + "defaultProfileName": st.sampled_from(PROFILES),
        naive.APPARMOR + "allowedProfileNames": some(PROFILES).map(",".join),
        naive.APPARMOR + "defaultProfileName": st.sampled_from(PROFILES),
    },
)
POLICIES = st.fixed_dictionaries(
    {
        "seLinux": st.just({"rule": "RunAsAny"})
        | LABELS.map(lambda labels: {"rule": "MustRunAs", "seLinuxOptions": labels}),
        "runAsUser": ids("MustRunAs", "MustRunAsNonRoot"),
        "supplementalGroups": ids("MustRunAs", "MayRunAs"),
        "fsGroup": ids("MustRunAs", "MayRunAs"),
    },
    optional={
        "runAsGroup": ids("MustRunAs", "MayRunAs"),
        "privileged": st.booleans(),
        "hostNetwork": st.booleans(),
        "hostPID": st.booleans(),
        "hostIPC": st.booleans(),
        "hostPorts": ranges(),
        "volumes": some(TYPES, 4),
        "allowedHostPaths": st.lists(
            st.fixed_dictionaries({"pathPrefix": st.sampled_from(PATHS), "readOnly": st.booleans()}),
            max_size=2,
        ),
        "allowedFlexVolumes": st.lists(
            st.fixed_dictionaries({"driver": st.sampled_from(DRIVERS)}), max_size=1
        ),
        "allowedCSIDrivers": st.lists(st.fixed_dictionaries({"name": st.sampled_from(DRIVERS)}), max_size=1),
        "defaultAddCapabilities": some(CAPS),
        "requiredDropCapabilities": some(CAPS),
        "allowedCapabilities": some([*CAPS, "*"]),
        "readOnlyRootFilesystem": st.booleans(),
        "defaultAllowPrivilegeEscalation": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "allowedUnsafeSysctls": some(PATTERNS),
        "forbiddenSysctls": some(PATTERNS, 1),
        "allowedProcMountTypes": some(["Default", "Unmasked"]),
        "runtimeClass": st.fixed_dictionaries(
            {"allowedRuntimeClassNames": some(["kata", "runc", "*"])},
            optional={"defaultRuntimeClassName": st.sampled_from(["kata", "runc"])},
        ),
    },
)

SECCOMP_FIELD = st.sampled_from(
    [
        {"type": "RuntimeDefault"},
        {"type": "Unconfined"},
        {"type": "Localhost", "localhostProfile": "x"},
    ]
)
SHARED = {
    "runAsUser": IDS,
    "runAsGroup": IDS,
    "runAsNonRoot": st.booleans(),
    "seLinuxOptions": LABELS,
    "seccompProfile": SECCOMP_FIELD,
}
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        **SHARED,
        "privileged": st.booleans(),
        "procMount": st.sampled_from(["Default", "Unmasked"]),
        "readOnlyRootFilesystem": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "capabilities": st.fixed_dictionaries({}, optional={"add": some(CAPS), "drop": some(CAPS)}),
    },
)
POD_CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        **SHARED,
        "fsGroup": IDS,
        "supplementalGroups": st.lists(IDS, max_size=2),
        "sysctls": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(SYSCTLS), "value": st.just("1")}), max_size=2
        ),
    },
)
SOURCES = st.sampled_from(
    [
        {"emptyDir": {}},
        {"secret": {"secretName": "s"}},
        {"configMap": {"name": "c"}},
        {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        {"projected": {"sources": [{"secret": {"name": "s"}}]}},
        *[{"hostPath": {"path": path}} for path in PATHS],
        *[{"flexVolume": {"driver": driver}} for driver in DRIVERS],
        *[{"csi": {"driver": driver}} for driver in DRIVERS],
    ]
)
MOUNTS = st.fixed_dictionaries(
    {"name": st.sampled_from(["v0", "v1"]), "mountPath": st.just("/m")}, optional={"readOnly": st.booleans()}
)


@st.composite
def pods(draw: Draw) -> JSON:
    names = iter("abcdef")

    def container_list(least: int) -> list[JSON]:
        one = st.fixed_dictionaries(
            {},
            optional={
                "securityContext": CONTEXTS,
                "volumeMounts": st.lists(MOUNTS, max_size=2),
                "ports": st.lists(
                    st.fixed_dictionaries({"containerPort": st.integers(1, 4), "hostPort": IDS}), max_size=1
                ),
            },
        )
        result = draw(st.lists(one, min_size=least, max_size=2))
        return [{"name": next(names), "image": "app:1", **each} for each in result]

    keys = [
        naive.SECCOMP + "pod",
        *[f"container.{kind}{name}" for kind in (naive.SECCOMP, naive.APPARMOR) for name in "ab"],
    ]
    annotations = st.dictionaries(st.sampled_from(keys), st.sampled_from(PROFILES), max_size=3)
    volumes = draw(st.lists(SOURCES, max_size=2))
    spec = {
        "initContainers": container_list(0),
        "containers": container_list(1),
        "ephemeralContainers": container_list(0),
        "volumes": [{"name": f"v{index}", **source} for index, source in enumerate(volumes)],
        "automountServiceAccountToken": False,
    }
    more = st.fixed_dictionaries(
        {},
        optional={
            "securityContext": POD_CONTEXTS,
            "hostNetwork": st.booleans(),
            "hostPID": st.booleans(),
            "hostIPC": st.booleans(),
            "runtimeClassName": st.sampled_from(["kata", "runc"]),
        },
    )
    return {"metadata": {"name": "p", "annotations": draw(annotations)}, "spec": {**spec, **draw(more)}}


@settings(max_examples=200, deadline=None)
@given(spec=POLICIES, annotations=POLICY_ANNOTATIONS, submitted=pods())
def test_a_policy_fills_in_and_refuses_what_the_documentation_says(
    spec: JSON, annotations: dict[str, str], submitted: JSON
) -> None:
    plain = {"metadata": {"name": "p", "annotations": annotations}, "spec": spec}
    defaulted = set_defaults("Pod", submitted)
    expected, refused = naive.judge(plain, defaulted)
    before = view_of(defaulted)
    outcome = outcome_of(rules_of(msgspec.convert(plain, PodSecurityPolicy), behavior(V1_24)), before)
    assert sorted(error.field for error in outcome.errors) == refused
    assert outcome.pod == view_of(expected)
    assert outcome.changed == (view_of(expected) != before)
    written = set_defaults("Pod", submitted)
    write_back(written, before, outcome.pod)
    assert without_empty_lists(written) == without_empty_lists(expected)


def without_empty_lists(value: Any) -> Any:
    """A value without empty lists, since policies treat them as absent."""
    if isinstance(value, dict):
        return {key: without_empty_lists(inner) for key, inner in value.items() if inner != []}
    return [without_empty_lists(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(specs=st.lists(POLICIES, min_size=1, max_size=4), submitted=pods())
def test_the_winner_is_the_first_that_changes_nothing_or_else_the_first_that_admits(
    specs: list[JSON], submitted: JSON
) -> None:
    policies = [policy_struct(f"{index}", **spec) for index, spec in enumerate(specs)]
    verdicts = []
    for index, spec in enumerate(specs):
        defaulted = set_defaults("Pod", submitted)
        whole = {"metadata": {"name": f"{index}"}, "spec": policy_spec(spec)}
        expected, refused = naive.judge(whole, defaulted)
        changed = view_of(expected) != view_of(defaulted)
        verdicts.append("refused" if refused else "changed" if changed else "unchanged")
    winners = [str(verdicts.index(wanted)) for wanted in ("unchanged", "changed") if wanted in verdicts]
    admission = admit(submitted, *policies)
    if admission or not winners:
        assert [one.verdict for one in admission.considered.values()] == verdicts
    if admission:
        assert admission.policy == winners[0]
    else:
        refused_later = "unable to validate pod" in str(admission.message)
        assert not winners or refused_later or " is invalid: " in str(admission.message)


def policy_spec(spec: JSON) -> JSON:
    return {"volumes": ["*"], **spec}
