"""Paths to the values in an object, as keys and list indexes, and as a person writes them."""

import re

from rbacpsp.model.printable import shown

Path = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """A path as a person writes it: `rules[0].verbs`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", str(step)):  # a caller's dict may have other keys than texts
            text += f".{step}"
        else:
            text += f'["{shown(str(step))}"]'
    return text.removeprefix(".")
