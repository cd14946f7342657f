"""The verdict of one admission plugin on the pods of a workload."""

from msgspec import Struct

Key = tuple[str, str, str]
"""(namespace, kind, name) of a workload."""


class AdmissionVerdict(Struct, frozen=True):
    """The verdict of one admission plugin on the pods of a workload."""

    by: str
    """The policy that admits them, or the level and version that the namespace enforces."""
    message: str = ""
    """Why they are refused, in the server's words; empty where they are not."""

    @property
    def allowed(self) -> bool:
        """Whether they are admitted."""
        return not self.message

    @property
    def words(self) -> str:
        """The verdict in one line."""
        return f"refused: {self.message}" if self.message else self.by
