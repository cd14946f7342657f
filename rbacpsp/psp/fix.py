"""Finds the smallest grant with which a refused pod is admitted.

The strictest policy that would admit the pod is chosen (several if none is stricter than another) and granted
to the pod's service account, in the pod's namespace only. A grant to a controller or a person would work too,
but would apply to every pod that they create.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from rbacpsp.catalog.controllers import POD_CREATORS
from rbacpsp.model import ObjectMeta, Objects, PodSecurityPolicy, Request, RoleBinding, Subject, User, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.origin import Document
from rbacpsp.model.psp import GROUPS, IDStrategy, PodSecurityPolicySpec, SELinuxStrategy
from rbacpsp.model.rbac import GROUP, PolicyRule, Role
from rbacpsp.model.request import AdmissionRequest, split_service_account
from rbacpsp.pods.service_account import is_mirror
from rbacpsp.psp.admission import Admission, Admitter
from rbacpsp.psp.compare import Relation, by_strictness, compare, compare_fields
from rbacpsp.psp.strategies.seccomp import ALLOWED_KEY
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.mending import free_name

_ANY = IDStrategy(rule="RunAsAny")
RESTRICTED = PodSecurityPolicy(
    metadata=ObjectMeta(annotations={ALLOWED_KEY: "runtime/default"}),
    spec=PodSecurityPolicySpec(
        allow_privilege_escalation=False,
        required_drop_capabilities=("ALL",),
        volumes=(
            *("configMap", "csi", "downwardAPI", "emptyDir"),
            *("ephemeral", "persistentVolumeClaim", "projected", "secret"),
        ),
        run_as_user=IDStrategy(rule="MustRunAsNonRoot"),
        se_linux=SELinuxStrategy(rule="RunAsAny"),
        supplemental_groups=_ANY,
        fs_group=_ANY,
    ),
)
"""The settings that the documentation's restricted policy allows; all others are reported."""

_MOST_NAMES = 10
"""How many subjects a sentence lists."""


@dataclass(frozen=True, slots=True)
class PSPFix:
    """A Role and a RoleBinding with which a pod is admitted, and the other access that they grant."""

    policy: PodSecurityPolicy
    account: Subject
    """The pod's service account, to which the policy is granted."""
    role: JSONObject
    role_binding: JSONObject
    admission: Admission
    """The answer that the server would give with the grant."""
    opens: tuple[str, ...]
    """The other effects of the grant, one sentence each."""


@dataclass(frozen=True, slots=True)
class PSPFixer:
    """Finds the smallest grants in one cluster."""

    objects: Objects
    authorizer: Authorizer
    """The authorizer of these objects."""
    version: Version
    """The server imitated."""

    def fixes(
        self,
        pod: JSONObject,
        refused: Admission,
        *,
        user: User | None,
        namespace: str,
        operation: str = "CREATE",
    ) -> tuple[PSPFix, ...]:
        """The smallest grants with which a refused pod would be admitted; none if no policy would admit it.

        Each is tested: the pod is judged again with the grant in place.

        Args:
            pod: The pod as submitted.
            refused: The answer to it.
            user: Who submits it.
            namespace: Where.
            operation: `UPDATE` for a stored pod: a policy may then fill in nothing.
        """
        request = AdmissionRequest(user=user, namespace=namespace, operation=operation)
        account = _account(pod, refused, namespace)
        if account is None or refused.allowed:
            return ()
        admitting = [
            self.objects.policies[name]
            for name, considered in refused.considered.items()
            if considered.verdict in ({"unchanged"} if operation == "UPDATE" else {"changed", "unchanged"})
        ]
        fixes: list[PSPFix] = []
        for policy in by_strictness(admitting):
            if all(compare(fix.policy, policy) is not Relation.STRICTER for fix in fixes):
                fix = self._proved(policy, account, pod, request)
                fixes += [fix] if fix else []
        return _distinct(fixes)

    def _proved(
        self,
        policy: PodSecurityPolicy,
        account: Subject,
        pod: JSONObject,
        request: AdmissionRequest,
    ) -> PSPFix | None:
        role, binding = grant(policy.name, account.name, account.namespace, self.objects)
        admission = self._admitted_with(role, binding, pod, request)
        if not admission.allowed:
            return None
        opens = tuple(_consequences(policy, account, self.authorizer))
        return PSPFix(policy, account, role, binding, admission, opens)

    def _admitted_with(
        self, role: JSONObject, binding: JSONObject, pod: JSONObject, request: AdmissionRequest
    ) -> Admission:
        added = Objects()
        document = Document("the proposed grant")
        added.add(msgspec.convert(role, Role), document)
        added.add(msgspec.convert(binding, RoleBinding), document)
        after = self.objects.changed(added)
        return Admitter(after, Authorizer(after), self.version).admit(pod, request)


def _account(pod: JSONObject, refused: Admission, namespace: str) -> Subject | None:
    """The pod's service account; None for a mirror pod, which has none, and for an invalid name."""
    first = refused.asked[0] if refused.asked else User("")
    name = split_service_account(first.name)
    if name is None or name[0] != namespace or is_mirror(pod):
        return None
    return Subject("ServiceAccount", name[1], namespace)


def _distinct(fixes: Iterable[PSPFix]) -> tuple[PSPFix, ...]:
    """One of several equally strict fixes, preferably one that leaves the pod unchanged."""
    different: list[PSPFix] = []
    for fix in sorted(fixes, key=lambda fix: (_changes(fix), fix.policy.name)):
        if not any(compare(fix.policy, other.policy) is Relation.EQUAL for other in different):
            different.append(fix)
    return tuple(sorted(different, key=lambda fix: (len(_laxer_fields(fix.policy)), fix.policy.name)))


def _changes(fix: PSPFix) -> bool:
    return fix.admission.considered[fix.policy.name].verdict == "changed"


def _laxer_fields(policy: PodSecurityPolicy) -> list[str]:
    """The settings that a policy allows and the documentation's restricted policy does not."""
    return [
        f"{row.field}: {row.first}"
        for row in compare_fields(policy, RESTRICTED)
        if row.relation in {Relation.LAXER, Relation.INCOMPARABLE}
    ]


def grant(policy: str, account: str, namespace: str, objects: Objects) -> tuple[JSONObject, JSONObject]:
    """A Role that lets its holders use one policy, and a RoleBinding of it to a service account.

    If another object of the namespace has the name, a number is appended; an existing Role with exactly this
    rule is used.
    """
    rule = {
        "apiGroups": [GROUPS[0]],
        "resources": ["podsecuritypolicies"],
        "resourceNames": [policy],
        "verbs": ["use"],
    }
    same = (msgspec.convert(rule, PolicyRule),)
    names = {
        name
        for (role_namespace, name), role in objects.roles.items()
        if role_namespace == namespace and role.rules != same
    }
    role = free_name(f"psp:{policy}", names)
    binding = free_name(
        f"psp:{policy}:{account}",
        {name for binding_namespace, name in objects.role_bindings if binding_namespace == namespace},
    )
    return (
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Role",
            "metadata": {"name": role, "namespace": namespace},
            "rules": [rule],
        },
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": binding, "namespace": namespace},
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        },
    )


def _consequences(policy: PodSecurityPolicy, account: Subject, authorizer: Authorizer) -> Iterator[str]:
    name, namespace = account.name, account.namespace
    if beyond := _laxer_fields(policy):
        yield f"{policy.name} allows more than a restricted policy does: {'; '.join(beyond)}"
    yield f"every pod in {namespace} that runs as {name} may then use {policy.name}"
    if name == "default":
        yield f"pods that name no service account run as {name}: give the workload an account of its own"
    creators = {
        access.subject
        for group, resource in POD_CREATORS
        for access in authorizer.who_can(
            Request("create", group=group, resource=resource, namespace=namespace)
        ).expand()
        if access.grants and not access.controls
    }
    if creators:
        names = ", ".join(map(_subject_words, sorted(creators)[:_MOST_NAMES]))
        more = len(creators) - _MOST_NAMES
        names += f" and {more} more" if more > 0 else ""
        yield f"whoever may create pods or workloads in {namespace} can run them as {name}: {names}"


def _subject_words(subject: Subject) -> str:
    return f"{subject.kind}/{subject.namespace and subject.namespace + ':'}{subject.name}"
