"""Finds the line of a value in YAML; a document is parsed again only when there is a message about it."""

from typing import Any

import yaml

from rbacpsp.decode.yaml_grammar import compose
from rbacpsp.decode.yaml_split import YAMLText
from rbacpsp.model.value_path import Path


class YAMLLocator:
    """Finds lines in one YAML document that was read without error."""

    def __init__(self, document: YAMLText, line: int) -> None:
        self._document = document
        self._line = line
        self._root: Any = None
        self._odd = False
        self._members: dict[int, dict[str, tuple[int, Any]]] = {}
        """The keys of each searched mapping, by its identity, with their lines and values."""

    def __call__(self, path: Path) -> int:
        """The line of the value at a path, or of what is nearest to it."""
        node = self.root
        if node is None:
            return self._line
        line = int(node.start_mark.line)
        if not path:
            return self._line
        for step in path:
            member = self._member(node, step)
            if member is None:
                break
            line, node = member
        return self._document.first + line

    @property
    def text(self) -> str:
        """The document's text, which starts with a line break if a separator is before it."""
        return self._document.content

    @property
    def root(self) -> Any:
        """The nodes of the text; None where PyYAML refuses what kubectl reads: repeated anchor names."""
        if self._root is None and not self._odd:
            try:
                self._root = compose(self.text)
            except yaml.YAMLError:
                self._odd = True
        return self._root

    def _member(self, node: Any, step: str | int) -> tuple[int, Any] | None:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str):
            members = self._members.get(id(node))
            if members is None:
                members = self._members[id(node)] = {}
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode):
                        members.setdefault(key.value, (int(key.start_mark.line), value))
            return members.get(step)
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            value = node.value[step]
            return int(value.start_mark.line), value
        return None
