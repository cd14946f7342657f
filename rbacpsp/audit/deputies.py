"""Operators that apply what others write with the operator's own permissions: Flux and Argo CD.

The workload of an operator names the service account that it acts as. If no such workload was loaded, a
service account with the usual name indicates that the operator runs. No operator runs as an account that does
not exist.
Source: fluxcd.io/flux/installation/configuration/multitenancy/ and
argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/. Arguments are read as by
github.com/spf13/pflag 1.0.10 (parseLongArg of flag.go, bool.go, string_slice.go).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from rbacpsp.audit.argo_namespaces import (
    APPLICATION_SETS,
    ARGO_CD,
    argument_of,
    in_environment,
    in_parameters,
    patterns,
)
from rbacpsp.audit.globs import in_list
from rbacpsp.audit.pod_specs import JSON, account_of, parts, running_pods
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

KUSTOMIZE = "kustomize-controller"
HELM = "helm-controller"
_NAMES = (KUSTOMIZE, HELM, ARGO_CD, APPLICATION_SETS)
_COMPONENT = "app.kubernetes.io/component"
_NAME = "app.kubernetes.io/name"
_CONTAINER = "manager"
"""The name of the container in the manifests of Flux."""
_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
"""The values of boolean arguments, as Go's strconv.ParseBool reads them."""


class Deputy(NamedTuple):
    """An operator that runs in the cluster."""

    namespace: str
    account: str
    flags: tuple[str, ...] = ()
    """Its arguments."""
    workload: str = ""
    """The workload that runs it, in words; empty if only its service account was loaded."""
    further: tuple[str, ...] = ()
    """Patterns of the further namespaces from which an Argo CD takes objects."""

    def takes_from(self, namespace: str) -> bool:
        """Whether an Argo CD takes objects from a namespace: its own, or one of the further ones."""
        return namespace == self.namespace or in_list(self.further, namespace)

    def flag(self, name: str) -> str:
        """The value of an argument that takes a text; the last one if it is repeated, empty without any."""
        return next(reversed(self.values(name)), "")

    def values(self, name: str) -> list[str]:
        """The values of an argument that takes a text, in order: from `--name=value` or `--name value`."""
        words = iter(self.flags)
        values = []
        for word in words:
            key, equals, value = word.partition("=")
            if key == f"--{name}":
                values.append(value if equals else next(words, ""))
        return values

    def switch(self, name: str, *, default: bool) -> bool:
        """The value of a boolean argument; the last one if it is repeated.

        `--name` means true, whatever word follows. The operator does not start with a value that is not a
        boolean, such as a variable that is not replaced yet: then the default counts.
        """
        switched = default
        for word in self.flags:
            key, equals, value = word.partition("=")
            if key == f"--{name}":
                switched = _BOOLEANS.get(value, default) if equals else True
        return switched


def deputies(view: View, name: str) -> tuple[Deputy, ...]:
    """The operators with a name that run in the cluster."""
    running = view.lasting(_running_operators)[name]
    return running or tuple(_deputies_by_account(view, name))


def _running_operators(view: View) -> dict[str, tuple[Deputy, ...]]:
    by_name: dict[str, dict[Deputy, None]] = {name: {} for name in _NAMES}
    for pod in running_pods(view):
        if view.objects.lacks_account(pod.namespace, account_of(pod.spec)):
            continue
        for name, instances in by_name.items():
            for container in _operator_containers(pod.manifest, pod.spec, name):
                deputy = Deputy(pod.namespace, account_of(pod.spec), _words(container), pod.title)
                argued = deputy.values(argument_of(name))
                further = patterns(argued) if argued else in_environment(view, pod.namespace, name, container)
                instances[deputy._replace(further=further)] = None
    return {name: tuple(instances) for name, instances in by_name.items()}


def _operator_containers(manifest: Manifest, spec: JSON, name: str) -> list[JSON]:
    """The containers of a pod that run an operator; sidecars do not count if another container is known.

    A container runs it if its image or its program has the operator's name. If only the name or the labels of
    the workload say that it is the operator, the usual name of the container counts, and without one each
    container may be the operator.
    """
    candidates = list(parts(spec, "containers"))
    running = [each for each in candidates if _image(each) == name or name in _programs(_words(each))]
    labels = manifest.metadata.labels
    if running or (manifest.name != name and name not in {labels.get(_COMPONENT), labels.get(_NAME)}):
        return running
    usual = {_CONTAINER, name, name.removeprefix("argocd-")}
    return [each for each in candidates if each.get("name") in usual] or candidates


def _image(container: JSON) -> str:
    return str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]


def _words(container: JSON) -> tuple[str, ...]:
    """The command and the arguments of a container."""
    lists = (container.get(key) for key in ("command", "args"))
    return tuple(str(word) for words in lists if isinstance(words, list) for word in words)


def _programs(words: tuple[str, ...]) -> Iterator[str]:
    """The names of the words that may be programs: neither options nor values of options."""
    for before, word in pairwise(("", *words)):
        is_value = before.startswith("--") and before != "--" and "=" not in before
        if not word.startswith("-") and not is_value:
            yield word.rpartition("/")[2]


def _deputies_by_account(view: View, name: str) -> Iterator[Deputy]:
    for namespace in sorted(view.memo(_accounts)[name]):
        yield Deputy(namespace, name, further=in_parameters(view, namespace, name))


def _accounts(view: View) -> dict[str, set[str]]:
    """The namespaces that have a service account with the usual name of each operator."""
    namespaces: dict[str, set[str]] = {name: set() for name in _NAMES}
    for namespace, account in view.objects.service_accounts:
        if account in namespaces:
            namespaces[account].add(namespace)
    for subject in view.by_subject:
        if subject.name in namespaces and subject.kind == "ServiceAccount":
            namespace, name = subject.namespace, subject.name
            if not view.objects.lacks_account(namespace, name):
                namespaces[name].add(namespace)
    return namespaces
