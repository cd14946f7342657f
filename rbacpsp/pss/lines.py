"""The line of a file on which a field stands."""

import yaml

from rbacpsp.pss.paths import parse_path


class Lines:
    """The places of all fields in a text of YAML or JSON; the text is read once.

    Raises:
        ValueError: The text is no readable YAML.
    """

    def __init__(self, text: str) -> None:
        try:
            self._documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise ValueError(f"the text is no readable YAML: {error}") from None

    def line(self, field: str, document: int = 1, item: int = -1) -> int:
        """The line, from 1, of a field, or of the innermost thing that is there and should hold it.

        Args:
            field: A path such as `spec.containers[0].securityContext.privileged`.
            document: The number of the document in the text, from 1.
            item: The object's place in the List that the document is; -1: the document is the object.

        Raises:
            IndexError: There is no such document.
        """
        node = self._documents[document - 1]
        line: int = node.start_mark.line
        path = parse_path(field)
        for step in path if item < 0 else ("items", item, *path):
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == step), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return line + 1
