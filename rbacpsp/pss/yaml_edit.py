"""Sets fields in the text of a manifest and keeps its comments, order and quotes.

The text is parsed once, and only the characters of the new values are inserted. Callers must read the edited
text again and compare it with the edited values.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import yaml

from rbacpsp.pss.fix import FieldEdit
from rbacpsp.pss.paths import Path, path_text

_BOM = "\ufeff"
Compose = Callable[[str], Any]
"""The nodes of a text of one document."""


class YamlEditError(ValueError):
    """A text that cannot be edited without other changes."""


class _Change(NamedTuple):
    """A part of the text to replace, and its depth in the document."""

    start: int
    end: int
    text: str
    depth: int


def compose(text: str) -> Any:
    """The nodes of a document, as PyYAML reads it."""
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def edit_yaml(text: str, edits: Sequence[tuple[int, Sequence[FieldEdit]]], compose: Compose = compose) -> str:
    """A document of YAML or JSON with fields of its objects set.

    Args:
        text: The text of one document.
        edits: For each object its index in the List that the document is (-1: the document is the object),
            and what to set in it. Existing lists only get items appended.
        compose: Parses the text to nodes.

    Raises:
        YamlEditError: The text is not valid YAML, is not an object, or cannot be edited safely.
    """
    if text.startswith(_BOM):
        return _BOM + edit_yaml(text.removeprefix(_BOM), edits, compose)
    lines_text = text if text.endswith("\n") else f"{text}\n"
    try:
        root = compose(lines_text)
    except yaml.YAMLError as error:
        raise YamlEditError(_unreadable(error)) from None
    if not isinstance(root, yaml.MappingNode):
        raise YamlEditError("the document is not an object")
    plan = _Plan(lines_text, root)
    for item, changes in edits:
        for edit in changes:
            plan.set(edit.path if item < 0 else ("items", item, *edit.path), edit.value)
    edited = plan.applied()
    return edited if lines_text is text else edited.removesuffix("\n")


class _Plan:
    """Plans the insertions; fields that are missing in one object are inserted together."""

    def __init__(self, text: str, root: yaml.MappingNode) -> None:
        self._text = text
        self._root = root
        self._quoted = bool(root.flow_style)
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._uses = _uses(root)
        self._missing: dict[int, tuple[yaml.Node, int, dict[str, Any]]] = {}
        """By the identity of a node: the node, its depth, and the keys that it lacks."""
        self._changes: list[_Change] = []

    def set(self, path: Path, value: Any) -> None:
        """Plan to set a value at a path, and the missing objects above it."""
        node: yaml.Node = self._root
        for depth, step in enumerate(path):
            child = _child(node, step)
            if child is not None and self._uses[id(child)] > 1:
                raise YamlEditError(f"{path_text(path[: depth + 1])} is an alias: edit it by hand")
            if child is None or (_is_null(child) and depth < len(path) - 1):
                missing_keys = path[depth:] if child is None else path[depth + 1 :]
                target = node if child is None else child
                if child is None and not isinstance(node, yaml.MappingNode):
                    raise YamlEditError(f"{step} cannot be set: its parent is not an object")
                known = self._missing.setdefault(id(target), (target, depth, {}))[2]
                for key in missing_keys[:-1]:
                    known = known.setdefault(str(key), {})
                known[str(missing_keys[-1])] = value
                return
            node = child
        if _is_null(node):
            self._fill(node, len(path), value)
        elif isinstance(node, yaml.SequenceNode):
            for new in value[len(node.value) :]:
                self._append(node, len(path), new)
        else:
            self._changes.append(
                _Change(node.start_mark.index, node.end_mark.index, self._flow(value), len(path))
            )

    def applied(self) -> str:
        """The text with all changes."""
        for node, depth, keys in self._missing.values():
            if _is_null(node):
                self._fill(node, depth, keys)
            elif isinstance(node, yaml.MappingNode) and node.flow_style:
                self._add_flow(node, depth, self._flow(keys)[1:-1])
            else:
                self._add_lines(node, depth, _block(keys, " " * node.start_mark.column))
        text = self._text
        # From the end backward; at one position the outer first, so that the inner comes before it.
        for change in sorted(self._changes, key=lambda change: (-change.start, change.depth)):
            text = text[: change.start] + change.text + text[change.end :]
        return text

    def _flow(self, value: Any) -> str:
        return _flow(value, quoted=self._quoted)

    def _fill(self, node: yaml.Node, depth: int, value: Any) -> None:
        start = len(self._text[: node.start_mark.index].rstrip(" "))
        self._changes.append(_Change(start, node.end_mark.index, f" {self._flow(value)}", depth))

    def _append(self, node: yaml.SequenceNode, depth: int, value: Any) -> None:
        if node.flow_style:
            self._add_flow(node, depth, self._flow(value))
        else:
            self._add_lines(node, depth, [f"{' ' * node.start_mark.column}- {self._flow(value)}"])

    def _add_flow(self, node: yaml.CollectionNode, depth: int, shown: str) -> None:
        if node.value:
            position = _end(node.value[-1])
            self._changes.append(_Change(position, position, f", {shown}", depth))
        else:
            position = node.end_mark.index - 1
            self._changes.append(_Change(len(self._text[:position].rstrip()), position, shown, depth))

    def _add_lines(self, node: yaml.Node, depth: int, lines: list[str]) -> None:
        """Insert complete lines after the line on which a block ends."""
        last = _end(node)
        while self._text[last - 1].isspace():
            last -= 1
        position = self._text.find("\n", last) + 1
        inserted = "".join(line + self._newline for line in lines)
        self._changes.append(_Change(position, position, inserted, depth))


def _uses(root: yaml.Node) -> dict[int, int]:
    """How often each node appears, by its identity; an alias makes it appear again."""
    seen: dict[int, int] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        seen[id(node)] = seen.get(id(node), 0) + 1
        if seen[id(node)] > 1:
            continue
        if isinstance(node, yaml.MappingNode):
            waiting += [key_or_value for pair in node.value for key_or_value in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return seen


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _end(node: Any) -> int:
    """The position after the last character of a node; the end mark of a block is after later comments."""
    if isinstance(node, tuple):
        key, value = node
        is_alias = value.start_mark.index < key.end_mark.index
        return _end(key) if is_alias else _end(value)
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    end: int = node.end_mark.index
    return end


def _flow(value: Any, *, quoted: bool) -> str:
    """A value on one line: as JSON, or with plain keys and scalars."""
    if quoted:
        return json.dumps(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner, quoted=False)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value)


def _block(value: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            lines += [f"{indent}{key}:", *_block(inner, f"{indent}  ")]
        else:
            lines.append(f"{indent}{key}: {_flow(inner, quoted=False)}")
    return lines


def _unreadable(error: yaml.YAMLError) -> str:
    """A message with the position of the mistake; PyYAML's messages are not used, since they change."""
    mark = getattr(error, "problem_mark", None)
    position = f" from line {mark.line + 1}, column {mark.column + 1} on" if mark else ""
    return f"the text is not readable YAML{position}"
