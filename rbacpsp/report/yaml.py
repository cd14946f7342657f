"""`-o yaml`: the JSON object as YAML, which kubectl reads back as the same values.

Blocks are written here, since PyYAML takes minutes and gigabytes for what a large cluster answers; how a
string is quoted is PyYAML's decision, once for each string.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import yaml

from rbacpsp.report.answer import Answer

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
"""Strings that need no quotes unless they are words that mean something else."""
_WORDS = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")
_AMBIGUOUS = re.compile(r"[yYnN]|[-+.]*[0-9][-+.,:0-9_a-fA-FxXoObB]*|0[xXoObB].*")
"""Plain words that YAML readers disagree about: Go's reads `y`, `1e3` and `0o7` as no strings."""


def render(answer: Answer, *, headers: bool = True) -> str:  # noqa: ARG001 - every format has this shape
    """The document, in the order in which it was written."""
    return encode(answer.document())


def encode(value: Any) -> str:
    """A JSON value as a YAML document that is safe to look at."""
    return "\n".join(_lines(value, "", "")) + "\n"


def pieces(document: Mapping[str, object]) -> Iterator[str]:
    """An object as `encode` writes it, in pieces.

    A member that is an iterator is a list whose entries are taken as they are written.
    """
    for key, value in document.items():
        if not isinstance(value, Iterator):
            yield encode({key: value})
            continue
        title = f"{_scalar(key)}:"
        some = False
        for entry in value:
            yield "" if some else f"{title}\n"
            some = True
            yield "\n".join(_lines(msgspec.to_builtins(entry), "- ", "  ")) + "\n"
        if not some:
            yield f"{title} []\n"


def _lines(value: Any, first: str, indent: str) -> Iterator[str]:
    """The lines of a value: what stands before its first line, and the indent of all others."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _entry(f"{first}{_scalar(key)}:", each, indent)
            first = indent
    elif isinstance(value, list | tuple) and value:
        for each in value:
            yield from _lines(each, f"{first}- ", f"{indent}  ")
            first = indent
    else:
        yield f"{first}{_leaf(value)}"


def _entry(title: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield title
        yield from _lines(value, f"{indent}  ", f"{indent}  ")
    elif isinstance(value, list | tuple) and value:
        yield title
        yield from _lines(value, indent, indent)
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
    style = '"' if not text.isprintable() or _AMBIGUOUS.fullmatch(text) else None
    quoted: str = yaml.dump(
        text,
        default_style=style,
        allow_unicode=text.isprintable(),
        width=float("inf"),
        Dumper=yaml.SafeDumper,
    )
    return quoted.removesuffix("\n").removesuffix("\n...")
