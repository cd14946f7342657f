"""Builds the parts of the messages of the checks.

Source: k8s.io/pod-security-admission policy/helpers.go, 0.37.
"""

from collections.abc import Collection, Iterable


def join_quote(items: Iterable[str]) -> str:
    """`"a", "b"`: the items in quotes, not escaped, separated by commas."""
    joined = '", "'.join(items)
    return f'"{joined}"'


def pluralize(singular: str, items: Collection[object]) -> str:
    """The singular for one item, and the word with an `s` for any other number."""
    return singular if len(items) == 1 else f"{singular}s"


def containers_text(names: Collection[str]) -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{pluralize('container', names)} {join_quote(names)}"
