"""Set fields in the text of a manifest, so that its comments, order and quotes survive.

Only the characters of the new values are inserted. The edited text is read again and held against the
edited values: where that fails (an alias shared by two places, a merge key), nothing is changed and the
reason is said.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from rbacpsp.pss.fix import Edit
from rbacpsp.pss.paths import Path, path_text, with_value


class YamlEditError(ValueError):
    """A text that cannot be edited without changing more than was asked for."""


def edit_yaml(text: str, edits: Mapping[tuple[int, int], Sequence[Edit]]) -> str:
    """A text of YAML or JSON with fields of its objects set.

    Args:
        text: The whole file.
        edits: What to set in which object: the document's number from 1, and its place in the List that the
            document is (-1: the document is the object). Lists that are there only get items appended.

    Raises:
        YamlEditError: The text is not readable, has no such document, or cannot be edited safely.
    """
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise YamlEditError(f"the text is no readable YAML: {error}") from None
    for document, _ in sorted(edits):
        if not 1 <= document <= len(nodes) or not isinstance(nodes[document - 1], yaml.MappingNode):
            raise YamlEditError(f"there is no object in document {document}")
    for document in sorted({document for document, _ in edits}, reverse=True):
        root = nodes[document - 1]
        start = root.start_mark.index - root.start_mark.column
        end = _line_end(text, _end(root))
        part = text[start:end]
        for (of, item), changes in sorted(edits.items()):
            for edit in changes if of == document else ():
                path = edit.path if item < 0 else ("items", item, *edit.path)
                part = _edited(part, path, edit.value)
        text = text[:start] + part + text[end:]
    return text


def _edited(part: str, path: Path, value: Any) -> str:
    root = _compose(part)
    _refuse_shared(root, path)
    edited = _set(part, root, path, value, quoted=bool(root.flow_style))
    before, after = _plain(root), _plain(_compose(edited))
    if after != with_value(before, path, _as_text(value)):
        raise YamlEditError(f"{path_text(path)} cannot be set without changing more: edit it by hand")
    return edited


def _compose(part: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(part, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise YamlEditError(f"the text cannot be edited: {error}") from None
    if not isinstance(root, yaml.MappingNode):
        raise YamlEditError("the document is no object")
    return root


def _plain(node: yaml.Node) -> Any:
    """The values of a node with every scalar as it is written: nothing depends on how one is read."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def _refuse_shared(root: yaml.Node, path: Path) -> None:
    """Refuse a path through a node that stands in two places: changing one would change the other."""
    seen: dict[int, int] = {}

    def count(node: yaml.Node) -> None:
        seen[id(node)] = seen.get(id(node), 0) + 1
        if seen[id(node)] == 1 and not isinstance(node, yaml.ScalarNode):
            for child in node.value:
                for part in child if isinstance(child, tuple) else (child,):
                    count(part)

    count(root)
    node: yaml.Node | None = root
    for depth, step in enumerate(path):
        node = _child(node, step)
        if node is None:
            return
        if seen[id(node)] > 1:
            raise YamlEditError(f"{path_text(path[: depth + 1])} is an alias: edit it by hand")


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _set(part: str, root: yaml.MappingNode, path: Path, value: Any, *, quoted: bool) -> str:
    """Walk as far as the path exists, and insert the rest there."""
    node: yaml.Node = root
    for depth, step in enumerate(path):
        child = _child(node, step)
        rest = path[depth + 1 :]
        if child is None:
            return _add_key(part, node, str(step), _nested(rest, value), quoted=quoted)
        if _is_null(child):
            shown = f" {_flow(_nested(rest, value), quoted=quoted)}"
            return part[: child.start_mark.index].rstrip(" ") + shown + part[child.end_mark.index :]
        node = child
    if isinstance(node, yaml.SequenceNode):
        for new in value[len(node.value) :]:
            part = _append(part, node, new, quoted=quoted)
        return part
    return part[: node.start_mark.index] + _flow(value, quoted=quoted) + part[node.end_mark.index :]


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _nested(path: Sequence[str | int], value: Any) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


def _add_key(part: str, node: yaml.Node, key: str, value: Any, *, quoted: bool) -> str:
    """Put a key behind the last one of a mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise YamlEditError(f"{key} cannot be set: what should hold it is no object")
    if node.flow_style:
        return _add_flow(part, node, _flow({key: value}, quoted=quoted)[1:-1])
    return _add_lines(part, node, _block({key: value}, " " * node.start_mark.column))


def _append(part: str, node: yaml.SequenceNode, value: Any, *, quoted: bool) -> str:
    if node.flow_style:
        return _add_flow(part, node, _flow(value, quoted=quoted))
    return _add_lines(part, node, [f"{' ' * node.start_mark.column}- {_flow(value, quoted=quoted)}"])


def _add_flow(part: str, node: yaml.CollectionNode, shown: str) -> str:
    if not node.value:
        at = node.end_mark.index - 1
        return part[:at].rstrip() + shown + part[at:]
    at = _end(node.value[-1])
    return f"{part[:at]}, {shown}{part[at:]}"


def _add_lines(part: str, node: yaml.Node, lines: list[str]) -> str:
    """Insert whole lines behind the line on which a block ends."""
    newline = "\r\n" if "\r\n" in part else "\n"
    at = _line_end(part, len(part[: _end(node)].rstrip()))
    before = part[:at] if part[:at].endswith("\n") else part[:at] + newline
    ending = newline if part[:at].endswith("\n") else ""
    return before + newline.join(lines) + ending + part[at:]


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _end(node: Any) -> int:
    """Where the last character of a node is written: a block's own mark is behind later comments."""
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
