"""Lists the ways to bypass Pod Security, with the requests that they need.

What the PodSecurity plugin requires of a pod depends on its namespace's labels and on exemptions. A user who
may change those labels, or who is or may act as an exempt user, can bypass it. Any one request of a bypass is
enough; RBAC decides who may make it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.catalog.controllers import POD_CREATORS
from rbacpsp.model.objects import Objects
from rbacpsp.model.request import Request, split_service_account
from rbacpsp.model.version import Version
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.labels import Policy, policy_to_evaluate
from rbacpsp.pss.levels import PRIVILEGED, server_of


class Bypass(NamedTuple):
    """One way to bypass Pod Security."""

    way: str
    """`relabel`, `new-namespace`, `unguarded`, `exempt-user`, `impersonate` or `exempt-runtime-class`."""
    namespace: str
    """The namespace where it applies; empty: everywhere."""
    why: str
    requests: tuple[Request, ...] = ()
    """A user who may make one of these can use it; empty for `exempt-user`, where `user` can."""
    user: str = ""


def bypasses(
    objects: Objects, config: Configuration | None = None, kubernetes_version: Version | None = None
) -> tuple[Bypass, ...]:
    """Every way to bypass Pod Security in a cluster, sorted by kind and namespace."""
    config = config or Configuration()
    server = server_of(kubernetes_version)
    policies = {
        name: policy_to_evaluate(namespace.metadata.labels, config.defaults, server)[0]
        for name, namespace in objects.namespaces.items()
    }
    found_bypasses = (
        *_by_namespaces(policies, config),
        *_by_users(config),
        *_by_runtime_classes(policies, config),
    )
    return tuple(
        sorted(found_bypasses, key=lambda bypass: (bypass.way, bypass.namespace, bypass.user, bypass.why))
    )


def _create(namespace: str) -> tuple[Request, ...]:
    return tuple(
        Request("create", group=group, resource=resource, namespace=namespace)
        for group, resource in POD_CREATORS
    )


def _by_namespaces(policies: dict[str, Policy], config: Configuration) -> Iterator[Bypass]:
    for name, policy in policies.items():
        if name in config.exemptions.namespaces:
            yield Bypass("unguarded", name, "the namespace is exempt", _create(name))
        elif policy.enforce.level == PRIVILEGED:
            yield Bypass("unguarded", name, "the namespace enforces nothing", _create(name))
        else:
            # In a request for a Namespace the API server also sets the namespace to its name.
            requests = tuple(
                Request(verb, resource="namespaces", name=name, namespace=name)
                for verb in ("patch", "update")
            )
            yield Bypass("relabel", name, f"the labels demand {policy.enforce}", requests)
    if config.defaults.enforce.level == PRIVILEGED:
        create = Request("create", resource="namespaces")
        yield Bypass("new-namespace", "", "a namespace without labels enforces nothing", (create,))


def _by_users(config: Configuration) -> Iterator[Bypass]:
    for user in config.exemptions.usernames:
        yield Bypass("exempt-user", "", "the user is exempt", user=user)
        # Any pod of a service account's namespace may run as it.
        account = split_service_account(user)
        requests = [Request("impersonate", resource="users", name=user)]
        if account:
            namespace, name = account
            requests = [
                Request("impersonate", resource="serviceaccounts", namespace=namespace, name=name),
                Request(
                    "create", resource="serviceaccounts", subresource="token", namespace=namespace, name=name
                ),
                *_create(namespace),
            ]
        yield Bypass("impersonate", "", "the user is exempt", tuple(requests), user)


def _by_runtime_classes(policies: dict[str, Policy], config: Configuration) -> Iterator[Bypass]:
    classes = ", ".join(sorted(config.exemptions.runtime_classes))
    if not classes:
        return
    for name, policy in policies.items():
        if policy.enforce.level != PRIVILEGED and name not in config.exemptions.namespaces:
            yield Bypass("exempt-runtime-class", name, f"exempt runtime classes: {classes}", _create(name))
