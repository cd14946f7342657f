"""Techniques that let Flux or Argo CD apply objects."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.paths.restated.objects import JSON, Place, RawCluster, name_of, namespace_of, spec_of
from tests.paths.restated.pods import account_of, may_exist, running
from tests.paths.restated.powers import Holder

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


def accounts_in(cluster: RawCluster, namespace: str) -> Iterator[Place]:
    """The service accounts of a namespace that exist."""
    yield from (("ServiceAccount", home, name) for home, name in cluster.existing if home == namespace)


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
    into = [each["namespace"] for each in project["destinations"]]
    if into and ("*" in into or project.get("clusterResourceWhitelist")):
        yield own  # which has all that Argo CD itself may do
        return
    for namespace in cluster.namespaces:
        if _any(into, namespace):
            yield from accounts_in(cluster, namespace)


def _any(patterns: list[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
