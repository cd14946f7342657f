"""Tests each version of each check with an accepted and a refused pod, and the server's message."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import pytest

from rbacpsp.model import Version
from rbacpsp.model.go import quote
from rbacpsp.model.version import NEWEST
from rbacpsp.pss import checks
from rbacpsp.pss.checks import CHECKS, CheckRule, PodSecurityCheck, find_check, validate
from rbacpsp.pss.checks import privileged as privileged_check
from rbacpsp.pss.checks.check import CheckedPod, Forbidden, Restriction
from rbacpsp.pss.evaluate import Evaluator
from rbacpsp.pss.levels import BASELINE, RESTRICTED, LevelVersion
from rbacpsp.pss.reading import read_pod

Spec = dict[str, Any]


class Fixture(NamedTuple):
    accepted: Spec
    refused: Spec
    reason: str
    detail: str
    fields: tuple[str, ...]


def container(name: str = "a", **context: Any) -> Spec:
    return {"name": name, "image": "i", **({"securityContext": context} if context else {})}


def spec(*containers: Spec, **fields: Any) -> Spec:
    return {"containers": list(containers) or [container()], **fields}


def pod_with_context(**context: Any) -> Spec:
    return spec(securityContext=context)


APPARMOR = {"container.apparmor.security.beta.kubernetes.io/a": "unconfined"}
SECCOMP = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
ALL = {"drop": ["ALL"]}
WINDOWS = {"os": {"name": "windows"}}
IN_USER_NAMESPACE = {"hostUsers": False}


def volume(kind: str) -> Spec:
    return spec(volumes=[{"name": "v", kind: {}}])


def sysctls(*names: str) -> Spec:
    return pod_with_context(sysctls=[{"name": name, "value": "1"} for name in names])


def forbidden_sysctl(accepted: str, refused: str) -> Fixture:
    return Fixture(
        sysctls(accepted),
        sysctls(accepted, refused),
        "forbidden sysctls",
        refused,
        ("spec.securityContext.sysctls[1].name",),
    )


ESCALATION = (
    "allowPrivilegeEscalation != false",
    'container "a" must set securityContext.allowPrivilegeEscalation=false',
    ("spec.containers[0].securityContext.allowPrivilegeEscalation",),
)
CAPABILITIES = (
    "unrestricted capabilities",
    (
        'container "a" must set securityContext.capabilities.drop=["ALL"]; '
        'containers "a", "b" must not include "CHOWN", "KILL" in securityContext.capabilities.add'
    ),
    (
        "spec.containers[0].securityContext.capabilities.drop",
        "spec.containers[0].securityContext.capabilities.add[0]",
        "spec.containers[1].securityContext.capabilities.add[1]",
    ),
)
TWO_ADDING = spec(
    container(capabilities={"add": ["KILL"]}),
    container("b", capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]}),
)
PROC_MOUNT = (
    "procMount",
    'container "a" must not set securityContext.procMount to "Unmasked"',
    ("spec.containers[0].securityContext.procMount",),
)
UNMASKED = spec(container(procMount="Unmasked"))
NON_ROOT = (
    "runAsNonRoot != true",
    'pod and container "b" must not set securityContext.runAsNonRoot=false',
    ("spec.securityContext.runAsNonRoot", "spec.containers[1].securityContext.runAsNonRoot"),
)
SAYING_ROOT = spec(container(), container("b", runAsNonRoot=False), securityContext={"runAsNonRoot": False})
USER = (
    "runAsUser=0",
    'pod and container "a" must not set runAsUser=0',
    ("spec.securityContext.runAsUser", "spec.containers[0].securityContext.runAsUser"),
)
ROOT = spec(container(runAsUser=0), securityContext={"runAsUser": 0})
SECCOMP_RESTRICTED = (
    "seccompProfile",
    (
        'pod or containers "i", "a" must set securityContext.seccompProfile.type'
        ' to "RuntimeDefault" or "Localhost"'
    ),
    (
        "spec.initContainers[0].securityContext.seccompProfile.type",
        "spec.containers[0].securityContext.seccompProfile.type",
    ),
)
SILENT_ON_SECCOMP = spec(initContainers=[container("i")])
IMAGE_UNKNOWN = (
    "restricted volume types",
    'volume "v" uses restricted volume type "unknown"',
    ("spec.volumes[0]",),
)

FIXTURES: Mapping[tuple[str, int], Fixture] = {
    ("appArmorProfile", 0): Fixture(
        pod_with_context(appArmorProfile={"type": "Unconfined"}),
        {"annotations": {**APPARMOR, "container.apparmor.security.beta.kubernetes.io/b": 'x"y'}, **spec()},
        "forbidden AppArmor profiles",
        'container.apparmor.security.beta.kubernetes.io/a="unconfined", '
        'container.apparmor.security.beta.kubernetes.io/b="x\\"y"',
        (
            "metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]",
            "metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]",
        ),
    ),
    ("appArmorProfile", 1): Fixture(
        pod_with_context(appArmorProfile={"type": "Localhost", "localhostProfile": "x"}),
        {
            "annotations": APPARMOR,
            **spec(
                container(appArmorProfile={"type": "Unconfined"}),
                securityContext={"appArmorProfile": {"type": "Unconfined"}},
            ),
        },
        "forbidden AppArmor profiles",
        'pod and container "a" and annotation must not set AppArmor profile type to "Unconfined", '
        '"container.apparmor.security.beta.kubernetes.io/a="unconfined""',
        (
            "spec.securityContext.appArmorProfile.type",
            "spec.containers[0].securityContext.appArmorProfile.type",
            "metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]",
        ),
    ),
    ("capabilities_baseline", 0): Fixture(
        spec(container(capabilities={"add": ["CHOWN"]})),
        spec(
            container(capabilities={"add": ["CHOWN", "NET_RAW"]}),
            container("b", capabilities={"add": ["BPF"]}),
        ),
        "non-default capabilities",
        'containers "a", "b" must not include "BPF", "NET_RAW" in securityContext.capabilities.add',
        (
            "spec.containers[0].securityContext.capabilities.add[1]",
            "spec.containers[1].securityContext.capabilities.add[0]",
        ),
    ),
    ("hostNamespaces", 0): Fixture(
        spec(hostPID=False),
        spec(hostNetwork=True, hostIPC=True, hostPID=True),
        "host namespaces",
        "hostNetwork=true, hostPID=true, hostIPC=true",
        ("spec.hostNetwork", "spec.hostPID", "spec.hostIPC"),
    ),
    ("hostPathVolumes", 0): Fixture(
        volume("nfs"),
        spec(volumes=[{"name": "x", "hostPath": {"path": "/"}}, {"name": "s", "secret": {}}]),
        "hostPath volumes",
        'volume "x"',
        ("spec.volumes[0].hostPath",),
    ),
    ("hostPorts", 0): Fixture(
        spec({**container(), "ports": [{"containerPort": 80}]}),
        spec(
            {**container(), "ports": [{"containerPort": 1, "hostPort": 9}, {"containerPort": 2}]},
            {**container("b"), "ports": [{"containerPort": 1, "hostPort": 80}]},
        ),
        "hostPort",
        'containers "a", "b" use hostPorts 80, 9',
        ("spec.containers[0].ports[0].hostPort", "spec.containers[1].ports[0].hostPort"),
    ),
    ("hostProbesAndHostLifecycle", 0): Fixture(
        spec({**container(), "livenessProbe": {"httpGet": {"port": 80}}}),
        spec(
            {**container("z"), "lifecycle": {"preStop": {"tcpSocket": {"port": 1, "host": "y"}}}},
            {**container(), "startupProbe": {"httpGet": {"port": 80, "host": "x"}}},
        ),
        "probe or lifecycle host",
        'containers "a", "z" use probe or lifecycle hosts "x", "y"',
        (
            "spec.containers[0].lifecycle.preStop.tcpSocket.host",
            "spec.containers[1].startupProbe.httpGet.host",
        ),
    ),
    ("privileged", 0): Fixture(
        spec(container(privileged=False)),
        spec(container(privileged=True), ephemeralContainers=[container("e", privileged=True)]),
        "privileged",
        'containers "a", "e" must not set securityContext.privileged=true',
        (
            "spec.containers[0].securityContext.privileged",
            "spec.ephemeralContainers[0].securityContext.privileged",
        ),
    ),
    ("procMount", 0): Fixture(
        spec(container(procMount="Default")), {**UNMASKED, **IN_USER_NAMESPACE}, *PROC_MOUNT
    ),
    ("procMount", 1): Fixture({**UNMASKED, **IN_USER_NAMESPACE}, UNMASKED, *PROC_MOUNT),
    ("seLinuxOptions", 0): Fixture(
        pod_with_context(seLinuxOptions={"type": "container_kvm_t", "level": "s0"}),
        pod_with_context(seLinuxOptions={"user": "u", "role": "r"}),
        "seLinuxOptions",
        "pod set forbidden securityContext.seLinuxOptions: ",
        ("spec.securityContext.seLinuxOptions.user", "spec.securityContext.seLinuxOptions.role"),
    ),
    ("seLinuxOptions", 1): Fixture(
        pod_with_context(seLinuxOptions={}),
        spec(container(seLinuxOptions={"type": "container_engine_t", "user": "u"})),
        "seLinuxOptions",
        'container "a" set forbidden securityContext.seLinuxOptions: type "container_engine_t"; '
        "user may not be set",
        (
            "spec.containers[0].securityContext.seLinuxOptions.type",
            "spec.containers[0].securityContext.seLinuxOptions.user",
        ),
    ),
    ("seLinuxOptions", 2): Fixture(
        spec(container(seLinuxOptions={"type": "container_engine_t"})),
        pod_with_context(seLinuxOptions={"role": "r"}),
        "seLinuxOptions",
        "pod set forbidden securityContext.seLinuxOptions: role may not be set",
        ("spec.securityContext.seLinuxOptions.role",),
    ),
    ("seccompProfile_baseline", 0): Fixture(
        {
            "annotations": {"container.seccomp.security.alpha.kubernetes.io/not-there": "unconfined"},
            **spec(),
        },
        {"annotations": SECCOMP, **spec()},
        "seccompProfile",
        'forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined"',
        ("metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]",),
    ),
    ("seccompProfile_baseline", 1): Fixture(
        {"annotations": SECCOMP, **pod_with_context(seccompProfile={"type": "RuntimeDefault"})},
        pod_with_context(seccompProfile={"type": "Unconfined"}),
        "seccompProfile",
        'pod must not set securityContext.seccompProfile.type to "Unconfined"',
        ("spec.securityContext.seccompProfile.type",),
    ),
    ("sysctls", 0): forbidden_sysctl("net.ipv4.tcp_syncookies", "net.ipv4.ip_local_reserved_ports"),
    ("sysctls", 1): forbidden_sysctl("net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_fin_timeout"),
    ("sysctls", 2): forbidden_sysctl("net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_rmem"),
    ("sysctls", 3): forbidden_sysctl("net.ipv4.tcp_wmem", "net.ipv4.tcp_notsent_lowat"),
    ("sysctls", 4): forbidden_sysctl("net.ipv4.tcp_notsent_lowat", "kernel.msgmax"),
    ("windowsHostProcess", 0): Fixture(
        pod_with_context(windowsOptions={"hostProcess": False}),
        pod_with_context(windowsOptions={"hostProcess": True}),
        "hostProcess",
        "pod must not set securityContext.windowsOptions.hostProcess=true",
        ("spec.securityContext.windowsOptions.hostProcess",),
    ),
    ("allowPrivilegeEscalation", 0): Fixture(
        spec(container(allowPrivilegeEscalation=False)), {**spec(), **WINDOWS}, *ESCALATION
    ),
    ("allowPrivilegeEscalation", 1): Fixture({**spec(), **WINDOWS}, spec(), *ESCALATION),
    ("capabilities_restricted", 0): Fixture(
        spec(container(capabilities={**ALL, "add": ["NET_BIND_SERVICE"]})),
        {**TWO_ADDING, **WINDOWS},
        *CAPABILITIES,
    ),
    ("capabilities_restricted", 1): Fixture({**TWO_ADDING, **WINDOWS}, TWO_ADDING, *CAPABILITIES),
    ("procMount_restricted", 0): Fixture(spec(), {**UNMASKED, **IN_USER_NAMESPACE}, *PROC_MOUNT),
    ("restrictedVolumes", 0): Fixture(
        volume("emptyDir"),
        spec(volumes=[{"name": "n", "nfs": {}}, {"name": "h", "hostPath": {}}, {"name": "m", "nfs": {}}]),
        "restricted volume types",
        'volumes "n", "h", "m" use restricted volume types "hostPath", "nfs"',
        ("spec.volumes[0].nfs", "spec.volumes[1].hostPath", "spec.volumes[2].nfs"),
    ),
    ("restrictedVolumes", 1): Fixture(volume("ephemeral"), volume("image"), *IMAGE_UNKNOWN),
    ("restrictedVolumes", 2): Fixture(
        volume("image"),
        volume("storageos"),
        "restricted volume types",
        'volume "v" uses restricted volume type "storageos"',
        ("spec.volumes[0].storageos",),
    ),
    ("runAsNonRoot", 0): Fixture(
        spec(container(runAsNonRoot=True)), {**SAYING_ROOT, **IN_USER_NAMESPACE}, *NON_ROOT
    ),
    ("runAsNonRoot", 1): Fixture({**SAYING_ROOT, **IN_USER_NAMESPACE}, SAYING_ROOT, *NON_ROOT),
    ("runAsUser", 0): Fixture(pod_with_context(runAsUser=1), {**ROOT, **IN_USER_NAMESPACE}, *USER),
    ("runAsUser", 1): Fixture({**ROOT, **IN_USER_NAMESPACE}, ROOT, *USER),
    ("seccompProfile_restricted", 0): Fixture(
        pod_with_context(seccompProfile={"type": "Localhost", "localhostProfile": "x"}),
        {**SILENT_ON_SECCOMP, **WINDOWS},
        *SECCOMP_RESTRICTED,
    ),
    ("seccompProfile_restricted", 1): Fixture(
        {**SILENT_ON_SECCOMP, **WINDOWS}, SILENT_ON_SECCOMP, *SECCOMP_RESTRICTED
    ),
}

RULES = [(check, i, rule) for check in CHECKS for i, rule in enumerate(check.rules)]


def checked(fixture: Spec) -> CheckedPod:
    """The pod as the evaluator sees it, without what a server does to annotations and fields before."""
    body = {key: value for key, value in fixture.items() if key != "annotations"}
    obj = {"kind": "Pod", "metadata": {"annotations": fixture.get("annotations", {})}, "spec": body}
    return read_pod(obj, NEWEST, seccomp=False).checked


def test_every_rule_has_an_accepting_and_a_refusing_fixture() -> None:
    assert set(FIXTURES) == {(check.id, i) for check, i, _ in RULES}


@pytest.mark.parametrize(("check", "i", "rule"), RULES, ids=[f"{check.id}-{i}" for check, i, _ in RULES])
def test_a_rule_accepts_and_refuses_in_the_servers_words(
    check: PodSecurityCheck, i: int, rule: CheckRule
) -> None:
    fixture = FIXTURES[check.id, i]
    server = max(rule.since, rule.server)
    rules = Evaluator(server).rules(LevelVersion(check.level, rule.since))
    chosen = {found.id: picked for found, picked in rules}
    assert chosen[check.id] is rule
    assert rule.check_pod(checked(fixture.accepted)) is None
    assert rule.check_pod(checked(fixture.refused)) == Forbidden(
        fixture.reason, fixture.detail, fixture.fields
    )


def test_every_file_of_a_check_opens_with_its_rule_in_the_specifications_words() -> None:
    modules = [import_module(f"{checks.__name__}.{info.name}") for info in iter_modules(checks.__path__)]
    of_checks = [module for module in modules if hasattr(module, "CHECK")]
    assert {module.CHECK.id for module in of_checks} == {check.id for check in CHECKS}
    for module in of_checks:
        words = module.__doc__ or ""
        assert "**Restricted Fields:**" in words
        assert "**Allowed Values:**" in words
        assert "Source: k8s.io/pod-security-admission policy/check_" in words


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_names_what_it_demands_and_restricts(check: PodSecurityCheck) -> None:
    assert check.demand.endswith(".")
    for rule in check.rules:
        assert rule.restrictions
        for restriction in rule.restrictions:
            assert restriction.fields
            assert restriction.allowed


def test_there_are_twelve_baseline_and_seven_restricted_checks_in_the_servers_order() -> None:
    assert [check.id for check in CHECKS] == [
        "appArmorProfile",
        "capabilities_baseline",
        "hostNamespaces",
        "hostPathVolumes",
        "hostPorts",
        "hostProbesAndHostLifecycle",
        "privileged",
        "procMount",
        "seLinuxOptions",
        "seccompProfile_baseline",
        "sysctls",
        "windowsHostProcess",
        "allowPrivilegeEscalation",
        "capabilities_restricted",
        "procMount_restricted",
        "restrictedVolumes",
        "runAsNonRoot",
        "runAsUser",
        "seccompProfile_restricted",
    ]


def silent(_: CheckedPod) -> Forbidden | None:
    return None


def check_rule(minor: int, *overrides: str, major: int = 1) -> CheckRule:
    return CheckRule(Version(major, minor), silent, (Restriction(("spec",), ("any",)),), overrides)


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ([PodSecurityCheck("a", BASELINE, "", (check_rule(0),))] * 2, "multiple checks registered for ID a"),
        ([PodSecurityCheck("a", "privileged", "", (check_rule(0),))], "check a: invalid level privileged"),
        ([PodSecurityCheck("a", BASELINE, "", ())], "check a: empty"),
        (
            [PodSecurityCheck("a", BASELINE, "", (check_rule(2), check_rule(1)))],
            "check a: versions must be strictly increasing",
        ),
        (
            [PodSecurityCheck("a", BASELINE, "", (check_rule(2), check_rule(2)))],
            "check a: versions must be strictly increasing",
        ),
        (
            [PodSecurityCheck("a", BASELINE, "", (check_rule(9, major=0),))],
            "check a: there is no policy version before 1.0",
        ),
        (
            [PodSecurityCheck("a", BASELINE, "", (check_rule(0, "b"),))],
            "check a: only restricted checks may set overrides",
        ),
        (
            [
                PodSecurityCheck("a", RESTRICTED, "", (check_rule(0, "b"),)),
                PodSecurityCheck("b", RESTRICTED, "", (check_rule(0),)),
            ],
            "check a: overrides b, which is not a baseline check",
        ),
    ],
)
def test_the_registry_refuses_what_upstreams_refuses(checks: list[PodSecurityCheck], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        validate(checks)


def test_a_check_is_found_by_its_id_in_any_case() -> None:
    assert find_check("PRIVILEGED") is privileged_check.CHECK
    with pytest.raises(KeyError, match='unknown check "nosuch"; known checks: appArmorProfile, capab'):
        find_check("nosuch")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\c', r'"a\"b\\c"'),
        ("tab\tline\nbell\a", r'"tab\tline\nbell\a"'),
        ("\x1b[31m\x7f", r'"\x1b[31m\x7f"'),
        ("ü\u200b\U000e0001", '"ü\\u200b\\U000e0001"'),
    ],
)
def test_values_in_messages_are_quoted_as_go_quotes_them(text: str, quoted: str) -> None:
    assert quote(text) == quoted


ALWAYS = [("1.0", "1.22")]
BEGINNINGS = {
    "appArmorProfile": [*ALWAYS, ("1.0", "1.30")],
    "capabilities_baseline": ALWAYS,
    "hostNamespaces": ALWAYS,
    "hostPathVolumes": ALWAYS,
    "hostPorts": ALWAYS,
    "hostProbesAndHostLifecycle": [("1.34", "1.22")],
    "privileged": ALWAYS,
    "procMount": [*ALWAYS, ("1.35", "1.22")],
    "seLinuxOptions": [*ALWAYS, ("1.0", "1.26"), ("1.31", "1.31")],
    "seccompProfile_baseline": [*ALWAYS, ("1.19", "1.22")],
    "sysctls": [*ALWAYS, *((since, "1.22") for since in ("1.27", "1.29", "1.32", "1.37"))],
    "windowsHostProcess": ALWAYS,
    "allowPrivilegeEscalation": [("1.8", "1.22"), ("1.25", "1.22")],
    "capabilities_restricted": [("1.22", "1.22"), ("1.25", "1.22")],
    "procMount_restricted": [("1.35", "1.22")],
    "restrictedVolumes": [*ALWAYS, ("1.0", "1.31"), ("1.0", "1.33")],
    "runAsNonRoot": [*ALWAYS, ("1.35", "1.22")],
    "runAsUser": [("1.23", "1.22"), ("1.35", "1.22")],
    "seccompProfile_restricted": [("1.19", "1.22"), ("1.25", "1.22")],
}
"""The policy version and the server in which each rule of a check begins, as upstream's files say."""


def test_rules_begin_in_the_versions_of_upstream() -> None:
    assert {
        check.id: [(str(rule.since), str(rule.server)) for rule in check.rules] for check in CHECKS
    } == BEGINNINGS


@pytest.mark.parametrize(
    ("server", "restricted", "allowed"),
    [("1.30", False, False), ("1.31", True, False), ("1.32", True, False), ("1.33", False, True)],
)
def test_image_volumes_are_restricted_until_they_are_allowed(
    server: str, *, restricted: bool, allowed: bool
) -> None:
    rule = find_check("restrictedVolumes").rule_for(Version(1, 30), Version.parse(server))
    assert rule is not None
    (restriction,) = rule.restrictions
    assert ("spec.volumes[*].image" in restriction.fields) == restricted
    assert restriction.allowed[0].endswith(", image") == allowed


@pytest.mark.parametrize(
    "source",
    [
        *("hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs"),
        *("rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte"),
        *("azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos"),
    ],
)
def test_each_restricted_type_of_volume_is_named_with_its_field(source: str) -> None:
    volumes = [{"name": "a", "emptyDir": {}}, {"name": "b", source: {}}]
    rule = find_check("restrictedVolumes").rules[-1]
    forbidden = rule.check_pod(checked({"containers": [], "volumes": volumes}))
    assert forbidden == Forbidden(
        "restricted volume types",
        f'volume "b" uses restricted volume type "{source}"',
        (f"spec.volumes[1].{source}",),
    )
