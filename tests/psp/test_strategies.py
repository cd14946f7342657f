"""Tests every strategy with an accepted and, if possible, a refused value."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from rbacpsp.model.pod import Capabilities, Container, Pod, SELinuxOptions, Sysctl
from rbacpsp.model.psp import IDStrategy, Range, SELinuxStrategy
from rbacpsp.pods.shape import view_of
from rbacpsp.pods.strategies.capabilities import CapabilitiesStrategy
from rbacpsp.pods.strategies.sysctls import Sysctls
from rbacpsp.psp.errors import FieldError, StrategyError
from rbacpsp.psp.strategies import STRATEGIES, groups, run_as_user, selinux
from rbacpsp.psp.strategies.apparmor import AppArmor, apparmor
from rbacpsp.psp.strategies.seccomp import Seccomp, seccomp

RANGES = (Range(1, 10), Range(20, 20))
LABELS = SELinuxOptions(user="u", role="r", type="t", level="s0:c1,c2")


class Fixture(NamedTuple):
    accepting: Callable[[], list[FieldError]]
    refusing: Callable[[], list[FieldError]] | None
    """None for a strategy that refuses nothing."""
    words: tuple[str, ...] = ()


def a_pod(annotations: dict[str, str] | None = None, profile: Any = None, container: Any = None) -> Pod:
    return view_of(
        {
            "metadata": {"annotations": annotations or {}},
            "spec": {
                "securityContext": {"seccompProfile": profile} if profile else {},
                "containers": [{"name": "c", "securityContext": container or {}}],
            },
        }
    )


SECCOMP = seccomp({"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default,localhost/x"})
APPARMOR = apparmor({"apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default"})
CAPABILITIES = CapabilitiesStrategy(("CHOWN",), ("KILL",), ("NET_ADMIN",))
SYSCTLS = Sysctls(frozenset({"safe"}), ("kernel.msg*",), ("kernel.msgmax", "net.*"))

FIXTURES: dict[type, Fixture] = {
    run_as_user.MustRunAs: Fixture(
        lambda: run_as_user.MustRunAs(RANGES).validate("sc", None, 20),
        lambda: (
            run_as_user.MustRunAs(RANGES).validate("sc", None, 11)
            + run_as_user.MustRunAs(RANGES).validate("sc", None, None)
        ),
        (
            "sc.runAsUser: Invalid value: 11: must be in the ranges: [{1 10} {20 20}]",
            "sc.runAsUser: Required value",
        ),
    ),
    run_as_user.MustRunAsNonRoot: Fixture(
        lambda: run_as_user.MustRunAsNonRoot().validate("sc", None, 1),
        lambda: [
            *run_as_user.MustRunAsNonRoot().validate("sc", None, None),
            *run_as_user.MustRunAsNonRoot().validate("sc", False, 1),
            *run_as_user.MustRunAsNonRoot().validate("sc", True, 0),
        ],
        (
            "sc.runAsNonRoot: Required value: must be true",
            "sc.runAsNonRoot: Invalid value: false: must be true",
            "sc.runAsUser: Invalid value: 0: running with the root UID is forbidden",
        ),
    ),
    run_as_user.RunAsAny: Fixture(lambda: run_as_user.RunAsAny().validate("sc", False, 0), None),
    groups.MustRunAs: Fixture(
        lambda: groups.MustRunAs(RANGES).validate("fsGroup", (1, 20)),
        lambda: [
            *groups.MustRunAs(RANGES).validate("fsGroup", None),
            *groups.MustRunAs(RANGES).validate("fsGroup", ()),
            *groups.MustRunAs(RANGES).validate("fsGroup", (0, 5)),
        ],
        (
            "fsGroup: Invalid value: []int64(nil): unable to validate empty groups against required ranges",
            "fsGroup: Invalid value: []int64{}: unable to validate empty groups against required ranges",
            "fsGroup: Invalid value: []int64{0, 5}: group 0 must be in the ranges: [{1 10} {20 20}]",
        ),
    ),
    groups.MayRunAs: Fixture(
        lambda: groups.MayRunAs(RANGES).validate("g", None) + groups.MayRunAs(RANGES).validate("g", (2,)),
        lambda: groups.MayRunAs(RANGES).validate("g", (0, 30)),
        (
            "g: Invalid value: []int64{0, 30}: group 0 must be in the ranges: [{1 10} {20 20}]",
            "g: Invalid value: []int64{0, 30}: group 30 must be in the ranges: [{1 10} {20 20}]",
        ),
    ),
    groups.RunAsAny: Fixture(lambda: groups.RunAsAny().validate("g", (0,)), None),
    selinux.MustRunAs: Fixture(
        lambda: selinux.MustRunAs(LABELS).validate("se", SELinuxOptions("u", "r", "t", "s0:c2,c1")),
        lambda: [
            *selinux.MustRunAs(LABELS).validate("se", None),
            *selinux.MustRunAs(LABELS).validate("se", SELinuxOptions(user="x", level="s1:c1,c2")),
        ],
        (
            "se: Required value",
            'se.level: Invalid value: "s1:c1,c2": must be s0:c1,c2',
            'se.role: Invalid value: "": must be r',
            'se.type: Invalid value: "": must be t',
            'se.user: Invalid value: "x": must be u',
        ),
    ),
    selinux.RunAsAny: Fixture(lambda: selinux.RunAsAny().validate("se", None), None),
    Seccomp: Fixture(
        lambda: SECCOMP.validate_pod(a_pod(profile={"type": "Localhost", "localhostProfile": "x"})),
        lambda: [
            *SECCOMP.validate_pod(a_pod()),
            *SECCOMP.validate_container(
                a_pod(), Container(name="c", security_context=a_container({"type": "Unconfined"}))
            ),
            *seccomp({}).validate_pod(a_pod({"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"})),
        ],
        (
            (
                "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Forbidden:  is not an"
                " allowed seccomp profile. Valid values are runtime/default,localhost/x"
            ),
            (
                "pod.metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: Forbidden:"
                " unconfined is not an allowed seccomp profile. Valid values are runtime/default,localhost/x"
            ),
            (
                "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Forbidden:"
                " seccomp may not be set"
            ),
        ),
    ),
    AppArmor: Fixture(
        lambda: APPARMOR.validate(
            {"container.apparmor.security.beta.kubernetes.io/c": "runtime/default"}, "c"
        ),
        lambda: [
            *APPARMOR.validate({}, "c"),
            *APPARMOR.validate({"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}, "c"),
        ],
        (
            (
                "pod.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden:"
                " AppArmor profile must be set"
            ),
            (
                "pod.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden:"
                ' unconfined is not an allowed profile. Allowed values: "runtime/default"'
            ),
        ),
    ),
    CapabilitiesStrategy: Fixture(
        lambda: CAPABILITIES.validate("caps", Capabilities(("NET_ADMIN", "CHOWN"), ("KILL",))),
        lambda: [
            *CAPABILITIES.validate("caps", None),
            *CAPABILITIES.validate("caps", Capabilities(("SYS_ADMIN",), ())),
            *CAPABILITIES.validate("caps", Capabilities((), ("ALL",))),
        ],
        (
            'caps: Invalid value: "null": required capabilities are not set on the securityContext',
            'caps.add: Invalid value: "SYS_ADMIN": capability may not be added',
            (
                "caps.drop: Invalid value: []core.Capability(nil): KILL is required to be dropped"
                " but was not found"
            ),
            (
                'caps.drop: Invalid value: []core.Capability{"ALL"}: KILL is required to be dropped'
                " but was not found"
            ),
        ),
    ),
    Sysctls: Fixture(
        lambda: SYSCTLS.validate([Sysctl("safe"), Sysctl("kernel.msgmnb")]),
        lambda: SYSCTLS.validate([Sysctl("kernel.msgmax"), Sysctl("safe"), Sysctl('fs.x"')]),
        (
            'pod.spec.securityContext.sysctls[0]: Forbidden: sysctl "kernel.msgmax" is not allowed',
            r'pod.spec.securityContext.sysctls[2]: Forbidden: unsafe sysctl "fs.x\"" is not allowed',
        ),
    ),
}


def a_container(profile: Any) -> Any:
    return a_pod(container={"seccompProfile": profile}).spec.containers[0].security_context


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_every_strategy_has_an_accepting_and_a_refusing_fixture(strategy: type) -> None:
    fixture = FIXTURES[strategy]
    assert fixture.accepting() == []
    if fixture.refusing is None:
        assert strategy.__name__ == "RunAsAny"
    else:
        assert tuple(map(str, fixture.refusing())) == fixture.words
        assert fixture.words


def test_every_fixture_is_of_a_registered_strategy() -> None:
    assert set(FIXTURES) == set(STRATEGIES)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: run_as_user.run_as_user(IDStrategy("MustRunAs")), "MustRunAs requires at least one range"),
        (lambda: run_as_user.run_as_user(IDStrategy("x")), "Unrecognized RunAsUser strategy type x"),
        (
            lambda: groups.group_strategy("FSGroup", IDStrategy("MustRunAs")),
            "ranges must be supplied for MustRunAs",
        ),
        (
            lambda: groups.group_strategy("FSGroup", IDStrategy("MayRunAs")),
            "ranges must be supplied for MayRunAs",
        ),
        (
            lambda: groups.group_strategy("FSGroup", IDStrategy("")),
            "Unrecognized FSGroup strategy type ",
        ),
        (lambda: selinux.selinux(SELinuxStrategy("MustRunAs")), "MustRunAs requires SELinuxOptions"),
        (lambda: selinux.selinux(SELinuxStrategy("x")), "Unrecognized SELinuxContext strategy type x"),
    ],
)
def test_an_unknown_or_incomplete_strategy_is_invalid(make: Callable[[], Any], problem: str) -> None:
    with pytest.raises(StrategyError) as error:
        make()
    assert str(error.value) == problem


def test_only_must_run_as_fills_in_an_id_the_lowest_of_the_first_range() -> None:
    assert run_as_user.MustRunAs(RANGES).generate() == 1
    assert groups.MustRunAs(RANGES).generate() == 1
    others = (run_as_user.RunAsAny(), run_as_user.MustRunAsNonRoot(), groups.MayRunAs(RANGES))
    assert [one.generate() for one in others] == [None, None, None]


@pytest.mark.parametrize(
    ("there", "result"),
    [
        (None, Capabilities(("CHOWN",), ("KILL",))),
        (Capabilities(("NET_ADMIN", "AUDIT"), ()), Capabilities(("AUDIT", "CHOWN", "NET_ADMIN"), ("KILL",))),
        (Capabilities((), ("CHOWN",)), Capabilities((), ("CHOWN", "KILL"))),
        (Capabilities(("CHOWN", "CHOWN"), ("KILL",)), Capabilities(("CHOWN", "CHOWN"), ("KILL",))),
        (Capabilities(("KILL",), ()), Capabilities(("CHOWN", "KILL"), ("KILL",))),
    ],
)
def test_capabilities_are_merged_sorted_unless_nothing_is_missing(
    there: Capabilities | None, result: Capabilities
) -> None:
    assert CAPABILITIES.generate(there) == result


def test_a_star_among_allowed_capabilities_also_lifts_the_required_drops() -> None:
    assert CapabilitiesStrategy((), ("KILL",), ("*",)).validate("caps", Capabilities(("ANY",), ())) == []


@pytest.mark.parametrize(
    ("fields", "profile", "refused"),
    [
        (True, "docker/default", False),
        (True, "runtime/default", False),
        (False, "docker/default", True),
        (False, "runtime/default", False),
    ],
)
def test_the_two_names_of_the_default_profile_are_one_since_the_field_exists(
    fields: bool, profile: str, refused: bool
) -> None:
    rules = seccomp(
        {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default"}, fields=fields
    )
    result = a_pod({"seccomp.security.alpha.kubernetes.io/pod": profile})
    assert bool(rules.validate_pod(result)) == refused


def test_a_containers_field_counts_before_its_annotation_and_that_before_the_pods() -> None:
    annotations = {
        "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        "container.seccomp.security.alpha.kubernetes.io/c": "localhost/x",
    }
    of_pod = a_pod(annotations | {"container.seccomp.security.alpha.kubernetes.io/c": ""})
    by_field = a_pod(annotations, container={"seccompProfile": {"type": "RuntimeDefault"}})
    by_annotation = a_pod(annotations)
    assert SECCOMP.validate_container(by_field, by_field.spec.containers[0]) == []
    assert SECCOMP.validate_container(by_annotation, by_annotation.spec.containers[0]) == []
    assert " is not an allowed" in str(SECCOMP.validate_container(of_pod, of_pod.spec.containers[0])[0])


def test_an_unknown_field_generates_nothing_not_even_the_default() -> None:
    rules = seccomp({"seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default"})
    assert rules.generate(a_pod()) == "runtime/default"
    assert rules.generate(a_pod(profile={"type": "Localhost"})) == ""
    assert rules.generate(a_pod(profile={"type": "Unconfined"})) == "unconfined"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("s0:c1,c2", "s0:c2,c1", True),
        ("s0:c1,c2", "s0:c1,c1", False),
        ("s0", "s0", True),
        ("s0", "s0:", False),
        ("s0:c1", "s1:c1", False),
        ("s0:c1:c2", "s0:c1:c2,", False),
    ],
)
def test_levels_are_equal_when_their_categories_are_in_any_order(one: str, other: str, equal: bool) -> None:
    assert selinux.equal_levels(one, other) == equal
