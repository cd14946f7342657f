"""The service accounts that nothing uses: no binding names them, and nothing runs as them."""

from collections.abc import Iterator

from rbacpsp.audit.pod_specs import account_of, pod_specs
from rbacpsp.audit.view import View
from rbacpsp.catalog.bootstrap import DEFAULT_ACCOUNT
from rbacpsp.model import ServiceAccount


def pods_were_read(view: View) -> bool:
    """Whether anything was loaded that runs, so that what runs as nothing can be told."""
    objects = view.objects
    return bool(objects.pods or objects.workloads or objects.customs)


def inhabited(view: View) -> frozenset[str]:
    """The namespaces in which something runs."""
    return frozenset(each.namespace for each in pod_specs(view))


def unused_accounts(view: View) -> Iterator[ServiceAccount]:
    """The unused accounts, those named `default` included; each namespace has one of that name.

    Left out are the accounts of Kubernetes' own controllers, which make theirs on demand.
    """
    named = {
        (subject.namespace, subject.name) for subject in view.by_subject if subject.kind == "ServiceAccount"
    }
    used = {(each.namespace, account_of(each.spec)) for each in pod_specs(view)}
    for key, account in view.objects.service_accounts.items():
        if key in named or key in used:
            continue
        if account.name == DEFAULT_ACCOUNT or not view.bootstrap.account(*key):
            yield account
