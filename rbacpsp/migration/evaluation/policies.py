"""Admission policies with their bindings, and those of Kyverno and Gatekeeper, asked about pods.

Source: k8s.io/apiserver/pkg/admission/plugin/policy, 1.37; github.com/kyverno/kyverno/pkg/cel/policies, 1.19.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cached_property
from typing import Any, NamedTuple

from rbacpsp.migration.evaluation.apply_configuration import ApplyError, apply_configuration, as_map
from rbacpsp.migration.evaluation.expressions import Allowed, EvaluationError, Expressions, patches
from rbacpsp.migration.evaluation.mutators import KINDS, mutator_of
from rbacpsp.migration.evaluation.others import (
    CLUSTER_POLICY,
    CONSTRAINT_GROUP,
    TEMPLATE,
    NotEvaluatedError,
    Translated,
    of_gatekeeper,
    of_kyverno,
)
from rbacpsp.migration.evaluation.patch import PatchError, apply_patch
from rbacpsp.migration.evaluation.shapes import (
    BindingSpec,
    Mutation,
    PolicyObject,
    Requirement,
    ResourceRule,
    Selector,
    binding_of,
    policy_of,
)
from rbacpsp.model.json import JSONObject

MUTATING = "MutatingAdmissionPolicy"
VALIDATING = "ValidatingAdmissionPolicy"
OF_KYVERNO = {MUTATING: "MutatingPolicy", VALIDATING: "ValidatingPolicy"}
"""Kyverno's kinds, which need no binding and evaluate a variable once for a request."""

Change = Callable[[JSONObject, Any], bool]
"""Does to a pod what an expression gave; whether it changed anything."""


class Question(NamedTuple):
    """A request for a pod."""

    pod: JSONObject
    namespace: str
    user: str
    groups: tuple[str, ...]
    operation: str = "CREATE"
    old: JSONObject | None = None
    subresource: str = ""
    namespace_labels: tuple[tuple[str, str], ...] = ()


class Refusal(NamedTuple):
    """Why a request is refused."""

    policy: str
    message: str


class BoundPolicy:
    """One policy with its bindings."""

    def __init__(self, policy: PolicyObject, bindings: Iterable[BindingSpec], allowed: Allowed) -> None:
        """Read the expressions.

        Raises:
            EvaluationError: One of them cannot be read here.
        """
        self.name, self._constraints = policy.metadata.name, policy.spec.match_constraints
        self._bindings = tuple(bindings)
        self._expressions = Expressions(
            [(variable.name, variable.expression) for variable in policy.spec.variables],
            allowed,
            once=policy.kind in OF_KYVERNO.values(),
        )
        compiled = self._expressions.compile
        self._conditions = [
            compiled(match_condition.expression) for match_condition in policy.spec.match_conditions
        ]
        self._validations = [
            (
                validation.message,
                compiled(validation.expression),
                compiled(validation.message_expression) if validation.message_expression else None,
            )
            for validation in policy.spec.validations
        ]
        self._mutations = [_mutation(mutation, compiled) for mutation in policy.spec.mutations]

    @cached_property
    def denies(self) -> bool:
        """Whether any binding of it refuses, and does not only warn or note."""
        return any("Deny" in binding.validation_actions for binding in self._bindings)

    def matches(self, question: Question) -> bool:
        """Whether the policy and one of its bindings look at a request at all."""
        labels = {**dict(question.namespace_labels), "kubernetes.io/metadata.name": question.namespace}
        resource = f"pods/{question.subresource}" if question.subresource else "pods"
        return (
            any(
                _rule_matches(rule, question.operation, resource) for rule in self._constraints.resource_rules
            )
            and _selects(self._constraints.namespace_selector, labels)
            and any(
                _selects(binding.match_resources.namespace_selector, labels) for binding in self._bindings
            )
        )

    def _ask(self, question: Question) -> None:
        self._expressions.ask(
            object=question.pod,
            oldObject=question.old,
            request={
                "operation": question.operation,
                "namespace": question.namespace,
                "name": question.pod.get("metadata", {}).get("name", ""),
                "kind": {"group": "", "version": "v1", "kind": "Pod"},
                "subResource": question.subresource,
                "userInfo": {"username": question.user, "groups": list(question.groups)},
            },
            namespaceObject={
                "metadata": {"name": question.namespace, "labels": dict(question.namespace_labels)}
            },
        )

    def mutate(self, question: Question) -> None:
        """Change the pod of a request in place.

        Raises:
            EvaluationError: An expression ended in an error: the request is refused.
        """
        self._ask(question)
        if not all(self._expressions.evaluate(condition) for condition in self._conditions):
            return
        for compiled, change in self._mutations:
            try:
                if change(question.pod, self._expressions.evaluate(compiled)):
                    self._expressions.go_on()
            except PatchError as error:
                raise EvaluationError(f"JSON Patch: {error}") from None
            except ApplyError as error:
                raise EvaluationError(f"ApplyConfiguration: {error}") from None

    def validate(self, question: Question) -> Iterator[Refusal]:
        """Why a request is refused."""
        self._ask(question)
        try:
            if not all(self._expressions.evaluate(condition) for condition in self._conditions):
                return
            for words, expression, message in self._validations:
                if not self._expressions.evaluate(expression):
                    told = str(self._expressions.evaluate(message)) if message else words
                    yield Refusal(self.name, told)
        except EvaluationError as error:
            yield Refusal(self.name, str(error))


def _mutation(mutation: Mutation, compiled: Callable[[str], Any]) -> tuple[Any, Change]:
    """The expression of a mutation, and what does to a pod what it gives.

    Raises:
        EvaluationError: It has neither of the two types, or cannot be read.
    """
    if mutation.patch_type == "JSONPatch" and mutation.json_patch is not None:
        return compiled(mutation.json_patch.expression), _patched
    if mutation.patch_type == "ApplyConfiguration" and mutation.apply_configuration is not None:
        return compiled(as_map(mutation.apply_configuration.expression)), _configured
    raise EvaluationError(f'a mutation of the patchType "{mutation.patch_type}" is not evaluated here')


def _patched(pod: JSONObject, given: Any) -> bool:
    operations = patches(given)
    apply_patch(pod, operations)
    return bool(operations)


def _configured(pod: JSONObject, given: Any) -> bool:
    apply_configuration(pod, given)
    return bool(given)


def _rule_matches(rule: ResourceRule, operation: str, resource: str) -> bool:
    return (
        bool({"", "*"} & set(rule.api_groups))
        and bool({operation, "*"} & set(rule.operations))
        and any(each in {resource, "*/*"} or (each == "*" and "/" not in resource) for each in rule.resources)
    )


def _selects(selector: Selector | None, labels: JSONObject) -> bool:
    if selector is None:
        return True
    if any(labels.get(key) != value for key, value in selector.match_labels.items()):
        return False
    return all(
        _requirement_holds(match_expression, labels) for match_expression in selector.match_expressions
    )


def _requirement_holds(requirement: Requirement, labels: JSONObject) -> bool:
    there = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return there in requirement.values
        case "NotIn":
            return there not in requirement.values
        case "Exists":
            return there is not None
        case "DoesNotExist":
            return there is None
    raise EvaluationError(f"the operator {requirement.operator} of a selector is not known")


class Policies:
    """Every admission policy of some objects, asked as a server asks them."""

    def __init__(self, objects: Iterable[JSONObject], allowed: Allowed) -> None:
        """Read the policies that have a binding; a policy without one counts nowhere.

        Raises:
            EvaluationError: An expression cannot be read here.
            ShapeError: A server would not accept an object.
            MissingRuntimeError: The CEL runtime is not installed.
        """
        listed = list(objects)

        def read(kind: str) -> list[BoundPolicy]:
            bindings = [binding_of(each) for each in listed if each["kind"] == f"{kind}Binding"]
            policies = [policy_of(each) for each in listed if each["kind"] == kind]
            found = []
            for policy in policies:
                mine = [
                    binding.spec for binding in bindings if binding.spec.policy_name == policy.metadata.name
                ]
                if mine:
                    found.append(BoundPolicy(policy, mine, allowed))
            for policy in (policy_of(each) for each in listed if each["kind"] == OF_KYVERNO[kind]):
                everywhere = BindingSpec(policy.metadata.name, policy.spec.validation_actions)
                found.append(BoundPolicy(policy, [everywhere], allowed))
            return found

        self.mutating, self.validating = read(MUTATING), read(VALIDATING)
        self._mutators = [mutator_of(each) for each in listed if each["kind"] in KINDS]
        self.not_evaluated: list[str] = []
        """What is not evaluated here, a sentence each."""
        for translated in self._others(listed):
            try:
                self.validating.append(BoundPolicy(translated.policy, [translated.binding], allowed))
            except EvaluationError as error:
                self.not_evaluated.append(f"{translated.policy.metadata.name} is not evaluated here: {error}")

    def _others(self, listed: list[JSONObject]) -> Iterator[Translated]:
        """The policies of other engines, as those that are evaluated."""
        templates = {
            each["spec"]["crd"]["spec"]["names"]["kind"]: each for each in listed if each["kind"] == TEMPLATE
        }
        for obj in listed:
            try:
                if obj["kind"] == CLUSTER_POLICY:
                    yield from of_kyverno(obj)
                elif str(obj.get("apiVersion")).startswith(CONSTRAINT_GROUP):
                    yield of_gatekeeper(obj, templates)
            except NotEvaluatedError as error:
                self.not_evaluated.append(f"{error}, which is not evaluated here")

    def admit(
        self, question: Question, store: Callable[[JSONObject], None] = lambda _: None
    ) -> tuple[JSONObject, tuple[Refusal, ...]]:
        """The pod as it would be stored, and why it is refused, if it is.

        Args:
            question: The request; its pod has the server's defaults already, and is not changed.
            store: What the server does to a pod between mutating and validating it.
        """
        asked = question._replace(pod=deepcopy(question.pod))
        try:
            for policy in self.mutating:
                if policy.matches(asked):
                    policy.mutate(asked)
            if asked.operation == "CREATE":
                for mutator in self._mutators:
                    mutator.change(asked.pod, asked.namespace)
        except EvaluationError as error:
            return asked.pod, (Refusal(policy.name, str(error)),)
        store(asked.pod)
        refusals = [
            refusal
            for policy in self.validating
            if policy.denies and policy.matches(asked)
            for refusal in policy.validate(asked)
        ]
        return asked.pod, tuple(refusals)
