"""Reads the configuration of the PodSecurity plugin: defaults for namespaces without labels, and exemptions.

Source: k8s.io/pod-security-admission admission/api (v1, v1beta1, v1alpha1) and admission/api/validation,
0.37; k8s.io/apiserver pkg/apis/apiserver/v1 AdmissionConfiguration, 0.24.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from rbacpsp.model.argument_types import MAPPING, ParameterType, takes
from rbacpsp.model.field_error import FieldError, duplicate, invalid
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.shape import convert_shape, plain_copy
from rbacpsp.pss.labels import MODES, Policy
from rbacpsp.pss.levels import LevelVersion, parse_level, parse_version

T = TypeVar("T")

PLUGIN = "PodSecurity"
GROUP = "pod-security.admission.config.k8s.io"
_SINCE = {
    f"{GROUP}/v1": Version(1, 25),
    f"{GROUP}/v1beta1": Version(1, 23),
    f"{GROUP}/v1alpha1": Version(1, 22),
}
"""The first release that reads each version of the plugin's configuration."""
ADMISSION_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and"
    " end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is"
    " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must"
    " start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
    r" '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


class ConfigError(ValueError):
    """A configuration with which the API server does not start; `errors` are the server's messages."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)


class Exemptions(Struct, frozen=True):
    """The exempt users, namespaces and runtime classes: exact names, no wildcards, no groups."""

    usernames: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    runtime_classes: tuple[str, ...] = ()


class Configuration(Struct, frozen=True):
    """The plugin's configuration; by default nothing is required and nobody is exempt."""

    defaults: Policy = field(default_factory=Policy)
    exemptions: Exemptions = field(default_factory=Exemptions)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An object of the file; unknown fields are refused, as the server does."""


class _Defaults(_Strict, frozen=True, rename="kebab"):
    enforce: str = ""
    enforce_version: str = ""
    audit: str = ""
    audit_version: str = ""
    warn: str = ""
    warn_version: str = ""


class _Exemptions(_Strict, frozen=True):
    usernames: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    runtime_classes: tuple[str, ...] = ()


class _PodSecurityConfiguration(_Strict, frozen=True):
    api_version: str = ""
    kind: str = ""
    defaults: _Defaults = msgspec.field(default_factory=_Defaults)
    exemptions: _Exemptions = msgspec.field(default_factory=_Exemptions)


class _Plugin(msgspec.Struct, frozen=True):
    """The entry of one plugin; the server ignores unknown fields in this file."""

    name: str = ""
    path: str = ""
    configuration: dict[str, Any] | None = None


class _AdmissionConfiguration(msgspec.Struct, frozen=True):
    plugins: tuple[_Plugin, ...] = ()


def names_plugin(obj: JSONObject) -> bool:
    """Whether a configuration is about the PodSecurity plugin; the server ignores others."""
    if obj.get("kind") != "AdmissionConfiguration":
        return True
    return any(plugin.name == PLUGIN for plugin in _decoded(plain_copy(obj), _AdmissionConfiguration).plugins)


@takes(obj=MAPPING, version=ParameterType(Version | None, "a Version or None"))
def read_config(
    obj: JSONObject, read: Callable[[str], JSONObject] | None = None, version: Version | None = None
) -> Configuration:
    """The plugin's configuration in an `AdmissionConfiguration` or a `PodSecurityConfiguration`.

    An AdmissionConfiguration that does not contain the plugin leaves its defaults.

    Args:
        obj: The file's content as plain JSON values.
        read: Returns, for a path, the content of the file that an AdmissionConfiguration may name for the
            plugin.
        version: The version of the server that reads it; None: any version.

    Raises:
        ConfigError: The API server does not start with it.
    """
    obj = plain_copy(obj)
    if obj.get("kind") != "AdmissionConfiguration":
        return _of_plugin(obj, version)
    if obj.get("apiVersion") not in ADMISSION_VERSIONS:
        raise ConfigError([_not_version("AdmissionConfiguration", obj, ADMISSION_VERSIONS)])
    plugins = _decoded(obj, _AdmissionConfiguration).plugins
    plugin = next((plugin for plugin in plugins if plugin.name == PLUGIN), None)
    if plugin is None or (plugin.configuration is None and not plugin.path):
        return Configuration()
    if plugin.configuration is not None:
        return _of_plugin(plugin.configuration, version)
    if read is None:
        raise ConfigError([f"the plugin's configuration is in another file: pass {plugin.path} itself"])
    return _of_plugin(plain_copy(read(plugin.path)), version)


def _not_version(kind: str, obj: JSONObject, known: Sequence[str]) -> str:
    version = obj.get("apiVersion") or ""
    advice = f"write one of {', '.join(known)}" if known else "there is none"
    return f'no kind "{kind}" is registered for version "{version}": {advice}'


def _decoded(obj: JSONObject, shape: type[T]) -> T:
    try:
        return convert_shape(obj, shape, whole="the configuration")
    except ValueError as error:
        raise ConfigError([str(error)]) from None


def _of_plugin(obj: JSONObject, server: Version | None) -> Configuration:
    kind = obj.get("kind")
    if kind != "PodSecurityConfiguration":
        kind_text = f"kind {kind}" if kind else "an object without a kind"
        raise ConfigError([f"expected PodSecurityConfiguration or AdmissionConfiguration, got {kind_text}"])
    known = [version for version, since in _SINCE.items() if server is None or server >= since]
    if obj.get("apiVersion") not in known:
        words = _not_version("PodSecurityConfiguration", obj, known)
        raise ConfigError([words if server is None else f"{words}: that is what Kubernetes {server} reads"])
    config = _decoded(obj, _PodSecurityConfiguration)
    texts = {
        f"{mode}{suffix}": getattr(config.defaults, f"{mode}{suffix.replace('-', '_')}") or default
        for mode in ("enforce", "warn", "audit")
        for suffix, default in (("", "privileged"), ("-version", "latest"))
    }
    errors = [*_default_errors(texts), *_exemption_errors(config.exemptions)]
    if errors:
        raise ConfigError([str(error) for error in errors])
    return Configuration(
        Policy(*(LevelVersion.of(texts[mode], texts[f"{mode}-version"]) for mode in MODES)),
        Exemptions(
            config.exemptions.usernames, config.exemptions.namespaces, config.exemptions.runtime_classes
        ),
    )


def _default_errors(texts: dict[str, str]) -> Iterator[FieldError]:
    for key, text in texts.items():
        try:
            if key.endswith("-version"):
                parse_version(text)
            else:
                parse_level(text)
        except ValueError as error:
            yield invalid(f"defaults.{key}", text, str(error))


def _exemption_errors(exemptions: _Exemptions) -> Iterator[FieldError]:
    yield from _list_errors("namespaces", exemptions.namespaces, _namespace_words)
    yield from _list_errors("runtimeClasses", exemptions.runtime_classes, _runtime_class_words)
    yield from _list_errors("usernames", exemptions.usernames, _username_words)


def _list_errors(name: str, values: Sequence[str], words: Callable[[str], list[str]]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for i, value in enumerate(values):
        path = f"exemptions.{name}[{i}]"
        problems = words(value)
        if problems:
            yield invalid(path, value, ", ".join(problems))
        elif value in seen:
            yield duplicate(path, value)
        seen.add(value)


def _namespace_words(value: str) -> list[str]:
    words = ["must be no more than 63 characters"] if len(value.encode()) > 63 else []
    return words if _LABEL.fullmatch(value) else [*words, _LABEL_WORDS]


def _runtime_class_words(value: str) -> list[str]:
    words = ["must be no more than 253 characters"] if len(value.encode()) > 253 else []
    return words if _SUBDOMAIN.fullmatch(value) else [*words, _SUBDOMAIN_WORDS]


def _username_words(value: str) -> list[str]:
    return [] if value else ["username must not be empty"]
