"""Collects warnings about dropped unknown fields: the first ones are listed, the others counted."""

from collections import Counter

from rbacpsp.decode.schema import Issue
from rbacpsp.model import Document
from rbacpsp.model.go import quote
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import Path, path_text

NAMESPACE = ("metadata", "namespace")
"""The path to the namespace of an object."""
NAMED = 20
"""How many occurrences of one unknown field in one file are listed; the others are counted."""
MOST_SORTS = 200
"""How many different unknown fields of one file are counted separately."""


class Doubts:
    """Collects the unknown fields of a load as sentences."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._sorts: Counter[tuple[str, str, str]] = Counter()
        self._others: Counter[str] = Counter()
        self._told_apart: Counter[str] = Counter()

    def wants(self, document: Document, kind: str, issue: Issue) -> bool:
        """Count an unknown field and return whether to list it too."""
        file = document.file
        sort = (file, kind, "".join("[]" if isinstance(step, int) else f".{step}" for step in issue.path))
        if sort not in self._sorts:
            if self._told_apart[file] == MOST_SORTS:
                self._others[file] += 1
                return False
            self._told_apart[file] += 1
        self._sorts[sort] += 1
        return self._sorts[sort] <= NAMED

    def unknown(self, document: Document, line: int, object_name: str, issue: Issue) -> None:
        """Add an unknown field that was dropped from an object."""
        text = shown(document.file) + (f", document {document.number}" if document.number else "")
        text += f", line {line}" if line else ""
        self.lines.append(
            f"{text}: {object_name}: {path_text(issue.path)} is not a field and was left out; {issue.advice}"
        )

    def sentences(self) -> list[str]:
        """The listed fields, then the counts of the others."""
        rest = [
            f"{shown(file)}: {kind}: {shown(sort[1:])} is not a field, left out {count - NAMED} times more"
            for (file, kind, sort), count in self._sorts.items()
            if count > NAMED
        ]
        uncounted = [
            f"{shown(file)}: {count} more keys that are not fields were left out"
            for file, count in self._others.items()
        ]
        return self.lines + sorted(rest) + sorted(uncounted)


def who(kind: str, path_of_names: Path) -> str:
    """An object as messages name it: `Role dev/reader`; characters that a terminal interprets are escaped."""
    return (
        f"{kind} " + "/".join(shown(str(part)) for part in path_of_names if part)
        if any(path_of_names)
        else kind
    )


def elsewhere(name: str, namespace: str, only: str) -> tuple[str, str]:
    """The message about an object whose namespace differs from that of `kubectl apply -n`, and what to do.

    Source: cli-runtime/pkg/resource/visitor.go RequireNamespace, 0.37.
    """
    message = f"the namespace from the provided object {quote(namespace)} does not match the namespace"
    return (
        f"{name}: {message} {quote(only)}",
        "remove it from the object, or apply the object on its own",
    )
