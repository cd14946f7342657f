"""`-o sarif`: SARIF 2.1.0 logs.

GitHub accepts 25,000 results of a run and shows the 5,000 most severe. It reads brackets in a message as
links.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's "SARIF support for code scanning".
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from rbacpsp import __version__
from rbacpsp.model.json import JSONObject
from rbacpsp.report import json
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Scanned

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 5_000
MOST_LOCATIONS = 100
MOST_TEXT = 1_000
"""The most characters of a message."""


def log(rules: Sequence[JSONObject], results: Sequence[JSONObject], notes: Sequence[str] = ()) -> JSONObject:
    """A log of one run: its rules, the results that name them by `ruleId`, and notifications."""
    index = {rule["id"]: position for position, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "rbacpsp", "version": __version__, "rules": list(rules)}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": note}} for note in notes
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            {"ruleId": result["ruleId"], "ruleIndex": index[result["ruleId"]], **result} for result in results
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def message(text: str) -> JSONObject:
    """A message, shortened if it is long."""
    text = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 3]}..."
    return {"text": text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")}


def location(file: str, line: int, words: str, kind: str = "resource") -> JSONObject:
    """A location: a line of a file, and the name of the object or field there."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": max(line, 1)},
        },
        "logicalLocations": [{"fullyQualifiedName": words, "kind": kind}],
    }


def uri(file: str) -> str:
    """A path as a relative reference, or as a `file:` URI if it is absolute."""
    text = file.replace("\\", "/").removeprefix("./")
    encoded = quote(text.encode("utf-8", "surrogateescape"), safe="/~-._")
    return f"file://{encoded}" if text.startswith("/") else encoded


def write(answer: Scanned, _headers: bool) -> Iterator[str]:
    """The answer's log."""
    return json.stream(answer.log())


FORMAT = Format("sarif", ((Scanned, write),))
