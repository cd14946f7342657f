"""`migrate psp`: security context constraints as PodSecurityPolicies, with every gap.

Constraints that read ranges from the pod's namespace (users, groups, SELinux levels) become one policy for
each namespace, which may be used only there.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from rbacpsp.migration.access import PolicyHolder, Scope
from rbacpsp.migration.gap import EVERY_POLICY, Gap, GapKind, Workload
from rbacpsp.migration.grants import EVERYONE, role_and_bindings
from rbacpsp.migration.labels import object_metadata
from rbacpsp.migration.psp.policies import OPEN, differences, policy_annotations, policy_spec
from rbacpsp.migration.task import Options
from rbacpsp.migration.workloads import AffectedWorkloads
from rbacpsp.model import Objects, Request, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import split_service_account
from rbacpsp.model.scc import GROUP, RESOURCE, RunAsUserStrategy, SecurityContextConstraints
from rbacpsp.psp.strategies import seccomp
from rbacpsp.rbac import Authorizer
from rbacpsp.scc import SCCAdmitter
from rbacpsp.scc.ignored import exempt
from rbacpsp.scc.rules import GROUPS as GROUPS_ANNOTATION
from rbacpsp.scc.rules import MCS, UID_RANGE, ProviderError, SCCRules, rules_of
from rbacpsp.simulate import Simulation

ENGINE = "psp"
SCOPE: Scope = "namespaces"
_NOT_JUDGED = "000-not-judged"
_EVERY_PROFILE = {seccomp.ALLOWED_KEY: "*"}


class Constrained(Protocol):
    """The attributes of `rbacpsp.Cluster` that the reverse migration needs."""

    @property
    def objects(self) -> Objects:
        """The loaded objects."""

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer of these objects."""

    @property
    def scc(self) -> SCCAdmitter:
        """Its constraints."""

    def scc_simulate(self) -> Simulation:
        """Simulate the admission of its workloads."""


class PolicyOutput(NamedTuple):
    """The policies for constraints, with the gaps."""

    objects: tuple[JSONObject, ...]
    gaps: tuple[Gap, ...]
    passed_over: tuple[str, ...]
    """One sentence for each constraint that cannot be used in a namespace, with the reason."""


class _Policy(NamedTuple):
    """A policy for constraints: everywhere, or in one namespace."""

    namespace: str
    rules: SCCRules


def policies_of(cluster: Constrained, options: Options) -> PolicyOutput:
    """The constraints of a cluster as policies.

    Raises:
        ValueError: There are no constraints, or policies do not support an option.
    """
    constraints = cluster.scc.constraints
    if not constraints:
        raise ValueError("there are no security context constraints to migrate")
    if options.scope not in {None, SCOPE}:
        raise ValueError(
            f"PodSecurityPolicy does not support the scope {options.scope}; known scopes: {SCOPE}"
        )
    if options.actions != ("Deny",) or options.excluded_namespaces:
        raise ValueError("PodSecurityPolicy refuses what it does not admit, in every namespace")
    checked_namespaces = {
        name: namespace.metadata.annotations
        for name, namespace in sorted(cluster.objects.namespaces.items())
        if not exempt(name, namespace.metadata.labels)
        and {UID_RANGE, MCS} <= namespace.metadata.annotations.keys()
    }
    problems: list[str] = []
    gaps = tuple(sorted(_gaps(cluster, constraints, checked_namespaces)))
    objects: list[JSONObject] = [*_exempt_namespaces_policy(cluster.objects)]
    annotated_gaps = gaps
    for number, constraint in enumerate(constraints, 1):
        holders = tuple(_holders(cluster.authorizer, constraint))
        for policy in _policies(constraint, checked_namespaces, holders, problems):
            name = f"{number:03}-{constraint.name}{policy.namespace and f'.{policy.namespace}'}"
            objects += _objects(name, policy, holders, annotated_gaps)
            annotated_gaps = ()  # the first policy alone names the gaps
    return PolicyOutput(tuple(objects), gaps, tuple(problems))


def _objects(
    name: str, policy: _Policy, holders: tuple[PolicyHolder, ...], gaps: tuple[Gap, ...]
) -> Iterator[JSONObject]:
    metadata = object_metadata(name, [policy.rules.name], gaps)
    metadata["annotations"] |= policy_annotations(policy.rules)
    yield _policy(metadata, policy_spec(policy.rules))
    namespace = policy.namespace
    if namespace:
        namespace_holders = {
            PolicyHolder(namespace, holder.subject)
            for holder in holders
            if holder.namespace in {"", namespace}
        }
        holders = tuple(sorted(namespace_holders))
    yield from role_and_bindings(f"psp:{name}", _use(name), holders)


def _policy(metadata: JSONObject, spec: JSONObject) -> JSONObject:
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": metadata, "spec": spec}


def _use(name: str) -> JSONObject:
    resources = ["podsecuritypolicies"]
    return {"apiGroups": [GROUPS[0]], "resources": resources, "resourceNames": [name], "verbs": ["use"]}


def _exempt_namespaces_policy(objects: Objects) -> Iterator[JSONObject]:
    """A policy that allows everything, for everybody in the namespaces that are exempt from constraints."""
    names = [
        name
        for name, namespace in sorted(objects.namespaces.items())
        if exempt(name, namespace.metadata.labels)
    ]
    if names:
        metadata = object_metadata(_NOT_JUDGED, [], ())
        metadata["annotations"] = dict(_EVERY_PROFILE)
        yield _policy(metadata, OPEN)
        holders = [PolicyHolder(name, holder.subject) for name in names for holder in EVERYONE]
        yield from role_and_bindings(f"psp:{_NOT_JUDGED}", _use(_NOT_JUDGED), holders)


def _policies(
    constraint: SecurityContextConstraints,
    namespaces: Mapping[str, Mapping[str, str]],
    holders: tuple[PolicyHolder, ...],
    problems: list[str],
) -> Iterator[_Policy]:
    if not namespaces or not takes_from_namespace(constraint):
        try:
            yield _Policy("", rules_of(_closed(constraint), "", {}))
        except ProviderError as error:
            problems.append(str(error))
        return
    for name, annotations in namespaces.items():
        if any(holder.namespace in {"", name} for holder in holders):
            try:
                yield _Policy(name, rules_of(constraint, name, annotations))
            except ProviderError as error:
                problems.append(str(error))


def takes_from_namespace(constraint: SecurityContextConstraints) -> bool:
    """Whether constraints leave users, groups or a level to the namespace."""
    return _closed(constraint) is not constraint


def _closed(constraint: SecurityContextConstraints) -> SecurityContextConstraints:
    """The constraints without ranges of a namespace: these fields allow every value except the user root."""
    changes: JSONObject = {}
    user, labels = constraint.run_as_user, constraint.se_linux_context
    if user.type == "MustRunAsRange" and user.uid_range_min is None and user.uid_range_max is None:
        changes["run_as_user"] = RunAsUserStrategy("MustRunAsNonRoot")
    if labels.type == "MustRunAs" and not (labels.se_linux_options and labels.se_linux_options.level):
        changes["se_linux_context"] = replace(labels, type="RunAsAny")
    for field in ("fs_group", "supplemental_groups"):
        strategy = getattr(constraint, field)
        if strategy.type == "MustRunAs" and not strategy.ranges:
            changes[field] = replace(strategy, type="RunAsAny")
    return replace(constraint, **changes) if changes else constraint


def _holders(authorizer: Authorizer, constraint: SecurityContextConstraints) -> Iterator[PolicyHolder]:
    """Who may use constraints, by RBAC or by their lists of users and groups.

    A subject that may use them in every namespace is listed once.
    """
    request = Request("use", group=GROUP, resource=RESOURCE, name=constraint.name)
    holders = {
        PolicyHolder(grant.scope, access.subject)
        for access in authorizer.who_can_anywhere(request)
        for grant in access.grants
    }
    for name in constraint.users:
        account = split_service_account(name)
        subject = Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", name)
        holders.add(PolicyHolder("", subject))
    holders |= {PolicyHolder("", Subject("Group", name)) for name in constraint.groups}
    everywhere = {holder.subject for holder in holders if not holder.namespace}
    return iter(
        sorted(holder for holder in holders if not holder.namespace or holder.subject not in everywhere)
    )


_EVERYWHERE: tuple[tuple[GapKind, str, str], ...] = (
    ("weaker", "ephemeralContainers", "containers that are added to a running pod are not judged"),
    ("weaker", "pods/exec", "commands in a running pod are not limited to what their user may run"),
    ("weaker", "openshift.io/required-scc", "the annotation that requires constraints has no effect"),
    (
        "stricter",
        "openshift.io/required-scc",
        "the annotation has no effect: the first policy that admits the pod is used",
    ),
    ("stricter", "spec.os.name", "pods with spec.os.name windows are judged"),
    (
        "mutation lost",
        "runAsUser",
        (
            "runAsNonRoot is not set in containers that run as another user than root, which does not"
            " change how they run"
        ),
    ),
    (
        "scope lost",
        "metadata.name",
        (
            "the generated policies contain who may use which constraints, and the ranges of the namespaces, "
            "as they are now: generate them again when roles, bindings, lists or namespaces change"
        ),
    ),
    (
        "weaker",
        "metadata.namespace",
        (
            "constraints refuse every pod of a namespace if one of them cannot be prepared there, or if its "
            "annotations are missing"
        ),
    ),
    (
        "weaker",
        "metadata.name",
        "members of system:masters, and whoever may use every policy, may use those of other namespaces, too",
    ),
    (
        "order lost",
        "metadata.name",
        (
            "members of system:masters, and whoever may use every policy, get what policies of other"
            " namespaces fill in, or nothing"
        ),
    ),
)


def _gaps(
    cluster: Constrained,
    constraints: tuple[SecurityContextConstraints, ...],
    namespaces: Mapping[str, Mapping[str, str]],
) -> Iterator[Gap]:
    workloads = AffectedWorkloads(cluster.objects, cluster.scc_simulate)
    for kind, field, detail in _EVERYWHERE:
        yield Gap(EVERY_POLICY, field, kind, detail)
    for constraint in constraints:
        admitted = partial(workloads.admitted_by, constraint.name)
        refused = partial(workloads.where, lambda row: row.refused)
        for difference in differences(constraint):
            find: Callable[[], tuple[Workload, ...]] = refused if difference.kind == "weaker" else admitted
            yield Gap(constraint.name, difference.field, difference.kind, difference.detail, find)
        if not namespaces:
            yield from _opened(constraint, admitted)
        if len(constraints) > 1:
            yield Gap(
                constraint.name,
                "priority",
                "order lost",
                "another policy may come first: one that admits the pod unchanged, whatever the order, or "
                "one that restricts less than its constraints",
                admitted,
            )


def _opened(
    constraint: SecurityContextConstraints, find: Callable[[], tuple[Workload, ...]]
) -> Iterator[Gap]:
    """The gaps of constraints whose ranges no namespace defines."""
    closed = _closed(constraint)
    for field, attribute, annotation in (
        ("runAsUser", "run_as_user", UID_RANGE),
        ("seLinuxContext", "se_linux_context", MCS),
        ("fsGroup", "fs_group", GROUPS_ANNOTATION),
        ("supplementalGroups", "supplemental_groups", GROUPS_ANNOTATION),
    ):
        if getattr(closed, attribute) != getattr(constraint, attribute):
            reason = f"no namespace was read with the annotation {annotation}, from which it is taken"
            yield Gap(constraint.name, field, "weaker", f"{reason}: any value is allowed", find)
            yield Gap(constraint.name, field, "mutation lost", f"{reason}: nothing is filled in", find)
