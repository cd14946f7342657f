"""The fields of admission policies and bindings that are evaluated; other objects raise a ShapeError."""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from rbacpsp.model.json import JSONObject

T = TypeVar("T")

_ACTIONS = frozenset({"Deny", "Warn", "Audit"})
_PATH_IN_ERROR = re.compile(r"at `\$\.?([^`]*)`")


class Expression(Struct, frozen=True, rename="camel"):
    """A condition, a validation or a variable."""

    expression: str
    name: str = ""
    message: str = "failed expression"
    message_expression: str | None = None


class JSONPatch(Struct, frozen=True):
    """A mutation as a list of JSON patches."""

    expression: str


class ApplyConfiguration(Struct, frozen=True):
    """A mutation as the fields of an object that are set."""

    expression: str


class Mutation(Struct, frozen=True, rename="camel"):
    """A mutation of either type."""

    patch_type: str
    json_patch: JSONPatch | None = None
    apply_configuration: ApplyConfiguration | None = None


class ResourceRule(Struct, frozen=True, rename="camel"):
    """A rule for the requests that a policy matches."""

    api_groups: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Requirement(Struct, frozen=True):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class Selector(Struct, frozen=True, rename="camel"):
    """Selects namespaces by their labels."""

    match_labels: dict[str, str] = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()


class Constraints(Struct, frozen=True, rename="camel"):
    """The requests that a policy or binding matches."""

    resource_rules: tuple[ResourceRule, ...] = ()
    namespace_selector: Selector | None = None


class PolicySpec(Struct, frozen=True, rename="camel"):
    """The spec of a policy."""

    match_constraints: Constraints = field(default_factory=Constraints)
    match_conditions: tuple[Expression, ...] = ()
    variables: tuple[Expression, ...] = ()
    validations: tuple[Expression, ...] = ()
    mutations: tuple[Mutation, ...] = ()
    validation_actions: tuple[str, ...] = ("Deny",)
    """The actions for requests that it refuses; for Kyverno's policies only, which have no binding."""


class BindingSpec(Struct, frozen=True, rename="camel"):
    """Where a policy applies, and the actions for requests that it refuses."""

    policy_name: str
    validation_actions: tuple[str, ...] = ("Deny",)
    match_resources: Constraints = field(default_factory=Constraints)


class Metadata(Struct, frozen=True):
    """The name of an object, and its labels."""

    name: str
    labels: dict[str, str] | None = None


class PolicyObject(Struct, frozen=True):
    """A policy of either kind."""

    kind: str
    metadata: Metadata
    spec: PolicySpec


class BindingObject(Struct, frozen=True):
    """A binding of either kind."""

    kind: str
    metadata: Metadata
    spec: BindingSpec


class ObjectHead(Struct, frozen=True):
    """What every object has."""

    kind: str
    metadata: Metadata


class TemplateNames(Struct, frozen=True):
    """The names of the constraints of a template."""

    kind: str


class TemplateResource(Struct, frozen=True):
    """The resource of the constraints of a template."""

    names: TemplateNames


class TemplateDefinition(Struct, frozen=True):
    """The definition of that resource."""

    spec: TemplateResource


class TemplateSpec(Struct, frozen=True):
    """The part of a template that names its constraints."""

    crd: TemplateDefinition


class TemplateObject(Struct, frozen=True):
    """A ConstraintTemplate of Gatekeeper."""

    kind: str
    metadata: Metadata
    spec: TemplateSpec


class ShapeError(ValueError):
    """The API server rejects an object because a field is missing or has the wrong type."""


def policy_of(obj: JSONObject) -> PolicyObject:
    """A policy.

    Raises:
        ShapeError: A field is missing, or has the wrong type.
    """
    return _converted(obj, PolicyObject)


def binding_of(obj: JSONObject) -> BindingObject:
    """A binding.

    Source: kubernetes pkg/apis/admissionregistration/validation validateValidationActions, 1.37.

    Raises:
        ShapeError: A field is missing, or has a wrong type or value.
    """
    binding = _converted(obj, BindingObject)
    actions = obj["spec"].get("validationActions") or []
    if binding.kind == "ValidatingAdmissionPolicyBinding" and (
        not actions
        or len(set(actions)) < len(actions)
        or not _ACTIONS.issuperset(actions)
        or {"Deny", "Warn"} <= set(actions)
    ):
        raise ShapeError(
            f"a server rejects {binding.kind} {binding.metadata.name}: validationActions must be some of "
            "Deny or Warn, and Audit"
        )
    return binding


def head_of(obj: JSONObject) -> ObjectHead:
    """The kind and the metadata of an object.

    Raises:
        ShapeError: It has no name, or a field has the wrong type.
    """
    return _converted(obj, ObjectHead)


def constraint_kind(template: JSONObject) -> str:
    """The kind of the constraints of a ConstraintTemplate.

    Raises:
        ShapeError: A field is missing, or has the wrong type.
    """
    return _converted(template, TemplateObject).spec.crd.spec.names.kind


def _converted(obj: JSONObject, kind: type[T]) -> T:
    try:
        return msgspec.convert(obj, kind)
    except msgspec.ValidationError as error:
        metadata = obj.get("metadata")
        given = metadata.get("name") if isinstance(metadata, dict) else None
        name = given if isinstance(given, str) and given else "without a name"
        location = _PATH_IN_ERROR.search(str(error))
        where = f" in {location[1]}" if location and location[1] else ""
        raise ShapeError(
            f"a server rejects {obj.get('kind')} {name}: something is missing{where}, or has the wrong type"
        ) from None
