"""Compares the objects that are read from real API servers with plain requests."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.catalog import Catalog
from rbacpsp.model import Version
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import read_live
from rbacpsp.sources.pages import LONG_PAGE_SIZE
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.testing import binding, role, rule
from tests.live.conftest import own_servers
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
RBAC = "rbac.authorization.k8s.io/v1"
READ = {
    "verbs": ["list"],
    "apiGroups": ["*"],
    "resources": [
        *("roles", "rolebindings", "serviceaccounts", "pods", "podtemplates", "replicationcontrollers"),
        *("deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"),
    ],
}
UNKNOWN = "what bindings to them grant is unknown"
_numbers = count(1)

v1_24, current = own_servers()


@pytest.fixture
def team(server: ApiServer) -> str:
    """A namespace in which user bob may list all namespaced kinds."""
    name = f"team-{next(_numbers)}"
    server.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"of": "a-test"}}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder", "namespace": name}},
        role("reader", READ, namespace=name),
        binding("reader", "User/bob", namespace=name, name="readers"),
    )
    return name


def deployment(namespace: str) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def keys(server: ApiServer, path: str) -> list[tuple[str, str]]:
    """The keys of the server's list, in its order."""
    listed = server.request("GET", path)["items"]
    return [(item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in listed]


def test_every_kind_is_read_as_the_server_lists_it(server: ApiServer, team: str) -> None:
    server.create(deployment(team))
    live = read_live(kubeconfig=str(server.kubeconfig()))
    objects = live.objects
    rbac = f"/apis/{RBAC}"
    assert list(objects.roles) == keys(server, f"{rbac}/roles")
    assert list(objects.role_bindings) == keys(server, f"{rbac}/rolebindings")
    assert list(objects.cluster_roles) == [name for _, name in keys(server, f"{rbac}/clusterroles")]
    assert list(objects.cluster_role_bindings) == [
        name for _, name in keys(server, f"{rbac}/clusterrolebindings")
    ]
    assert list(objects.service_accounts) == keys(server, "/api/v1/serviceaccounts")
    assert objects.namespaces[team].metadata.labels["of"] == "a-test"
    web = objects.workloads["Deployment", team, "web"]
    assert (web.api_version, web.body["kind"]) == ("apps/v1", "Deployment")
    assert web.body["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1"
    assert objects.role_bindings[team, "readers"].subjects[0].name == "bob"
    assert live.gaps == ()
    assert not live.incomplete
    assert (live.git_version, live.server) == (server.release, server.url)
    assert objects.kubernetes_version == Version.parse(server.release)


def test_every_object_has_the_list_and_the_position_it_was_read_from(server: ApiServer, team: str) -> None:
    live = read_live(kubeconfig=str(server.kubeconfig()), kinds=RBAC_KINDS, discovery=False)
    origin = live.objects.origin(live.objects.roles[team, "reader"])
    assert origin.document.file == f"{server.url}/apis/{RBAC}/roles"
    page, item = divmod(list(live.objects.roles).index((team, "reader")), LONG_PAGE_SIZE)
    assert (origin.document.number, origin.item) == (page + 1, item)


def test_policies_are_read_where_the_server_has_them(v1_24: ApiServer) -> None:
    any_rule = {"rule": "RunAsAny"}
    fields = ("seLinux", "runAsUser", "supplementalGroups", "fsGroup")
    v1_24.create(
        {
            "apiVersion": "policy/v1beta1",
            "kind": "PodSecurityPolicy",
            "metadata": {"name": "open"},
            "spec": {"privileged": True, **dict.fromkeys(fields, any_rule)},
        }
    )
    live = read_live(kubeconfig=str(v1_24.kubeconfig()))
    assert live.objects.policies["open"].spec.privileged


def test_a_server_without_policies_has_none_and_nothing_is_missing(current: ApiServer) -> None:
    for user in ("admin", "alice"):
        live = read_live(kubeconfig=str(current.kubeconfig(user)))
        assert live.objects.policies == {}
        assert [gap for gap in live.gaps if gap.kind == "PodSecurityPolicy"] == []


def test_only_the_requested_kinds_are_read(server: ApiServer, team: str) -> None:
    result: set[str] = set()
    live = read_live(
        kubeconfig=str(server.kubeconfig()),
        namespace=team,
        kinds=RBAC_KINDS,
        discovery=False,
        progress=lambda resource, _read, _total: result.add(resource),
    )
    assert result == {"clusterrolebindings", "clusterroles", "rolebindings", "roles"}
    assert list(live.objects.roles) == [(team, "reader")]
    assert live.discovery is None


def test_a_list_of_more_than_a_page_is_read_completely(server: ApiServer, team: str) -> None:
    for number in range(510):
        server.create(role(f"role-{number:03}", namespace=team))
    result: list[tuple[str, int, int]] = []
    live = read_live(
        kubeconfig=str(server.kubeconfig()),
        namespace=team,
        kinds={"Role"},
        discovery=False,
        progress=lambda *step: result.append(step),
        page_size=500,
    )
    assert len(live.objects.roles) == 511
    assert result == [("roles", 500, 511), ("roles", 511, 511)]
    small = read_live(
        kubeconfig=str(server.kubeconfig()), namespace=team, kinds={"Role"}, discovery=False, page_size=50
    )
    assert small.objects.roles == live.objects.roles


def test_a_server_that_is_killed_within_a_list_is_a_one_line_error(doomed: ApiServer) -> None:
    with pytest.raises(ConnectError) as caught:
        read_live(
            kubeconfig=str(doomed.kubeconfig()),
            kinds={"ClusterRole"},
            page_size=10,
            patience=Patience(connect=2, read=2, attempts=3, first_delay=0.01),
            progress=lambda *_: doomed.kill(),
        )
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(
        (
            f"{doomed.url} refuses connections: check its address, and that the server runs",
            f"the connection to {doomed.url} broke: try again",  # where it is killed within a handshake
        )
    )


def test_rights_in_one_namespace_suffice_for_it(server: ApiServer, team: str) -> None:
    live = read_live(kubeconfig=str(server.kubeconfig("bob")), namespace=team)
    assert list(live.objects.roles) == [(team, "reader")]
    assert list(live.objects.service_accounts) == [(team, "builder")]
    policies = ["PodSecurityPolicy"] if server.release.startswith("v1.24.") else []
    around = ["Node", "PersistentVolume", "PersistentVolumeClaim"]
    assert [gap.kind for gap in live.gaps] == sorted(
        ["CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "Namespace", *around, *policies]
    )
    assert live.warnings({"Role", "ClusterRole"}, team) == (
        "may be incomplete: clusterroles could not be listed: what bindings to them grant is unknown",
    )
    assert live.gaps[1].reason == (
        'clusterroles.rbac.authorization.k8s.io is forbidden: User "bob" cannot list resource "clusterroles" '
        'in API group "rbac.authorization.k8s.io" at the cluster scope'
    )


def test_without_the_right_to_list_namespaces_only_the_contexts_own_is_read(
    server: ApiServer, team: str
) -> None:
    live = read_live(
        kubeconfig=str(server.kubeconfig("bob", namespace=team)), kinds={"Role"}, discovery=False
    )
    assert list(live.objects.roles) == [(team, "reader")]
    assert live.incomplete
    assert live.warnings() == (f"may be incomplete: roles outside {team} could not be listed: {UNKNOWN}",)
    assert live.warnings(namespace=team) == ()
    assert len(live.warnings(namespace="default")) == 1
    assert live.warnings(kinds={"Pod"}) == ()


@pytest.fixture
def alice_lists_namespaces(server: ApiServer, team: str) -> Iterator[None]:
    server.create(
        role("lists-namespaces", rule("list", "namespaces")),
        binding("lists-namespaces", "User/alice"),
        binding("reader", "User/alice", namespace=team, name="alice"),
    )
    yield
    server.request("DELETE", f"/apis/{RBAC}/clusterrolebindings/lists-namespaces")
    server.request("DELETE", f"/apis/{RBAC}/clusterroles/lists-namespaces")
    server.request("DELETE", f"/apis/{RBAC}/namespaces/{team}/rolebindings/alice")


@pytest.mark.usefixtures("alice_lists_namespaces")
def test_each_namespace_that_may_not_be_listed_is_named(server: ApiServer, team: str) -> None:
    live = read_live(kubeconfig=str(server.kubeconfig("alice")), kinds={"Role", "Namespace"}, discovery=False)
    assert list(live.objects.roles) == [(team, "reader")]
    others = sorted(set(live.objects.namespaces) - {team})
    assert [gap.namespace for gap in live.gaps] == others
    assert live.gaps[0].reason == (
        'roles.rbac.authorization.k8s.io is forbidden: User "alice" cannot list resource "roles" '
        f'in API group "rbac.authorization.k8s.io" in the namespace "{others[0]}"'
    )
    assert live.warnings(namespace="kube-system") == (
        "may be incomplete: roles in kube-system could not be listed: what bindings to them grant is unknown",
    )
    assert live.warnings(namespace=team) == ()


def test_a_missing_namespace_is_reported_by_the_server(server: ApiServer) -> None:
    live = read_live(kubeconfig=str(server.kubeconfig()), namespace="nowhere", discovery=False)
    assert live.objects.warnings == ['the cluster has no namespace "nowhere"']


def test_custom_resources_are_discovered_with_their_verbs(server: ApiServer) -> None:
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": schema,
        "subresources": {"status": {}},
    }
    server.create(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "gadgets.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "shortNames": ["gd"]},
                "versions": [version],
            },
        }
    )
    kubeconfig = str(server.kubeconfig())
    for _ in range(100):  # a controller of the server publishes it
        live = read_live(kubeconfig=kubeconfig, kinds=())
        assert live.discovery
        assert live.discovery.unknown == ()
        catalog = Catalog.from_discovery(live.discovery.documents)
        if catalog.find("gd.example.com"):
            break
        time.sleep(0.1)
    (gadget,) = catalog.find("gd.example.com")
    assert (gadget.name, gadget.kind, gadget.namespaced, gadget.singular) == (
        "gadgets",
        "Gadget",
        True,
        "gadget",
    )
    assert {"get", "list", "watch", "create", "delete"} <= set(gadget.verbs)
    assert catalog.subresources(gadget) == ("status",)


def test_discovery_of_1_24_gives_the_recorded_catalog(v1_24: ApiServer) -> None:
    live = read_live(kubeconfig=str(v1_24.kubeconfig()), kinds=())
    assert live.discovery
    own = [d for d in live.discovery.documents if not d["groupVersion"].startswith("example.com/")]
    assert set(Catalog.from_discovery(own).resources) == set(Catalog.for_version(Version(1, 24)).resources)


def test_in_a_pod_the_pods_own_login_is_used(
    server: ApiServer, team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kubernetes.config import incluster_config

    token = tmp_path / "token"
    token.write_text(server.tokens["bob"], encoding="utf-8")
    host, _, port = server.url.removeprefix("https://").partition(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(server.ca))
    live = read_live(namespace=team, kinds={"Role"}, discovery=False)
    assert list(live.objects.roles) == [(team, "reader")]
    assert (live.context, live.server, live.namespace) == ("in-cluster", server.url, "default")
