"""Unused service accounts: no binding names them, and no loaded pod or workload runs as them."""

from collections.abc import Iterator

from rbacpsp.audit.pod_specs import account_of, pod_specs
from rbacpsp.audit.view import View
from rbacpsp.catalog.bootstrap import DEFAULT_ACCOUNT
from rbacpsp.model import ServiceAccount


def pods_were_read(view: View) -> bool:
    """Whether pods or workloads were loaded, without which it is unknown which accounts are used."""
    objects = view.objects
    return bool(objects.pods or objects.workloads or objects.customs)


def namespaces_with_pods(view: View) -> frozenset[str]:
    """The namespaces of the loaded pods and workloads."""
    return frozenset(pod.namespace for pod in pod_specs(view))


def unused_accounts(view: View) -> Iterator[ServiceAccount]:
    """The unused accounts, including those named `default`, which every namespace has.

    The accounts of Kubernetes' own controllers are left out, as the controllers create them on demand.
    """
    bound = {
        (subject.namespace, subject.name) for subject in view.by_subject if subject.kind == "ServiceAccount"
    }
    used = {(pod.namespace, account_of(pod.spec)) for pod in pod_specs(view)}
    for key, account in view.objects.service_accounts.items():
        if key in bound or key in used:
            continue
        if account.name == DEFAULT_ACCOUNT or not view.bootstrap.account(*key):
            yield account
