"""`-o jsonl`: one JSON object a line."""

import json
from collections.abc import Iterator

from rbacpsp.report.escape import json_text
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Listed


def write(shown: Listed, _headers: bool) -> Iterator[str]:
    """The objects, a line each."""
    return (json_text(json.dumps(document, ensure_ascii=False)) + "\n" for document in shown.documents())


FORMAT = Format("jsonl", ((Listed, write),))
