"""Explains the refusal of a pod that no security context constraints admitted."""

from rbacpsp.admission.refusals.constraints import ConstraintRefusal, not_usable
from rbacpsp.cli.explain.context import ExplanationContext, Parts
from rbacpsp.cli.next_step import next_step
from rbacpsp.model import Manifest
from rbacpsp.pods.templates import pods_of
from rbacpsp.scc.fix import SCCFix, SCCFixer

_READ = (
    "no security context constraints were loaded, so they cannot be checked: oc get scc,ns,sa -A -o "
    "yaml writes them to a file, and --openshift-version 4.21 assumes the standard ones of a release"
)
_ASKED = (
    "a pod gets constraints that its service account (which is not in system:authenticated here) or whoever "
    "creates it may use, by their own lists or by RBAC"
)


def explain(refused: ConstraintRefusal, context: ExplanationContext) -> Parts:
    """What such a refusal means for a cluster, and what to run next."""
    yield from _refusal_parts(refused)
    if not context.cluster.objects.constraints:
        yield "here", _READ
        yield "next", next_step("scc admit", "FILE", source=context.source)
        return
    yield from _here(refused, context)


def _refusal_parts(refused: ConstraintRefusal) -> Parts:
    pod = f"the pod {refused.pod}" if refused.pod else "a pod"
    making = ", which a controller was creating," if refused.generated else ""
    verb = "may not be entered: it" if refused.command else "was refused: it"
    yield (
        "it says",
        f"{pod}{making} {verb} fits none of OpenShift's security context constraints that may be used",
    )
    by_name = refused.by_constraints
    unusable = [name for name, errors in by_name.items() if name and not_usable(errors)]
    for name, errors in by_name.items():
        if not name:
            for error in errors:
                yield (
                    "error",
                    (
                        f"{error} (from one or more of the constraints that may be used: the message "
                        "does not name them)"
                    ),
                )
        elif name not in unusable:
            yield name, "; ".join(errors)
    if unusable:
        yield "not usable", f"by the service account and the creator: {', '.join(unusable)}"
    yield "asked", _ASKED
    if refused.cut:
        yield "note", "the message is cut off here: there may be more errors"


def _here(refused: ConstraintRefusal, context: ExplanationContext) -> Parts:
    fitting = context.makers(refused.pod) if refused.pod else []
    if not fitting:
        yield "here", "no loaded object makes a pod of this name"
        usable = [name for name, errors in refused.by_constraints.items() if name and not not_usable(errors)]
        step = next_step("scc users", *usable, options=context.where, source=context.source)
        yield "next", step
        yield "next", f"{next_step('scc fix', 'FILE', source=context.source)} (FILE makes the pod)"
        return
    yield from _judged(fitting, context)


def _judged(fitting: list[Manifest], context: ExplanationContext) -> Parts:
    cluster = context.cluster
    maker = fitting[0]
    made = pods_of(maker.body, cluster.scc.version, cluster.catalog.controllers)[0]
    where = context.namespace or maker.namespace or "default"
    user = made.creator or context.user
    admission = cluster.scc_admit(made.pod, user=user, namespace=where)
    yield "made by", f"{maker.kind} {maker.name} in namespace {where}"
    elsewhere = sorted({other_maker.namespace or "default" for other_maker in fitting} - {where})
    if elsewhere:
        yield "or", f"a similar one in {', '.join(elsewhere)}: choose with -n"
    if user is None:
        yield (
            "note",
            ("a person created the pod: name this user with --as, because what the user may use counts too"),
        )
    if admission.allowed:
        by = f", by {admission.scc}" if admission.scc and not admission.not_judged else ""
        yield "here", f"in the loaded cluster the pod is admitted{by}"
        return
    yield "here", str(admission.message)
    fixer = SCCFixer(cluster.objects, cluster.scc)
    for fix in fixer.fixes(made.pod, admission, user=user, namespace=where):
        yield "remedy", _fix_words(fix)
    file = next_step("scc fix", "FILE", options=[("-n", where)], source=context.source)
    yield "next", f"{file} (FILE holds {maker.kind} {maker.name})"


def _fix_words(fix: SCCFix) -> str:
    then = f"then {fix.admission.scc} admits it"
    if fix.way == "fields":
        return f"leave out {', '.join(fix.fields)}: {then}"
    if fix.way == "required-scc":
        return f"annotate the pod with openshift.io/required-scc: {fix.scc}: {then}"
    account = fix.account.name if fix.account else ""
    return f"let its service account {account} use {fix.scc}: {then}"
