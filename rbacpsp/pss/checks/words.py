"""How the messages of the checks are put together.

Source: k8s.io/pod-security-admission policy/helpers.go, 0.37; Go's strconv.Quote for values in messages.
"""

from collections.abc import Collection, Iterable

_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    '"': r"\"",
    "\\": r"\\",
}


def join_quote(items: Iterable[str]) -> str:
    """`"a", "b"`: the items in quotes, not escaped, separated by commas."""
    joined = '", "'.join(items)
    return f'"{joined}"'


def pluralize(singular: str, items: Collection[object]) -> str:
    """The word for one thing, or with an s for any other number of them."""
    return singular if len(items) == 1 else f"{singular}s"


def containers_text(names: Collection[str]) -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{pluralize('container', names)} {join_quote(names)}"


def go_quote(text: str) -> str:
    """A text as Go's `%q` prints it."""
    return '"' + "".join(_ESCAPES.get(char) or _printed(char) for char in text) + '"'


def _printed(char: str) -> str:
    code = ord(char)
    if char == " " or char.isprintable():
        return char
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
