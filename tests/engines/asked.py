"""Queries an engine about pods, through the programs that install.sh builds."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

JSON = dict[str, Any]
PROGRAMS = {"gatekeeper": "gator", "kyverno": "kyverno"}


class Asked(NamedTuple):
    """A pod that somebody creates."""

    pod: JSON
    namespace: str
    user: str
    groups: tuple[str, ...]

    @property
    def request(self) -> JSON:
        """As an AdmissionRequest."""
        return {
            "uid": "asked",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "name": self.pod["metadata"].get("name", ""),
            "namespace": self.namespace,
            "operation": "CREATE",
            "userInfo": {"username": self.user, "groups": list(self.groups)},
            "object": self.pod,
        }


class Answer(NamedTuple):
    """The answer of the engine."""

    allowed: bool
    pod: JSON
    """The pod as the engine changed it."""
    messages: list[str]


def ask(engine: str, objects: list[JSON], asked: Iterable[Asked]) -> Iterator[Answer]:
    """The answers, in the order of the questions."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    program = cache / "rbacpsp" / "engines" / PROGRAMS[engine]
    line = json.dumps({"objects": objects, "requests": [each.request for each in asked]}) + "\n"
    done = subprocess.run([program], input=line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for answer in json.loads(done.stdout):
        yield Answer(not answer["messages"], answer["pod"], answer["messages"])
