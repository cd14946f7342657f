"""Tests what Flux and Argo CD apply, as their arguments, environments and projects say."""

from typing import Any

import pytest

from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import FLUX, SOURCES, operator
from tests.paths.clusters import EVE
from tests.paths.test_conditions import Rule, reasons, three

SOURCE = rule("create", "buckets", SOURCES)
NO_CROSS = "--no-cross-namespace-refs=true"
ITS_OWN = "Deployment runs-it of namespace b applies it as its own service account"
AS_NAMED = "Deployment runs-it of namespace b applies it as the service account that it names"


@pytest.mark.parametrize(
    ("flags", "local", "namespaces"),
    [
        (("--watch-all-namespaces=false",), None, "b"),
        (("--watch-all-namespaces=true",), None, "abc"),
        (("--watch-all-namespaces", "false"), None, "abc"),
        (("--watch-all-namespaces=false", "--watch-all-namespaces=T"), None, "abc"),
        (("--watch-all-namespaces=true", "--watch-all-namespaces=0"), None, "b"),
        (("--watch-all-namespaces=$(WATCH_ALL)",), None, "abc"),
        ((NO_CROSS,), None, "b"),
        (("--no-cross-namespace-refs", "false"), None, "b"),
        (("--no-cross-namespace-refs",), None, "b"),
        (("--no-cross-namespace-refs=1",), None, "b"),
        (("--no-cross-namespace-refs=yes",), None, "abc"),
        (("-no-cross-namespace-refs",), None, "abc"),
        ((NO_CROSS, "--no-cross-namespace-refs=f"), None, "abc"),
        (("--no-cross-namespace-refs=false", NO_CROSS), None, "b"),
        ((NO_CROSS,), ("c", SOURCE), "bc"),
        ((NO_CROSS, "--watch-all-namespaces=false"), ("c", SOURCE), "b"),
    ],
)
def test_flux_applies_what_is_in_the_namespaces_that_it_watches_and_takes_sources_from(
    flags: tuple[str, ...], local: tuple[str, Rule] | None, namespaces: str
) -> None:
    start = three().add(operator("kustomize-controller", "b", "flux", *flags))
    assert reasons("flux", rule("patch", "kustomizations", FLUX), local=local, start=start) == {
        ("ServiceAccount/b:flux", ITS_OWN),
        *((f"any service account of namespace {namespace}", AS_NAMED) for namespace in namespaces),
    }


@pytest.mark.parametrize(
    ("flags", "is_own"),
    [
        (("--default-service-account=x",), False),
        (("--default-service-account", "x"), False),
        (("--default-service-account=x", "--default-service-account="), True),
        (("--default-service-account=", "--default-service-account", "x"), False),
    ],
)
def test_the_last_default_service_account_of_flux_counts(flags: tuple[str, ...], *, is_own: bool) -> None:
    start = three().add(operator("kustomize-controller", "b", "flux", *flags))
    reached = reasons("flux", local=("b", rule("patch", "kustomizations", FLUX)), start=start)
    assert (("ServiceAccount/b:flux", ITS_OWN) in reached) == is_own


def container(name: str, image: str, *args: str) -> dict[str, Any]:
    return {"name": name, "image": image, "args": list(args)}


IMAGE = "registry.example/flux/kustomize-controller@sha256:1"
DEFAULT = "--default-service-account=x"


@pytest.mark.parametrize(
    ("name", "containers", "is_own"),
    [
        ("runs-it", [container("main", IMAGE, DEFAULT), container("proxy", "proxy")], False),
        ("runs-it", [container("main", IMAGE), container("proxy", "proxy", DEFAULT)], True),
        ("runs-it", [container("proxy", "proxy", DEFAULT), container("main", IMAGE)], True),
        (
            "runs-it",
            [container("main", "x", "/bin/kustomize-controller", DEFAULT), container("proxy", "proxy")],
            False,
        ),
        (
            "kustomize-controller",
            [container("proxy", "proxy"), container("manager", "mirror/flux:1", DEFAULT)],
            False,
        ),
        (
            "kustomize-controller",
            [container("proxy", "proxy", DEFAULT), container("manager", "mirror/flux:1")],
            True,
        ),
        ("kustomize-controller", [container("one", "x", DEFAULT), container("two", "y")], True),
    ],
)
def test_the_arguments_of_an_operator_are_those_of_its_container(
    name: str, containers: list[dict[str, Any]], *, is_own: bool
) -> None:
    workload = operator("kustomize-controller", "b", "flux")
    workload["metadata"]["name"] = name
    workload["spec"]["template"]["spec"]["containers"] = containers
    reached = reasons("flux", rule("patch", "kustomizations", FLUX), start=three().add(workload))
    own = f"Deployment {name} of namespace b applies it as its own service account"
    assert (("ServiceAccount/b:flux", own) in reached) == is_own
    assert reached


@pytest.mark.parametrize(
    "args",
    [
        ("--watch", "kustomize-controller"),
        ("--upstream=http://x/kustomize-controller",),
        ("--upstream", "http://x/kustomize-controller"),
    ],
)
def test_a_program_that_only_mentions_an_operator_is_not_one(args: tuple[str, ...]) -> None:
    workload = operator("exporter", "b", "watcher", *args)
    assert reasons("flux", rule("patch", "kustomizations", FLUX), start=three().add(workload)) == set()
    workload = operator("exporter", "b", "watcher", "--", "kustomize-controller", *args)
    assert reasons("flux", rule("patch", "kustomizations", FLUX), start=three().add(workload))


def test_argo_cd_adds_up_the_namespaces_of_repeated_arguments() -> None:
    flags = ("--application-namespaces=c", "--application-namespaces", "x,a")
    start = three().add(operator("argocd-application-controller", "b", "argo", *flags))
    start.role("runs", rule("create", "pods")).bind("runs", "ServiceAccount/b:argo")
    start.add(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "team", "namespace": "b"},
            "spec": into("c", sources=("*",)),
        }
    )
    applications = rule("create", "applications", "argoproj.io")
    for namespace in ("a", "c"):
        assert reasons("argo-cd", local=(namespace, applications), start=start) == {
            (
                "any service account of namespace c",
                "Deployment runs-it of namespace b applies it under project team, into namespace c",
            )
        }


def test_an_operator_of_which_only_the_account_was_loaded_counts_if_it_runs() -> None:
    start = three().service_account("b", "helm-controller")
    releases = rule("patch", "helmreleases", "helm.toolkit.fluxcd.io")
    if_it_runs = "helm-controller, if it runs as ServiceAccount/b:helm-controller, applies it as"
    assert reasons("flux", local=("a", releases), start=start) == {
        ("any service account of namespace a", f"{if_it_runs} the service account that it names"),
        ("ServiceAccount/b:helm-controller", f"{if_it_runs} its own service account"),
    }


def argo(*projects: tuple[str, dict[str, Any]]) -> ClusterBuilder:
    """Argo CD runs in namespace b, with some projects, and takes Applications from namespaces a and c."""
    flag = "--application-namespaces=a,c"
    start = three().add(operator("argocd-application-controller", "b", "argo", flag))
    start.role("runs", rule("create", "pods")).bind("runs", "ServiceAccount/b:argo")
    for name, spec in projects:
        metadata = {"name": name, "namespace": "b"}
        start.add(
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
        )
    return start


def into(*namespaces: str, sources: tuple[str, ...] = ()) -> dict[str, Any]:
    """A project that deploys to some namespaces, from its own and others."""
    server = "https://kubernetes.default.svc"
    destinations = [{"server": server, "namespace": namespace} for namespace in namespaces]
    return {"destinations": destinations, "sourceNamespaces": list(sources)}


def test_argo_cd_applies_what_a_project_takes_from_the_namespace_of_an_application() -> None:
    applications = rule("create", "applications", "argoproj.io")
    runs = "Deployment runs-it of namespace b applies it under project"
    into_a = ("any service account of namespace a", f"{runs} first, into namespace a")
    into_c = ("any service account of namespace c", f"{runs} second, into namespace c")
    everything = ("ServiceAccount/b:argo", f"{runs} third")
    projects = (("first", into("a", sources=("a",))), ("second", into("c", sources=("?",))))
    start = argo(*projects)
    assert reasons("argo-cd", local=("a", applications), start=start) == {into_a, into_c}
    assert reasons("argo-cd", local=("b", applications), start=start) == {into_a, into_c}
    assert reasons("argo-cd", local=("c", applications), start=start) == {into_c}
    assert reasons("argo-cd", local=("c", applications), start=argo(projects[0])) == set()
    start = argo(*projects[:1], ("third", into("*")), projects[1])
    assert reasons("argo-cd", local=("a", applications), start=start) == {into_a, into_c}
    assert reasons("argo-cd", local=("b", applications), start=start) == {into_a, everything}
    assert reasons("argo-cd", local=("b", applications), start=argo(("none", into()))) == set()


def of_argo_cd(name: str, *args: str, env: object = ()) -> dict[str, Any]:
    """The Deployment of a controller of Argo CD in namespace b, with variables of its environment."""
    workload = operator(name, "b", "argo", *args)
    workload["metadata"]["name"] = name
    workload["spec"]["template"]["spec"]["containers"][0]["env"] = env
    return workload


def parameters(name: str = "argocd-cmd-params-cm", namespace: str = "b", **data: object) -> dict[str, Any]:
    """The ConfigMap of the arguments of Argo CD; an underscore stands for a dot."""
    metadata = {"name": name, "namespace": namespace}
    texts = {key.replace("_", "."): text for key, text in data.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": texts}


def from_parameters(variable: str, key: str, name: str = "argocd-cmd-params-cm") -> list[dict[str, Any]]:
    reference = {"name": name, "key": key, "optional": True}
    return [{"name": variable, "valueFrom": {"configMapKeyRef": reference}}]


ALL_PROJECT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "team", "namespace": "b"},
    "spec": into("*", sources=("*",)),
}
VARIABLE = "ARGOCD_APPLICATION_NAMESPACES"
REFERENCE = from_parameters(VARIABLE, "application.namespaces")
ELSEWHERE = from_parameters(VARIABLE, "application.namespaces", "other")
VALUE = [{"name": VARIABLE, "value": " a , x"}]


@pytest.mark.parametrize(
    ("args", "env", "data", "is_open"),
    [
        ((), [], {}, False),
        ((), VALUE, {}, True),
        ((), [{"name": VARIABLE, "value": "x"}], {}, False),
        ((), [{"name": "OTHER", "value": "a"}], {}, False),
        ((), [*VALUE, {"name": VARIABLE, "value": "x"}], {}, False),
        (("--application-namespaces=x",), VALUE, {}, False),
        (("--application-namespaces=",), VALUE, {}, False),
        (("--application-namespaces=a",), [{"name": VARIABLE, "value": "x"}], {}, True),
        ((), REFERENCE, {"application_namespaces": "x,a"}, True),
        ((), REFERENCE, {"application_namespaces": "x"}, False),
        ((), REFERENCE, {"application_namespaces": ["a"]}, False),
        ((), REFERENCE, {"applicationsetcontroller_namespaces": "a"}, False),
        ((), REFERENCE, {"namespace": "c", "application_namespaces": "a"}, False),
        ((), REFERENCE, {"name": "other", "application_namespaces": "a"}, False),
        (
            (),
            from_parameters(VARIABLE, "application.namespaces", "x"),
            {"application_namespaces": "a"},
            False,
        ),
        ((), [], {"application_namespaces": "a"}, False),
    ],
)
def test_argo_cd_takes_applications_from_the_namespaces_of_its_environment(
    args: tuple[str, ...], env: list[Any], data: dict[str, Any], *, is_open: bool
) -> None:
    controller = of_argo_cd("argocd-application-controller", *args, env=env)
    start = three().add(controller, ALL_PROJECT, parameters(**data))
    reached = reasons("argo-cd", local=("a", rule("create", "applications", "argoproj.io")), start=start)
    applies = "Deployment argocd-application-controller of namespace b applies it under project team"
    assert reached == ({("ServiceAccount/b:argo", applies)} if is_open else set())


@pytest.mark.parametrize(("namespaces", "is_open"), [("a", True), ("x", False)])
def test_the_parameters_of_argo_cd_count_where_only_its_account_was_loaded(
    namespaces: str, *, is_open: bool
) -> None:
    start = three().service_account("b", "argocd-application-controller")
    start.add(ALL_PROJECT, parameters(application_namespaces=namespaces))
    applications = rule("create", "applications", "argoproj.io")
    assert bool(reasons("argo-cd", local=("a", applications), start=start)) == is_open


@pytest.mark.parametrize(
    ("namespace", "controllers", "is_open"),
    [
        ("b", [], True),
        ("a", [], False),
        ("a", [of_argo_cd("argocd-applicationset-controller")], False),
        ("a", [of_argo_cd("argocd-applicationset-controller", "--applicationset-namespaces=a")], True),
        ("c", [of_argo_cd("argocd-applicationset-controller", "--applicationset-namespaces=c")], False),
        (
            "a",
            [
                of_argo_cd(
                    "argocd-applicationset-controller",
                    env=from_parameters(
                        "ARGOCD_APPLICATIONSET_CONTROLLER_NAMESPACES", "applicationsetcontroller.namespaces"
                    ),
                ),
                parameters(applicationsetcontroller_namespaces="a"),
            ],
            True,
        ),
    ],
)
def test_both_controllers_take_application_sets_from_another_namespace(
    namespace: str, controllers: list[dict[str, Any]], *, is_open: bool
) -> None:
    controller = of_argo_cd("argocd-application-controller", "--application-namespaces=a")
    start = three().add(controller, ALL_PROJECT, *controllers)
    sets = rule("create", "applicationsets", "argoproj.io")
    assert bool(reasons("argo-cd", local=(namespace, sets), start=start)) == is_open


APPLICATIONS = rule("create", "applications", "argoproj.io")
RUNS = "Deployment runs-it of namespace b applies it under project team"
OWN = {("ServiceAccount/b:argo", RUNS)}
INTO_A = {("any service account of namespace a", f"{RUNS}, into namespace a")}


def kinds(*pairs: str) -> list[dict[str, str]]:
    return [dict(zip(("group", "kind"), pair.split("/"), strict=True)) for pair in pairs]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (into("a"), INTO_A),
        (into("*"), OWN),
        ({**into("a"), "permitOnlyProjectScopedClusters": True}, set()),
        ({**into("*"), "permitOnlyProjectScopedClusters": True}, set()),
        ({**into("a"), "permitOnlyProjectScopedClusters": False}, INTO_A),
        ({**into("a"), "namespaceResourceWhitelist": kinds("/Pod")}, INTO_A),
        ({**into("a"), "namespaceResourceWhitelist": kinds("*/P?d")}, INTO_A),
        ({**into("a"), "namespaceResourceWhitelist": []}, set()),
        ({**into("a"), "namespaceResourceWhitelist": kinds("apps/Deployment")}, set()),
        ({**into("a"), "namespaceResourceBlacklist": kinds("/Pod")}, set()),
        ({**into("a"), "namespaceResourceBlacklist": kinds("apps/*")}, INTO_A),
        ({**into("*"), "namespaceResourceWhitelist": kinds("/ConfigMap")}, set()),
        ({**into("*"), "namespaceResourceWhitelist": kinds("batch/Job")}, OWN),
        (
            {
                **into("a"),
                "namespaceResourceWhitelist": kinds("/ConfigMap"),
                "clusterResourceWhitelist": kinds("*/*"),
            },
            OWN,
        ),
    ],
)
def test_argo_cd_runs_pods_of_the_kinds_and_in_the_clusters_that_a_project_permits(
    spec: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert reasons("argo-cd", local=("b", APPLICATIONS), start=argo(("team", spec))) == expected


@pytest.mark.parametrize("scope", ["a", "c"])
def test_argo_cd_runs_pods_where_its_account_may(scope: str) -> None:
    start = three().add(operator("argocd-application-controller", "b", "argo"))
    start.role("runs", rule("create", "deployments", "apps"))
    start.bind("runs", "ServiceAccount/b:argo", namespace=scope, kind="ClusterRole")
    metadata = {"name": "team", "namespace": "b"}
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata}
    reached = reasons("argo-cd", local=("b", APPLICATIONS), start=start.add({**project, "spec": into("a")}))
    assert reached == (INTO_A if scope == "a" else set())


def test_policies_check_the_pods_that_argo_cd_runs() -> None:
    start = argo(("team", into("a"))).service_account("a", "one").service_account("a", "two")
    start.service_account("b", "argo").policy("p", volumes=["projected"])
    start.may_use("p", "ServiceAccount/a:two", namespace="a")
    one = {("ServiceAccount/a:two", f"{RUNS}, into namespace a")}
    assert reasons("argo-cd", local=("b", APPLICATIONS), start=start, version="1.24") == one
    start.policy("q", volumes=["projected"]).may_use("q", "ServiceAccount/b:argo", namespace="a")
    assert reasons("argo-cd", local=("b", APPLICATIONS), start=start, version="1.24") == INTO_A


def settings(enabled: str = "true", enforced: str = "", namespace: str = "b") -> dict[str, Any]:
    data = {"application.sync.impersonation.enabled": enabled, "dex.config": "secret"}
    if enforced:
        data["application.sync.impersonation.enforced"] = enforced
    metadata = {"name": "argocd-cm", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


SERVER = "https://kubernetes.default.svc"
AS_C = {("any service account of namespace a", f"{RUNS} as ServiceAccount/c:far, into namespace a")}
AS_A = {("any service account of namespace a", f"{RUNS} as ServiceAccount/a:near, into namespace a")}


@pytest.mark.parametrize(
    ("entries", "config", "expected"),
    [
        ([(SERVER, "a", "c:far")], settings("false"), INTO_A),
        ([(SERVER, "a", "c:far")], settings("yes"), INTO_A),
        ([(SERVER, "a", "c:far")], settings(namespace="a"), INTO_A),
        ([(SERVER, "a", "c:far")], settings(), AS_C),
        ([("*", "*", "near")], settings(), AS_A),
        ([(SERVER, "a", "c:far"), ("*", "*", "near")], settings(), AS_C),
        ([("https://other", "a", "c:far"), ("*", "a", "near")], settings(), AS_A),
        ([(SERVER, "b", "c:far")], settings(), set()),
        ([(SERVER, "b", "c:far")], settings(enforced="true"), set()),
        ([(SERVER, "b", "c:far")], settings(enforced="false"), INTO_A),
        ([], settings(), set()),
        ([], settings(enforced="false"), INTO_A),
        ([(SERVER, "a", "c:weak")], settings(), set()),
        ([(SERVER, "a", " ")], settings(enforced="false"), set()),
        ([(SERVER, "a", "c:f*r")], settings(), set()),
        ([("[", "a", "c:far"), ("*", "*", "near")], settings(), set()),
        ([(SERVER, "[", "c:far"), ("*", "*", "near")], settings(), set()),
        ([("https://other", "[", "c:far"), ("*", "*", "near")], settings(), AS_A),
    ],
)
def test_argo_cd_impersonates_the_account_that_a_project_names(
    entries: list[tuple[str, str, str]], config: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    keys = ("server", "namespace", "defaultServiceAccount")
    accounts = [dict(zip(keys, entry, strict=True)) for entry in entries]
    start = argo(("team", {**into("a"), "destinationServiceAccounts": accounts})).add(config)
    start.bind("runs", "ServiceAccount/c:far", "ServiceAccount/a:near", name="others")
    assert reasons("argo-cd", local=("b", APPLICATIONS), start=start) == expected


def test_argo_cd_applies_everything_as_each_account_that_a_project_names() -> None:
    accounts = [
        {"server": "*", "namespace": "a", "defaultServiceAccount": "near"},
        {"server": "*", "namespace": "*", "defaultServiceAccount": "c:far"},
    ]
    start = argo(("team", {**into("*"), "destinationServiceAccounts": accounts})).add(settings())
    assert reasons("argo-cd", local=("b", APPLICATIONS), start=start) == {
        (f"ServiceAccount/{account}", f"{RUNS} as ServiceAccount/{account}")
        for account in ("a:near", "c:far")
    }


def test_an_account_that_only_a_project_names_is_in_its_groups() -> None:
    accounts = [{"server": "*", "namespace": "*", "defaultServiceAccount": "c:new"}]
    start = argo(("team", {**into("*"), "destinationServiceAccounts": accounts})).add(settings())
    start.role("reader", rule("get", "secrets")).bind("reader", "Group/system:serviceaccounts:c")
    start.role("author", APPLICATIONS).bind("author", EVE, namespace="b", kind="ClusterRole")
    paths = start.build(kubernetes_version="1.30").paths()
    path = paths.between(Place("User", "", "eve"), Place("secrets", ""))
    assert path is not None
    assert [step.technique.name for step in path.steps] == ["argo-cd", "membership", "read-secrets"]


def test_only_the_impersonation_is_kept_of_the_settings_of_argo_cd() -> None:
    cluster = ClusterBuilder().add(settings(enforced="false")).build()
    kept = cluster.objects.surroundings["ConfigMap", "b", "argocd-cm"]
    assert sorted(kept.body["data"]) == [
        "application.sync.impersonation.enabled",
        "application.sync.impersonation.enforced",
    ]
