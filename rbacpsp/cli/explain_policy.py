"""A pod that no policy admitted, explained."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.model import Manifest, User
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp.refusal import PolicyRefusal
from rbacpsp.rbac import Access

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

Parts = list[tuple[str, str]]


def explain_policy(
    cluster: "Cluster", refusal: PolicyRefusal, user: User | None, namespace: str | None
) -> Parts:
    """What a refusal of the PodSecurityPolicy plugin means for a cluster, and what to run next.

    Args:
        cluster: Where it happened.
        refusal: What the server said.
        user: Who created the pod, where a person did.
        namespace: Where; else wherever the cluster holds what made the pod.
    """
    return [*_said(refusal), *_here(cluster, refusal, user, namespace)]


def _said(refusal: PolicyRefusal) -> Iterator[tuple[str, str]]:
    pod = f"the pod {refusal.pod}" + ("..., which a controller was creating," if refusal.generated else "")
    if refusal.no_policies:
        yield "it says", f"{pod} was refused because the cluster has no PodSecurityPolicy at all"
    elif not refusal.errors:
        reason = "neither its service account nor whoever created it may use any policy"
        yield "it says", f"{pod} was refused with []: {reason} (or, on an update, one that had to change it)"
    else:
        yield "it says", f"{pod} was refused by every policy that could be used:"
        for error in refusal.errors:
            yield "error", error


def _here(
    cluster: "Cluster", refusal: PolicyRefusal, user: User | None, namespace: str | None
) -> Iterator[tuple[str, str]]:
    if not cluster.objects.policies:
        yield "here", "no policy is loaded either: create one, and let those who create pods use it"
        return
    found = _made_by(cluster, refusal, namespace)
    if found is None:
        yield "here", f"nothing that makes a pod of this name was loaded; there are {_policies(cluster)}"
        for name in sorted(cluster.objects.policies):
            able = [each.subject.name for each in cluster.policy_users(name, namespace) if _controls(each)]
            yield name, f"controllers that may use it: {', '.join(able) or 'none'}"
        yield "next", "rbacpsp psp users"
        yield "next", "rbacpsp psp admit FILE, with the manifest of the pod or of the workload that makes it"
        return
    made = pods_of(found.body, cluster.policy_version, cluster.catalog.controllers)[0]
    where = namespace or found.namespace or "default"
    admission = cluster.admit(made.pod, user=made.creator or user, namespace=where)
    who = " and ".join(each.name for each in admission.asked)
    yield "made by", f"{found.kind} {found.name} in namespace {where}"
    yield "asked", f"{who}: {_policies(cluster)}"
    for name, considered in admission.considered.items():
        verdict = {"unchanged": "would admit it", "changed": "would admit it, changed"}.get(
            considered.verdict
        )
        reason = verdict or f"refuses it: {'; '.join(map(str, considered.errors)) or considered.problem}"
        usable = "may be used" if considered.usable else "may not be used by any of them"
        yield name, f"{usable}, {reason}"
    if admission.allowed:
        yield "here", f"as the cluster was loaded the pod is admitted, by {admission.policy}"
        return
    yield "here", str(admission.message)
    yield "next", f"rbacpsp psp fix FILE -n {where}, with the manifest of {found.kind} {found.name}"
    yield "next", f"rbacpsp psp users -n {where}"


def _controls(access: Access) -> bool:
    return bool(access.grants and access.controls)


def _policies(cluster: "Cluster") -> str:
    return ", ".join(sorted(cluster.objects.policies))


def _made_by(cluster: "Cluster", refusal: PolicyRefusal, namespace: str | None) -> Manifest | None:
    """The pod of that name, or the workload whose controller gives such names; the longest name fits best."""
    every = (*cluster.objects.pods.values(), *cluster.objects.workloads.values())
    fitting = [
        each
        for each in every
        if (namespace is None or each.namespace == namespace)
        and (each.name == refusal.pod if each.kind == "Pod" else refusal.made_by(each.name))
    ]
    return max(fitting, key=lambda each: (len(each.name), each.kind == "Deployment"), default=None)
