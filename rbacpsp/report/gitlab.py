"""`-o gitlab`: a Code Quality report of GitLab, which shows each result in a merge request.

GitLab reads one JSON array; fingerprints must differ, and paths must be relative to the repository.
Source: https://docs.gitlab.com/ci/testing/code_quality/ (Code Quality report format).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator

from rbacpsp.model.json import JSONObject
from rbacpsp.report.annotations import Annotation, annotations
from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.json import encode
from rbacpsp.report.protocols import Scanned

_SEVERITIES = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor", "info": "info"}


def write(answer: Scanned, _headers: bool) -> Iterator[str]:
    """The array, the most severe result first."""
    seen: Counter[str] = Counter()
    opening = "["
    for annotation in annotations(answer.log()):
        yield f"{opening}\n{encode(_issue(annotation, seen))[:-1]}"
        opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def _issue(note: Annotation, seen: Counter[str]) -> JSONObject:
    fingerprint = note.fingerprint
    seen[fingerprint] += 1
    if seen[fingerprint] > 1:
        fingerprint = hashlib.sha256(f"{fingerprint} {seen[fingerprint]}".encode()).hexdigest()[:32]
    return {
        "description": line(note.message),
        "check_name": note.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[note.severity],
        "location": {"path": line(note.file), "lines": {"begin": note.line}},
    }


FORMAT = Format("gitlab", ((Scanned, write),))
