"""The service accounts that nothing uses, as an answer."""

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
    """The accounts that no binding names and as which nothing runs; those named default apart.

    Args:
        cluster: Where.
        namespace: Only those of this namespace; None: all.
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
        warn("no pod and no workload was read: only bindings tell what is used")
    found = [
        account
        for account in unused_accounts(view)
        if namespace in {None, account.namespace} and not account.assumed
    ]
    found.sort(key=lambda account: (account.namespace, account.name))
    own = [account.namespace for account in found if account.name == DEFAULT_ACCOUNT]
    rest = [account for account in found if account.name != DEFAULT_ACCOUNT]
    why = "no binding, no pod" if runs else "no binding"
    texts = [subject_text(Subject("ServiceAccount", each.name, each.namespace)) for each in rest]
    items = [
        {
            "account": {"namespace": each.namespace, "name": each.name},
            "why": why,
            **({"default": True} if each.name == DEFAULT_ACCOUNT else {}),
        }
        for each in found
    ]
    table = Table(("account", "why"), [(text, why) for text in texts], last=_defaults(own, why))
    return Answer("UnusedAccounts", table, {"items": items}, texts)


def _defaults(namespaces: list[str], why: str) -> str:
    """What is said about the accounts that every namespace has."""
    if not namespaces:
        return ""
    more = len(namespaces) - _SHOWN
    named = ", ".join(namespaces[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"and the account default, which every namespace has, with {why} in {named}"
