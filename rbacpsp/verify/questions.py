"""The questions that the analyzer and the server both answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rbacpsp.catalog import Account
from rbacpsp.model import WORKLOAD_KINDS, Request, User, Version
from rbacpsp.model.argument_types import said
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.templates import pods_of


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """Whether a user may make a request."""

    user: User
    request: Request

    @property
    def title(self) -> str:
        """The question in one line."""
        request = self.request
        if request.path is not None:
            return f"{self.user.name}: {request.verb} {request.path}"
        resource_words = request.combined_resource + (f".{request.group}" if request.group else "")
        name = f"/{request.name}" if request.name else ""
        namespace_words = f" in {request.namespace}" if request.namespace else ""
        return f"{self.user.name}: {request.verb} {resource_words}{name}{namespace_words}"


@dataclass(frozen=True, slots=True)
class PodQuestion:
    """Whether a pod that a user submits is admitted, and how it is changed."""

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
    """Which rules apply to a user in a namespace."""

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
    """The questions in SubjectAccessReviews, pods and workloads.

    Args:
        objects: Plain JSON values.
        user: Who creates pods without a controller; None means the user of the login.
        namespace: The namespace of objects without one.
        version: The version of the server.
        controllers: The accounts that create the pods of each kind of workload.

    Raises:
        ValueError: An object is not a question, or not well-formed.
    """
    for obj in objects:
        kind = obj.get("kind")
        if kind == "SubjectAccessReview":
            spec = obj.get("spec") or {}
            if not isinstance(spec, Mapping):
                raise ValueError(f"the spec of a SubjectAccessReview must be an object, not {said(spec)}")
            name, groups = spec.get("user") or "", spec.get("groups") or ()
            several = isinstance(groups, list | tuple) and all(isinstance(group, str) for group in groups)
            if not isinstance(name, str) or not several:
                raise ValueError(
                    "a SubjectAccessReview has a user that is a string and groups that are strings"
                )
            yield AccessQuestion(User(name, tuple(groups)), Request.from_review(spec))
        elif kind == "Pod" or kind in WORKLOAD_KINDS:
            for workload_pod in pods_of(dict(obj), version, controllers):
                yield PodQuestion(
                    workload_pod.creator or user, workload_pod.namespace or namespace, workload_pod.pod
                )
        else:
            what = "an object without a kind" if kind is None else kind
            raise ValueError(
                f"{what} is not a question: pass SubjectAccessReviews, pods, or workloads that create pods"
            )
