"""The input and the output of an engine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict, get_args

from msgspec import Struct

from rbacpsp.migration.access import SCOPES, PolicyAccess, Scope
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.defaults import Template
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.workloads import AffectedWorkloads
from rbacpsp.model import Objects
from rbacpsp.model.argument_types import require, said, several, unknown_word
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_errors
from rbacpsp.model.version import NEWEST, Version

Action = Literal["Deny", "Warn", "Audit"]
Subresources = Literal["all", "exact"]
MapAPI = Literal["v1", "v1beta1"]
KyvernoAPI = Literal["v1", "clusterpolicy"]
Templates = Literal["auto", "library", "own"]


class Options(Struct, frozen=True):
    """The options of every engine."""

    scope: Scope | None = None
    """How the engine decides who may use a policy; None: the default of the engine for this cluster."""
    actions: tuple[Action, ...] = ("Deny",)
    """The actions for a pod that no policy admits."""
    excluded_namespaces: tuple[str, ...] = ()
    """Namespaces without any checks; PodSecurityPolicy checked all of them."""
    subresources: Subresources = "all"
    """`all` also checks `pods/ephemeralcontainers`; `exact` does not, like PodSecurityPolicy."""
    map_api: MapAPI = "v1"
    """The version of MutatingAdmissionPolicy to write."""
    kyverno_api: KyvernoAPI = "v1"
    """Kyverno's kinds to write: those of policies.kyverno.io/v1, or the older ClusterPolicy."""
    template: Templates = "auto"
    """The ConstraintTemplates for Gatekeeper: those of its library, one for each field, or a generated
    one."""
    target_version: Version = NEWEST
    """The server that the output is for."""


class GivenOptions(TypedDict, total=False):
    """The fields of `Options` as a caller names them: each may be left out."""

    scope: Scope | None
    actions: Action | Iterable[Action]
    excluded_namespaces: str | Iterable[str]
    subresources: Subresources
    map_api: MapAPI
    kyverno_api: KyvernoAPI
    template: Templates
    target_version: Version | str


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "scope": SCOPES,
    "actions": get_args(Action),
    "subresources": get_args(Subresources),
    "map_api": get_args(MapAPI),
    "kyverno_api": get_args(KyvernoAPI),
    "template": get_args(Templates),
}


def checked_options(options: Mapping[str, Any]) -> Options:
    """The options that a caller passes, with their types checked.

    Raises:
        TypeError: A list of names has another type.
        ValueError: An option or its value is unknown.
    """
    fields = dict(options)
    for name, value in fields.items():
        if name not in Options.__struct_fields__:
            raise ValueError(unknown_word("option", name, Options.__struct_fields__))
        if name in {"actions", "excluded_namespaces"}:
            fields[name] = (value,) if isinstance(value, str) else several(name, value, "several names")
        for choice in fields[name] if name == "actions" else (value,):
            given = choice is not None or name != "scope"
            if name in _CHOICES and given and choice not in _CHOICES[name]:
                raise ValueError(unknown_word(f"value of {name}", choice, _CHOICES[name], "values"))
    for namespace in fields.get("excluded_namespaces", ()):
        require("a namespace of excluded_namespaces", namespace, str, "a string")
        if errors := label_errors(namespace, NEWEST):
            raise ValueError(f"{said(namespace)} is no name of a namespace: {errors[0]}")
    if not fields.get("actions", True):
        raise ValueError("actions must name at least one of Deny, Warn and Audit")
    if {"Deny", "Warn"} <= set(fields.get("actions", ())):
        raise ValueError("Deny and Warn exclude each other: a server takes only one of them")
    if "target_version" in fields:
        fields["target_version"] = Version.given(fields["target_version"]) or NEWEST
    return Options(**fields)


class MigrationTask(Struct, frozen=True):
    """One cluster's policies, ready to be written for an engine."""

    policies: tuple[PolicyControls, ...]
    """The policies that a server can use, by name."""
    accesses: Mapping[str, PolicyAccess]
    """Who may use each."""
    scope: Scope
    options: Options
    objects: Objects
    workloads: AffectedWorkloads
    """Finds the workloads that a gap affects."""


class Exemption(NamedTuple):
    """What may be exempt from Pod Security."""

    field: Literal["usernames", "runtimeClasses", "namespaces"]
    name: str
    why: str


class EngineOutput(NamedTuple):
    """The objects that an engine wrote, with the gaps."""

    objects: tuple[JSONObject, ...]
    """In an order in which a server accepts them one by one."""
    gaps: tuple[Gap, ...]
    templates: tuple[Template, ...] = ()
    """The workloads whose templates must set what policies fill in today."""
    configuration: JSONObject | None = None
    """The configuration file of the API server's admission plugin; None if there is none."""
    exemptions: tuple[Exemption, ...] = ()
    """The exemptions in that file, and the reasons."""


class PolicyEngine(NamedTuple):
    """A policy engine that policies can be written for."""

    name: str
    title: str
    """Its name in a sentence."""
    scopes: tuple[Scope, ...]
    """The scopes that it supports, the default first."""
    write: Callable[[MigrationTask], EngineOutput]
