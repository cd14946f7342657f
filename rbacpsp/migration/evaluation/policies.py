"""Evaluates admission policies with their bindings, and those of Kyverno and Gatekeeper, on pods.

Source: k8s.io/apiserver/pkg/admission/plugin/policy, 1.37; github.com/kyverno/kyverno/pkg/cel/policies, 1.19.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cached_property
from typing import Any, NamedTuple

from rbacpsp.migration.evaluation.apply_configuration import ApplyError, apply_configuration, as_map
from rbacpsp.migration.evaluation.expressions import Allowed, EvaluationError, Expressions, patches
from rbacpsp.migration.evaluation.mutators import KINDS, mutator_of
from rbacpsp.migration.evaluation.patch import PatchError, apply_patch
from rbacpsp.migration.evaluation.schema import (
    BindingObject,
    BindingSpec,
    Mutation,
    PolicyObject,
    Requirement,
    ResourceRule,
    Selector,
    binding_of,
    constraint_kind,
    policy_of,
)
from rbacpsp.migration.evaluation.translation import (
    CLUSTER_POLICY,
    CONSTRAINT_GROUP,
    TEMPLATE,
    NotEvaluatedError,
    TranslatedPolicy,
    translate_cluster_policy,
    translate_constraint,
)
from rbacpsp.model.json import JSONObject

MUTATING = "MutatingAdmissionPolicy"
VALIDATING = "ValidatingAdmissionPolicy"
KYVERNO_KINDS = {MUTATING: "MutatingPolicy", VALIDATING: "ValidatingPolicy"}
"""Kyverno's kinds, which need no binding and evaluate a variable once for a request."""

Change = Callable[[JSONObject, Any], bool]
"""Applies the result of an expression to a pod, and returns whether that changed anything."""


class PodRequest(NamedTuple):
    """A request for a pod."""

    pod: JSONObject
    namespace: str
    user: str
    groups: tuple[str, ...]
    operation: str = "CREATE"
    old: JSONObject | None = None
    subresource: str = ""
    namespace_labels: tuple[tuple[str, str], ...] = ()


class PolicyDenial(NamedTuple):
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
            once=policy.kind in KYVERNO_KINDS.values(),
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
        """Whether any of its bindings denies requests, rather than only warning or auditing."""
        return any("Deny" in binding.validation_actions for binding in self._bindings)

    def matches(self, question: PodRequest) -> bool:
        """Whether the policy and one of its bindings match a request."""
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

    def _ask(self, question: PodRequest) -> None:
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

    def mutate(self, question: PodRequest) -> None:
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

    def validate(self, question: PodRequest) -> Iterator[PolicyDenial]:
        """Why a request is refused."""
        self._ask(question)
        try:
            if not all(self._expressions.evaluate(condition) for condition in self._conditions):
                return
            for text, expression, message in self._validations:
                if not self._expressions.evaluate(expression):
                    refusal_message = str(self._expressions.evaluate(message)) if message else text
                    yield PolicyDenial(self.name, refusal_message)
        except EvaluationError as error:
            yield PolicyDenial(self.name, str(error))


def _mutation(mutation: Mutation, compiled: Callable[[str], Any]) -> tuple[Any, Change]:
    """The expression of a mutation, and the function that applies its result to a pod.

    Raises:
        EvaluationError: It has neither of the two types, or cannot be compiled.
    """
    if mutation.patch_type == "JSONPatch" and mutation.json_patch is not None:
        return compiled(mutation.json_patch.expression), _patched
    if mutation.patch_type == "ApplyConfiguration" and mutation.apply_configuration is not None:
        return compiled(as_map(mutation.apply_configuration.expression)), _configured
    raise EvaluationError(f'a mutation of the patchType "{mutation.patch_type}" is not evaluated here')


def _patched(pod: JSONObject, result: Any) -> bool:
    operations = patches(result)
    apply_patch(pod, operations)
    return bool(operations)


def _configured(pod: JSONObject, result: Any) -> bool:
    apply_configuration(pod, result)
    return bool(result)


def _rule_matches(rule: ResourceRule, operation: str, resource: str) -> bool:
    return (
        bool({"", "*"} & set(rule.api_groups))
        and bool({operation, "*"} & set(rule.operations))
        and any(
            pattern in {resource, "*/*"} or (pattern == "*" and "/" not in resource)
            for pattern in rule.resources
        )
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
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise EvaluationError(f"unknown operator {requirement.operator} of a selector")


def _unbound(kind: str, policies: Iterable[PolicyObject], bindings: Iterable[BindingObject]) -> Iterator[str]:
    named = {policy.metadata.name for policy in policies}
    bound = {binding.spec.policy_name for binding in bindings}
    for name in sorted(named - bound):
        yield f"{kind} {name} has no effect: no {kind}Binding names it"
    for binding in bindings:
        if binding.spec.policy_name not in named:
            yield (
                f"{kind}Binding {binding.metadata.name} has no effect here: the {kind} "
                f"{binding.spec.policy_name} that it names is not there"
            )


class Policies:
    """Every admission policy of some objects, evaluated in the order of a server."""

    def __init__(self, objects: Iterable[JSONObject], allowed: Allowed) -> None:
        """Read the policies that have a binding; a policy without one has no effect.

        Raises:
            EvaluationError: An expression cannot be read here.
            ShapeError: A server would not accept an object.
            MissingRuntimeError: The CEL runtime is not installed.
        """
        all_objects = list(objects)

        def read(kind: str) -> list[BoundPolicy]:
            bindings = [binding_of(obj) for obj in all_objects if obj["kind"] == f"{kind}Binding"]
            policies = [policy_of(obj) for obj in all_objects if obj["kind"] == kind]
            self.without_effect += _unbound(kind, policies, bindings)
            policies_with_binding = []
            for policy in policies:
                own_bindings = [
                    binding.spec for binding in bindings if binding.spec.policy_name == policy.metadata.name
                ]
                if own_bindings:
                    policies_with_binding.append(BoundPolicy(policy, own_bindings, allowed))
            for policy in (policy_of(obj) for obj in all_objects if obj["kind"] == KYVERNO_KINDS[kind]):
                everywhere = BindingSpec(policy.metadata.name, policy.spec.validation_actions)
                policies_with_binding.append(BoundPolicy(policy, [everywhere], allowed))
            return policies_with_binding

        self.without_effect: list[str] = []
        """One sentence for each policy without a binding, and each binding without a policy."""
        self.mutating, self.validating = read(MUTATING), read(VALIDATING)
        self._mutators = [mutator_of(obj) for obj in all_objects if obj["kind"] in KINDS]
        self.not_evaluated: list[str] = []
        """One sentence for each policy that is not evaluated here."""
        for translated in self._others(all_objects):
            try:
                self.validating.append(BoundPolicy(translated.policy, [translated.binding], allowed))
            except EvaluationError as error:
                self.not_evaluated.append(f"{translated.policy.metadata.name} is not evaluated here: {error}")

    def __bool__(self) -> bool:
        return bool(self.mutating or self.validating or self._mutators)

    def _others(self, all_objects: list[JSONObject]) -> Iterator[TranslatedPolicy]:
        """The policies of other engines, translated."""
        templates = {constraint_kind(obj): obj for obj in all_objects if obj["kind"] == TEMPLATE}
        for obj in all_objects:
            try:
                if obj["kind"] == CLUSTER_POLICY:
                    yield from translate_cluster_policy(obj)
                elif str(obj.get("apiVersion")).startswith(CONSTRAINT_GROUP):
                    yield translate_constraint(obj, templates)
            except NotEvaluatedError as error:
                self.not_evaluated.append(f"{error}, which is not evaluated here")

    def admit(
        self, question: PodRequest, store: Callable[[JSONObject], None] = lambda _: None
    ) -> tuple[JSONObject, tuple[PolicyDenial, ...]]:
        """The pod as it would be stored, and why it is refused, if it is.

        Args:
            question: The request; its pod has the server's defaults already, and is not changed.
            store: What the server does to a pod between mutating and validating it.
        """
        request = question._replace(pod=deepcopy(question.pod))
        try:
            for policy in self.mutating:
                if policy.matches(request):
                    policy.mutate(request)
            if request.operation == "CREATE":
                for mutator in self._mutators:
                    mutator.change(request.pod, request.namespace)
        except EvaluationError as error:
            return request.pod, (PolicyDenial(policy.name, str(error)),)
        store(request.pod)
        refusals = [
            refusal
            for policy in self.validating
            if policy.denies and policy.matches(request)
            for refusal in policy.validate(request)
        ]
        return request.pod, tuple(refusals)
