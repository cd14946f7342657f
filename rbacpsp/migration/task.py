"""The input and the output of an engine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict, get_args

from msgspec import Struct

from rbacpsp.migration.access import SCOPES, Access, Scope
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.defaults import Template
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.workloads import Workloads
from rbacpsp.model import Objects
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import NEWEST, Version

Action = Literal["Deny", "Warn", "Audit"]
Subresources = Literal["all", "exact"]
MapAPI = Literal["v1", "v1beta1"]
KyvernoAPI = Literal["v1", "clusterpolicy"]
Templates = Literal["auto", "library", "own"]


class Options(Struct, frozen=True):
    """What every engine is told about its output."""

    scope: Scope | None = None
    """Who may use a policy; None: what suits the engine and the cluster."""
    actions: tuple[Action, ...] = ("Deny",)
    """What becomes of a pod that no policy takes."""
    excluded_namespaces: tuple[str, ...] = ()
    """Namespaces that are left alone; PodSecurityPolicy left none."""
    subresources: Subresources = "all"
    """Whether `pods/ephemeralcontainers` is judged, too; `exact`: it is not, as PodSecurityPolicy did."""
    map_api: MapAPI = "v1"
    """The version of MutatingAdmissionPolicy to write."""
    kyverno_api: KyvernoAPI = "v1"
    """Kyverno's kinds to write: those of policies.kyverno.io/v1, or the older ClusterPolicy."""
    template: Templates = "auto"
    """Whose ConstraintTemplates to use for Gatekeeper: its library's, field by field, or one of our own."""
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


def given_options(options: Mapping[str, Any]) -> Options:
    """The options that a caller hands over.

    Raises:
        ValueError: There is no such option, or it has no such value.
    """
    given = dict(options)
    for name, value in given.items():
        if name not in Options.__struct_fields__:
            raise ValueError(
                f'there is no option "{name}": name one of {", ".join(Options.__struct_fields__)}'
            )
        if name in {"actions", "excluded_namespaces"}:
            given[name] = (value,) if isinstance(value, str) else tuple(value)
        for each in given[name] if name == "actions" else (value,):
            if name in _CHOICES and each is not None and each not in _CHOICES[name]:
                raise ValueError(f"{name} cannot be {each!r}: name one of {', '.join(_CHOICES[name])}")
    if not given.get("actions", True):
        raise ValueError("actions must name at least one of Deny, Warn and Audit")
    if {"Deny", "Warn"} <= set(given.get("actions", ())):
        raise ValueError("Deny and Warn exclude each other: a server takes only one of them")
    if "target_version" in given:
        given["target_version"] = Version.given(given["target_version"]) or NEWEST
    return Options(**given)


class Task(Struct, frozen=True):
    """One cluster's policies, ready to be written for an engine."""

    policies: tuple[PolicyControls, ...]
    """Those that can be used at all, by name."""
    accesses: Mapping[str, Access]
    """Who may use each."""
    scope: Scope
    options: Options
    objects: Objects
    workloads: Workloads
    """Whom a gap touches."""


class Exemption(NamedTuple):
    """What may be exempt from Pod Security."""

    field: Literal["usernames", "runtimeClasses", "namespaces"]
    name: str
    why: str


class Made(NamedTuple):
    """What an engine wrote."""

    objects: tuple[JSONObject, ...]
    """In an order in which a server takes them one by one."""
    gaps: tuple[Gap, ...]
    templates: tuple[Template, ...] = ()
    """The workloads whose templates have to say themselves what policies fill in today."""
    configuration: JSONObject | None = None
    """What the server has to be told when it starts; None: nothing."""
    exemptions: tuple[Exemption, ...] = ()
    """What that exempts, and why."""


class Engine(NamedTuple):
    """Something that policies can be written for."""

    name: str
    title: str
    """What it is, for a sentence."""
    scopes: tuple[Scope, ...]
    """The scopes that it can hold, the one that it takes by default first."""
    write: Callable[[Task], Made]
