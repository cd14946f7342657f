"""Lists the subjects that may use a PodSecurityPolicy."""

from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import Request
from rbacpsp.rbac import Authorizer, WhoCan


def named_users(authorizer: Authorizer, policy: str, namespace: str | None = None) -> WhoCan:
    """The subjects that may `use` a policy, as the bindings write them: see `policy_users`."""
    ask = authorizer.who_can if namespace is not None else authorizer.who_can_anywhere
    policy_group, extensions_group = (
        ask(
            Request(
                "use", group=group, resource="podsecuritypolicies", name=policy, namespace=namespace or ""
            )
        )
        for group in GROUPS
    )
    return policy_group | extensions_group


def policy_users(authorizer: Authorizer, policy: str, namespace: str | None = None) -> WhoCan:
    """The subjects that may `use` a policy for the pods of a namespace.

    `use` counts in both API groups. Groups are expanded to the service accounts and controllers in them. With
    an empty namespace, the subjects may use it in every namespace; with None, in at least one:
    `Access.namespaces` says where.
    """
    return named_users(authorizer, policy, namespace).expand()
