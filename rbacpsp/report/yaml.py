"""`-o yaml`: the JSON object as YAML, which kubectl reads back as the same values.

Blocks are written here, since PyYAML takes minutes and gigabytes for the answers of a large cluster; PyYAML
only decides how a string is quoted, once for each string.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import yaml

from rbacpsp.report.escape import begins_command
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Applied, Documented

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
"""Strings that need no quotes unless they are one of `_WORDS`."""
_QUOTED = re.compile(r"(?=[^ ])[ -~]*['\"][ -~]*(?<! )")
"""One line of ASCII with quotes in it that neither begins nor ends with a space."""
_WORDS = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")
_AMBIGUOUS = re.compile(r"[yYnN]|[-+.]*[0-9][-+.,:0-9_a-fA-FxXoObB]*|0[xXoObB].*")
"""Plain words that YAML readers disagree about: Go's does not read `y`, `1e3` and `0o7` as strings."""


def write(answer: Documented, _headers: bool) -> Iterator[str]:
    """The document, with its keys in their order."""
    return stream(answer.document())


def write_manifests(answer: Applied, _headers: bool) -> Iterator[str]:
    """The manifests, for `kubectl apply`."""
    return joined(answer.manifests())


def joined(documents: Iterable[str]) -> Iterator[str]:
    """YAML documents as one text, with `---` lines between them."""
    separator = ""
    for document in documents:
        yield separator + document
        separator = "---\n"


def encode(value: Any, *, folded: bool = False) -> str:
    """A JSON value, or one that msgspec can encode, as a YAML document that is safe to print.

    With `folded`, a text that contains quotes is written as a block below its key, so that expressions need
    no escapes.
    """
    return "\n".join(_lines(msgspec.to_builtins(value), "", "", folded)) + "\n"


def stream(document: Mapping[str, object]) -> Iterator[str]:
    """An object as `encode` writes it, in chunks.

    A member that is an iterator becomes a list; each entry is made when it is written.
    """
    for key, value in document.items():
        if not isinstance(value, Iterator):
            yield encode({key: value})
            continue
        title = f"{_scalar(key)}:"
        has_entries = False
        for entry in value:
            yield "" if has_entries else f"{title}\n"
            has_entries = True
            yield "\n".join(_lines(msgspec.to_builtins(entry), "- ", "  ")) + "\n"
        if not has_entries:
            yield f"{title} []\n"


def _lines(value: Any, first: str, indent: str, folded: bool = False) -> Iterator[str]:
    """The lines of a value, with a prefix of the first line and the indent of all others."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _entry(f"{first}{_scalar(key)}:", item, indent, folded)
            first = indent
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _lines(item, f"{first}- ", f"{indent}  ", folded)
            first = indent
    else:
        yield f"{first}{_leaf(value)}"


def _entry(title: str, value: Any, indent: str, folded: bool) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield title
        yield from _lines(value, f"{indent}  ", f"{indent}  ", folded)
    elif isinstance(value, list | tuple) and value:
        yield title
        yield from _lines(value, indent, indent, folded)
    elif folded and isinstance(value, str) and _QUOTED.fullmatch(value) and not begins_command(value):
        yield f"{title} >-"
        yield f"{indent}  {value}"
    else:
        yield f"{title} {_leaf(value)}"


def _leaf(value: Any) -> str:
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, dict | list | tuple):
        return "{}" if isinstance(value, dict) else "[]"
    return json.dumps(value)


@lru_cache(maxsize=65_536)
def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _WORDS.fullmatch(text):
        return text
    command = begins_command(text)
    style = '"' if command or not text.isprintable() or _AMBIGUOUS.fullmatch(text) else None
    quoted: str = yaml.dump(
        text,
        default_style=style,
        allow_unicode=text.isprintable(),
        width=float("inf"),
        Dumper=yaml.SafeDumper,
    )
    if command:
        quoted = re.sub("#(?=#)", r"\\x23", quoted)
    return quoted.removesuffix("\n").removesuffix("\n...")


FORMAT = Format("yaml", ((Applied, write_manifests), (Documented, write)))
