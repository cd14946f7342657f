"""The results of checking objects against the Pod Security Standards."""

from dataclasses import dataclass
from typing import NamedTuple

from rbacpsp.pss import Failure, LevelVersion


class FieldLine(NamedTuple):
    """A field that violates a check, and its line, or the line of the object that lacks it."""

    field: str
    line: int


class FailedCheck(NamedTuple):
    """A check that an object fails, with the lines of its fields."""

    failure: Failure
    faults: tuple[FieldLine, ...]

    @property
    def message(self) -> str:
        """Reason and detail, in the server's words."""
        reason, detail = self.failure.reason, self.failure.detail
        return f"{reason} ({detail})" if detail else reason


@dataclass(frozen=True, slots=True)
class PodSecurityResult:
    """An object, the file and line it was read from, and the checks of a level that it fails."""

    kind: str
    namespace: str
    """The namespace in its manifest; may be empty."""
    name: str
    file: str
    document: int
    line: int
    level: LevelVersion
    failed: tuple[FailedCheck, ...] = ()
    counts: bool = False
    """Whether its failures make the command fail."""
    exempt: str = ""
    """Why it is not evaluated; empty if it is evaluated."""

    @property
    def title(self) -> str:
        """The object, as kubectl names it."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def verdict(self) -> str:
        """`meets`, `violates` or `exempt`."""
        return "exempt" if self.exempt else "violates" if self.failed else "meets"

    @property
    def sentence(self) -> str:
        """The object and its verdict, in one line."""
        where = f"{self.title} in {self.namespace}" if self.namespace else self.title
        return f"{where} is exempt: {self.exempt}" if self.exempt else f"{where} {self.verdict} {self.level}"

    def position(self, line: int) -> str:
        """A line of its file, as compilers write it."""
        return f"{self.file}:{line}" if line else self.file
