"""Writes tests/page/layouts.json for the tests in both languages: `python -m tests.page.layouts`."""

import json
import random
from pathlib import Path
from typing import Any

from rbacpsp.report.graph.layout import Box, layout

FILE = Path(__file__).with_name("layouts.json")
_WORDS = ("alice", "system:serviceaccounts:kube-system", "名前空間", "e\u0301", "cluster-admin", "a")


def cases() -> list[dict[str, Any]]:
    """Fixed graphs, and their layouts."""
    draw = random.Random(5)  # noqa: S311 - a fixed choice
    result = [_case([], [])]
    for count in (1, 2, 5, 12, 40):
        boxes = [
            Box(draw.randrange(5), tuple(draw.choice(_WORDS) for _ in range(draw.randrange(1, 4))))
            for _ in range(count)
        ]
        edges = [(draw.randrange(count), draw.randrange(count)) for _ in range(count * 2)]
        result.append(_case(boxes, edges))
    return result


def _case(boxes: list[Box], edges: list[tuple[int, int]]) -> dict[str, Any]:
    placed = layout(boxes, edges)
    return {
        "boxes": [{"layer": box.layer, "lines": list(box.lines)} for box in boxes],
        "edges": [list(edge) for edge in edges],
        "placed": [list(box) for box in placed.boxes],
        "size": [placed.width, placed.height],
    }


def text() -> str:
    """The content of the file."""
    return json.dumps(cases(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
