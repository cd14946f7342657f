"""The pods that files ask for, each judged as the server would judge it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.model import WORKLOAD_KINDS, User
from rbacpsp.pods.templates import MadePod, pods_of
from rbacpsp.psp import Admission

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

JSONObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A pod of a file, who submits it, and what the server would say."""

    file: str
    made: MadePod
    namespace: str
    user: User | None
    """Who submits it besides the service account: a controller, the user who was named, or nobody."""
    admission: Admission

    @property
    def title(self) -> str:
        """The object, as kubectl names one."""
        return f"{self.made.kind.lower()}/{self.made.owner or '(generated name)'}"

    @property
    def words(self) -> str | None:
        """What a person sees of a refusal: kubectl's error for a pod, the event for one of a controller."""
        message = self.admission.message
        if message is None:
            return None
        if self.made.creator is None:
            file = "STDIN" if self.file == "-" else self.file
            return f'Error from server (Forbidden): error when creating "{file}": {message}'
        return f"Warning  FailedCreate  {self.made.event(message)}"


def judge(
    cluster: "Cluster", files: Iterable[str], *, user: User | None, namespace: str | None
) -> Iterator[Judged]:
    """Every pod that the files ask for, in their order; other objects are passed over and said so.

    Raises:
        InputError: A file cannot be read, or asks for no pod that a server would take.
    """
    for file in files:
        for manifest in _manifests(file):
            kind = manifest.get("kind")
            if kind != "Pod" and kind not in WORKLOAD_KINDS:
                note(f"{file}: passed over {kind}: it makes no pod.")
                continue
            try:
                for made in pods_of(manifest, cluster.policy_version, cluster.catalog.controllers):
                    yield _judged(cluster, file, made, user, _place(made, namespace))
            except ValueError as error:
                raise InputError([f"{file}: {error}"]) from None


def _manifests(file: str) -> list[JSONObject]:
    from rbacpsp.load import LoadError, read_manifests  # noqa: PLC0415 - not at start-up

    try:
        found: list[JSONObject] = read_manifests([file])
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    if not found:
        raise InputError([f"{file}: there is no object in it: name a file with a pod or a workload"])
    return found


def _place(made: MadePod, namespace: str | None) -> str:
    if namespace and made.namespace and namespace != made.namespace:
        raise click.UsageError(
            f'the namespace from the provided object "{made.namespace}" does not match the namespace '
            f"\"{namespace}\". You must pass '--namespace={made.namespace}' to perform this operation."
        )
    return namespace or made.namespace or "default"


def _judged(cluster: "Cluster", file: str, made: MadePod, user: User | None, namespace: str) -> Judged:
    if made.creator is not None:
        if user is not None and user != made.creator:
            note(f"The pods of a {made.kind} are created by {made.creator.name}, not by {user.name}.")
        user = made.creator
    elif user is None:
        warn(
            "nobody was named by --as, so that the pod is judged by what its service account may use; a "
            "policy that the person who creates it may use could admit it too"
        )
    return Judged(file, made, namespace, user, cluster.admit(made.pod, user=user, namespace=namespace))
