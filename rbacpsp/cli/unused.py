"""Finds the service accounts that nothing uses."""

from typing import TYPE_CHECKING

from rbacpsp.catalog.bootstrap import DEFAULT_ACCOUNT
from rbacpsp.cli.errors import warn
from rbacpsp.model import Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_SHOWN = 5


def unused_accounts_answer(cluster: "Cluster", namespace: str | None) -> Answer:
    """The accounts that no binding and no pod names; accounts named `default` are in the last line.

    Args:
        cluster: The cluster.
        namespace: Only the accounts of this namespace; None: all.
    """
    from rbacpsp.audit.unused import pods_were_read, unused_accounts
    from rbacpsp.audit.view import View

    view = View(
        cluster.objects,
        cluster.authorizer,
        cluster.kubernetes_version,
        version_is_assumed=cluster.version_is_assumed,
    )
    runs = pods_were_read(view)
    if not runs:
        warn("no pod and no workload was read: only bindings show which accounts are used")
    accounts = [
        account
        for account in unused_accounts(view)
        if namespace in {None, account.namespace} and not account.assumed
    ]
    accounts.sort(key=lambda account: (account.namespace, account.name))
    default_namespaces = [account.namespace for account in accounts if account.name == DEFAULT_ACCOUNT]
    named_accounts = [account for account in accounts if account.name != DEFAULT_ACCOUNT]
    why = "no binding, no pod" if runs else "no binding"
    texts = [
        subject_text(Subject("ServiceAccount", account.name, account.namespace)) for account in named_accounts
    ]
    items = [
        {
            "account": {"namespace": account.namespace, "name": account.name},
            "why": why,
            **({"default": True} if account.name == DEFAULT_ACCOUNT else {}),
        }
        for account in accounts
    ]
    table = Table(
        ("account", "why"), [(text, why) for text in texts], last=_defaults(default_namespaces, why)
    )
    return Answer("UnusedAccounts", table, {"items": items}, texts)


def _defaults(namespaces: list[str], why: str) -> str:
    """The line about the accounts named `default`, which every namespace has."""
    if not namespaces:
        return ""
    more = len(namespaces) - _SHOWN
    namespaces_text = ", ".join(namespaces[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"and the account default, which every namespace has, with {why} in {namespaces_text}"
