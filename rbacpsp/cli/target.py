"""Parses `VERB RESOURCE[/NAME]` or `VERB URL` on the command line into a request.

Source: kubectl/pkg/cmd/auth/cani.go (1.24) for what each word means and for the warnings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from rbacpsp.catalog.kubectl_words import WORDS
from rbacpsp.catalog.placement import ASKED_IN_NAMESPACES, COLLECTIONS, as_sent, is_namespaces
from rbacpsp.catalog.request_text import spelled
from rbacpsp.cli.errors import note, warn
from rbacpsp.model import Request
from rbacpsp.model.similar_names import did_you_mean, likeliest

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog, Resource

_RESOURCE_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
VERBS = frozenset((*_RESOURCE_VERBS, "use", "bind", "impersonate", "*"))
"""The verbs that kubectl knows for resources."""
URL_VERBS = frozenset(("get", "put", "post", "head", "options", "delete", "patch", "*"))
"""The verbs that kubectl knows for URLs."""

_NAMESPACE_WORDS = frozenset({"namespace", "namespaces", "ns"})


@dataclass(frozen=True, slots=True)
class Target:
    """The request of the command line, with what the catalog knows about its resource."""

    request: Request
    resource: "Resource | None" = None
    """The resource in the catalog; None for a URL, for `*` and for unknown resources."""
    known: bool = True
    """Whether the server is known to have the resource."""

    @property
    def namespaced(self) -> bool:
        """Whether the resource is namespaced; True if that is not known."""
        return self.resource is None or self.resource.namespaced

    def reaches_namespaces(self, request: Request) -> bool:
        """Whether RoleBindings of several namespaces may grant a request."""
        if request.path is not None:
            return False
        if is_namespaces(request.group, request.resource):
            return not request.name and request.verb not in COLLECTIONS
        return self.namespaced or (request.verb, request.group, request.resource) in ASKED_IN_NAMESPACES


def request_as_sent(target: Target) -> Request:
    """The request as a client sends it: without a namespace if the resource is not namespaced.

    See `rbacpsp.catalog.placement` for the exceptions.
    """
    return as_sent(target.request, namespaced=target.namespaced)


def namespace_named(word: str) -> str:
    """The name in `namespaces/NAME`, in any spelling of the resource; empty for other resources."""
    plural, _, name = word.partition("/")
    return name if plural.lower() in _NAMESPACE_WORDS else ""


def read_target(catalog: "Catalog", verb: str, word: str, *, subresource: str, namespace: str) -> Target:
    """The request of a verb and a word, in a namespace; the resource may be unknown.

    Raises:
        click.UsageError: The verb and the resource are swapped, or a URL has a subresource.
    """
    if word.startswith("/"):
        if subresource:
            raise _usage("--subresource can not be used with a URL")
        return Target(Request(verb, path=word))
    _refuse_swapped(catalog, verb, word)
    plural, _, name = word.partition("/")
    group, plain, resource, known = spelled(catalog, plural)
    if resource and name and not subresource and name in catalog.subresources(resource):
        note(
            f'"{word}" is taken as {resource.name} named "{name}"; for the subresource use {plural} '
            f"--subresource {name}"
        )
    request = Request(
        verb, group=group, resource=plain, subresource=subresource, name=name, namespace=namespace
    )
    return Target(request, resource, known)


def is_usual(word: str) -> bool:
    """Whether a word means the same resource on every server, so that discovery is not needed."""
    from rbacpsp.catalog import Catalog
    from rbacpsp.model.version import NEWEST, V1_24

    plural = word.partition("/")[0]
    matches = [
        [(resource.group, resource.name) for resource in Catalog.for_version(version).find(plural)[:1]]
        for version in (V1_24, NEWEST)
    ]
    return word.startswith("/") or bool(matches[0] and matches[0] == matches[1])


def require_known(catalog: "Catalog", target: Target, word: str) -> None:
    """Require that the server has the resource; a custom resource is written as NAME.GROUP.

    Raises:
        click.UsageError: The resource is unknown; the message names resources with similar names.
    """
    request, resource = target.request, target.resource
    verbs = (
        URL_VERBS
        if request.path is not None
        else VERBS | {special_verb.verb for special_verb in catalog.special_verbs}
    )
    if request.verb not in verbs:
        warn(f"verb '{request.verb}' is not a known verb{did_you_mean(likeliest(request.verb, verbs))}")
    if not target.known and not request.group:
        plural = word.partition("/")[0]
        suggestions = catalog.close_to(plural)
        advice = (
            f"did you mean {' or '.join(suggestions)}?"
            if suggestions
            else "write a custom resource as NAME.GROUP"
        )
        raise _usage(f"the server doesn't have a resource type '{plural}': {advice}")
    if not target.known:
        warn(f"{_missing(request)}; it is used as spelled")
    if resource and request.subresource and resource.version:
        subresources = catalog.subresources(resource)
        if request.subresource not in subresources:
            has = f"it has {', '.join(subresources)}" if subresources else "it has none"
            warn(f"{resource.name} has no subresource '{request.subresource}': {has}")


def warn_as_kubectl(catalog: "Catalog", target: Target, *, all_namespaces: bool) -> None:
    """Print the warnings of `kubectl auth can-i`, word for word."""
    request, resource = target.request, target.resource
    if request.path is not None:
        if request.verb not in URL_VERBS:
            warn(f"verb '{request.verb}' is not a known verb")
            _hint(request.verb, URL_VERBS)
        return
    if not target.known:
        warn(_missing(request))
        if not request.group and (close := catalog.close_to(request.resource)):
            note(f"{did_you_mean(close).removeprefix('; ').capitalize()}")
    if all_namespaces:
        return
    if resource and resource.version and not resource.namespaced:
        within = f" in group '{request.group}'" if request.group else ""
        warn(f"resource '{request.resource}' is not namespace scoped{within}")
    if request.verb not in VERBS:
        warn(f"verb '{request.verb}' is not a known verb")
        _hint(request.verb, VERBS)


def _hint(verb: str, known: Iterable[str]) -> None:
    """Suggest what an unknown verb may be: a misspelled verb, or a command of kubectl."""
    word = WORDS.get(verb)
    if word is not None:
        on = f"{word.on or 'RESOURCE'} --subresource {word.subresource}"
        note(f"kubectl {verb} asks the server for: {word.verb} {on}")
    elif close := likeliest(verb, known):
        note(did_you_mean(close).removeprefix("; ").capitalize())


def _missing(request: Request) -> str:
    within = f" in group '{request.group}'" if request.group else ""
    return f"the server doesn't have a resource type '{request.resource}'{within}"


def _refuse_swapped(catalog: "Catalog", verb: str, word: str) -> None:
    verbs = VERBS | {special_verb.verb for special_verb in catalog.special_verbs}
    if verb not in verbs and word.lower() in verbs and catalog.find(verb.partition("/")[0]):
        context = click.get_current_context(silent=True)
        command = context.command_path if context else "rbacpsp"
        raise _usage(f"the verb comes first: {command} {word.lower()} {verb}")


def _usage(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context(silent=True))
