"""Refusals of which the words alone tell what to do: data, a `Saying` each.

`says`, `why` and `mend` are templates: `{name}` stands for the group of that name in the pattern.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rbacpsp.admission.refusals.form import Refusal, joined, name_of


@dataclass(frozen=True, slots=True)
class Saying:
    """A kind of message, who writes it, what it means, and what mends it."""

    id: str
    whose: str
    """The part of Kubernetes, or of something else, that refuses."""
    pattern: re.Pattern[str]
    says: str
    mend: tuple[str, ...]
    checks: tuple[str, ...] = field(default=())
    """Checks of the Pod Security Standards that demand what caused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRefusal(Refusal):
    """A refusal that a saying explains."""

    saying: Saying
    values: dict[str, str]
    """The names in this message, for the templates."""


def find_all(sayings: tuple[Saying, ...], text: str) -> Iterator[SaidRefusal]:
    """Every message of a text that one of the sayings explains."""
    for saying in sayings:
        for match in saying.pattern.finditer(text):
            values = {key: joined(name_of(value)) for key, value in match.groupdict().items()}
            yield SaidRefusal(start=match.start(), end=match.end(), saying=saying, values=values)
