"""Refusals by webhooks and by ValidatingAdmissionPolicies, whose own words may have several lines.

Sources: apiserver/pkg/admission/plugin/webhook and plugin/policy/validating (1.24 and 1.37); Kyverno 1.12,
Gatekeeper 3.16.
"""

from re import MULTILINE

from rbacpsp.admission.refusals.explanations import KnownMessage
from rbacpsp.admission.refusals.form import pattern

_NEXT = (
    r"[ \t]*(?:Warning|Normal|Error|error|The|deployment|Events|[A-Z]\w*:|[IWEF]\d{4}|\d{4}-|\$)(?![\w/])"
    r"|[^\n]*(?:is forbidden:|is invalid:|denied the request|\b(?:created|configured|unchanged)$)"
)
"""A line that cannot belong to the message."""
_WORDS = rf"[^\n]+(?:\n+(?!{_NEXT})[^\n]+)" + "{0,60}"
_DENIED = r"denied the request(?: without explanation|:\s*(?P<why>" + _WORDS + "))?"


def _denied(names: str) -> str:
    return rf"admission webhook (?P<webhook>{names}) {_DENIED}"


WEBHOOKS = (
    KnownMessage(
        "kyverno",
        "Kyverno, a webhook of this cluster",
        pattern(_denied(r"[\"']?[\w.\-]*kyverno[\w.\-]*[\"']?"), MULTILINE),
        "a policy of Kyverno refused it: {why}",
        (
            (
                "the message names the policy, its rule and the field: fix the field, or look at the "
                "policy with kubectl get clusterpolicies,policies -A; rbacpsp does not read these "
                "policies, and no role can fix it"
            ),
            "to exempt one object, create a PolicyException",
        ),
    ),
    KnownMessage(
        "gatekeeper",
        "OPA Gatekeeper, a webhook of this cluster",
        pattern(_denied(r"[\"']?[\w.\-]*gatekeeper[\w.\-]*[\"']?"), MULTILINE),
        "constraints of Gatekeeper refused it: {why}",
        (
            (
                "the name of the constraint is in [ ]: kubectl get constraints lists them with what "
                "they match; rbacpsp does not read these constraints, and no role can fix it"
            ),
        ),
    ),
    KnownMessage(
        "webhook",
        "a webhook of this cluster",
        pattern(_denied("@"), MULTILINE),
        "the webhook {webhook} refused it: {why}",
        (
            (
                "the webhook's own rules decide, which rbacpsp does not read: kubectl get "
                "validatingwebhookconfigurations,mutatingwebhookconfigurations shows which service "
                "it belongs to"
            ),
        ),
    ),
    KnownMessage(
        "webhook-unreachable",
        "a webhook of this cluster",
        pattern(r"failed calling webhook (?P<webhook>@): (?P<why>[^\n]+)"),
        "the API server could not reach the webhook {webhook}: {why}",
        ("fix the service behind it; until then nothing is stored, because its failurePolicy is Fail",),
    ),
    KnownMessage(
        "validating-admission-policy",
        "a ValidatingAdmissionPolicy",
        pattern(
            r"ValidatingAdmissionPolicy (?P<policy>@) with binding (?P<binding>@) denied request: "
            rf"(?P<why>{_WORDS})"
        ),
        "ValidatingAdmissionPolicy {policy}, bound by {binding}, refused it: {why}",
        (
            (
                "its CEL expression decides, which rbacpsp does not evaluate: kubectl get "
                "validatingadmissionpolicy {policy} -o yaml"
            ),
        ),
    ),
)
