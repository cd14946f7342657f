"""The smallest remedies for a refusal: a grant, a patch, a label, a service account."""

from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.server import APIServer
from rbacpsp.admission.submission import Remedy, Step
from rbacpsp.model import AdmissionRequest, Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.psp.fix import PSPFixer
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.fix import fix
from rbacpsp.pss.labels import LABEL_PREFIX, policy_to_evaluate
from rbacpsp.pss.levels import LEVELS, LevelVersion, server_of, version_text
from rbacpsp.pss.reading import read_pod
from rbacpsp.scc.fix import SCCFixer


@dataclass(frozen=True, slots=True)
class RemedyFinder:
    """Finds the remedies for one object."""

    server: APIServer
    item: JSONObject
    """The object that was submitted."""
    user: User | None
    """Who submits the object, or its pod."""
    namespace: str
    asked: Request
    """The request of the user."""
    pod: JSONObject | None = None
    """The refused pod, where it is not the object itself."""

    def remedies(self, refused: Step) -> Iterator[Remedy]:
        """The remedies for a refusal, the smallest first; empty where none is known."""
        match refused.by:
            case "rbac":
                yield from self._grant()
            case "serviceaccount":
                yield from self._account()
            case "psp":
                yield from self._policy()
            case "scc":
                yield from self._constraints()
            case "podsecurity":
                yield from self._pod_security()
            case "validation":
                yield Remedy("edit", "fix the fields that the message names")

    def _grant(self) -> Iterator[Remedy]:
        if self.user is None:
            return
        if self.server.authorize(self.user, self.asked):
            yield Remedy(
                "edit",
                "let a user write it who has all permissions that it grants, or first grant "
                f"{self.user.name} the missing ones",
            )
            return
        mending = self.server.authorizer.mending(self.asked, self.user)
        for role in mending.existing:
            if not (role.made_for_kubernetes or role.everything):
                yield Remedy("grant", f"bind {role.kind} {role.name}, which holds it, to {self.user.name}")
                break
        text = f"grant {self.user.name} just this: {self.asked.verb} {self.asked.combined_resource}"
        yield Remedy("grant", text, mending.objects)

    def _account(self) -> Iterator[Remedy]:
        spec = (self.pod or self.item).get("spec") or {}
        name = str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")
        if (self.namespace, name) in self.server.objects.service_accounts:
            yield Remedy("edit", "fix the problem that the ServiceAccount plugin names")
            return
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": self.namespace},
        }
        yield Remedy("create", f"create ServiceAccount {name} in namespace {self.namespace}", (account,))

    def _policy(self) -> Iterator[Remedy]:
        server = self.server
        pod = self.pod or self.item
        refused = server.admit(pod, AdmissionRequest(user=self.user, namespace=self.namespace))
        fixer = PSPFixer(server.objects, server.authorizer, server.policy_version)
        for policy_fix in fixer.fixes(pod, refused, user=self.user, namespace=self.namespace):
            yield Remedy(
                "grant",
                f"let ServiceAccount {policy_fix.account.name} of namespace {self.namespace} use "
                f"{policy_fix.policy.name}",
                (policy_fix.role, policy_fix.role_binding),
            )

    def _constraints(self) -> Iterator[Remedy]:
        admitter = self.server.scc_admitter
        pod = self.pod or self.item
        refused = admitter.admit(pod, AdmissionRequest(user=self.user, namespace=self.namespace))
        fixer = SCCFixer(self.server.objects, admitter)
        for constraint_fix in fixer.fixes(pod, refused, user=self.user, namespace=self.namespace):
            then = f"{constraint_fix.admission.scc} then admits it"
            if constraint_fix.way == "fields":
                yield Remedy("edit", f"leave out {', '.join(constraint_fix.fields)}: {then}")
            elif constraint_fix.way == "required-scc":
                yield Remedy(
                    "edit", f"annotate the pod with openshift.io/required-scc: {constraint_fix.scc}: {then}"
                )
            else:
                account = constraint_fix.account.name if constraint_fix.account else ""
                text = f"let ServiceAccount {account} of namespace {self.namespace} use {constraint_fix.scc}"
                yield Remedy("grant", text, constraint_fix.objects)

    def _pod_security(self) -> Iterator[Remedy]:
        server = server_of(self.server.version)
        namespace = self.server.objects.namespaces.get(self.namespace)
        labels = namespace.metadata.labels if namespace is not None else {}
        config = self.server.pod_security
        policy, _ = policy_to_evaluate(labels, (config or Configuration()).defaults, server)
        if self.item.get("kind") == "Namespace":
            yield Remedy("edit", "write a level that exists: privileged, baseline or restricted")
            return
        level = policy.enforce
        fixed = fix(self.item, level.level, version_text(level.version), self.server.version)
        if fixed.edits:
            edits = tuple((edit.field, edit.value) for edit in fixed.edits)
            fields = ", ".join(field for field, _ in edits)
            yield Remedy("patch", f"set {fields}", patch=fixed.patch, fields=edits)
        for unfixed in fixed.remaining:
            unfixed_fields = ", ".join(unfixed.failure.fields)
            yield Remedy("edit", f"{unfixed.failure.reason} ({unfixed_fields}): {unfixed.why}")
        lower = self._level_met(level)
        if lower is not None:
            yield Remedy(
                "label",
                f"or label namespace {self.namespace} with {LABEL_PREFIX}enforce={lower}, which it "
                "meets; this loosens the level for all pods there",
            )

    def _level_met(self, level: LevelVersion) -> str | None:
        server = server_of(self.server.version)
        pod = read_pod(self.item, server)
        for lower in reversed(LEVELS[: LEVELS.index(level.level)]):
            if evaluator_for(server).evaluate(pod, LevelVersion(lower, level.version)):
                return lower
        return None
