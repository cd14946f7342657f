"""Formats the analyzer's answers about new objects like the recorded answers."""

import re
from typing import Any

from rbacpsp.cluster import Cluster
from rbacpsp.decode import LoadError, Problem

JSONObject = dict[str, Any]


def expected(obj: JSONObject, version: str) -> list[str]:
    """The analyzer's reasons why the server of a version refuses an object; empty if it accepts it."""
    problems: tuple[Problem, ...] = ()
    try:
        Cluster.from_objects([obj], kubernetes_version=version, validate=True)
    except LoadError as error:
        problems = error.problems
    start = re.compile(r'^the API server refuses this: \S+ ".*?" is invalid: ', re.DOTALL)
    return sorted({alike(start.sub("", problem.message)) for problem in problems})


def alike(words: str) -> str:
    """A message without the server's memory addresses."""
    words = re.sub(r"(core\.\w+|v1\.\w+)?\{.*\}(?=: )", "{...}", words)
    return words if len(words) < 400 else words[:200] + words[-100:]
