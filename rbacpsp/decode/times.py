"""Checks times as the API writes them: RFC 3339, as Go's time.Parse reads it.

Source: apimachinery/pkg/apis/meta/v1/time.go (0.37) and Go 1.26, whose time.Parse accepts an hour of one
digit and a comma before the fraction.
"""

import re
from functools import lru_cache

_TIME = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:[.,][0-9]+)?(?:Z|[-+](?:[01][0-9]|2[0-4]):[0-5][0-9])"
)


@lru_cache(maxsize=4096)  # the objects of a cluster were often created in the same seconds
def is_time(text: str) -> bool:
    """Whether a text is a time that the API server accepts."""
    match = _TIME.fullmatch(text)
    return match is not None and int(match[3]) <= _days(int(match[1]), int(match[2]))


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31
