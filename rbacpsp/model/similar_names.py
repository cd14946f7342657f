"""Finds names similar to an unknown one, for "did you mean"."""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

_MOST = 3
_LONGEST = 253
"""Longer texts cannot be names and are slow to compare."""
_ALIKE = 0.7
"""The least ratio of similarity of two names."""
_AS_GOOD = 0.12
"""The largest difference in the ratio to the best match."""


def did_you_mean(names: Iterable[str]) -> str:
    """Suggested names as the end of a sentence; empty without names."""
    choices = " or ".join(names)
    return f"; did you mean {choices}?" if choices else ""


def likeliest(word: str, names: Iterable[str]) -> list[str]:
    """At most three names that look like a word, the most likely first; case is ignored."""
    by_lower = {name.lower(): name for name in names if len(name) <= _LONGEST}
    close = _closest(word[:_LONGEST].lower(), by_lower)
    best = close[0][0] if close else 0
    return [by_lower[match] for ratio, match in close if ratio >= best - _AS_GOOD]


def _closest(word: str, names: Iterable[str]) -> list[tuple[float, str]]:
    """The ratios and the names that `difflib.get_close_matches` finds.

    Names are compared only while their letters allow a ratio as good as those that were found.
    """
    matcher = SequenceMatcher(None, "", word)
    closest: list[tuple[float, str]] = []
    least = _ALIKE
    for bound, name in sorted(_bounds(word, names), reverse=True):
        if bound < least:
            break
        matcher.set_seq1(name)
        ratio = matcher.ratio()
        if ratio >= least:
            closest = sorted([*closest, (ratio, name)], reverse=True)[:_MOST]
            least = closest[-1][0] if len(closest) == _MOST else _ALIKE
    return closest


def _bounds(word: str, names: Iterable[str]) -> Iterable[tuple[float, str]]:
    """The names that may be similar to a word, with the highest ratio that their letters allow."""
    letters = Counter(word).items()
    length = len(word)
    for name in names:
        both = length + len(name)
        if both and 2 * min(length, len(name)) / both < _ALIKE:
            continue
        common = 0
        for letter, number in letters:
            occurrences = name.count(letter)
            common += min(number, occurrences)
        bound = 2 * common / both if both else 1.0
        if bound >= _ALIKE:
            yield bound, name
