"""Techniques that let Flux or Argo CD apply objects."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial

from tests.paths.restated.admission import KINDS, accounts, admitted, makers
from tests.paths.restated.objects import JSON, Place, RawCluster, name_of, namespace_of, spec_of
from tests.paths.restated.pods import account_of, may_exist, running
from tests.paths.restated.powers import Holder

IMPERSONATION = "application.sync.impersonation"
WRITE = "create update patch"
FLUX = (
    ("kustomizations", "kustomize.toolkit.fluxcd.io", "kustomize-controller"),
    ("helmreleases", "helm.toolkit.fluxcd.io", "helm-controller"),
)
SOURCES = ("buckets", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories")


def operators(cluster: RawCluster, name: str) -> list[tuple[Place, list[str]]]:
    """The account and the arguments of an operator: of its workload, or else of an account of its name."""
    workloads = [
        (account_of(pod), spec_of(pod)["containers"][0].get("args", []))
        for pod in running(cluster)
        if name_of(pod) == name and may_exist(cluster, *account_of(pod)[1:])
    ]
    named = [
        (("ServiceAccount", *account), list[str]()) for account in cluster.existing if account[1] == name
    ]
    return workloads or named


def flux(holder: Holder) -> Iterator[Place]:
    """Writing a Kustomization or HelmRelease that its controller watches, and, if it must, a source."""
    cluster = holder.cluster
    for resource, group, name in FLUX:
        for own, arguments in operators(cluster, name):
            for namespace in cluster.namespaces:
                elsewhere = namespace != own[1]
                if (
                    not holder.may_create_or_some(WRITE, resource, group, namespace)
                    or (elsewhere and "--watch-all-namespaces=false" in arguments)
                    or (
                        elsewhere
                        and "--no-cross-namespace-refs" in arguments
                        and not _writes_source(holder, namespace)
                    )
                ):
                    continue
                yield from (("ServiceAccount", *each) for each in cluster.accounts if each[0] == namespace)
                if not any(word.startswith("--default-service-account=") for word in arguments):
                    yield own


def _writes_source(holder: Holder, namespace: str) -> bool:
    return any(
        holder.may_create_or_some(WRITE, source, "source.toolkit.fluxcd.io", namespace) for source in SOURCES
    )


def argo_cd(holder: Holder) -> Iterator[Place]:
    """Writing an Application that the controller sees and that a project accepts, into its namespaces."""
    cluster = holder.cluster
    for own, arguments in operators(cluster, "argocd-application-controller"):
        seen = [word.split("=")[1] for word in arguments if word.startswith("--application-namespaces=")]
        projects = [each for each in cluster.of("AppProject") if namespace_of(each) == own[1]] or [DEFAULT]
        for namespace in cluster.namespaces:
            if not any(
                holder.may_create_or_some(WRITE, resource, "argoproj.io", namespace)
                for resource in ("applications", "applicationsets")
            ):
                continue
            for project in projects:
                accepted = _any(seen, namespace) and _any(
                    project["spec"].get("sourceNamespaces", []), namespace
                )
                if namespace == own[1] or accepted:
                    yield from _applied(cluster, project["spec"], own)


DEFAULT: JSON = {"spec": {"destinations": [{"namespace": "*"}]}}
"""The project that Argo CD itself creates."""


def _applied(cluster: RawCluster, project: JSON, own: Place) -> Iterator[Place]:
    scoped = project.get("permitOnlyProjectScopedClusters", False)  # no random Secret is one of a cluster
    into = [] if scoped else [each["namespace"] for each in project["destinations"]]
    for account in _appliers(cluster, project, own, into):
        kinds = [*KINDS.values(), "Pod"]
        pods = any(_permits(project, group, kind) for group in ("", "apps", "batch") for kind in kinds)
        if into and (project.get("clusterResourceWhitelist") or ("*" in into and pods)):
            yield account  # which has all that it may do itself
            continue
        for namespace in cluster.namespaces:
            if _any(into, namespace):
                yield from _run_pods(cluster, project, account, namespace)


def _appliers(cluster: RawCluster, project: JSON, own: Place, into: list[str]) -> set[Place]:
    """As whom it is applied: as Argo CD itself, or as those whom the project names for destinations."""
    settings = [each["data"] for each in cluster.of("ConfigMap") if name_of(each) == "argocd-cm"]
    if not any(each.get(f"{IMPERSONATION}.enabled") == "true" for each in settings):
        return {own}
    accounts = set()
    for namespace in cluster.namespaces:
        if _any(into, namespace):
            entries = [
                each["defaultServiceAccount"]
                for each in project.get("destinationServiceAccounts", [])
                if _any([each["namespace"]], namespace)
            ]
            if entries:
                home, name = entries[0].split(":") if ":" in entries[0] else (namespace, entries[0])
                accounts.add(("ServiceAccount", home, name))
            elif any(each.get(f"{IMPERSONATION}.enforced") == "false" for each in settings):
                accounts.add(own)
    return accounts


def _run_pods(cluster: RawCluster, project: JSON, account: Place, namespace: str) -> Iterator[Place]:
    """The service accounts as which pods run that somebody makes, of kinds that a project permits."""
    askers = list(makers(cluster.once(Holder, account), namespace, partial(_permits, project)))
    for each in accounts(cluster, namespace) if askers else ():
        if any(admitted(cluster, "token", asker, namespace) for asker in (*askers, each)):
            yield each.place


def _permits(project: JSON, group: str, kind: str) -> bool:
    def has(entries: list[JSON]) -> bool:
        return any(each["group"] in {"*", group} and each["kind"] in {"*", kind} for each in entries)

    only = project.get("namespaceResourceWhitelist")
    return (only is None or has(only)) and not has(project.get("namespaceResourceBlacklist", []))


def _any(patterns: list[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
