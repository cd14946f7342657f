"""What both are asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rbacpsp.catalog import Account
from rbacpsp.model import WORKLOAD_KINDS, Request, User, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.templates import pods_of


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """May a user do it?"""

    user: User
    request: Request

    @property
    def title(self) -> str:
        """The question in one line."""
        asked = self.request
        if asked.path is not None:
            return f"{self.user.name}: {asked.verb} {asked.path}"
        what = asked.combined_resource + (f".{asked.group}" if asked.group else "")
        name = f"/{asked.name}" if asked.name else ""
        where = f" in {asked.namespace}" if asked.namespace else ""
        return f"{self.user.name}: {asked.verb} {what}{name}{where}"


@dataclass(frozen=True, slots=True)
class PodQuestion:
    """What becomes of a pod that a user submits?"""

    user: User | None
    """None stands for the user of the login."""
    namespace: str
    pod: JSONObject

    @property
    def title(self) -> str:
        """The question in one line."""
        metadata = self.pod.get("metadata") or {}
        name = metadata.get("name") or f"{metadata.get('generateName')}xxxxx"
        who = f"{self.user.name}: " if self.user else ""
        return f"{who}create pod/{name} in {self.namespace}"


@dataclass(frozen=True, slots=True)
class RulesQuestion:
    """Which rules hold for a user in a namespace?"""

    user: User | None
    """None stands for the user of the login."""
    namespace: str

    @property
    def title(self) -> str:
        """The question in one line."""
        who = f"{self.user.name}: " if self.user else ""
        return f"{who}rules in {self.namespace}"


Question = AccessQuestion | RulesQuestion | PodQuestion


def read_questions(
    objects: Iterable[Mapping[str, Any]],
    *,
    user: User | None,
    namespace: str,
    version: Version,
    controllers: Mapping[str, Account],
) -> Iterator[Question]:
    """The questions in SubjectAccessReviews, pods and what makes pods.

    Args:
        objects: Plain JSON values.
        user: Who submits what no controller does; None stands for the user of the login.
        namespace: Where, when an object does not say it.
        version: The server's.
        controllers: Who creates the pods of each kind of workload.

    Raises:
        ValueError: An object is no question, or not well-formed.
    """
    for obj in objects:
        kind = obj.get("kind")
        if kind == "SubjectAccessReview":
            spec = obj.get("spec") or {}
            name, groups = spec.get("user") or "", spec.get("groups") or ()
            several = isinstance(groups, list | tuple) and all(isinstance(group, str) for group in groups)
            if not isinstance(name, str) or not several:
                raise ValueError(
                    "a SubjectAccessReview has a user that is a string and groups that are strings"
                )
            yield AccessQuestion(User(name, tuple(groups)), Request.from_review(spec))
        elif kind == "Pod" or kind in WORKLOAD_KINDS:
            for made in pods_of(dict(obj), version, controllers):
                yield PodQuestion(made.creator or user, made.namespace or namespace, made.pod)
        else:
            raise ValueError(
                f"{kind} is no question: give SubjectAccessReviews, pods, or workloads that make pods"
            )
