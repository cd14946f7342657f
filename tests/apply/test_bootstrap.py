"""Tests which bootstrap objects are assumed if files do not contain them."""

import json
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, Request, User
from rbacpsp.apply import is_assumed, listed
from rbacpsp.apply.bootstrap import BOOTSTRAP_MODES, as_bootstrap, complete_kinds, exported_files
from rbacpsp.catalog.bootstrap import bootstrap_namespaces, bootstrap_policy, controller_accounts
from rbacpsp.model import Version
from rbacpsp.model.version import NEWEST
from rbacpsp.report import findings_data, findings_markdown, findings_sarif
from rbacpsp.testing import ClusterBuilder, binding, pod

RBAC = "rbac.authorization.k8s.io"
PORTER = User.service_account("quay", "porter")
SECRETS = Request("get", resource="secrets", namespace="quay")
ROOT = Path(__file__).parents[2]


def binding_of_porter(role: str, *, name: str = "b", namespace: str = "") -> dict[str, Any]:
    return binding(role, "ServiceAccount/quay:porter", namespace=namespace, kind="ClusterRole", name=name)


def part(name: str, label: str, *resources: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": {f"{RBAC}/aggregate-to-{label}": "true"}},
        "rules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": list(resources)}],
    }


def written(tmp_path: Path, *objects: dict[str, Any]) -> str:
    path = tmp_path / "in.json"
    items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    path.write_text(json.dumps(items), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("version", ["1.24", "1.36"])
def test_the_recorded_objects_are_those_of_a_fresh_server(version: str) -> None:
    fresh = rbacpsp.load(ROOT / "sample_clusters" / f"bootstrap-{version}").loaded
    own = bootstrap_policy(Version.parse(version))
    assert {(obj.kind, obj.namespace, obj.name) for obj in own} == {
        (obj.kind, obj.namespace, obj.metadata.name)
        for obj in fresh
        if obj.kind in {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}
    }
    for obj in own:
        result: Any = fresh.find(obj)
        mine: Any = obj
        if obj.kind.endswith("Binding"):
            assert (mine.role_ref, mine.subjects) == (result.role_ref, result.subjects)
        elif not getattr(obj, "aggregation_rule", None):
            assert mine.rules == result.rules


def test_a_binding_to_a_default_role_grants_its_rules(tmp_path: Path) -> None:
    cluster = rbacpsp.load(written(tmp_path, binding_of_porter("cluster-admin")))
    decision = cluster.authorize(PORTER, SECRETS)
    assert decision.allowed
    assert [grant.role.assumed for grant in decision.grants] == [True]
    assert not rbacpsp.load(
        written(tmp_path, binding_of_porter("cluster-admin")), bootstrap="never"
    ).authorize(PORTER, SECRETS)


def test_nothing_is_assumed_with_objects_from_the_api() -> None:
    assert not Cluster.from_objects([binding_of_porter("cluster-admin")]).authorize(PORTER, SECRETS)
    assert Cluster.from_objects([binding_of_porter("cluster-admin")], bootstrap="auto").authorize(
        PORTER, SECRETS
    )


def test_a_loaded_object_wins_over_the_assumed_one_of_its_name(tmp_path: Path) -> None:
    weak = part("cluster-admin", "nothing", "configmaps")
    cluster = rbacpsp.load(written(tmp_path, binding_of_porter("cluster-admin"), weak))
    assert not cluster.authorize(PORTER, SECRETS)


def test_a_kind_is_not_completed_where_half_of_kubernetes_own_objects_were_read() -> None:
    complete = rbacpsp.load(ROOT / "sample_clusters" / "bootstrap-1.24", kubernetes_version="1.24")
    assert {obj.kind for obj in complete.objects if is_assumed(obj)} == {"ServiceAccount"}
    assert complete.objects.partly_read == {"ServiceAccount"}


@pytest.mark.parametrize(("read", "complete"), [(0, False), (1, False), (2, True), (3, True)])
@pytest.mark.parametrize("every", [3, 4])
def test_a_kind_is_complete_once_half_of_kubernetes_own_objects_were_read(
    every: int, read: int, *, complete: bool
) -> None:
    own = [obj for obj in bootstrap_policy(NEWEST) if obj.kind == "ClusterRole"][:every]
    builder = ClusterBuilder()
    for obj in own[:read]:
        builder.role(obj.name)
    loaded = builder.build().objects
    assert complete_kinds(loaded, own, frozenset({"ClusterRole"})) == (
        {"ClusterRole"} if complete else frozenset()
    )


def test_rules_that_the_controller_replaced_stay_replaced_in_a_what_if(tmp_path: Path) -> None:
    selector = {"matchLabels": {f"{RBAC}/aggregate-to-everything": "true"}}
    everything = {
        **part("everything", "nothing", "configmaps"),
        "aggregationRule": {"clusterRoleSelectors": [selector]},
    }
    before = rbacpsp.load(
        written(tmp_path, binding_of_porter("everything"), everything, part("one", "everything", "secrets"))
    )
    other = Cluster.from_objects([part("two", "nothing", "services")]).objects
    for cluster in (before, before.changed(other)):
        assert cluster.authorize(PORTER, SECRETS)
        assert not cluster.authorize(PORTER, Request("get", resource="configmaps", namespace="quay"))


def test_parts_add_rules_to_assumed_roles_and_to_roles_that_aggregate_these(tmp_path: Path) -> None:
    files = written(tmp_path, binding_of_porter("admin", namespace="quay"), part("keys", "view", "widgets"))
    asked = Request("list", resource="widgets", namespace="quay")
    assert rbacpsp.load(files).authorize(PORTER, asked)


def test_assumed_objects_are_listed_only_where_a_loaded_object_refers_to_them(tmp_path: Path) -> None:
    files = written(tmp_path, binding_of_porter("view", namespace="quay"), part("keys", "edit", "widgets"))
    shown = {obj.metadata.name for obj in listed(rbacpsp.load(files).objects) if is_assumed(obj)}
    assert shown == {"admin", "edit", "view"}
    assert len(list(listed(rbacpsp.load(files, bootstrap="always").objects))) > 100


def test_every_namespace_has_only_the_service_account_default() -> None:
    builder = ClusterBuilder().service_account("reef", "diver").policy("open", privileged=True, volumes=["*"])
    builder.may_use("open", "ServiceAccount/reef:default", namespace="reef")
    cluster = Cluster.from_objects(builder.objects, kubernetes_version="1.24", bootstrap="auto")
    assert cluster.admit(pod("kit"), user=None, namespace="reef").message is None
    other = pod("kit")
    other["spec"]["serviceAccountName"] = "nobody"
    refused = cluster.admit(other, user=None, namespace="reef")
    assert refused.message is not None
    assert 'serviceaccount "nobody" not found' in refused.message


def test_a_what_if_can_remove_assumed_objects() -> None:
    cluster = Cluster.from_objects([binding_of_porter("view", namespace="quay")], bootstrap="auto")
    asked = Request("get", resource="pods", namespace="quay")
    assert cluster.authorize(PORTER, asked)
    without = cluster.changed(None, [("ClusterRole", "", "system:aggregate-to-view")])
    assert not without.authorize(PORTER, asked)
    policies = ClusterBuilder().policy("p").build().objects
    assert cluster.changed(policies).kubernetes_version == cluster.kubernetes_version


def test_a_bootstrap_mode_is_known_by_its_letters() -> None:
    assert [as_bootstrap(mode[:2] + mode[2:]) for mode in BOOTSTRAP_MODES] == [*BOOTSTRAP_MODES]


def test_an_unknown_bootstrap_mode_is_named() -> None:
    with pytest.raises(ValueError, match='bootstrap must be one of auto, always, never, not "all"'):
        Cluster.from_objects([], bootstrap="all")  # type: ignore[arg-type] # that is the mistake


def test_an_unrecorded_release_gets_the_objects_of_the_nearest_one() -> None:
    assert bootstrap_policy(Version(1, 5)) == bootstrap_policy(Version(1, 16))
    assert bootstrap_policy(Version(1, 99)) == bootstrap_policy(NEWEST)
    assert [namespace.name for namespace in bootstrap_namespaces(Version(1, 20))] == [
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
    ]
    assert all(account.secrets for account in controller_accounts(Version(1, 20)))
    assert not any(account.secrets for account in controller_accounts(Version(1, 24)))


def test_objects_without_a_namespace_get_one_as_with_kubectl(tmp_path: Path) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}}
    cluster = rbacpsp.load(written(tmp_path, account, binding_of_porter("view")), apply_namespace="store")
    assert ("store", "web") in cluster.objects.service_accounts
    elsewhere = {**account, "metadata": {"name": "web", "namespace": "other"}}
    with pytest.raises(rbacpsp.LoadError, match='"other" does not match the namespace "store"'):
        rbacpsp.load(written(tmp_path, elsewhere), apply_namespace="store")


def test_findings_name_what_is_assumed_once_and_mark_it_for_programs(tmp_path: Path) -> None:
    audit = rbacpsp.load(written(tmp_path, binding_of_porter("cluster-admin"))).audit()
    assert audit.version_words == "Kubernetes 1.37, assumed"
    assert audit.assumed_words == "ClusterRole cluster-admin: as Kubernetes 1.37 creates it"
    (result, *_) = findings_sarif.document(audit)["runs"][0]["results"]
    assert result["properties"]["assumed"] is True
    (grant, *_) = next(iter(findings_data.document(audit)["findings"]))["grants"]
    assert (grant.role.assumed, grant.binding.assumed) == (True, False)
    page = "".join(findings_markdown.stream(audit))
    assert page.count("as Kubernetes 1.37 creates it") == 1


def test_an_audit_of_files_reports_missing_objects_only_of_kinds_that_were_read(tmp_path: Path) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "quay"}}
    own = part("spare", "nothing", "configmaps")

    def details(mode: Any) -> dict[str, str]:
        audit = rbacpsp.load(
            written(tmp_path, account, own, binding_of_porter("view")), bootstrap=mode
        ).audit()
        return {finding.rule.id: finding.detail for finding in audit.findings}

    files, whole = details("auto"), details("never")
    named = "it is named by ClusterRoleBinding b."
    assert files["RBP123"] == f"ServiceAccount/quay:porter is not in these files; {named}"
    assert files["RBP124"] == "No binding in these files names it; the server may have other bindings."
    assert whole["RBP123"] == f"ServiceAccount/quay:porter does not exist; {named}"
    assert whole["RBP124"] == ""


def test_an_account_that_a_what_if_removes_is_not_assumed_again_and_others_are() -> None:
    named_alike = binding_of_porter("view", namespace="quay", name="default")
    cluster = Cluster.from_objects(
        [named_alike, binding_of_porter("view", namespace="reef")], bootstrap="auto"
    )
    accounts = {("quay", "default"), ("reef", "default")}
    assert accounts <= cluster.objects.service_accounts.keys()
    without_account = cluster.changed(None, [("ServiceAccount", "quay", "default")])
    assert accounts & without_account.objects.service_accounts.keys() == {("reef", "default")}
    without_binding = cluster.changed(None, [("RoleBinding", "quay", "default")])
    assert accounts <= without_binding.objects.service_accounts.keys()


def test_an_account_that_a_what_if_removed_is_not_assumed_by_the_next_what_if() -> None:
    cluster = Cluster.from_objects([binding_of_porter("view", namespace="quay")], bootstrap="auto")
    without_account = cluster.changed(None, [("ServiceAccount", "quay", "default")])
    other = Cluster.from_objects([binding_of_porter("view", namespace="reef")]).objects
    accounts = without_account.changed(other).objects.service_accounts
    assert ("reef", "default") in accounts
    assert ("quay", "default") not in accounts


def test_a_what_if_assumes_no_account_where_all_accounts_were_read() -> None:
    others = Cluster.from_objects([], bootstrap="always").objects.service_accounts.values()
    accounts = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": each.name, "namespace": each.namespace},
        }
        for each in others
    ]
    cluster = Cluster.from_objects(accounts, bootstrap="auto")
    assert "ServiceAccount" not in cluster.objects.partly_read
    other = Cluster.from_objects([binding_of_porter("view", namespace="reef")]).objects
    assert ("reef", "default") not in cluster.changed(other).objects.service_accounts


def test_a_what_if_about_other_kinds_leaves_the_cluster_role_of_that_name_as_it_is_stored() -> None:
    """Its rules were written by hand; the controller replaces them only when a selected role changes."""
    selector = {"matchLabels": {f"{RBAC}/aggregate-to-everything": "true"}}
    stored = part("everything", "nothing", "configmaps")
    stored["metadata"]["uid"] = "1"
    stored["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    objects = [stored, part("one", "everything", "secrets"), part("other", "nothing", "pods")]
    cluster = Cluster.from_objects([*objects, binding_of_porter("everything", name="everything")])
    porter = [("ClusterRoleBinding", "", "everything"), ("ClusterRole", "", "other")]
    changed = cluster.changed(None, porter).objects
    role = (changed.aggregation.roles if changed.aggregation else {}).get(
        "everything", changed.cluster_roles["everything"]
    )
    assert [rule.resources for rule in role.rules] == [("configmaps",)]


def test_a_what_if_that_removes_the_only_part_of_a_stored_role_empties_it() -> None:
    selector = {"matchLabels": {f"{RBAC}/aggregate-to-everything": "true"}}
    stored = part("everything", "nothing", "secrets")
    stored["metadata"]["uid"] = "1"
    stored["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    objects = [stored, part("one", "everything", "secrets"), binding_of_porter("everything")]
    cluster = Cluster.from_objects(objects)
    assert cluster.authorize(PORTER, SECRETS)
    assert not cluster.changed(None, [("ClusterRole", "", "one")]).authorize(PORTER, SECRETS)


@pytest.mark.parametrize(("read", "dump"), [(29, False), (30, True), (31, True)])
def test_a_file_with_half_of_the_roles_of_kubernetes_is_an_export(
    read: int, *, dump: bool, tmp_path: Path
) -> None:
    version = Version(1, 20)
    names = [obj.name for obj in bootstrap_policy(version) if obj.kind == "ClusterRole"]
    assert len(names) == 60
    path = written(tmp_path, *(part(name, "nothing", "pods") for name in names[:read]))
    objects = rbacpsp.load(path, bootstrap="never", validate=False).objects
    assert exported_files(objects, version) == ({path} if dump else frozenset())
