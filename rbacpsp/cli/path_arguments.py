"""Parses the goal or the start of a path on the command line."""

from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.missing import require_namespace
from rbacpsp.cli.spelling import split_kind
from rbacpsp.cli.subject import parse_subject
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.paths.place import Place, parse_place, subject_place

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_GOALS = ("cluster-admin", "node", "secrets")
_WITH_NAMES = frozenset({"cloud", "secrets"})


def parse_path_end(cluster: "Cluster", text: str) -> Place:
    """The goal or the subject of a path that a text names.

    Raises:
        InputError: It looks like a misspelled goal, is ambiguous, or names something that does not exist.
        click.UsageError: A service account lacks its namespace or its name.
    """
    word, colon, namespace = text.partition(":")
    if text in _GOALS or (word in _WITH_NAMES and colon):
        if word == "secrets":
            require_namespace(cluster.objects, namespace)
        return _parsed(text)
    if text.endswith(("/", ":")):
        return _parsed(text)
    goal = likeliest(word, _GOALS)
    if goal and not split_kind(text)[0] and not cluster.authorizer.called(text):
        suggestion = did_you_mean([f"{goal[0]}{colon}{namespace}"])
        raise InputError([f'"{text}" is not a goal, and no binding names a subject called that{suggestion}'])
    return subject_place(parse_subject(cluster, text))


def _parsed(text: str) -> Place:
    try:
        return parse_place(text)
    except ValueError as error:
        raise InputError([str(error)]) from None
