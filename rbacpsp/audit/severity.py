"""How bad a finding is."""

from enum import StrEnum


class Severity(StrEnum):
    """From a note to the whole cluster; `rank` orders them, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical, 4 for info."""
        return _RANKS[self]

    def reaches(self, threshold: "Severity") -> bool:
        """Whether this is as bad as the threshold, or worse."""
        return self.rank <= threshold.rank

    @property
    def score(self) -> str:
        """The `security-severity` of code scanning: critical above 9.0, high from 7.0, medium from 4.0."""
        return _SCORES[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_SCORES = dict(zip(Severity, ("9.5", "8.0", "5.5", "3.0", "0.0"), strict=True))
