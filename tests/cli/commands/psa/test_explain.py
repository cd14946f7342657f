"""Tests `rbacpsp psa explain`: the requirements of a check, version by version."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp.pss.checks import CHECKS
from rbacpsp.report.formats import TABULAR

Run = Callable[..., Result]


def test_a_check_is_explained_by_its_fields_and_their_values(call: Run) -> None:
    result = call("psa", "explain", "runasuser")
    assert result.stdout == (
        "WHAT      EXPLANATION\n"
        "check     runAsUser\n"
        "level     restricted\n"
        "demands   Containers must not set runAsUser to 0.\n"
        "fields    spec.securityContext.runAsUser\n"
        "          spec.containers[*].securityContext.runAsUser\n"
        "          spec.initContainers[*].securityContext.runAsUser\n"
        "          spec.ephemeralContainers[*].securityContext.runAsUser\n"
        "may be    undefined\n"
        "          any non-zero value\n"
        "          any value when spec.hostUsers is false\n"
        "changed   since v1.35: allows any value when spec.hostUsers is false\n"
    )
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.37, assumed.\n", 0)


def test_an_older_version_is_explained_as_it_was(call: Run) -> None:
    assert (
        "any value when spec.hostUsers"
        not in (call("psa", "explain", "runAsUser", "--version", "v1.30").stdout.partition("changed")[0])
    )
    assert (
        "v1.22     it is not part of that version of the standards: it was added in v1.23\n"
        in call("psa", "explain", "runAsUser", "--version", "v1.22").stdout
    )


def test_a_check_that_a_stricter_one_replaces_names_it(call: Run) -> None:
    assert (
        "instead   the restricted level uses seccompProfile_restricted instead, which is stricter\n"
        in call("psa", "explain", "seccompProfile_baseline").stdout
    )


def test_changes_of_a_check_are_described_by_fields_and_allowed_values(call: Run) -> None:
    lines = [
        line.partition("   ")[2]
        for check in ("sysctls", "seLinuxOptions", "allowPrivilegeEscalation", "restrictedVolumes")
        for line in call("psa", "explain", check).stdout.splitlines()
        if line.startswith("changed")
    ]
    kinds = "configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret"
    assert lines == [
        "since v1.27: allows net.ipv4.ip_local_reserved_ports",
        (
            "since v1.29: allows net.ipv4.tcp_keepalive_time, net.ipv4.tcp_fin_timeout, "
            "net.ipv4.tcp_keepalive_intvl, net.ipv4.tcp_keepalive_probes"
        ),
        "since v1.32: allows net.ipv4.tcp_rmem, net.ipv4.tcp_wmem",
        "since v1.37: allows net.ipv4.tcp_slow_start_after_idle, net.ipv4.tcp_notsent_lowat",
        "since v1.0 on servers since 1.26: the same, with different wording",
        "since v1.31 on servers since 1.31: allows container_engine_t",
        "since v1.25: allows any value when spec.os.name is windows",
        "since v1.0 on servers since 1.31: looks at spec.volumes[*].image",
        (
            "since v1.0 on servers since 1.33: no longer looks at spec.volumes[*].image; allows undefined: "
            f"every volume is one of {kinds}, image; no longer allows undefined: "
            f"every volume is one of {kinds}"
        ),
    ]


def test_without_a_check_all_are_listed(call: Run) -> None:
    result = call("psa", "explain", "-o", "name")
    assert result.stdout.split() == [check.id for check in CHECKS]
    first = call("psa", "explain", "-o", "csv").stdout.splitlines()[4]
    assert first == "hostPathVolumes,baseline,v1.0,HostPath volumes must be forbidden."
    items = json.loads(call("psa", "explain", "-o", "json").stdout)["items"]
    assert len(items) == 19


def test_json_has_the_rule_and_its_history(call: Run) -> None:
    document = json.loads(call("psa", "explain", "hostNamespaces", "-o", "json").stdout)
    rule = {
        "since": "v1.0",
        "server": "1.22",
        "overrides": [],
        "restrictions": [
            {
                "fields": ["spec.hostNetwork", "spec.hostPID", "spec.hostIPC"],
                "allowed": ["undefined", "false"],
            }
        ],
    }
    assert document == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "PodSecurityCheckExplanation",
        "kubernetesVersion": "1.37",
        "versionAssumed": True,
        "check": "hostNamespaces",
        "level": "baseline",
        "demand": "Sharing the host network, PID and IPC namespaces must be disallowed.",
        "since": "v1.0",
        "version": "latest",
        "rule": rule,
        "overriddenBy": [],
        "history": [rule],
    }


@pytest.mark.parametrize("form", TABULAR)
@pytest.mark.parametrize("check", [check.id for check in CHECKS])
def test_every_check_has_an_explanation_in_every_format(call: Run, check: str, form: str) -> None:
    result = call("psa", "explain", check, "-o", form)
    assert result.exit_code == 0
    assert check in result.stdout.replace("\\", "")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["rootless"], 'error: unknown check "rootless"; known checks: appArmorProfile, '),
        (["sysctls", "--version", "1.25"], 'error: --version: must be "latest" or "v1.x"'),
    ],
)
def test_a_wrong_argument_is_a_one_line_error(call: Run, arguments: list[str], error: str) -> None:
    result = call("psa", "explain", *arguments)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith(error)
