"""Who may use a policy."""

from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import Request
from rbacpsp.rbac import Authorizer, WhoCan


def policy_users(authorizer: Authorizer, policy: str, namespace: str = "") -> WhoCan:
    """The subjects that may `use` a policy for pods of a namespace; with none, in every namespace.

    `use` counts in both API groups. Groups are expanded to the service accounts and controllers in them.
    """
    policy_group, extensions_group = (
        authorizer.who_can(
            Request("use", group=group, resource="podsecuritypolicies", name=policy, namespace=namespace)
        )
        for group in GROUPS
    )
    return (policy_group | extensions_group).expand()
