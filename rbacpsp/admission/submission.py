"""The answer to a submitted object: whether the server accepts it, and each step on the way."""

from dataclasses import dataclass
from typing import Any, Literal

from rbacpsp.model import User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import Shown, one_line

Refuser = Literal["rbac", "validation", "serviceaccount", "psp", "scc", "podsecurity"]
"""The parts of the server that may refuse an object."""

WHO = {
    "rbac": "RBAC",
    "validation": "validation",
    "serviceaccount": "the ServiceAccount plugin",
    "psp": "PodSecurityPolicy",
    "scc": "security context constraints",
    "podsecurity": "Pod Security",
}
"""Their names in sentences."""


@dataclass(frozen=True, slots=True)
class Step:
    """The answer of one part of the server."""

    by: Refuser
    allowed: bool | None
    """None if this part was not checked; `text` says why."""
    text: str
    """The server's refusal, or why it is allowed or was not checked."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One remedy for a refusal."""

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
    """A pod that a controller creates for the object, and the answer to it."""

    kind: str
    """The workload's."""
    name: str
    """The pod's, or the beginning of its generated name."""
    creator: User | None
    """The controller; None where a person creates the pods."""
    refused_by: Refuser | None
    message: str | None
    event: str | None
    """The event that a person sees on the workload."""
    steps: tuple[Step, ...]
    mending: tuple[Remedy, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the server would accept it."""
        return self.refused_by is None


@dataclass(frozen=True, slots=True, repr=False)
class Submission(Shown):
    """Whether the server would accept an object; true when it would, even if its pods are refused."""

    kind: str
    name: str
    namespace: str
    """Its namespace; empty for a cluster-scoped object."""
    user: User | None
    """Who submits it; None if nobody was named, so that RBAC was not checked."""
    refused_by: Refuser | None
    message: str | None
    """The server's whole message when refused."""
    steps: tuple[Step, ...]
    pods: tuple[SubmittedPod, ...] = ()
    """The pods that controllers will create for it, where it is accepted."""
    mending: tuple[Remedy, ...] = ()
    """The smallest remedies, for the object or for its pods."""
    warnings: tuple[str, ...] = ()
    """The server's warnings."""

    @property
    def allowed(self) -> bool:
        """Whether the server would accept the object itself."""
        return self.refused_by is None

    @property
    def runs(self) -> bool:
        """Whether the server accepts the object and all of its pods."""
        return self.allowed and all(pod.allowed for pod in self.pods)

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        message_words = f": {self.message}" if self.message else ""
        return one_line(f"<Submission of {self.kind} {self.name}: {self.verdict}{message_words}>")

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        if self.refused_by is not None:
            return f"refused by {WHO[self.refused_by]}"
        refusers = dict.fromkeys(WHO[pod.refused_by] for pod in self.pods if pod.refused_by is not None)
        return f"taken, but its pods are refused by {' and '.join(refusers)}" if refusers else "taken"
