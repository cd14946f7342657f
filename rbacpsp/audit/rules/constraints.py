"""OpenShift's security context constraints: who may use them, and which ones block pods or come first."""

from collections.abc import Iterator

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.policy_facts import TAKEOVER_CAPABILITIES
from rbacpsp.audit.references import (
    ESCAPE,
    IMPAIR,
    LEAST_PRIVILEGE,
    NSA_POD_SECURITY,
    SECURITY_CONTEXT_CONSTRAINTS,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Request
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    split_service_account,
)
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.order import order_key
from rbacpsp.scc.providers import STANDARD
from rbacpsp.scc.rules import user_problem

_EVERYBODY = (ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ALL_SERVICE_ACCOUNTS)
_RESTRICTED = "restricted"
_SHIPPED = frozenset({*STANDARD, "hostmount-anyuid-v2", "nested-container", "restricted-v3"})
"""The constraints that some release of OpenShift creates by itself."""


def _constraints(view: View) -> tuple[SecurityContextConstraints, ...]:
    """All constraints as the server stores them, in its order."""
    return tuple(sorted(constraints_of(view.objects), key=order_key))


def _has_constraints(view: View) -> bool:
    return bool(view.objects.constraints)


def _grants_to_everybody(view: View) -> dict[str, str]:
    """The grants that let everybody use constraints, in words, by the name of the constraints."""
    opened = {
        constraint.name: "; ".join(dict.fromkeys(_everybody_grant_words(view, constraint)))
        for constraint in view.memo(_constraints)
    }
    return {name: through for name, through in opened.items() if through}


def _everybody_grant_words(view: View, constraint: SecurityContextConstraints) -> Iterator[str]:
    for group in _EVERYBODY:
        if group in constraint.groups:
            yield f"its groups name {group}"
    request = Request("use", group=GROUP, resource=RESOURCE, name=constraint.name)
    for access in view.authorizer.who_can_anywhere(request):
        subject = access.subject
        if subject.kind == "Group" and subject.name in _EVERYBODY:
            for grant in access.grants:
                scope_words = f" in {grant.scope}" if grant.scope else ""
                yield f"{grant.binding.kind} {grant.binding.name}{scope_words} lets the group {subject.name}"


def _dangers(constraint: SecurityContextConstraints) -> Iterator[str]:
    """The settings that the constraints admit and that let a pod take over its node."""
    if constraint.allow_privileged_container:
        yield "privileged containers"
    if constraint.allow_host_dir_volume_plugin or not {ALL, HOST_PATH}.isdisjoint(constraint.volumes or ()):
        yield "folders of the node"
    if constraint.allow_host_pid:
        yield "the processes of the node"
    granted = (*constraint.allowed_capabilities, *constraint.default_add_capabilities)
    gained = sorted({capability.removeprefix("CAP_") for capability in granted} & TAKEOVER_CAPABILITIES)
    if gained:
        yield f"capabilities that take over the node ({', '.join(gained)})"


def _lax_for_everybody(view: View, rule: Rule) -> Iterator[Finding]:
    for constraint in view.memo(_constraints):
        dangers, through = list(_dangers(constraint)), view.memo(_grants_to_everybody).get(constraint.name)
        if dangers and through:
            detail = f"It admits {', '.join(dangers)}. Everybody may use it: {through}."
            yield _constraint_finding(view, rule, constraint, detail)


def _failing(view: View, rule: Rule) -> Iterator[Finding]:
    for constraint in view.memo(_constraints):
        problem = user_problem(constraint)
        if problem:
            detail = f"{problem}: every pod outside of the exempt namespaces is refused."
            yield _constraint_finding(view, rule, constraint, detail)


def _before_standard(view: View, rule: Rule) -> Iterator[Finding]:
    for constraint in view.memo(_constraints):
        priority = constraint.priority or 0
        if constraint.name in _SHIPPED or priority <= 0:
            continue
        detail = f"Its priority is {priority}: whoever may use it gets it before the standard ones."
        through = view.memo(_grants_to_everybody).get(constraint.name)
        severity = rule.severity if through else Severity.LOW
        detail += f" That is everybody: {through}." if through else ""
        yield _constraint_finding(view, rule, constraint, detail, rule.graded(severity))


def _restricted_for_everybody(view: View, rule: Rule) -> Iterator[Finding]:
    through = view.memo(_grants_to_everybody).get(_RESTRICTED)
    for constraint in view.memo(_constraints):
        if constraint.name == _RESTRICTED and through:
            yield _constraint_finding(view, rule, constraint, f"{through[0].upper()}{through[1:]}.")


def _missing_standard(view: View, rule: Rule) -> Iterator[Finding]:
    constraints = view.memo(_constraints)
    missing = sorted(set(STANDARD) - {constraint.name for constraint in constraints})
    if missing and constraints:
        words = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: every pod is refused."
        yield _constraint_finding(view, rule, constraints[0], words)


def _missing_accounts(view: View, rule: Rule) -> Iterator[Finding]:
    for constraint in view.memo(_constraints):
        missing = [
            name
            for name in dict.fromkeys(constraint.users)
            if (account := split_service_account(name)) and view.objects.lacks_account(*account)
        ]
        if missing:
            verb = "does" if len(missing) == 1 else "do"
            yield _constraint_finding(view, rule, constraint, f"{', '.join(missing)} {verb} not exist.")


def _constraint_finding(
    view: View,
    rule: Rule,
    constraint: SecurityContextConstraints,
    detail: str,
    severity: Severity | None = None,
) -> Finding:
    """A finding about constraints, which it shows as they were read, before defaults."""
    about = view.objects.constraints[constraint.name]
    return Finding(rule, severity or rule.severity, about=about, detail=detail)


RULES = (
    Rule(
        id="RBP160",
        name="constraints-for-everybody",
        title="Everybody may use constraints that let pods take over their node",
        severity=Severity.CRITICAL,
        why="Security context constraints that everybody may use do not restrict anybody. A pod gets them "
        "through its service account or through whoever creates it, including controllers.",
        gain="Whoever creates a pod in any namespace can take over a node and everything that runs there.",
        remedy="Let only individual service accounts use them, through a RoleBinding in their namespace, and "
        "remove the group from the list or the binding.",
        references=(NSA_POD_SECURITY, SECURITY_CONTEXT_CONSTRAINTS, ESCAPE, LEAST_PRIVILEGE),
        check=_lax_for_everybody,
        applies=_has_constraints,
    ),
    Rule(
        id="RBP161",
        name="constraints-that-fail",
        title="Constraints block every new pod of the cluster",
        severity=Severity.HIGH,
        why="The server prepares all constraints before it checks who may use them. If it cannot prepare one "
        "of them, it refuses the pod, whoever creates it. It stores such constraints without an error.",
        gain="Whoever writes security context constraints can block every new pod, including replacements of "
        "failed ones.",
        remedy="Set the uid in runAsUser, or both ends of the range, as its type requires.",
        references=(SECURITY_CONTEXT_CONSTRAINTS, IMPAIR),
        check=_failing,
        applies=_has_constraints,
    ),
    Rule(
        id="RBP162",
        name="constraints-before-the-standard-ones",
        title="Custom constraints come before the standard ones",
        severity=Severity.MEDIUM,
        why="The server tries constraints with a higher priority first. Custom ones with a priority decide "
        "for everybody who may use them, including administrators, before more restrictive ones are tried.",
        gain="Pods get the defaults and the permissions of these constraints, although stricter ones would "
        "admit them.",
        remedy="Remove the priority, and let the workloads that need these constraints name them in the "
        "annotation openshift.io/required-scc.",
        references=(NSA_POD_SECURITY, SECURITY_CONTEXT_CONSTRAINTS, LEAST_PRIVILEGE),
        check=_before_standard,
        applies=_has_constraints,
    ),
    Rule(
        id="RBP163",
        name="restricted-for-everybody",
        title="Everybody may still use the older restricted constraints",
        severity=Severity.LOW,
        why="In a cluster that was installed before OpenShift 4.11, system:authenticated may still use "
        "restricted. It allows what restricted-v2 forbids: privilege escalation, most capabilities and no "
        "seccomp profile.",
        gain="A process that finds a setuid program in a container becomes root in it.",
        remedy="Remove system:authenticated from the groups of restricted, once `rbacpsp scc simulate "
        "--with` the changed object shows that no pod is refused.",
        references=(NSA_POD_SECURITY, SECURITY_CONTEXT_CONSTRAINTS, LEAST_PRIVILEGE),
        check=_restricted_for_everybody,
        applies=_has_constraints,
    ),
    Rule(
        id="RBP164",
        name="standard-constraints-missing",
        title="Standard constraints are missing",
        severity=Severity.HIGH,
        why="The server requires ten constraints by name, whether or not anybody uses them. If one of them "
        "is missing, it refuses every pod after some seconds.",
        gain="Whoever deletes a standard constraint blocks every new pod of the cluster.",
        remedy="Create it again as your OpenShift release defines it.",
        references=(SECURITY_CONTEXT_CONSTRAINTS, IMPAIR),
        check=_missing_standard,
        applies=_has_constraints,
    ),
    Rule(
        id="RBP165",
        name="constraints-for-nobody",
        title="Constraints list service accounts that do not exist",
        severity=Severity.LOW,
        why="The lists of constraints hold the names of accounts as text. A service account that is created "
        "later with such a name may use the constraints at once.",
        gain="Whoever creates a service account of that name in its namespace runs pods under these "
        "constraints.",
        remedy="Remove the names from the list.",
        references=(SECURITY_CONTEXT_CONSTRAINTS, LEAST_PRIVILEGE),
        check=_missing_accounts,
        applies=_has_constraints,
    ),
)
