"""Tests `rbacpsp psa who-can-bypass`: who can bypass Pod Security, and through which grants."""

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from rbacpsp.testing import binding, role, rule
from tests.cli.commands.psa.test_label import namespace_with_modes

Run = Callable[..., Result]

OBJECTS = [
    namespace_with_modes("shop", enforce="restricted", enforce_version="v1.30"),
    namespace_with_modes("bank", enforce="baseline"),
    namespace_with_modes("lab"),
    namespace_with_modes("yard", enforce="privileged"),
    role("label", rule("patch", "namespaces")),
    role("label-shop", rule("update", "namespaces", names="shop")),
    role("run", rule("create", "deployments", "apps"), rule("create", "pods"), namespace="lab"),
    role("run", rule("create", "pods"), namespace="shop"),
    binding("label", "ServiceAccount/ops:labeler"),
    binding("label-shop", "User/sue"),
    binding("run", "Group/devs", namespace="lab"),
    binding("run", "User/eve", namespace="shop"),
    binding("gone", "User/eve", namespace="shop", name="lost"),
]

CONFIG = """\
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline}
exemptions: {usernames: [root, "system:serviceaccount:shop:eve"], namespaces: [yard], runtimeClasses: [kata]}
"""


def test_subjects_that_label_namespaces_or_create_unrestricted_pods_are_named_with_grants(
    call: Run, write: Callable[..., str]
) -> None:
    result = call("psa", "who-can-bypass", "--bootstrap", "never", "-f", write(OBJECTS))
    assert result.stdout == (
        "WAY             SUBJECT                      WHERE        SCOPE          ROLE                     "
        "BINDING\n"
        "new-namespace   Group/system:masters         everywhere   cluster-wide   <every>                  "
        "<none>\n"
        "relabel         Group/system:masters         bank, shop   cluster-wide   <every>                  "
        "<none>\n"
        "relabel         ServiceAccount/ops:labeler   bank, shop   cluster-wide   ClusterRole/label        "
        "label\n"
        "relabel         User/sue                     shop         cluster-wide   ClusterRole/label-shop   "
        "label-shop\n"
        "unguarded       Group/system:masters         lab, yard    cluster-wide   <every>                  "
        "<none>\n"
        "unguarded       Group/devs                   lab          lab            Role/run                 "
        "run\n"
    )
    assert result.stderr == (
        'Warning: role.rbac.authorization.k8s.io "gone" not found\nKubernetes 1.37, assumed.\n'
    )
    assert result.exit_code == 0


def test_exemptions_open_further_bypasses(call: Run, write: Callable[..., str], tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    arguments = (
        "psa",
        "who-can-bypass",
        "--bootstrap",
        "never",
        "--admission-config",
        str(config),
        "-f",
        write(OBJECTS),
    )
    rows = call(*arguments, "-o", "csv").stdout.splitlines()
    assert [",".join(row.split(",")[:2]) for row in rows if "system:masters" not in row] == [
        "way,subject",
        "exempt-runtime-class,Group/devs",
        "exempt-runtime-class,User/eve",
        "exempt-user,User/root",
        "exempt-user,ServiceAccount/shop:eve",
        "impersonate (system:serviceaccount:shop:eve),User/eve",
        "relabel,ServiceAccount/ops:labeler",
        "relabel,User/sue",
    ]


def test_the_bypasses_of_one_namespace_can_be_listed(call: Run, write: Callable[..., str]) -> None:
    result = call(
        "psa", "who-can-bypass", "--bootstrap", "never", "-n", "bank", "-o", "name", "-f", write(OBJECTS)
    )
    assert result.stdout == "Group/system:masters\nServiceAccount/ops:labeler\n"
    nothing = call("psa", "who-can-bypass", "--bootstrap", "never", "-n", "bank", "-f", write(OBJECTS[:4]))
    assert nothing.stderr == ("Kubernetes 1.37, assumed.\nNo bound role gives anyone a way to bypass it.\n")


def test_json_has_the_requests_and_the_grants(call: Run, write: Callable[..., str]) -> None:
    items = json.loads(
        call("psa", "who-can-bypass", "--bootstrap", "never", "-o", "json", "-f", write(OBJECTS)).stdout
    )["items"]
    (devs,) = [item for item in items if item["subject"]["name"] == "devs"]
    assert (devs["way"], devs["namespace"], devs["why"]) == (
        "unguarded",
        "lab",
        "the namespace enforces nothing",
    )
    assert {"resourceAttributes": {"namespace": "lab", "verb": "create", "resource": "pods"}} in devs[
        "requests"
    ]
    assert [grant["reason"] for grant in devs["grants"]] == [
        'RBAC: allowed by RoleBinding "run/lab" of Role "run" to Group "devs"',
        'RBAC: allowed by RoleBinding "run/lab" of Role "run" to Group "devs"',
    ]


def test_many_namespaces_are_counted_in_a_narrow_table_and_named_in_a_wide_one(
    call: Run, write: Callable[..., str]
) -> None:
    path = write([namespace_with_modes(f"n{number}") for number in range(6)])
    narrow = call("psa", "who-can-bypass", "--bootstrap", "never", "-f", path).stdout
    assert "n0, n1, n2 and 3 more" in narrow
    assert (
        "n0, n1, n2, n3, n4, n5"
        in call("psa", "who-can-bypass", "--bootstrap", "never", "-o", "wide", "-f", path).stdout
    )


def test_with_restrictive_defaults_and_no_objects_nobody_is_named(
    call: Run, write: Callable[..., str], tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.partition("exemptions")[0], encoding="utf-8")
    result = call(
        "psa", "who-can-bypass", "--bootstrap", "never", "--admission-config", str(config), "-f", write([])
    )
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.splitlines()[-2] == (
        "There is no way to bypass it: no namespace was loaded, and the defaults enforce a level."
    )
