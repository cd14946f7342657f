"""The answer of constraints to a request for a pod, and the state that the phases of admission share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import User
from rbacpsp.model.result import one_line
from rbacpsp.pods.canonical import canonical
from rbacpsp.scc.attempts import Considered

VALIDATED_ANNOTATION = "openshift.io/scc"
"""The annotation with the constraints that admitted a pod."""
SUBJECT_TYPE_ANNOTATION = "security.openshift.io/validated-scc-subject-type"
"""The annotation that says whether the service account or the user may use them."""
REQUIRED_ANNOTATION = "openshift.io/required-scc"
"""The annotation with the only constraints that may admit the pod."""


@dataclass(frozen=True, slots=True)
class SCCAdmission:
    """Whether the server admits a pod, and why; true when allowed."""

    allowed: bool
    scc: str | None = None
    """The constraints that the stored pod names; None when refused, and where it names none."""
    subject_type: str | None = None
    """Who may use them, as the stored pod says: `serviceaccount` or `user`."""
    message: str | None = None
    """The server's whole message when refused."""
    pod: JSONObject | None = None
    """The pod as it is stored, without the changes of other plugins; None when refused."""
    audit: Mapping[str, str] = field(default_factory=FrozenDict)
    """The annotations of the event in the audit log."""
    considered: Mapping[str, Considered] = field(default_factory=FrozenDict)
    """All constraints in the server's order, including unusable ones; empty if the pod was not checked."""
    not_judged: str = ""
    """Why the pod was not checked; empty if it was."""
    stage: str = ""
    """The stage that refuses: `serviceaccount`, `scc-mutate`, `validation`, `scc-validate` or `exec`."""
    admitted: str | None = None
    """The constraints that admit the pod in the mutating phase; None if none do, or the pod was not
    checked."""
    asked: tuple[User, ...] = ()
    """Whose `use` of constraints counted: the pod's service account, then the requester."""
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could change this answer."""

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def invalid_by(self) -> str:
        """The constraints that admitted the pod, where the API server then refuses it as invalid."""
        return "" if self.admitted is None or self.stage != "validation" else self.admitted

    def __repr__(self) -> str:
        answer = f"allowed by {self.scc}" if self.scc else self.message or self.not_judged
        return one_line(f"<SCCAdmission: {answer}>")


class PodRefusedError(Exception):
    """The plugin refuses a pod; the text is the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AuditAnnotations(Mapping[str, str]):
    """The annotations of an event in the audit log, computed on first access."""

    def __init__(self, parts: Iterable[Callable[[], Mapping[str, str]]]) -> None:
        self._parts = tuple(parts)

    @cached_property
    def _annotations(self) -> dict[str, str]:
        return {key: text for part in self._parts for key, text in part().items()}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the computed annotations."""
        return (FrozenDict, (self._annotations,))

    def __getitem__(self, key: str) -> str:
        return self._annotations[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._annotations)

    def __len__(self) -> int:
        return len(self._annotations)

    def __repr__(self) -> str:
        return repr(self._annotations)


class RequestPhases:
    """The state of one request that the phases of admission share."""

    def __init__(self) -> None:
        self.audit: list[Callable[[], Mapping[str, str]]] = []
        self.considered: Mapping[str, Considered] = FrozenDict()
        self.not_judged = ""
        self.admitted: str | None = None
        self.asked: tuple[User, ...] = ()

    def refused(self, stage: str, message: str) -> SCCAdmission:
        """The answer of a stage that refuses the pod."""
        return SCCAdmission(
            allowed=False,
            message=message,
            audit=AuditAnnotations(self.audit),
            considered=self.considered,
            not_judged=self.not_judged,
            stage=stage,
            admitted=self.admitted,
            asked=self.asked,
        )

    def stored(self, pod: JSONObject) -> SCCAdmission:
        """The answer for a pod that is stored."""
        annotations = pod.get("metadata", {}).get("annotations", {})
        return SCCAdmission(
            allowed=True,
            scc=annotations.get(VALIDATED_ANNOTATION),
            subject_type=annotations.get(SUBJECT_TYPE_ANNOTATION),
            pod=canonical(pod),
            audit=AuditAnnotations(self.audit),
            considered=self.considered,
            not_judged=self.not_judged,
            admitted=self.admitted,
            asked=self.asked,
        )


def annotation(pod: JSONObject, key: str) -> str:
    """An annotation of a pod; empty where it is absent."""
    text: str = pod.get("metadata", {}).get("annotations", {}).get(key, "")
    return text
