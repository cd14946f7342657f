"""Tests `rbacpsp preflight`: whether a user may apply manifests, as kubectl apply does."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from rbacpsp import Cluster, User
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import binding, role, rule

Run = Callable[..., Result]
GROUP = "rbac.authorization.k8s.io"
ANY = {name: {"rule": "RunAsAny"} for name in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")}
BOB = User.impersonate("bob")
GROUPS = ",rbac.authorization.k8s.io,apps"


def made(
    kind: str, name: str, version: str = f"{GROUP}/v1", namespace: str = "", **fields: Any
) -> JSONObject:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def cluster(*rules: JSONObject, more: list[JSONObject] | None = None) -> Cluster:
    """A cluster in which bob holds some rules everywhere."""
    return Cluster.from_objects(
        [role("some", *rules), binding("some", "User/bob"), *(more or [])],
        kubernetes_version="1.24",
    )


def missing(result: Any) -> list[tuple[str, list[str]]]:
    return [
        (f"{row.kind.lower()}/{row.name}", [missing_part.what for missing_part in row.missing])
        for row in result.rows
    ]


def test_kubectl_gets_an_object_and_then_creates_it_or_patches_it() -> None:
    role_manifest = role("r", namespace="shop")
    existing = cluster(rule("get patch", "roles", GROUPS), more=[role_manifest])
    assert missing(existing.preflight([role_manifest], BOB)) == [("role/r", [])]
    assert missing(existing.preflight([role("new", namespace="shop")], BOB)) == [
        ("role/new", [f"create roles.{GROUP} in shop"])
    ]
    requests = [
        decision.request.verb for decision in existing.preflight([role_manifest], BOB).rows[0].decisions
    ]
    assert requests == ["get", "patch"]


def test_a_create_carries_no_name() -> None:
    named_rule = {**rule("get create", "configmaps", GROUPS), "resourceNames": ["c"]}
    result = cluster(named_rule).preflight([made("ConfigMap", "c", "v1")], BOB)
    assert missing(result) == [("configmap/c", ["create configmaps in default"])]


def test_a_role_must_not_hold_more_than_its_writer() -> None:
    secrets = role("r", rule("get list", "secrets"), namespace="shop")
    result = cluster(rule("get create", "roles secrets", GROUPS)).preflight([secrets], BOB)
    assert missing(result) == [("role/r", [f"what it grants, or escalate roles.{GROUP}"])]
    assert result.rows[0].missing[0].message == (
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "bob" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["list"]}'
    )
    assert not result
    assert cluster(rule("get create escalate", "roles", GROUPS)).preflight([secrets], BOB)


def test_the_writer_of_a_binding_must_hold_the_rules_of_the_role_or_may_bind_it() -> None:
    binding_manifest = binding("r", "User/eve", namespace="shop")
    role_manifest = role("r", rule("get", "secrets"), namespace="shop")
    writes = rule("get create", "rolebindings", GROUPS)
    assert missing(cluster(writes, more=[role_manifest]).preflight([binding_manifest], BOB)) == [
        ("rolebinding/r", [f"what it grants, or bind roles.{GROUP}/r"])
    ]
    assert cluster(writes, rule("get", "secrets", GROUPS), more=[role_manifest]).preflight(
        [binding_manifest], BOB
    )
    assert cluster(writes, rule("bind", "roles", GROUPS), more=[role_manifest]).preflight(
        [binding_manifest], BOB
    )
    gone = cluster(writes).preflight([binding_manifest], BOB)
    assert gone.rows[0].missing[0].message == 'roles.rbac.authorization.k8s.io "r" not found'


def test_every_object_meets_the_cluster_with_those_before_it() -> None:
    role_manifest = role("r", namespace="shop")
    binding_manifest = binding("r", "User/eve", namespace="shop")
    writes = rule("get create", "roles rolebindings", GROUPS)
    assert cluster(writes).preflight([role_manifest, binding_manifest], BOB)
    missing_permissions = missing(cluster(writes).preflight([binding_manifest, role_manifest], BOB))
    assert missing_permissions[0] == ("rolebinding/r", [f"the role, or bind roles.{GROUP}/r"])


def test_an_aggregated_role_needs_a_cluster_admin() -> None:
    role_manifest = made(
        "ClusterRole", "a", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    )
    result = cluster(rule("get create", "clusterroles", GROUPS)).preflight([role_manifest], BOB)
    assert result.rows[0].missing[0].message == (
        'clusterroles.rbac.authorization.k8s.io "a" is forbidden: must have cluster-admin privileges to use '
        "the aggregationRule"
    )
    everything = {"verbs": ["*"], "nonResourceURLs": ["*"]}
    assert cluster(rule("*", "*", "*"), everything).preflight([role_manifest], BOB)


def test_members_of_system_masters_may_apply_everything() -> None:
    role_manifest = role("r", rule("get", "secrets"), namespace="shop")
    assert cluster().preflight([role_manifest], User("root", groups=("system:masters",)))


def test_namespaces_of_the_set_come_first_and_others_must_exist() -> None:
    namespace, config = made("Namespace", "new", "v1"), made("ConfigMap", "c", "v1", "new")
    with_namespace = cluster(
        rule("get create", "namespaces configmaps", GROUPS), more=[made("Namespace", "shop", "v1")]
    )
    result = with_namespace.preflight([config, namespace], BOB)
    assert [row.kind for row in result.rows] == ["Namespace", "ConfigMap"]
    assert result
    assert missing(with_namespace.preflight([config], BOB)) == [("configmap/c", ["namespace new"])]


def test_the_namespace_object_is_within_the_namespace_when_it_is_named() -> None:
    role_manifest = role("r", rule("get patch", "namespaces"), namespace="shop")
    more = [role_manifest, binding("r", "User/bob", namespace="shop"), made("Namespace", "shop", "v1")]
    assert cluster(more=more).preflight([made("Namespace", "shop", "v1")], BOB)


def test_a_kind_is_known_from_the_server_or_from_its_definition_in_the_set() -> None:
    names = {"kind": "Widget", "plural": "widgets"}
    widget = made("Widget", "w", "example.com/v1", "shop")
    definition = made(
        "CustomResourceDefinition",
        "widgets.example.com",
        "apiextensions.k8s.io/v1",
        spec={"group": "example.com", "scope": "Namespaced", "names": names},
    )
    everything = cluster(rule("*", "*", "*"))
    assert everything.preflight([definition, widget], BOB)
    (row,) = everything.preflight([widget], BOB).rows
    assert row.missing[0].message == 'no matches for kind "Widget" in version "example.com/v1"'
    assert row.decision is None


def test_what_the_server_refuses_as_invalid_is_missing_too() -> None:
    role_manifest = role("r", {"verbs": ["get"], "resources": ["pods"]}, namespace="shop")
    result = cluster(rule("*", "*", "*")).preflight([role_manifest], BOB)
    assert missing(result) == [("role/r", ["a valid object"])]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "resource name may not be empty"),
        ({"generateName": "web-"}, "cannot use generate name with apply"),
    ],
)
def test_kubectl_applies_only_what_has_a_name(metadata: JSONObject, words: str) -> None:
    nameless = {**made("Role", "", rules=[]), "metadata": {"namespace": "shop", **metadata}}
    (row,) = cluster(rule("*", "*", "*")).preflight([nameless], BOB).rows
    assert [(each.what, each.message) for each in row.missing] == [("metadata.name", words)]
    assert (row.namespace, row.decision) == ("shop", None)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    role_manifest = role("some", rule("get create", "configmaps secrets", GROUPS))
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump_all([role_manifest, binding("some", "User/bob")]))
    secret = {**made("Secret", "s", "v1"), "data": {"password": "aHVudGVyMg=="}}
    role_manifest = role("r", namespace="shop")
    (tmp_path / "app.yaml").write_text(
        yaml.safe_dump_all([made("ConfigMap", "c", "v1"), secret, role_manifest])
    )
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_table_has_a_line_for_each_object_with_the_missing_permissions(call: Run) -> None:
    result = call("preflight", "-f", "app.yaml", "--as", "bob", "--on", "cluster.yaml")
    assert result.exit_code == 1
    assert result.stdout == (
        "OBJECT        NAMESPACE   APPLIED   MISSING\n"
        "configmap/c   default     created   \n"
        "secret/s      default     created   \n"
        f"role/r        shop        no        get roles.{GROUP}/r in shop\n"
        f"role/r        shop        no        create roles.{GROUP} in shop\n"
    ).replace("   \n", "\n")
    assert 'role/r: roles.rbac.authorization.k8s.io "r" is forbidden: User "bob" cannot get' in result.stderr
    assert result.stderr.endswith("bob may apply 2 of 3 objects.\n")


@pytest.mark.usefixtures("here")
def test_json_has_the_requests_with_grants_and_never_the_data_of_a_secret(call: Run) -> None:
    result = call("preflight", "-f", "app.yaml", "--as", "bob", "--on", "cluster.yaml", "-o", "json")
    data = json.loads(result.stdout)
    assert (data["kind"], data["allowed"], len(data["items"])) == ("Preflight", False, 3)
    config = data["items"][0]
    requests = [(request["resourceAttributes"]["verb"], request["allowed"]) for request in config["requests"]]
    assert requests == [("get", True), ("create", True)]
    assert config["requests"][0]["grants"][0]["binding"]["name"] == "some"
    assert "aHVudGVyMg" not in result.stdout


@pytest.mark.usefixtures("here")
def test_exit_0_when_everything_would_be_stored(call: Run) -> None:
    root = ("--as", "root", "--as-group", "system:masters")
    assert call("preflight", "-f", "app.yaml", *root, "--on", "cluster.yaml").exit_code == 0
    assert call("preflight", "-f", "gone.yaml", *root, "--on", "cluster.yaml").exit_code == 2


LEVEL = {"pod-security.kubernetes.io/enforce": "baseline"}
ROOT = User("root", groups=("system:masters",))


def pod_spec(**context: Any) -> JSONObject:
    return {"containers": [{"name": "c", "image": "i", "securityContext": context}]}


def test_a_pod_that_its_namespaces_level_forbids_is_missing_and_one_that_meets_it_is_not() -> None:
    tight = made("Namespace", "tight", "v1")
    tight["metadata"]["labels"] = LEVEL
    objects = [
        tight,
        made("Pod", "good", "v1", "tight", spec=pod_spec()),
        made("Pod", "bad", "v1", "tight", spec=pod_spec(privileged=True)),
    ]
    result = Cluster.from_objects([], kubernetes_version="1.37").preflight(objects, ROOT)
    assert [row.allowed for row in result.rows] == [True, True, False]
    (missing,) = result.rows[2].missing
    assert missing.what == "a pod that meets the level of its namespace"
    assert missing.message.startswith(
        'pods "bad" is forbidden: violates PodSecurity "baseline:latest": privileged'
    )


def test_a_pod_needs_a_policy_that_its_account_or_its_creator_may_use() -> None:
    policy = made("PodSecurityPolicy", "strict", "policy/v1beta1", spec=ANY | {"volumes": ["*"]})
    pod = made("Pod", "p", "v1", "x", spec=pod_spec())
    with_policy = cluster(rule("*", "pods"), more=[policy])
    (row,) = with_policy.preflight([pod], BOB).rows
    assert [missing_part.what for missing_part in row.missing] == ["a PodSecurityPolicy that admits it"]
    assert with_policy.preflight([pod], ROOT)


def test_a_missing_account_is_reported_until_it_is_applied() -> None:
    account = made("ServiceAccount", "builder", "v1", "x")
    with_account = Cluster.from_objects(
        [made("ServiceAccount", "default", "v1", "x")], kubernetes_version="1.37"
    )
    pod = made("Pod", "p", "v1", "x", spec={**pod_spec(), "serviceAccountName": "builder"})
    (row,) = with_account.preflight([pod], ROOT).rows
    assert [missing_part.what for missing_part in row.missing] == ["its service account"]
    assert with_account.preflight([account, pod], ROOT)


def test_a_workload_is_stored_and_it_is_noted_that_its_pods_are_refused() -> None:
    tight = made("Namespace", "tight", "v1")
    tight["metadata"]["labels"] = LEVEL
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod_spec(privileged=True)}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    objects = [tight, made("Deployment", "d", "apps/v1", "tight", spec=spec)]
    result = Cluster.from_objects([], kubernetes_version="1.37").preflight(objects, ROOT)
    assert result.allowed
    assert result.rows[1].note.startswith(
        'it is stored, and its pods are refused: Error creating: pods "d-xxxxxxxxxx-xxxxx" is forbidden: '
    )


def test_a_field_of_a_wrong_type_is_named_with_its_place(call: Run, tmp_path: Path) -> None:
    objects = [
        made("Role", "r", namespace="shop", rules="all"),
        made("Service", "s", "v1", spec={"ports": [{"port": "http"}]}),
        made("ConfigMap", "fine", "v1"),
    ]
    file = tmp_path / "set.yaml"
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    result = call("preflight", "-f", str(file), "--as", "bob", "--on", "sample_clusters/bootstrap-1.36")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"error: {file}, document 1, line 1: Role shop/r: rules must be a list of objects and is the string "
        f'"all"; put it in a list: [...]\n'
        f"error: {file}, document 2, line 8: Service s: spec.ports[0].port must be a whole number and is the "
        f'string "http"; write digits, without quotes\n'
    )
