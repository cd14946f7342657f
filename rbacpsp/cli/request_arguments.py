"""Parses several verbs and resources on the command line, and kubectl's command words, into requests."""

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
    """The words of a comma-separated list, each once."""
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def resources_of(verbs: str, resources: str | None) -> str:
    """The resources of a request; pods if none is named and all verbs are kubectl words for pods.

    Raises:
        click.UsageError: No resource is named, and a verb needs one.
    """
    if resources:
        return resources
    if all(WORDS[word].on if word in WORDS else False for word in split_words(verbs)) and verbs:
        return "pods"
    raise click.UsageError("RESOURCE[/NAME]|URL is missing", click.get_current_context())


def read_targets(
    cluster: "Cluster", verbs: str, resources: str, *, subresource: str, namespace: str, verbatim: bool
) -> tuple[Target, ...]:
    """The requests for each combination of verb and resource.

    A word of kubectl, such as `exec`, becomes the request that kubectl sends, unless a rule has it as a verb.

    Args:
        cluster: The cluster.
        verbs: The verbs, separated by commas.
        resources: The resources, separated by commas, or one URL.
        subresource: The subresource of every resource.
        namespace: The namespace of every request.
        verbatim: Whether words of kubectl are plain verbs.

    Raises:
        click.UsageError: A resource is unknown, or the words are in the wrong order.
    """
    words = (resources,) if resources.startswith("/") else split_words(resources)
    targets: dict[Target, None] = {}
    for verb in split_words(verbs):
        for word in words:
            command_request = (
                None if verbatim or subresource or word.startswith("/") else _meant(cluster, verb, word)
            )
            if command_request is None:
                targets.setdefault(_read(cluster, verb, word, word, subresource, namespace))
                continue
            name = word.partition("/")[2] if word.partition("/")[0].lower() in _POD_NAMES else ""
            resource = (
                (f"{command_request.on}/{name}" if name else command_request.on)
                if command_request.on
                else word
            )
            targets.setdefault(
                _read(cluster, command_request.verb, resource, word, command_request.subresource, namespace)
            )
            _say(cluster, verb, word, resource, command_request)
    if not targets:
        raise click.UsageError("give a verb and a resource", click.get_current_context())
    return tuple(targets)


_POD_NAMES = frozenset({"pods", "pod", "po"})


def _read(cluster: "Cluster", verb: str, word: str, typed: str, subresource: str, namespace: str) -> Target:
    target = read_target(cluster.catalog, verb, word, subresource=subresource, namespace=namespace)
    require_known(cluster.catalog, target, typed)
    return target


def _meant(cluster: "Cluster", verb: str, resource: str) -> CommandRequest | None:
    """The request that a word of kubectl stands for; None if the word is a plain verb."""
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


def _say(cluster: "Cluster", verb: str, word: str, resource: str, meant: CommandRequest) -> None:
    combined = f"{resource}/{meant.subresource}" if meant.subresource and "/" not in resource else resource
    sub = f" --subresource {meant.subresource}" if meant.subresource and "/" in resource else ""
    sentence = f"{verb} {word} is checked as the request that kubectl sends: {meant.verb} {combined}{sub}"
    if meant.subresource in STREAMED and cluster.kubernetes_version < CREATE_NEEDED_SINCE:
        other = f"get pods/{meant.subresource}"
        sentence += f"; before Kubernetes {CREATE_NEEDED_SINCE}, {other} is enough over a WebSocket"
    note(f"{sentence}.")
