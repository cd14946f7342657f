"""Whether the server would take an object, and who says no: the answer, and each step to it."""

from dataclasses import dataclass
from typing import Any, Literal

from rbacpsp.model import User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.shown import Shown, one_line

Refuser = Literal["rbac", "validation", "serviceaccount", "psp", "scc", "podsecurity"]
"""Who may refuse an object."""

WHO = {
    "rbac": "RBAC",
    "validation": "validation",
    "serviceaccount": "the ServiceAccount plugin",
    "psp": "PodSecurityPolicy",
    "scc": "security context constraints",
    "podsecurity": "Pod Security",
}
"""Each as sentences name it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the server that is asked, in its order."""

    by: Refuser
    allowed: bool | None
    """None: it was not asked, and `text` says why."""
    text: str
    """The server's words of a refusal, else why it is allowed or not asked."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to mend a refusal."""

    kind: Literal["grant", "patch", "label", "create", "edit"]
    text: str
    """What to do, a sentence."""
    objects: tuple[JSONObject, ...] = ()
    """What kubectl applies."""
    patch: JSONObject | None = None
    """A strategic merge patch of the object."""
    fields: tuple[tuple[str, Any], ...] = ()
    """The fields that the patch sets, with their values."""


@dataclass(frozen=True, slots=True)
class SubmittedPod:
    """A pod that a controller makes of the object, and what comes of it."""

    kind: str
    """The workload's."""
    name: str
    """The pod's, or the beginning of its made-up name."""
    creator: User | None
    """The controller; None where a person makes pods of it."""
    refused_by: Refuser | None
    message: str | None
    event: str | None
    """The line that a person sees among the events of the workload."""
    steps: tuple[Step, ...]
    mending: tuple[Remedy, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the server would take it."""
        return self.refused_by is None


@dataclass(frozen=True, slots=True, repr=False)
class Submission(Shown):
    """Whether the server would take an object; true when it would, whatever becomes of its pods."""

    kind: str
    name: str
    namespace: str
    """Where it goes; empty for an object of the whole cluster."""
    user: User | None
    """Who submits it; None: nobody was named, and RBAC was not asked."""
    refused_by: Refuser | None
    message: str | None
    """The server's whole message when refused."""
    steps: tuple[Step, ...]
    pods: tuple[SubmittedPod, ...] = ()
    """Those that controllers will make of it, where it is taken."""
    mending: tuple[Remedy, ...] = ()
    """The smallest ways to mend what refuses it, or its pods."""
    warnings: tuple[str, ...] = ()
    """What the server warns of."""

    @property
    def allowed(self) -> bool:
        """Whether the server would take the object itself."""
        return self.refused_by is None

    @property
    def runs(self) -> bool:
        """Whether it is taken, and every pod of it too."""
        return self.allowed and all(pod.allowed for pod in self.pods)

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        said = f": {self.message}" if self.message else ""
        return f"<Submission of {self.kind} {self.name}: {one_line(f'{self.verdict}{said}')}>"

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        if self.refused_by is not None:
            return f"refused by {WHO[self.refused_by]}"
        refusers = dict.fromkeys(WHO[pod.refused_by] for pod in self.pods if pod.refused_by is not None)
        return f"taken, but its pods are refused by {' and '.join(refusers)}" if refusers else "taken"
