"""Refusals that need nothing but an explanation: each is a `Saying`, which is data.

`says`, `why` and `mend` are templates in which `{name}` is replaced by the pattern's group of that name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rbacpsp.admission.refusals.form import Refusal, joined, name_of


@dataclass(frozen=True, slots=True)
class Saying:
    """A kind of message: who writes it, what it means, and how to fix the cause."""

    id: str
    whose: str
    """The component that refuses."""
    pattern: re.Pattern[str]
    says: str
    mend: tuple[str, ...]
    checks: tuple[str, ...] = field(default=())
    """Checks of the Pod Security Standards that require the setting that was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRefusal(Refusal):
    """A refusal that a `Saying` explains."""

    saying: Saying
    values: dict[str, str]
    """The names in this message, for the templates."""


def find_all(sayings: tuple[Saying, ...], text: str) -> Iterator[SaidRefusal]:
    """Every message of a text that one of the `Saying`s matches."""
    for saying in sayings:
        for match in saying.pattern.finditer(text):
            values = {key: joined(name_of(value)) for key, value in match.groupdict().items()}
            yield SaidRefusal(start=match.start(), end=match.end(), saying=saying, values=values)
