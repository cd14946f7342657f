"""Parses `VERB RESOURCE[/NAME]` or `VERB URL` into requests."""

import shlex
from typing import NamedTuple

from rbacpsp.catalog.catalog import Catalog
from rbacpsp.catalog.placement import POLICIES, as_sent
from rbacpsp.catalog.resource import Resource
from rbacpsp.model import Request
from rbacpsp.model.argument_types import said
from rbacpsp.model.psp import GROUPS as POLICY_GROUPS
from rbacpsp.model.result import one_line

_POLICY_WORDS = frozenset({"psp", "podsecuritypolicy", POLICIES})
"""Rules may name policies where the server no longer serves them."""
_OPTIONS = {"-n": "namespace", "--namespace": "namespace", "--subresource": "subresource"}


class Spelled(NamedTuple):
    """The resource that a word names."""

    group: str
    plural: str
    resource: Resource | None
    """The resource in the catalog; None for `*` and for an unknown one."""
    known: bool
    """Whether the server has it, as far as is known."""


def spelled(catalog: Catalog, word: str) -> Spelled:
    """The resource that a word names, in any form that kubectl accepts."""
    matches = catalog.find(word)
    if matches:
        return Spelled(matches[0].group, matches[0].name, matches[0], known=True)
    return Spelled(*_unlisted(word)[:2], None, known=_unlisted(word)[2])


def _unlisted(word: str) -> tuple[str, str, bool]:
    """(group, resource, whether it is known) of a word that the catalog does not have."""
    plain, _, group = word.lower().partition(".")
    if plain in _POLICY_WORDS and group in {"", *POLICY_GROUPS}:
        return group or POLICY_GROUPS[0], POLICIES, True
    first, _, rest = group.partition(".")
    if rest and first[:1] == "v" and first[1:2].isdigit():
        group = rest
    return (group, plain, False) if group else ("", word, word == "*")


def parse_request(catalog: Catalog, text: str) -> Request:
    """A request in words: `create deployments.apps/web -n prod`, `get /healthz`.

    The words are those of the command line, including `-n` and `--subresource`. As a client sends it, a
    request for a cluster-scoped resource has no namespace; without `-n` it is for all namespaces at once.

    Raises:
        ValueError: The words do not make a request, or the server has no such resource.
    """
    values = {"namespace": "", "subresource": ""}
    words: list[str] = []
    try:
        arguments = iter(shlex.split(text))
    except ValueError:
        raise ValueError(f"a quotation mark or a backslash has no end in {said(text)}") from None
    for word in arguments:
        option, equals, value = word.partition("=")
        if option in _OPTIONS:
            given = value if equals else next(arguments, None)
            if given is None:
                raise ValueError(f"{option} has no value in {said(text)}")
            values[_OPTIONS[option]] = given
        elif word.startswith("-"):
            raise ValueError(f"{one_line(option)} is not an option of a request: use {', '.join(_OPTIONS)}")
        else:
            words.append(word)
    if len(words) != 2:
        raise ValueError(f"a request is a verb and a resource or a URL, not {said(text)}")
    verb, target = words
    if target.startswith("/"):
        if any(values.values()):
            raise ValueError("a URL is in no namespace and has no subresource")
        return Request(verb, path=target)
    plural, _, name = target.partition("/")
    group, resource, catalog_resource, known = spelled(catalog, plural)
    if not known and not group:
        close = catalog.close_to(plural)
        advice = f"did you mean {' or '.join(close)}?" if close else "write a custom resource as NAME.GROUP"
        raise ValueError(f"the server doesn't have a resource type '{one_line(plural)}': {advice}")
    request = Request(verb, group=group, resource=resource, name=name, **values)
    return as_sent(request, namespaced=catalog_resource is None or catalog_resource.namespaced)
