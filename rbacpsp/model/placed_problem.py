"""An error in a file that a person wrote for this program, with its line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """One mistake in a file, and where it is."""

    line: int
    """0 where it is not known."""
    place: str
    """The keys that lead there, as in `exceptions[0].expires`."""
    message: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.place)))
        return f"{where}: {self.message}" if where else self.message
