"""`VERB RESOURCE[/NAME]` or `VERB URL` on the command line, as a request.

Source: kubectl/pkg/cmd/auth/cani.go (1.24) for what each word means and for the warnings.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import note, warn
from rbacpsp.model import Request
from rbacpsp.model.psp import GROUPS as POLICY_GROUPS

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog, Resource

_RESOURCE_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
VERBS = frozenset((*_RESOURCE_VERBS, "use", "bind", "impersonate", "*"))
"""The verbs that kubectl knows for resources."""
URL_VERBS = frozenset(("get", "put", "post", "head", "options", "delete", "patch", "*"))
"""The verbs that kubectl knows for URLs."""

POLICIES = "podsecuritypolicies"
_POLICY_WORDS = frozenset({"psp", "podsecuritypolicy", POLICIES})
"""Rules may speak of policies where the server no longer knows them."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the words ask for."""

    request: Request
    resource: "Resource | None" = None
    """What the catalog says of it; None for a URL, for `*` and for what the catalog does not have."""
    known: bool = True
    """Whether the server has such a thing, as far as can be told."""

    @property
    def namespaced(self) -> bool:
        """Whether the resource lives in namespaces; true where that is not known."""
        return self.resource is None or self.resource.namespaced


def read_target(catalog: "Catalog", verb: str, word: str, *, subresource: str, namespace: str) -> Target:
    """The request that the words spell, with the namespace that was given; the resource may be unknown.

    Raises:
        click.UsageError: The words stand in the wrong order, or a URL has a subresource.
    """
    if word.startswith("/"):
        if subresource:
            raise _usage("--subresource can not be used with a URL")
        return Target(Request(verb, path=word))
    _refuse_swapped(catalog, verb, word)
    plural, _, name = word.partition("/")
    found = catalog.find(plural)
    resource = found[0] if found else None
    group, plain, known = (resource.group, resource.name, True) if resource else _unlisted(plural)
    if resource and name and not subresource and name in catalog.subresources(resource):
        note(
            f'"{word}" is taken as {resource.name} named "{name}"; for the subresource write '
            f"{plural} --subresource {name}"
        )
    request = Request(
        verb, group=group, resource=plain, subresource=subresource, name=name, namespace=namespace
    )
    return Target(request, resource, known)


def is_usual(word: str) -> bool:
    """Whether a word means the same on every server, so that none need be asked what it serves."""
    from rbacpsp.catalog import Catalog
    from rbacpsp.model.version import NEWEST, V1_24

    plural = word.partition("/")[0]
    meant = [
        [(each.group, each.name) for each in Catalog.for_version(version).find(plural)[:1]]
        for version in (V1_24, NEWEST)
    ]
    return word.startswith("/") or bool(meant[0] and meant[0] == meant[1])


def _unlisted(word: str) -> tuple[str, str, bool]:
    """(group, resource, whether it is known) of a word that the catalog does not have."""
    plain, _, group = word.lower().partition(".")
    if plain in _POLICY_WORDS and group in {"", *POLICY_GROUPS}:
        return group or POLICY_GROUPS[0], POLICIES, True
    first, _, rest = group.partition(".")
    if rest and first[:1] == "v" and first[1:2].isdigit():
        group = rest
    return (group, plain, False) if group else ("", word, word == "*")


def require_known(catalog: "Catalog", target: Target, word: str) -> None:
    """Insist that the resource is one the server has; a custom resource is spelled NAME.GROUP.

    Raises:
        click.UsageError: It is none; the message names what is spelled alike.
    """
    request, resource = target.request, target.resource
    verbs = URL_VERBS if request.path is not None else VERBS | {each.verb for each in catalog.special_verbs}
    if request.verb not in verbs:
        warn(f"verb '{request.verb}' is not a known verb")
    if not target.known and not request.group:
        plural = word.partition("/")[0]
        close = catalog.close_to(plural)
        advice = f"did you mean {' or '.join(close)}?" if close else "a custom resource is spelled NAME.GROUP"
        raise _usage(f"the server doesn't have a resource type '{plural}': {advice}")
    if not target.known:
        warn(f"{_missing(request)}; it is asked for as it is spelled")
    if resource and request.subresource and resource.version:
        there = catalog.subresources(resource)
        if request.subresource not in there:
            has = f"it has {', '.join(there)}" if there else "it has none"
            warn(f"{resource.name} has no subresource '{request.subresource}': {has}")


def warn_as_kubectl(target: Target, *, all_namespaces: bool) -> None:
    """The warnings of `kubectl auth can-i`, word for word."""
    request, resource = target.request, target.resource
    if request.path is not None:
        if request.verb not in URL_VERBS:
            warn(f"verb '{request.verb}' is not a known verb")
        return
    if not target.known:
        warn(_missing(request))
    if all_namespaces:
        return
    if resource and resource.version and not resource.namespaced:
        within = f" in group '{request.group}'" if request.group else ""
        warn(f"resource '{request.resource}' is not namespace scoped{within}")
    if request.verb not in VERBS:
        warn(f"verb '{request.verb}' is not a known verb")


def _missing(request: Request) -> str:
    within = f" in group '{request.group}'" if request.group else ""
    return f"the server doesn't have a resource type '{request.resource}'{within}"


def _refuse_swapped(catalog: "Catalog", verb: str, word: str) -> None:
    verbs = VERBS | {each.verb for each in catalog.special_verbs}
    if verb not in verbs and word.lower() in verbs and catalog.find(verb.partition("/")[0]):
        context = click.get_current_context(silent=True)
        command = context.command_path if context else "rbacpsp"
        raise _usage(f"the verb comes first: {command} {word.lower()} {verb}")


def _usage(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context(silent=True))
