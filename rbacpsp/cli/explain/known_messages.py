"""Explains refusals that a `KnownMessage` recognizes, with what the cluster shows about them."""

from difflib import get_close_matches

from rbacpsp.admission.refusals.explanations import ExplainedRefusal
from rbacpsp.cli.explain.access import subject_word
from rbacpsp.cli.explain.context import ExplanationContext, Parts, title
from rbacpsp.cli.next_step import next_step
from rbacpsp.model import Subject
from rbacpsp.pods.templates import pods_of
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.levels import LEVELS
from rbacpsp.rbac.near import near_accounts


def explain(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    """What such a refusal means, and what to run next."""
    values = {
        "nearest": _nearest(refused),
        "lower": refused.values.get("kind", "").lower(),
        "part": "approval" if refused.values.get("verb") == "approve" else "status",
        "domain": refused.values.get("signer", "").partition("/")[0],
    }
    filled = {**values, **refused.values}
    yield "it says", " ".join(refused.known_message.says.format_map(filled).split()).removesuffix(":").strip()
    yield "whose", refused.known_message.whose
    yield from _of_cluster(refused, context)
    for remedy in refused.known_message.remedies:
        yield "remedy", remedy.format_map(filled)
    yield from _next(refused, context)


def _nearest(refused: ExplainedRefusal) -> str:
    value = refused.values.get("value", "")
    if refused.values.get("label", "").endswith("-version"):
        return "latest"
    matches = get_close_matches(value, LEVELS, n=1, cutoff=0.5)
    return (
        matches[0]
        if matches
        else next((level for level in LEVELS if level.startswith(value[:1])), "baseline")
    )


def _of_cluster(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    match refused.known_message.id:
        case "role-ref-changed":
            yield from _bound_now(refused, context)
        case "escalation-of-a-privileged-container":
            yield from _set_by_policy(refused, context)
        case "account-missing":
            account = Subject("ServiceAccount", refused.values["account"], refused.values["namespace"])
            for near in near_accounts(context.cluster.objects, account):
                yield "near", near
        case "pod-security-label":
            namespace = context.cluster.objects.namespaces.get(refused.values["name"])
            label_value = namespace.metadata.labels.get(refused.values["label"]) if namespace else None
            if label_value:
                yield "here", f"the namespace has {refused.values['label']}={label_value} here"
    yield from _demanding(refused, context)


def _bound_now(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    name = refused.values["name"]
    objects = context.cluster.objects
    bindings = (
        [objects.cluster_role_bindings[name]]
        if refused.values["kind"] == "ClusterRoleBinding" and name in objects.cluster_role_bindings
        else [
            binding
            for (namespace, binding_name), binding in objects.role_bindings.items()
            if binding_name == name
            and refused.values["kind"] == "RoleBinding"
            and context.namespace in {None, namespace}
        ]
    )
    for binding in bindings:
        where = f" in namespace {binding.namespace}" if binding.namespace else ""
        ref = binding.role_ref
        yield "here", f"{binding.kind} {name}{where} refers to {ref.kind} {ref.name}"


def _set_by_policy(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    """The policy whose default makes the pod invalid."""
    cluster = context.cluster
    makers = context.makers(refused.values["name"])
    if not makers or not cluster.objects.policies:
        return
    maker = makers[0]
    yield "made by", title(maker)
    made = pods_of(maker.body, cluster.policy_version, cluster.catalog.controllers)[0]
    admission = cluster.admit(
        made.pod, user=made.creator or context.user, namespace=context.namespace or maker.namespace or None
    )
    setting = [
        name
        for name, policy in cluster.objects.policies.items()
        if policy.spec.allow_privilege_escalation is False
        or policy.spec.default_allow_privilege_escalation is False
    ]
    if admission.invalid_by:
        yield "here", f"{admission.invalid_by} admits its pod and makes it invalid: {admission.message}"
    elif admission.policy:
        yield "here", f"in the loaded cluster, {admission.policy} admits its pod"
    if setting:
        yield "policies", f"{', '.join(sorted(setting))} set allowPrivilegeEscalation to false by default"


def _demanding(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    """The policies and labels of this cluster that require what the kubelet cannot do."""
    objects = context.cluster.objects
    if "runAsNonRoot" in refused.known_message.checks:
        names = sorted(
            name
            for name, policy in objects.policies.items()
            if policy.spec.run_as_user.rule == "MustRunAsNonRoot"
        )
        if names:
            yield "policies", f"{', '.join(names)} set runAsNonRoot: true on pods that name no user"
        namespaces = sorted(
            name
            for name, namespace in objects.namespaces.items()
            if namespace.metadata.labels.get(f"{LABEL_PREFIX}enforce") == "restricted"
        )
        if namespaces:
            yield "labels", f"restricted is enforced in {', '.join(namespaces[:5])}"


def _next(refused: ExplainedRefusal, context: ExplanationContext) -> Parts:
    values, source = refused.values, context.source
    match refused.known_message.id:
        case "signer" | "attest":
            verb = values.get("verb") or "attest"
            target = f"signers.certificates.k8s.io/{values['signer']}"
            yield "next", next_step("who-can", verb, target, source=source)
        case "policy-not-served" | "policy-type-unknown":
            yield "next", next_step("psa suggest", source=source)
        case "account-missing":
            account = f"ServiceAccount/{values['namespace']}:{values['account']}"
            yield "next", next_step("lookup", account, source=source)
        case "role-ref-changed":
            yield "next", next_step("describe", values["kind"].lower(), values["name"], source=source)
    if context.user is not None and refused.known_message.id == "unauthorized":
        yield "next", next_step("lookup", subject_word(context.user.name), source=source)
