"""Explains the refusal of a pod that no PodSecurityPolicy admitted."""

from rbacpsp.admission.refusals.policies import PolicyRefusal
from rbacpsp.cli.admission_text import verdict_text
from rbacpsp.cli.explain.context import ExplanationContext, Parts
from rbacpsp.cli.next_step import next_step
from rbacpsp.model import Manifest
from rbacpsp.pods.service_account import as_stored_without_policy
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp.versions import REMOVED
from rbacpsp.rbac import Access

_VALIDATING = (
    "only the validating step reports this: it checks updates, and pods that another plugin or "
    "webhook changed after a policy had admitted them; in this step a policy cannot change the pod"
)


def explain(refused: PolicyRefusal, context: ExplanationContext) -> Parts:
    """What a refusal of the PodSecurityPolicy plugin means for a cluster, and what to run next."""
    yield from _refusal_parts(refused)
    yield from _here(refused, context)


def _refusal_parts(refused: PolicyRefusal) -> Parts:
    pod = f"the pod {refused.pod}" + ("..., which a controller was creating," if refused.generated else "")
    if refused.no_policies:
        yield "it says", f"{pod} was refused because the cluster has no PodSecurityPolicy at all"
    elif not refused.listed:
        yield (
            "it says",
            (
                f"{pod} was refused by every policy that could be used, or none could be; the message "
                f"leaves out "
                "the list of errors, which the events of the workload show"
            ),
        )
    elif not refused.errors:
        reason = "neither its service account nor whoever created it may use any policy"
        if refused.validating:
            reason = "none of the checked users may use a policy that admits it unchanged"
            yield "it says", f"{pod} was refused with []: {reason}"
        else:
            yield (
                "it says",
                f"{pod} was refused with []: {reason} (or, on an update, one that had to change it)",
            )
    else:
        yield "it says", f"{pod} was refused by every policy that could be used:"
        for error in dict.fromkeys(refused.errors):
            yield "error", error
    if refused.cut:
        yield "note", "the message is cut off here: there may be more errors"
    if refused.validating:
        yield "step", _VALIDATING


def _here(refused: PolicyRefusal, context: ExplanationContext) -> Parts:
    cluster = context.cluster
    if not cluster.objects.policies:
        if cluster.kubernetes_version >= REMOVED:
            yield (
                "here",
                (
                    f"this is a cluster of Kubernetes {cluster.kubernetes_version}, which has no "
                    f"PodSecurityPolicy (removed in {REMOVED}): the message comes from an older "
                    "server, or from another cluster"
                ),
            )
        else:
            yield "here", "no policy is loaded either: create one, and let those who create pods use it"
        return
    fitting = context.makers(refused.pod)
    if not fitting:
        yield from _by_controllers(context)
        return
    yield from _judged(refused, fitting, context)


def _by_controllers(context: ExplanationContext) -> Parts:
    cluster = context.cluster
    yield "here", f"no loaded object makes a pod of this name; there are {_policies(context)}"
    for name in sorted(cluster.objects.policies):
        users = cluster.policy_users(name, context.namespace)
        controllers = [user.subject.name for user in users if _controls(user)]
        yield name, f"controllers that may use it: {', '.join(controllers) or 'none'}"
    yield "next", next_step("psp users", options=context.where, source=context.source)
    yield "next", f"{next_step('psp admit', 'FILE', source=context.source)} (FILE makes the pod)"


def _judged(refused: PolicyRefusal, fitting: list[Manifest], context: ExplanationContext) -> Parts:
    cluster = context.cluster
    maker = fitting[0]
    made = pods_of(maker.body, cluster.policy_version, cluster.catalog.controllers)[0]
    where = context.namespace or maker.namespace or "default"
    if refused.validating:
        stored = maker.body
        if maker.kind != "Pod":
            stored = as_stored_without_policy(made.pod, where, cluster.objects, cluster.policy_version)
        user = context.user or made.creator
        admission = cluster.admit(stored, user=user, namespace=where, operation="UPDATE")
    else:
        admission = cluster.admit(made.pod, user=made.creator or context.user, namespace=where)
    who = " and ".join(user.name for user in admission.asked)
    yield "made by", f"{maker.kind} {maker.name} in namespace {where}"
    elsewhere = sorted({other_maker.namespace or "default" for other_maker in fitting} - {where})
    if elsewhere:
        yield "or", f"a similar one in {', '.join(elsewhere)}: choose with -n"
    if made.creator is None and context.user is None:
        yield (
            "note",
            ("a person created the pod: name this user with --as, because what the user may use counts too"),
        )
    yield "asked", f"{who}: {_policies(context)}"
    for name, considered in admission.considered.items():
        use = "may be used" if considered.usable else "may not be used by any of them"
        why = f": {'; '.join(map(str, considered.errors))}" if considered.errors else ""
        verdict = verdict_text(considered)
        if refused.validating and considered.verdict == "changed":
            verdict = "would have to change it"
        yield name, f"{use}; it {verdict}{why}"
    if refused.validating:
        yield "judged as", "an update of the pod as its manifest describes it, without changes by a policy"
    if admission.allowed:
        judged = " as an update" if refused.validating else ""
        yield "here", f"in the loaded cluster the pod is admitted{judged}, by {admission.policy}"
        return
    yield "here", str(admission.message)
    if any(considered.verdict != "refused" for considered in admission.considered.values()):
        step = [("--operation", "update")] if refused.validating else []
        command = next_step("psp fix", "FILE", options=(*step, ("-n", where)), source=context.source)
        yield "next", f"{command} (FILE holds {maker.kind} {maker.name})"
    yield "next", next_step("psp users", options=[("-n", where)], source=context.source)


def _controls(access: Access) -> bool:
    return bool(access.grants and access.controls)


def _policies(context: ExplanationContext) -> str:
    return ", ".join(sorted(context.cluster.objects.policies))
