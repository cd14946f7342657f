"""Refusals that need nothing but an explanation: each is a `KnownMessage`, which is data.

`says`, `why` and `remedies` are templates in which `{name}` is replaced by the pattern's group of that name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rbacpsp.admission.refusals.form import PastedRefusal, collapse_blanks, name_of


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A kind of message: who writes it, what it means, and how to fix the cause."""

    id: str
    whose: str
    """The component that refuses."""
    pattern: re.Pattern[str]
    says: str
    remedies: tuple[str, ...]
    checks: tuple[str, ...] = field(default=())
    """Checks of the Pod Security Standards that require the setting that was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRefusal(PastedRefusal):
    """A refusal that a `KnownMessage` explains."""

    known_message: KnownMessage
    values: dict[str, str]
    """The names in this message, for the templates."""


def find_all(known_messages: tuple[KnownMessage, ...], text: str) -> Iterator[ExplainedRefusal]:
    """Every message of a text that one of the `KnownMessage`s matches."""
    for known_message in known_messages:
        for match in known_message.pattern.finditer(text):
            values = {key: collapse_blanks(name_of(value)) for key, value in match.groupdict().items()}
            yield ExplainedRefusal(
                start=match.start(), end=match.end(), known_message=known_message, values=values
            )
