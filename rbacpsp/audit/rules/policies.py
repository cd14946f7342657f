"""PodSecurityPolicies: who may use and write them, and which of them never take effect."""

from collections.abc import Iterator

from rbacpsp.audit.finding import Evidence, Finding, RuleMatch
from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.policy_facts import RESOURCE, USE, PolicyUseGrant, PolicyUseGrants, changes, node_takeover
from rbacpsp.audit.references import (
    CIS_PRIVILEGED,
    CIS_WILDCARDS,
    ESCAPE,
    IMPAIR,
    LEAST_PRIVILEGE,
    NSA_POD_SECURITY,
    POLICIES,
)
from rbacpsp.audit.rule import Rule, Wildcard
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import PodSecurityPolicy, Subject
from rbacpsp.model.psp import GROUPS
from rbacpsp.psp.compare import Relation, compare

_CONTROLLERS = "kube-system"


def _has_policies(view: View) -> bool:
    return bool(view.objects.policies)


def _stands_for_many(subject: Subject) -> bool:
    """Whether a subject is a group, a controller, or the account that pods get by default."""
    if subject.kind == "Group":
        return subject.name != "system:nodes"
    return subject.kind == "ServiceAccount" and (
        (subject.namespace == _CONTROLLERS and subject.name.endswith("-controller"))
        or subject.name == "default"
    )


def _lax_for_many(view: View, rule: Rule) -> Iterator[Finding]:
    uses = view.memo(PolicyUseGrants)
    for policy in view.objects.policies.values():
        dangers = node_takeover(policy)
        if not dangers:
            continue
        by_holder: dict[tuple[Subject, str], list[PolicyUseGrant]] = {}
        for use in uses.of(policy.name):
            if not use.by_wildcard and _stands_for_many(use.subject):
                by_holder.setdefault((use.subject, use.scope), []).append(use)
        for (subject, scope), uses_of_holder in by_holder.items():
            yield Finding(
                rule,
                rule.severity,
                subject,
                scope,
                tuple(
                    Evidence(
                        use.binding, use.role.role, (RuleMatch(use.rule_index, use.match),), use.role.computed
                    )
                    for use in uses_of_holder
                ),
                about=policy,
                detail=f"It admits {', '.join(dangers)}.",
            )


def _policies_by_name(view: View) -> list[PodSecurityPolicy]:
    return sorted(view.objects.policies.values(), key=lambda policy: policy.name)


def _relation(view: View, first: PodSecurityPolicy, second: PodSecurityPolicy) -> Relation:
    """How two policies compare; each pair is compared once."""
    known = view.lasting(_relations)
    relation = known.get((first.name, second.name))
    if relation is None:
        relation = known[first.name, second.name] = compare(first, second)
    return relation


def _relations(_: View) -> dict[tuple[str, str], Relation]:
    return {}


def _admits_all_of(view: View, lax: PodSecurityPolicy, strict: PodSecurityPolicy) -> bool:
    return _relation(view, strict, lax) in {Relation.STRICTER, Relation.EQUAL}


def _users_within(uses: PolicyUseGrants, one: str, other: str) -> bool:
    """Whether every subject that may use one policy may use the other in the same scope."""
    held = uses.holders(other)
    return all((subject, scope) in held or (subject, "") in held for subject, scope in uses.holders(one))


def _dominated_policies(view: View, rule: Rule) -> Iterator[Finding]:
    uses = view.memo(PolicyUseGrants)
    policies = _policies_by_name(view)
    for policy in policies:
        if all(use.by_wildcard for use in uses.of(policy.name)):
            continue
        for other in policies:
            if (
                other is not policy
                and _admits_all_of(view, other, policy)
                and _users_within(uses, policy.name, other.name)
                and not _never_wins(policy, other)
                and not (other.name > policy.name and _relation(view, policy, other) is Relation.EQUAL)
            ):
                text = f"Whoever may use it may also use {other.name}, which admits every pod that it admits."
                yield Finding(rule, rule.severity, about=policy, detail=text)
                break


def _never_wins(policy: PodSecurityPolicy, other: PodSecurityPolicy) -> bool:
    """Whether the server always prefers the other policy, provided that it admits as much."""
    return not changes(other) and (bool(changes(policy)) or other.name < policy.name)


def _unused_policies(view: View, rule: Rule) -> Iterator[Finding]:
    uses = view.memo(PolicyUseGrants)
    for policy in _policies_by_name(view):
        holders = uses.of(policy.name)
        if all(use.by_wildcard for use in holders):
            text = (
                "Only subjects with a `*` in their rules may use it."
                if holders
                else "Nobody but system:masters may use it."
            )
            yield Finding(rule, rule.severity, about=policy, detail=text)


def _unreachable_policies(view: View, rule: Rule) -> Iterator[Finding]:
    uses = view.memo(PolicyUseGrants)
    policies = _policies_by_name(view)
    for policy in policies:
        if all(use.by_wildcard for use in uses.of(policy.name)):
            continue
        for other in policies:
            if (
                other is not policy
                and _never_wins(policy, other)
                and _admits_all_of(view, other, policy)
                and _users_within(uses, policy.name, other.name)
            ):
                text = (
                    f"Whoever may use it may also use {other.name}, which admits every pod that it "
                    "admits and changes nothing, so that one is chosen first."
                )
                yield Finding(rule, rule.severity, about=policy, detail=text)
                break


def _out_of_order(view: View, rule: Rule) -> Iterator[Finding]:
    uses = view.memo(PolicyUseGrants)
    policies = _policies_by_name(view)
    for position, later in enumerate(policies):
        if changes(later):
            continue
        passed = [
            earlier.name
            for earlier in policies[:position]
            if changes(earlier) and _share_users(uses, earlier.name, later.name)
        ]
        if passed:
            text = f"It changes nothing, so it is chosen before {', '.join(passed)} for pods that both admit."
            yield Finding(rule, rule.severity, about=later, detail=text)


def _share_users(uses: PolicyUseGrants, one: str, other: str) -> bool:
    first, second = uses.holders(one), uses.holders(other)
    return any(
        subject == other_subject and (scope == other_scope or not scope or not other_scope)
        for subject, scope in first
        for other_subject, other_scope in second
    )


RULES = (
    Rule(
        id="RBP100",
        name="use-every-policy",
        title="Uses every pod security policy",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="The verb use without resourceNames covers every policy, including the most privileged one and "
        "all future ones. The server checks the verb in the namespace of the pod, so a RoleBinding can grant "
        "it there.",
        gain="Runs pods under the laxest policy of the cluster.",
        remedy="Name the intended policies in resourceNames.",
        references=(NSA_POD_SECURITY, POLICIES, LEAST_PRIVILEGE, ESCAPE),
        permissions=USE,
        wildcard=Wildcard.EXCLUDED,
        applies=_has_policies,
    ),
    Rule(
        id="RBP101",
        name="use-by-wildcard",
        title="Uses every pod security policy by a wildcard",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="The rule does not grant the use of policies on purpose: a `*` among its verbs, groups or "
        "resources includes it. This is the usual reason why a pod runs under a privileged policy that was "
        "not meant for it.",
        gain="Runs pods under the laxest policy of the cluster.",
        remedy="Replace the `*`, or accept that these subjects may use every policy.",
        references=(POLICIES, CIS_WILDCARDS, NSA_POD_SECURITY, LEAST_PRIVILEGE),
        permissions=USE,
        wildcard=Wildcard.DEMANDED,
        applies=_has_policies,
    ),
    Rule(
        id="RBP102",
        name="write-policies",
        title="Writes pod security policies",
        severity=Severity.CRITICAL,
        named=Severity.HIGH,
        why="Whoever changes a policy decides what the pods of all its users may do. Whoever creates a "
        "policy also needs permission to use it.",
        gain="Privileged pods for everybody who may use the policy, and through them the nodes.",
        remedy="Leave podsecuritypolicies to the operators of the cluster.",
        references=(POLICIES, CIS_PRIVILEGED, NSA_POD_SECURITY, IMPAIR, ESCAPE),
        permissions=tuple(
            Permission(("create", *CHANGE, "delete", "deletecollection"), RESOURCE, group, namespaced=False)
            for group in GROUPS
        ),
        applies=_has_policies,
    ),
    Rule(
        id="RBP103",
        name="lax-policy-for-many",
        title="Many may use a policy that lets pods take over their node",
        severity=Severity.HIGH,
        why="A whole group, a controller or a default service account may use a policy that admits pods "
        "which become root on their node. A controller creates pods for everybody who may create its "
        "workloads.",
        gain="Root on the nodes, for every member of the group or every author of a workload.",
        remedy="Grant the use of the policy only to the service accounts that need it, in their namespaces.",
        references=(POLICIES, CIS_PRIVILEGED, NSA_POD_SECURITY, ESCAPE),
        check=_lax_for_many,
        applies=_has_policies,
    ),
    Rule(
        id="RBP104",
        name="dominated-policy",
        title="Another policy admits all that this one admits",
        severity=Severity.LOW,
        why="If everybody who may use a policy may also use a laxer one, it restricts nobody: it can only "
        "change pods that are admitted anyway.",
        gain="Nothing by itself; the intended restriction does not exist.",
        remedy="Remove the use of the laxer policy from the subjects that should be restricted.",
        references=(POLICIES, LEAST_PRIVILEGE),
        check=_dominated_policies,
        applies=_has_policies,
    ),
    Rule(
        id="RBP105",
        name="unused-policy",
        title="Nobody was granted the use of this policy",
        severity=Severity.INFO,
        why="A policy without users decides nothing, except for those who hold every permission.",
        gain="Nothing by itself.",
        remedy="Grant its use to the intended subjects, or delete it.",
        references=(POLICIES,),
        check=_unused_policies,
        applies=_has_policies,
    ),
    Rule(
        id="RBP106",
        name="unreachable-policy",
        title="This policy is never chosen",
        severity=Severity.LOW,
        why="The server chooses a policy that admits a pod unchanged before every policy that changes the "
        "pod. Among policies that change it, the first by name is chosen.",
        gain="Nothing by itself; the defaults of the policy are never applied.",
        remedy="Rename it so that it comes first, or remove the use of the other policy from its users.",
        references=(POLICIES,),
        check=_unreachable_policies,
        applies=_has_policies,
    ),
    Rule(
        id="RBP107",
        name="policy-out-of-order",
        title="This policy is chosen before others that come first by name",
        severity=Severity.LOW,
        why="The order of names matters only among policies that would change the pod. A policy that changes "
        "nothing is chosen before all of these, whatever its name is.",
        gain="Nothing by itself; pods run under a laxer policy than the names suggest.",
        remedy="Do not rely on names: let each subject use one policy.",
        references=(POLICIES,),
        check=_out_of_order,
        applies=_has_policies,
    ),
)
