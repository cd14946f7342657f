"""The results of checking objects against the Pod Security Standards."""

from dataclasses import dataclass
from typing import NamedTuple

from rbacpsp.pss import Failure, LevelVersion


class Fault(NamedTuple):
    """A field at fault, and the line on which it stands, or what should hold it."""

    field: str
    line: int


class FailedCheck(NamedTuple):
    """A check that an object fails, with the places of its fields."""

    failure: Failure
    faults: tuple[Fault, ...]

    @property
    def message(self) -> str:
        """Reason and detail, in the server's words."""
        reason, detail = self.failure.reason, self.failure.detail
        return f"{reason} ({detail})" if detail else reason


@dataclass(frozen=True, slots=True)
class Checked:
    """An object, where it was read, and what a level says about it."""

    kind: str
    namespace: str
    """As its manifest says; may be empty."""
    name: str
    file: str
    document: int
    line: int
    level: LevelVersion
    failed: tuple[FailedCheck, ...] = ()
    counts: bool = False
    """Whether its failures are what the caller fails on."""
    exempt: str = ""
    """Why it is not judged; empty where it is."""

    @property
    def title(self) -> str:
        """The object, as kubectl names one."""
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

    def place(self, at: int) -> str:
        """A line of its file, as compilers write it."""
        return f"{self.file}:{at}" if at else self.file
