"""Finds names similar to an unknown one, for "did you mean"."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_MOST = 3
_LONGEST = 253
"""Longer texts cannot be names and are slow to compare."""
_ALIKE = 0.7
"""The least ratio of similarity of two names."""
_AS_GOOD = 0.12
"""The largest difference in the ratio to the best match."""


def likeliest(word: str, names: Iterable[str]) -> list[str]:
    """At most three names that look like a word, the most likely first; case is ignored."""
    by_lower = {name.lower(): name for name in names if len(name) <= _LONGEST}
    lower_word = word[:_LONGEST].lower()
    close = get_close_matches(lower_word, by_lower, n=_MOST, cutoff=_ALIKE)
    alike = {match: SequenceMatcher(None, match, lower_word).ratio() for match in close}
    best = max(alike.values(), default=0)
    return [by_lower[match] for match in close if alike[match] >= best - _AS_GOOD]
