"""Writes the counts of docs/explanation/proof.md: `python -m tests.docs.proof`."""

import gzip
import json
from collections.abc import Callable
from typing import Any

from tests.docs import console, written

PAGE = console.ROOT / "docs" / "explanation" / "proof.md"
DATA = console.ROOT / "tests" / "conformance" / "data"
_Count = Callable[[dict[str, Any]], int]


def _line(_: dict[str, Any]) -> int:
    return 1


def _of(field: str) -> _Count:
    return lambda line: len(line[field])


RECORDED: tuple[tuple[str, _Count, str], ...] = (
    ("rbac", _of("cases"), "access decisions of an API server 1.24, with its reasons"),
    ("rbac", _of("whocan"), "who can, by upstream's own subject locator"),
    (
        "psp-create",
        _of("cases"),
        "pods created on a server 1.24: the winner, the stored pod, the message",
    ),
    ("psp-update", _of("cases"), "updates of pods"),
    ("psp-versions", _of("cases"), "pods, each judged by the plugins of 1.13 to 1.24"),
    ("psa-fixtures", _line, "upstream's own fixtures of the Pod Security Standards"),
    ("psa-current", _line, "the same, created on a server of the newest release"),
    ("psa-levels", _of("results"), "pods at each level and version"),
    ("psa-admission", _line, "pods, namespaces and label changes on a server, with warnings"),
    ("psa-servers", _line, "the evaluators of 1.22 to 1.37 and the plugins of 1.23 to 1.37"),
    ("scc/scc-create", _of("cases"), "pods judged by OpenShift's own code"),
    ("scc/scc-update", _of("cases"), "updates of pods, by the same"),
    ("scc/scc-exec", _of("cases"), "commands in pods, by the same"),
    ("scc/scc-review", _of("cases"), "reviews of pods, by the same"),
    (
        "scc/scc-psa-sync",
        _of("namespaces"),
        "Pod Security labels of namespaces, by OpenShift's own controller",
    ),
    ("validation", _line, "objects that servers 1.24 and 1.37 refuse, with why"),
    ("validation-whole", _line, "pods, workloads, Services and ConfigMaps, by the same"),
    (
        "boundaries",
        lambda line: len(line.get("errors", ())),
        "fields at and beyond their limits, by the same",
    ),
    ("validation-filled-in", _line, "pods as a policy left them"),
)
"""The files of answers, how many are in a line, and what was asked."""
_COUNTED = {
    "audit-rules": "rules of the audit",
    "steps": "steps of escalation paths",
    "checks": "checks of the Pod Security Standards",
    "schemas": "JSON answers with a schema",
    "commands": "commands, groups included",
}


def answers() -> int:
    """How many answers are recorded."""
    return sum(count for _, count, _ in _counts())


def _counts() -> list[tuple[str, int, str]]:
    result = []
    for name, counted, what in RECORDED:
        with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            result.append((name, sum(counted(json.loads(line)) for line in lines), what))
    return result


def page(text: str) -> str:
    """The page with its counts as they are now."""
    rows = [(f"`{name}.jsonl.gz`", f"{count:,}", what) for name, count, what in _counts()]
    titles = ("file of `tests/conformance/data`", "answers", "what was asked")
    text = written.with_table(text, "proof", "answers", written.table(titles, rows))
    counts = [
        (_COUNTED[each.name], str(len(each.stems))) for each in written.every() if each.name in _COUNTED
    ]
    return written.with_table(text, "proof", "counts", written.table(("what", "how many"), counts))


def write() -> None:
    """Write the counts."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
