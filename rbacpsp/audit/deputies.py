"""Operators that apply what others write, with their own permissions: Flux and Argo CD.

As whom an operator acts is told by its workload. Where no workload of it was loaded, a service account of the
usual name stands for it.
Source: fluxcd.io/flux/installation/configuration/multitenancy/ and
argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from rbacpsp.audit.pod_specs import JSON, account_of, containers, part, pod_specs
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

KUSTOMIZE = "kustomize-controller"
HELM = "helm-controller"
ARGO_CD = "argocd-application-controller"
_COMPONENT = "app.kubernetes.io/component"
_NAME = "app.kubernetes.io/name"


class Deputy(NamedTuple):
    """An operator that runs here."""

    namespace: str
    account: str
    flags: tuple[str, ...] = ()
    """Its arguments."""
    workload: str = ""
    """What runs it, in words; empty where only its service account was loaded."""

    def flag(self, name: str) -> str:
        """The value of an argument as `--name=value` or `--name value`; `true` where it stands alone."""
        for place, text in enumerate(self.flags):
            key, equals, value = text.partition("=")
            if key.lstrip("-") == name and key.startswith("-"):
                following = self.flags[place + 1] if place + 1 < len(self.flags) else ""
                return value if equals else following if following and following[0] != "-" else "true"
        return ""


def deputies(view: View, name: str) -> tuple[Deputy, ...]:
    """The operators of a name that run here."""
    found = view.memo(_running)[name]
    return found or tuple(_by_account(view, name))


def _running(view: View) -> dict[str, tuple[Deputy, ...]]:
    found: dict[str, dict[Deputy, None]] = {name: {} for name in (KUSTOMIZE, HELM, ARGO_CD)}
    for pod in pod_specs(view):
        for name, there in found.items():
            if _is(pod.manifest, pod.spec, name):
                deputy = Deputy(pod.namespace, account_of(pod.spec), tuple(_flags(pod.spec)), pod.title)
                there[deputy] = None
    return {name: tuple(there) for name, there in found.items()}


def _is(manifest: Manifest, spec: JSON, name: str) -> bool:
    labels = manifest.metadata.labels
    if manifest.name == name or name in {labels.get(_COMPONENT), labels.get(_NAME)}:
        return True
    return any(_image(container) == name or name in _words(container) for container in containers(spec))


def _image(container: JSON) -> str:
    return str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]


def _words(container: JSON) -> Iterator[str]:
    for key in ("command", "args"):
        words = container.get(key)
        yield from (str(each).rpartition("/")[2] for each in (words if isinstance(words, list) else ()))


def _flags(spec: JSON) -> Iterator[str]:
    for container in containers(spec):
        for key in ("command", "args"):
            words = container.get(key)
            yield from map(str, words if isinstance(words, list) else ())


def _by_account(view: View, name: str) -> Iterator[Deputy]:
    return (Deputy(namespace, name) for namespace in sorted(view.memo(_accounts)[name]))


def _accounts(view: View) -> dict[str, set[str]]:
    """The namespaces that have a service account of an operator's usual name."""
    found: dict[str, set[str]] = {name: set() for name in (KUSTOMIZE, HELM, ARGO_CD)}
    for namespace, account in view.objects.service_accounts:
        if account in found:
            found[account].add(namespace)
    for each in view.by_subject:
        if each.name in found and each.kind == "ServiceAccount":
            found[each.name].add(each.namespace)
    return found


class Project(NamedTuple):
    """What an AppProject lets Applications do in the cluster that it is in."""

    name: str
    everything: bool
    """It allows resources of the whole cluster, or every namespace."""
    namespaces: tuple[str, ...]
    """The namespaces, as patterns, into which Applications may write."""
    sources: tuple[str, ...]
    """The namespaces, as patterns, in which Applications of it may stand besides the controller's own."""


_SERVERS = frozenset({"*", "https://kubernetes.default.svc"})
_CLUSTERS = frozenset({"*", "in-cluster"})


def projects(view: View, namespace: str) -> tuple[Project, ...]:
    """The projects in the namespace of an Argo CD; with none loaded its own one, which limits nothing."""
    found = tuple(
        _project(each)
        for each in view.objects.surroundings.values()
        if each.kind == "AppProject" and each.namespace == namespace
    )
    return found or (Project("default", everything=True, namespaces=("*",), sources=()),)


def _project(manifest: Manifest) -> Project:
    spec = part(manifest.body, "spec")
    here = [
        str(each.get("namespace", ""))
        for each in _items(spec, "destinations")
        if each.get("server") in _SERVERS or each.get("name") in _CLUSTERS
    ]
    wide = any(
        fnmatchcase("rbac.authorization.k8s.io", str(each.get("group", "")))
        and fnmatchcase("ClusterRoleBinding", str(each.get("kind", "")))
        for each in _items(spec, "clusterResourceWhitelist")
    )
    sources = spec.get("sourceNamespaces")
    return Project(
        manifest.name,
        bool(here) and (wide or "*" in here),
        tuple(here),
        tuple(map(str, sources if isinstance(sources, list) else ())),
    )


def _items(spec: JSON, key: str) -> Iterable[JSON]:
    found = spec.get(key)
    return (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))
