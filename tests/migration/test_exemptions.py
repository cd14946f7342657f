"""Tests the configuration of the PodSecurity plugin that replaces policies."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from rbacpsp import Cluster, User
from rbacpsp.cli import main
from rbacpsp.migration import Migration, migrate
from rbacpsp.model.version import Version
from rbacpsp.pss import read_config
from rbacpsp.testing import ClusterBuilder, pod
from tests.migration.build import SECCOMP, open_policy
from tests.migration.test_psa import PROFILES, RESTRICTED, deployment

JSON = dict[str, Any]
OPEN = {f"{SECCOMP}/allowedProfileNames": "*"}
READY: JSON = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
}
SANDBOXED: JSON = {"automountServiceAccountToken": False, "runtimeClassName": "kata", "hostNetwork": True}


def builder(*more: JSON) -> ClusterBuilder:
    """A cluster with a strict policy for everybody, and one for RuntimeClass kata in a namespace."""
    return (
        ClusterBuilder()
        .namespace("shop")
        .service_account("shop", "default")
        .add(open_policy("strict", PROFILES, **RESTRICTED))
        .add(open_policy("sandboxed", OPEN, runtimeClass={"allowedRuntimeClassNames": ["kata"]}))
        .add(open_policy("open", OPEN))
        .may_use("strict", "Group/system:authenticated", "Group/system:serviceaccounts")
        .may_use("sandboxed", "Group/system:serviceaccounts:shop", namespace="shop")
        .add(*more)
    )


def configuration_and_exemptions(found: Migration) -> tuple[JSON, list[tuple[str, str, str]]]:
    """The configuration of the plugin, and the exemptions."""
    assert found.configuration is not None
    [plugin] = found.configuration["plugins"]
    assert plugin["name"] == "PodSecurity"
    return plugin["configuration"], [
        (exemption.field, exemption.name, exemption.why) for exemption in found.exemptions
    ]


@pytest.mark.parametrize(
    ("policies", "level", "goal"),
    [
        ([open_policy("strict", PROFILES, **RESTRICTED)], "restricted", "restricted"),
        (
            [open_policy("strict", PROFILES, **RESTRICTED), open_policy("open", OPEN)],
            "privileged",
            "baseline",
        ),
    ],
)
def test_new_namespaces_get_the_level_of_the_loosest_policy(
    policies: list[JSON], level: str, goal: str
) -> None:
    configuration, exempt = configuration_and_exemptions(
        migrate(Cluster.from_objects(policies), "psa", target_version="1.36")
    )
    assert configuration["defaults"] == {
        "enforce": level,
        "enforce-version": "v1.36",
        "audit": goal,
        "audit-version": "v1.36",
        "warn": goal,
        "warn-version": "v1.36",
    }
    assert exempt == []


def test_users_of_a_privileged_policy_everywhere_may_be_exempt_but_no_controller() -> None:
    everywhere = (
        "User/root",
        "User/system:kube-controller-manager",
        "Group/admins",
        "ServiceAccount/ops:tool",
    )
    made = (
        builder(deployment("web", "shop", **READY))
        .may_use("open", *everywhere)
        .bind("psp:open", "User/local", namespace="shop", kind="ClusterRole", name="local")
        .bind("psp:strict", "User/plain", name="plain")
    )
    configuration, exempt = configuration_and_exemptions(
        migrate(made.build(kubernetes_version="1.24"), "psa")
    )
    assert exempt == [
        ("usernames", "root", "may use the policy open, which is privileged, in every namespace")
    ]
    assert configuration["exemptions"] == {"usernames": ["root"], "runtimeClasses": [], "namespaces": []}


def test_no_exemption_is_proposed_if_every_namespace_is_privileged() -> None:
    made = builder(deployment("web", "shop", **SANDBOXED)).may_use("open", "User/root")
    assert configuration_and_exemptions(migrate(made.build(kubernetes_version="1.24"), "psa"))[1] == []


def test_a_runtime_class_may_be_exempt_whose_pods_alone_keep_a_namespace_from_a_stricter_level() -> None:
    both = builder(deployment("web", "shop", **READY), deployment("box", "shop", **SANDBOXED))
    result = migrate(both.build(kubernetes_version="1.24"), "psa")
    configuration, exempt = configuration_and_exemptions(result)
    assert exempt == [
        ("runtimeClasses", "kata", "only its pods prevent the level baseline in namespace shop")
    ]
    assert configuration["exemptions"]["runtimeClasses"] == ["kata"]
    [shop] = [each for each in result.objects if each["metadata"]["name"] == "shop"]
    assert shop["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_an_excluded_namespace_is_exempt() -> None:
    result = migrate(builder().build(kubernetes_version="1.24"), "psa", excluded_namespaces=("kube-system",))
    assert configuration_and_exemptions(result)[0]["exemptions"]["namespaces"] == ["kube-system"]


@pytest.mark.parametrize(("target", "version"), [("1.23", "v1beta1"), ("1.24", "v1beta1"), ("1.37", "v1")])
def test_a_target_server_accepts_the_configuration_and_its_exemptions(target: str, version: str) -> None:
    made = builder(deployment("web", "shop", **READY)).may_use("open", "User/root")
    result = migrate(made.build(kubernetes_version="1.24"), "psa", target_version=target)
    configuration, _ = configuration_and_exemptions(result)
    assert configuration["apiVersion"] == f"pod-security.admission.config.k8s.io/{version}"
    assert result.configuration is not None
    read = read_config(result.configuration, version=Version.given(target))
    assert read.exemptions.usernames == ("root",)
    cluster = Cluster.from_objects(
        result.objects, kubernetes_version=target, admission_config=result.configuration
    )
    privileged = pod("p", namespace="shop", container={"securityContext": {"privileged": True}})
    assert not cluster.pss_admit(privileged, user=User("eve"))
    assert cluster.pss_admit(privileged, user=User("root"))


def test_the_commands_print_the_configuration_with_the_objects(tmp_path: Path) -> None:
    file, place = tmp_path / "cluster.json", tmp_path / "out"
    made = builder(deployment("web", "shop", **READY)).may_use("open", "User/root")
    items = {"apiVersion": "v1", "kind": "List", "items": made.objects}
    file.write_text(json.dumps(items), encoding="utf-8")
    words = ["migrate", "psa", "-f", str(file), "--kubernetes-version", "1.24", "--no-validate"]
    result = CliRunner().invoke(main, [*words, "-O", str(place)])
    assert result.exit_code == 0, result.output
    document = json.loads((place / "server" / "admission-configuration.json").read_text(encoding="utf-8"))
    assert document["kind"] == "AdmissionConfiguration"
    shown = CliRunner().invoke(main, words)
    assert (
        "# - exempt among usernames: root, which may use the policy open, which is privileged" in shown.stdout
    )
    assert {each["kind"] for each in yaml.safe_load_all(shown.stdout)} == {"Namespace"}
    printed = json.loads(CliRunner().invoke(main, [*words, "-o", "json"]).stdout)
    assert printed["configuration"] == document
    assert [exemption["name"] for exemption in printed["exemptions"]] == ["root"]
    assert {each["kind"] for each in printed["objects"]} == {"Namespace"}
    other = json.loads(CliRunner().invoke(main, ["migrate", "vap", *words[2:], "-o", "json"]).stdout)
    assert "configuration" not in other
