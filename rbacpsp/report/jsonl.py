"""`-o jsonl`: one JSON object per line."""

import json
from collections.abc import Iterator

from rbacpsp.report.escape import json_text
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Listed


def write(answer: Listed, _headers: bool) -> Iterator[str]:
    """A line for each object."""
    return (json_text(json.dumps(document, ensure_ascii=False)) + "\n" for document in answer.documents())


FORMAT = Format("jsonl", ((Listed, write),))
