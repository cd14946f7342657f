"""Queries upstream's decoders through the Go program in `godecode`."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

SOURCE = Path(__file__).parent / "godecode"
BUILD_SECONDS = 900
ANSWER_SECONDS = 300


class NoGoError(Exception):
    """Go is missing, so the decoders cannot be compared."""


@dataclass(frozen=True)
class Upstream:
    """The results of kubectl's and the server's decoders for one input."""

    documents: list[Any]
    objects: list[dict[str, Any]]
    """For each object: `typed`, `value` and `error`."""
    error: str
    """Why reading ended early; empty if it did not."""

    @property
    def errors(self) -> list[str]:
        """All errors of upstream about the input."""
        return [self.error] * bool(self.error) + [obj["error"] for obj in self.objects if obj.get("error")]


@cache
def program() -> Path:
    """The Go program, built once for a run.

    Raises:
        NoGoError: Go is missing.
    """
    go = shutil.which("go")
    if not go:
        raise NoGoError("Go is missing: install Go 1.26 or later")
    built = Path(mkdtemp(prefix="godecode-")) / "godecode"
    command = [go, "build", "-p", "1", "-mod=readonly", "-o", str(built), "."]
    environment = os.environ | {"CGO_ENABLED": "0"}
    subprocess.run(command, cwd=SOURCE, check=True, env=environment, timeout=BUILD_SECONDS)
    return built


def _ask(questions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = b"".join(msgspec.json.encode(question) + b"\n" for question in questions)
    if not lines:
        return []
    done = subprocess.run([program()], input=lines, capture_output=True, timeout=ANSWER_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def read(inputs: Iterable[bytes]) -> list[Upstream]:
    """The results of upstream for each input."""
    answers = _ask({"input": base64.b64encode(data).decode()} for data in inputs)
    return [
        Upstream(answer["documents"] or [], answer["objects"] or [], answer.get("error", ""))
        for answer in answers
    ]


def typed(objects: Iterable[Any]) -> list[dict[str, Any]]:
    """The server's result for each object: `typed`, `value` and `error`."""
    return [found["objects"][0] for found in _ask({"object": obj} for obj in objects)]
