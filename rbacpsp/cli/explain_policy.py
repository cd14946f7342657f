"""A pod that no policy admitted, explained."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.cli.admission_text import verdict_text
from rbacpsp.cli.explain_access import Parts
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import Source
from rbacpsp.model import Manifest, User
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp.refusal import PolicyRefusal
from rbacpsp.rbac import Access

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


def explain_policy(
    cluster: "Cluster", refusal: PolicyRefusal, user: User | None, namespace: str | None, source: Source
) -> Parts:
    """What a refusal of the PodSecurityPolicy plugin means for a cluster, and what to run next.

    Args:
        cluster: Where it happened.
        refusal: What the server said.
        user: Who created the pod, where a person did.
        namespace: Where; else wherever the cluster holds what made the pod.
        source: Where the cluster was read, for the commands to run next.
    """
    return [*_said(refusal), *_here(cluster, refusal, user, namespace, source)]


def _said(refusal: PolicyRefusal) -> Iterator[tuple[str, str]]:
    pod = f"the pod {refusal.pod}" + ("..., which a controller was creating," if refusal.generated else "")
    if refusal.no_policies:
        yield "it says", f"{pod} was refused because the cluster has no PodSecurityPolicy at all"
    elif not refusal.errors:
        reason = "neither its service account nor whoever created it may use any policy"
        yield "it says", f"{pod} was refused with []: {reason} (or, on an update, one that had to change it)"
    else:
        yield "it says", f"{pod} was refused by every policy that could be used:"
        for error in dict.fromkeys(refusal.errors):
            yield "error", error


def _here(
    cluster: "Cluster", refusal: PolicyRefusal, user: User | None, namespace: str | None, source: Source
) -> Iterator[tuple[str, str]]:
    if not cluster.objects.policies:
        yield "here", "no policy is loaded either: create one, and let those who create pods use it"
        return
    fitting = _made_by(cluster, refusal, namespace)
    if not fitting:
        yield "here", f"nothing that makes a pod of this name was loaded; there are {_policies(cluster)}"
        for name in sorted(cluster.objects.policies):
            able = [each.subject.name for each in cluster.policy_users(name, namespace) if _controls(each)]
            yield name, f"controllers that may use it: {', '.join(able) or 'none'}"
        yield "next", next_step("psp users", *_where(namespace), source=source)
        yield "next", f"{next_step('psp admit', 'FILE', source=source)} (FILE makes the pod)"
        return
    found = fitting[0]
    made = pods_of(found.body, cluster.policy_version, cluster.catalog.controllers)[0]
    where = namespace or found.namespace or "default"
    admission = cluster.admit(made.pod, user=made.creator or user, namespace=where)
    who = " and ".join(each.name for each in admission.asked)
    yield "made by", f"{found.kind} {found.name} in namespace {where}"
    elsewhere = sorted({each.namespace or "default" for each in fitting} - {where})
    if elsewhere:
        yield "or", f"one like it in {', '.join(elsewhere)}: choose with -n"
    if made.creator is None and user is None:
        yield "note", "a person created the pod: name who by --as, since what they may use counts too"
    yield "asked", f"{who}: {_policies(cluster)}"
    for name, considered in admission.considered.items():
        use = "may be used" if considered.usable else "may not be used by any of them"
        why = f": {'; '.join(map(str, considered.errors))}" if considered.errors else ""
        yield name, f"{use}; it {verdict_text(considered)}{why}"
    if admission.allowed:
        yield "here", f"as the cluster was loaded the pod is admitted, by {admission.policy}"
        return
    yield "here", str(admission.message)
    if any(each.verdict != "refused" for each in admission.considered.values()):
        command = next_step("psp fix", "FILE", *_where(where), source=source)
        yield "next", f"{command} (FILE holds {found.kind} {found.name})"
    yield "next", next_step("psp users", *_where(where), source=source)


def _where(namespace: str | None) -> tuple[str, ...]:
    return ("-n", namespace) if namespace else ()


def _controls(access: Access) -> bool:
    return bool(access.grants and access.controls)


def _policies(cluster: "Cluster") -> str:
    return ", ".join(sorted(cluster.objects.policies))


def _made_by(cluster: "Cluster", refusal: PolicyRefusal, namespace: str | None) -> list[Manifest]:
    """The pod of that name and the workloads whose controllers give such names; the longest name is first."""
    every = (*cluster.objects.pods.values(), *cluster.objects.workloads.values())
    fitting = [
        each
        for each in every
        if namespace in {None, each.namespace or "default"} and refusal.made_by(each.kind, each.name)
    ]
    return sorted(fitting, key=lambda each: (-len(each.name), each.namespace, each.kind))
