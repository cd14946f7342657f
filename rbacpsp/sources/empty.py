"""Warns about empty sources: a failed export must not look like a cluster without problems."""

from collections.abc import Sequence

from rbacpsp.decode.problems import Problem
from rbacpsp.sources.files import Source

_ADVICE = "see whether what should have written it failed, or allow it with --allow-empty"


def emptiness(empty: Sequence[Source], *, alone: bool) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with sources that hold no document, and what is doubtful about others.

    A stream and a packed file are what a command wrote: an empty one is an error. An empty file is one only
    where nothing else was read.

    Args:
        empty: The sources without a document.
        alone: Whether nothing else was read.
    """
    wrong = [_problem(source) for source in empty if alone or source.is_export]
    return wrong, [_problem(source) for source in empty if not (alone or source.is_export)]


def _problem(source: Source) -> Problem:
    return Problem(source.name, 0, 0, "nothing was read: this is empty", _ADVICE)
