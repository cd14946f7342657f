"""Explains the refusal of a role or binding that would grant more than its writer holds."""

from rbacpsp.admission.refusals.grants import RefusedGrant
from rbacpsp.cli.explain.access import missing, subject_word
from rbacpsp.cli.explain.context import ExplanationContext, Parts
from rbacpsp.cli.next_step import next_step
from rbacpsp.model import Request
from rbacpsp.model.rbac import GROUP
from rbacpsp.rbac.covers import covers
from rbacpsp.rbac.mending import rule_text

_MOST = 10
_FREED_BY = {
    "roles": ("escalate", ("roles",)),
    "clusterroles": ("escalate", ("clusterroles",)),
    "rolebindings": ("bind", ("roles", "clusterroles")),
    "clusterrolebindings": ("bind", ("clusterroles",)),
}
"""The verb, and the resources, that exempt a writer from the check.

Source: kubernetes/pkg/registry/rbac/escalation_check.go (1.24).
"""


def explain(refused: RefusedGrant, context: ExplanationContext) -> Parts:
    """What the refusal of a role or a binding means for a cluster, and what to run next."""
    namespace = "" if refused.resource.startswith("cluster") else context.namespace or ""
    yield from _refusal_parts(refused)
    yield from missing(refused.user.name, refused.errors, namespace, context)
    yield from _here(refused, namespace, context)
    yield from _next(refused, namespace, context)


def _refusal_parts(refused: RefusedGrant) -> Parts:
    name, target = refused.user.name, _what(refused)
    granted = f"the role that {target} refers to" if refused.binds else target
    yield (
        "it says",
        (f"{name} may write {refused.resource}, but {granted} has permissions that {name} does not have:"),
    )
    for rule in refused.missing[:_MOST]:
        yield "missing", rule_text(rule)
    if len(refused.missing) > _MOST:
        yield "missing", f"and {len(refused.missing) - _MOST} more"
    if refused.cut:
        yield "note", "the message is cut off: more permissions are missing"


def _here(refused: RefusedGrant, namespace: str, context: ExplanationContext) -> Parts:
    user, cluster = refused.user, context.cluster
    verb, resources = _FREED_BY[refused.resource]
    exempt_on = [
        resource for resource in resources if cluster.authorize(user, _request(verb, resource, namespace))
    ]
    held_rules = (grant.rule for grant in cluster.rules_for(user, namespace))
    lacking = covers(held_rules, refused.missing)
    if exempt_on:
        yield (
            "here",
            (
                f"{user.name} may {verb} {' and '.join(exempt_on)}, and may therefore write it "
                "without having its permissions"
            ),
        )
    elif lacking:
        rules = covers((), refused.missing)
        yield (
            "here",
            f"{user.name} lacks {'all' if len(lacking) == len(rules) else 'a part'} of that here too",
        )
    elif refused.missing:
        yield "here", f"{user.name} holds all of that: it would be stored"
    if not namespace and not refused.resource.startswith("cluster"):
        yield "note", "the message names no namespace: with -n, permissions in that namespace count too"


def _next(refused: RefusedGrant, namespace: str, context: ExplanationContext) -> Parts:
    name, target = refused.user.name, "the role" if refused.binds else refused.resource
    verb, resources = _FREED_BY[refused.resource]
    yield (
        "remedy",
        (f"somebody who holds all of it must write it, or {name} must first be granted what is missing"),
    )
    yield (
        "remedy",
        f"{verb} on {target} skips the check, and {name} could grant itself anything that way",
    )
    where = [("-n", namespace)] if namespace else []
    yield "next", next_step("rules", subject_word(name), options=where, source=context.source)
    for resource in resources:
        yield "next", next_step("who-can", verb, f"{resource}.{GROUP}", options=where, source=context.source)


def _what(refused: RefusedGrant) -> str:
    return f"{refused.resource.removesuffix('s')} {refused.name}"


def _request(verb: str, resource: str, namespace: str) -> Request:
    return Request(verb, group=GROUP, resource=resource, namespace=namespace)
