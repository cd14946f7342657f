"""Compares generated, and perhaps edited, policies with PodSecurityPolicy, pod by pod."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from rbacpsp.migration.evaluation.expressions import EvaluationError
from rbacpsp.migration.evaluation.mutators import KINDS
from rbacpsp.migration.evaluation.policies import KYVERNO_KINDS, MUTATING, VALIDATING, PodRequest, Policies
from rbacpsp.migration.evaluation.schema import ShapeError, head_of
from rbacpsp.migration.evaluation.translation import CLUSTER_POLICY, CONSTRAINT_GROUP, TEMPLATE
from rbacpsp.model import Objects, Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX, service_account_groups
from rbacpsp.model.version import NEWEST, Version
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare_pod
from rbacpsp.pods.service_account import apply_service_account
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import Evaluation, evaluator_for
from rbacpsp.pss.labels import LABEL_PREFIX, policy_to_evaluate
from rbacpsp.pss.reading import read_pod
from rbacpsp.rbac import Authorizer
from rbacpsp.simulate import Row, Simulation
from rbacpsp.simulate.rulings import Ruling

Result = Literal["same", "stricter", "weaker"]

_READ = frozenset(
    {
        *(kind for kinds in KYVERNO_KINDS.items() for kind in kinds),
        f"{MUTATING}Binding",
        f"{VALIDATING}Binding",
    }
    | {"Namespace", CLUSTER_POLICY, TEMPLATE, *KINDS}
)


class ComparedWorkload(NamedTuple):
    """A workload, or a pod without one, before and after."""

    kind: str
    namespace: str
    name: str
    policy: str
    """The policy that admits its pods; empty where none does."""
    admitted: bool
    """Whether PodSecurityPolicy admits its pods."""
    result: Result
    why: str
    """Why its pods are refused now, or were; empty where both admit them."""
    changed: tuple[str, ...]
    """Where both admit them: the security fields whose stored value differs from PodSecurityPolicy's."""


class MigrationCheck(Struct, frozen=True):
    """How the generated policies decide about the pods of a cluster."""

    rows: tuple[ComparedWorkload, ...]
    """By namespace, kind and name."""
    not_evaluated: tuple[str, ...]
    """One sentence for each object that this program cannot evaluate."""

    @property
    def counts(self) -> Counter[Result]:
        """How many workloads have each result."""
        return Counter(row.result for row in self.rows)


class MigrationChecker:
    """Evaluates admission policies and Pod Security on the pods of one cluster."""

    def __init__(
        self,
        generated: Iterable[JSONObject],
        objects: Objects,
        authorizer: Authorizer,
        version: Version = NEWEST,
    ) -> None:
        """Read the generated objects.

        Args:
            generated: The objects that would be applied.
            objects: The cluster.
            authorizer: Its RBAC.
            version: The server that they would be applied to.

        Raises:
            EvaluationError: An expression cannot be read here.
            ShapeError: A server would not accept an object.
            MissingRuntimeError: The CEL runtime is not installed.
        """
        generated_objects = list(generated)
        self._objects, self._authorizer, self._version = objects, authorizer, version
        self._labeled = False
        self._labels = {name: namespace.metadata.labels for name, namespace in objects.namespaces.items()}
        for head in map(head_of, generated_objects):
            if head.kind == "Namespace":
                self._label(head.metadata.name, head.metadata.labels or {})
        self._policies = Policies(generated_objects, self._allowed)
        unknown = (
            f"{obj['kind']} {obj['metadata']['name']} is not evaluated here"
            for obj in generated_objects
            if obj["kind"] not in _READ and not str(obj.get("apiVersion")).startswith(CONSTRAINT_GROUP)
        )
        self.not_evaluated = (*unknown, *self._policies.not_evaluated, *self._policies.without_effect)
        self._asked_by: User | None = None
        self._known: dict[tuple[User | None, str, str], bool] = {}
        self._rulings: dict[int, tuple[Ruling, JSONObject, str]] = {}

    @property
    def judges(self) -> bool:
        """Whether any of the generated objects can refuse or change a pod."""
        return bool(self._policies) or self._labeled

    def _label(self, name: str, labels: dict[str, str]) -> None:
        """Add the labels of a generated namespace.

        Raises:
            ShapeError: A label of Pod Security has an invalid value.
        """
        _, errors = policy_to_evaluate(labels, Configuration().defaults, self._version)
        if errors:
            raise ShapeError(f"a server rejects Namespace {name}: {errors[0]}")
        self._labeled |= any(label.startswith(LABEL_PREFIX) for label in labels)
        self._labels[name] = {**self._labels.get(name, {}), **labels}

    def check(self, simulation: Simulation) -> MigrationCheck:
        """Compare every row of a simulation with the answer of the generated policies."""
        return MigrationCheck(tuple(self._rows(simulation)), self.not_evaluated)

    def _rows(self, simulation: Simulation) -> Iterator[ComparedWorkload]:
        for row in simulation:
            for part in row.parts:
                ruling = part.ruling
                if ruling.admission.considered or not ruling.admission.not_judged:
                    yield self._compared(row, ruling)

    def _compared(self, row: Row, ruling: Ruling) -> ComparedWorkload:
        stored, refusal = self._after(ruling)
        admission = ruling.admission
        result: Result = "same"
        if admission.allowed != (not refusal):
            result = "weaker" if admission.allowed is False else "stricter"
        why = refusal or (admission.message or "")
        changed = _differences(admission.pod, stored) if admission.pod is not None and not refusal else ()
        return ComparedWorkload(
            row.kind, row.namespace, row.name, admission.policy or "", admission.allowed, result, why, changed
        )

    def _after(self, ruling: Ruling) -> tuple[JSONObject, str]:
        """The pod as it would be stored, and why it is refused; an empty text where it is not."""
        outcome = self._rulings.get(id(ruling))
        if outcome is None:
            outcome = self._rulings[id(ruling)] = (ruling, *self._asked(ruling))
        return outcome[1:]

    def _asked(self, ruling: Ruling) -> tuple[JSONObject, str]:
        namespace = ruling.namespace
        pod = set_defaults("Pod", ruling.pod, self._version)
        pod.setdefault("metadata", {})["namespace"] = namespace
        message = apply_service_account(pod, namespace, self._objects, self._version)
        if message is not None:
            return pod, message
        labels = self._labels.get(namespace, {})
        user = self._asked_by = ruling.user
        question = PodRequest(
            pod,
            namespace,
            user.name if user else "",
            tuple(user.groups) if user else (),
            namespace_labels=tuple(sorted(labels.items())),
        )
        try:
            stored, refusals = self._policies.admit(question, self._store)
            if not refusals:
                evaluation = self._pod_security(stored, labels)
                return canonical(stored), evaluation.detail
        except ValueError as error:
            return pod, f"a server rejects the pod that the mutations make: {error}"
        return stored, "; ".join(f"{refusal.policy}: {refusal.message}" for refusal in refusals)

    def _store(self, pod: JSONObject) -> None:
        """Prepare a mutated pod as a server does: set defaults of added fields, then drop disabled ones."""
        if self._policies.mutating:
            filled = set_defaults("Pod", pod, self._version)
            pod.clear()
            pod.update(filled)
        prepare_pod(pod, self._version)

    def _pod_security(self, pod: JSONObject, labels: dict[str, str]) -> Evaluation:
        policy, _ = policy_to_evaluate(labels, Configuration().defaults, self._version)
        evaluator = evaluator_for(self._version)
        return evaluator.evaluate(read_pod({**pod, "kind": "Pod"}, self._version), policy.enforce)

    def _allowed(self, namespace: str, account: str, attributes: JSONObject) -> bool:
        user = self._asked_by
        if account:
            user = User(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}", service_account_groups(namespace))
        if user is None:
            return False
        fields = {
            key: str(attributes[key])
            for key in ("group", "resource", "name", "namespace", "subresource")
            if key in attributes
        }
        key = (user, str(attributes["verb"]), repr(fields))
        if key not in self._known:
            self._known[key] = bool(
                self._authorizer.authorize(user, Request(str(attributes["verb"]), **fields))
            )
        return self._known[key]


def _differences(before: JSONObject, after: JSONObject) -> tuple[str, ...]:
    """The security fields whose stored values differ, except for AppArmor's, which 1.24 did not have."""
    old, new = _security(before), _security(after)
    return tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))


def _security(pod: JSONObject) -> JSONObject:
    spec = pod.get("spec") or {}
    fields = {"spec.runtimeClassName": spec.get("runtimeClassName"), "spec.securityContext": _context(spec)}
    for key in ("containers", "initContainers"):
        for container in spec.get(key) or ():
            fields[f"spec.{key}[{container.get('name')}].securityContext"] = _context(container)
    return fields


def _context(holder: JSONObject) -> JSONObject:
    context = holder.get("securityContext") or {}
    return {key: value for key, value in context.items() if key != "appArmorProfile"}


__all__ = ["ComparedWorkload", "EvaluationError", "MigrationCheck", "MigrationChecker"]
