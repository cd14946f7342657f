"""Finds names similar to an unknown one, for "did you mean"."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_MOST = 3
_LONGEST = 253
"""What is longer is no name, and takes long to compare."""
_ALIKE = 0.7
"""How much of two names must be the same."""
_AS_GOOD = 0.12
"""How much less alike than the best one others may be."""


def likeliest(word: str, names: Iterable[str]) -> list[str]:
    """At most three names that look like a word whatever their case, the most likely first."""
    by_lower = {name.lower(): name for name in names if len(name) <= _LONGEST}
    wanted = word[:_LONGEST].lower()
    close = get_close_matches(wanted, by_lower, n=_MOST, cutoff=_ALIKE)
    alike = {each: SequenceMatcher(None, each, wanted).ratio() for each in close}
    best = max(alike.values(), default=0)
    return [by_lower[each] for each in close if alike[each] >= best - _AS_GOOD]
