"""Warns about empty sources: a failed export must not look like a cluster without problems."""

from collections.abc import Sequence

from rbacpsp.decode.problems import Problem
from rbacpsp.sources.files import SourceFile

_ADVICE = "check whether the command that wrote it failed, or allow it with --allow-empty"


def emptiness(empty: Sequence[SourceFile], *, alone: bool) -> tuple[list[Problem], list[Problem]]:
    """The errors about sources without a document, and the warnings.

    An empty stream or packed file is an error, since a command wrote it. Another empty file is an error only
    where nothing else was read.

    Args:
        empty: The sources without a document.
        alone: Whether nothing else was read.
    """
    errors = [_problem(source) for source in empty if alone or source.is_export]
    return errors, [_problem(source) for source in empty if not (alone or source.is_export)]


def _problem(source: SourceFile) -> Problem:
    return Problem(source.name, 0, 0, "nothing was read: this is empty", _ADVICE)
