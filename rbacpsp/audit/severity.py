"""The severity of a finding."""

from enum import StrEnum


class Severity(StrEnum):
    """The severities, the worst first; `rank` orders them."""

    rank: int
    """0 for critical, 4 for info."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    def __init__(self, _word: str) -> None:
        self.rank = len(type(self).__members__)

    def reaches(self, threshold: "Severity") -> bool:
        """Whether this severity is the threshold or worse."""
        return self.rank <= threshold.rank

    @property
    def score(self) -> str:
        """The `security-severity` of code scanning: critical above 9.0, high from 7.0, medium from 4.0."""
        return _SCORES[self]


_SCORES = dict(zip(Severity, ("9.5", "8.0", "5.5", "3.0", "0.0"), strict=True))
