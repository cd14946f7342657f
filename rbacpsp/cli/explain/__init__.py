"""Explains refusals of the server: one module for each kind of refusal."""

from rbacpsp.admission.refusals import PastedRefusal
from rbacpsp.admission.refusals.access import AccessRefusal
from rbacpsp.admission.refusals.constraints import ConstraintRefusal
from rbacpsp.admission.refusals.explanations import ExplainedRefusal
from rbacpsp.admission.refusals.grants import RefusedGrant
from rbacpsp.admission.refusals.pod_security import NamespaceWarning, PodSecurityRefusal
from rbacpsp.admission.refusals.policies import PolicyRefusal
from rbacpsp.cli.explain import access, constraints, grants, known_messages, pod_security, policies
from rbacpsp.cli.explain.context import ExplanationContext, Part, Parts

__all__ = ["ExplanationContext", "Part", "explained"]


def explain_refusal(refusal: PastedRefusal, context: ExplanationContext) -> tuple[Part, ...]:
    """The lines of an explanation: what a refusal means for a cluster, and what to run next."""
    return tuple(_parts(refusal, context))


def _parts(refusal: PastedRefusal, context: ExplanationContext) -> Parts:
    match refusal:
        case AccessRefusal():
            return access.explain(refusal, context)
        case RefusedGrant():
            return grants.explain(refusal, context)
        case ConstraintRefusal():
            return constraints.explain(refusal, context)
        case PolicyRefusal():
            return policies.explain(refusal, context)
        case PodSecurityRefusal():
            return pod_security.explain(refusal, context)
        case NamespaceWarning():
            return pod_security.explain_namespace(refusal, context)
        case ExplainedRefusal():
            return known_messages.explain(refusal, context)
        case _:
            raise TypeError(f"{type(refusal).__name__} has no explanation")
