"""Several verbs and resources on the command line, and kubectl's words for verbs, as requests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.catalog.kubectl_words import CREATE_NEEDED_SINCE, DEBUG_NODE, STREAMED, WORDS, CommandRequest
from rbacpsp.cli.errors import note
from rbacpsp.cli.target import Target, read_target, require_known

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import PolicyRule


def split_words(text: str) -> tuple[str, ...]:
    """The words between commas, each once."""
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def resources_of(verbs: str, resources: str | None) -> str:
    """The resources that are asked about: pods, where kubectl's word for a verb means them and none is named.

    Raises:
        click.UsageError: None is named, and the verb needs one.
    """
    if resources:
        return resources
    if all(WORDS[word].on if word in WORDS else False for word in split_words(verbs)) and verbs:
        return "pods"
    raise click.UsageError("RESOURCE[/NAME]|URL is missing", click.get_current_context())


def read_targets(
    cluster: "Cluster", verbs: str, resources: str, *, subresource: str, namespace: str, verbatim: bool
) -> tuple[Target, ...]:
    """The requests that verbs and resources spell, each verb of each resource.

    kubectl's words stand for the request that does it; a word that a rule has as its verb stays itself.

    Args:
        cluster: Where.
        verbs: Separated by commas.
        resources: Separated by commas; a URL stands alone.
        subresource: Of every resource.
        namespace: Of every request.
        verbatim: Whether kubectl's words are verbs like all others.

    Raises:
        click.UsageError: A resource is unknown, or the words stand in the wrong order.
    """
    words = (resources,) if resources.startswith("/") else split_words(resources)
    found: dict[Target, None] = {}
    for verb in split_words(verbs):
        for word in words:
            meant = None if verbatim or subresource or word.startswith("/") else _meant(cluster, verb, word)
            if meant is None:
                found.setdefault(_read(cluster, verb, word, word, subresource, namespace))
                continue
            name = word.partition("/")[2] if word.partition("/")[0].lower() in _POD_NAMES else ""
            on = (f"{meant.on}/{name}" if name else meant.on) if meant.on else word
            found.setdefault(_read(cluster, meant.verb, on, word, meant.subresource, namespace))
            _say(cluster, verb, word, on, meant)
    if not found:
        raise click.UsageError("give a verb and a resource", click.get_current_context())
    return tuple(found)


_POD_NAMES = frozenset({"pods", "pod", "po"})


def _read(cluster: "Cluster", verb: str, word: str, typed: str, subresource: str, namespace: str) -> Target:
    target = read_target(cluster.catalog, verb, word, subresource=subresource, namespace=namespace)
    require_known(cluster.catalog, target, typed)
    return target


def _meant(cluster: "Cluster", verb: str, resource: str) -> CommandRequest | None:
    """What kubectl's word asks of a resource; None where it is a verb of its own."""
    word = WORDS.get(verb)
    if word is None or any(verb in rule.verbs for rule in _rules(cluster)):
        return None
    if verb == "debug" and resource.partition("/")[0].lower() in {"node", "nodes", "no"}:
        return DEBUG_NODE
    return word


def _rules(cluster: "Cluster") -> "Iterator[PolicyRule]":
    for roles in (cluster.objects.cluster_roles, cluster.objects.roles):
        for role in roles.values():
            yield from role.rules


def _say(cluster: "Cluster", verb: str, word: str, on: str, meant: CommandRequest) -> None:
    combined = f"{on}/{meant.subresource}" if meant.subresource and "/" not in on else on
    sub = f" --subresource {meant.subresource}" if meant.subresource and "/" in on else ""
    said = f"{verb} {word} is checked as the request that kubectl sends: {meant.verb} {combined}{sub}"
    if meant.subresource in STREAMED and cluster.kubernetes_version < CREATE_NEEDED_SINCE:
        other = f"get pods/{meant.subresource}"
        said += f"; before Kubernetes {CREATE_NEEDED_SINCE}, {other} is enough over a WebSocket"
    note(f"{said}.")
