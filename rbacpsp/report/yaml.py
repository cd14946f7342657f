"""`-o yaml`: the JSON object as YAML, which kubectl reads back as the same values."""

import re

import yaml

from rbacpsp.report.answer import Answer

_AMBIGUOUS = re.compile(r"[yYnN]|[-+.]*[0-9][-+.,:0-9_a-fA-FxXoObB]*|0[xXoObB].*")
"""Plain words that YAML readers disagree about: Go's reads `y`, `1e3` and `0o7` as no strings."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the parent's signature
        return True  # anchors are for machines; kubectl never writes one


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if _AMBIGUOUS.fullmatch(text) else None)


_Dumper.add_representer(str, _string)


def render(answer: Answer, *, headers: bool = True) -> str:  # noqa: ARG001 - every format has this shape
    """The document, in the order in which it was written."""
    return encode(answer.document())


def encode(value: object) -> str:
    """A JSON value as a YAML document that is safe to look at."""
    text = _dump(value, allow_unicode=True)
    return text if text.replace("\n", "").isprintable() else _dump(value, allow_unicode=False)


def _dump(value: object, *, allow_unicode: bool) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=allow_unicode, width=1_000_000
    )
    return text
