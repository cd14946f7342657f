"""The pods that files ask for, each judged as the server would judge it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import Source
from rbacpsp.load.decode import is_kustomization
from rbacpsp.model import WORKLOAD_KINDS, User
from rbacpsp.model.objects import Origin
from rbacpsp.pods.templates import MadePod, pods_of
from rbacpsp.psp import Admission
from rbacpsp.psp.versions import REMOVED

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
    cluster: "Cluster",
    files: Iterable[str],
    *,
    user: User | None,
    namespace: str | None,
    home: str = "default",
    named: bool = True,
) -> Iterator[Judged]:
    """Every pod that the files ask for, in their order; other objects are passed over and said so.

    Args:
        cluster: Where they are created.
        files: What `read_manifests` takes.
        user: Who creates what no controller does.
        namespace: Where; else as a manifest says.
        home: Where, when nothing says it.
        named: Whether the user was named, so that a controller in the user's place is worth a word.

    Raises:
        InputError: A file cannot be read, there is no pod in any, or one that no server would take.
        click.UsageError: A manifest names another namespace.
    """
    if cluster.policy_version >= REMOVED and not cluster.objects.policies:
        version = cluster.policy_version
        reason = (
            f"Kubernetes {version} has no PodSecurityPolicy (it was removed in {REMOVED}) and no policy was "
            "loaded: ask about Pod Security instead, or name an older --kubernetes-version"
        )
        raise InputError([reason])
    hints = _Hints(named=named)
    found = False
    for file in files:
        passed: Counter[str] = Counter()
        for manifest, origin in _manifests(file):
            kind = manifest.get("kind")
            if not kind and is_kustomization(origin.document.file):
                kind = "Kustomization"
            if not isinstance(kind, str) or not kind:
                place = origin.document.file
                raise InputError([f"{place}: an object says no kind: every Kubernetes object has one"])
            if kind != "Pod" and kind not in WORKLOAD_KINDS:
                passed[kind] += 1
                continue
            found = True
            try:
                for made in pods_of(manifest, cluster.policy_version, cluster.catalog.controllers):
                    where = _place(made, namespace, home)
                    yield _judged(cluster, file, made, hints.creator(made, user), where)
            except ValueError as error:
                raise InputError([f"{file}: {_title(manifest)}: {error}"]) from None
        if passed:
            kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(passed.items()))
            note(f"{file}: passed over what makes no pod: {kinds}.")
    if not found:
        raise InputError([f"no pod, and nothing that makes pods, is in {', '.join(files)}"])


def read_once(files: Iterable[str], source: Source) -> None:
    """Refuse to read standard input twice.

    Raises:
        click.UsageError: More than one of the files and the sources is standard input.
    """
    if [*files, *source.filenames, *source.added].count("-") > 1:
        raise click.UsageError(
            "standard input can be read once: name files for all but one of FILE, -f and --with",
            click.get_current_context(),
        )


class _Hints:
    """Who submits a pod; what is to be known about that is said once a run."""

    def __init__(self, *, named: bool) -> None:
        self._named = named
        self._said: set[str] = set()

    def creator(self, made: MadePod, user: User | None) -> User | None:
        """The controller that makes the pod, else the user who was named."""
        if made.creator is not None:
            if self._named and user is not None and user != made.creator:
                self._say(
                    note, f"The pods of a {made.kind} are created by {made.creator.name}, not by {user.name}."
                )
            return made.creator
        if user is None:
            self._say(
                warn,
                "nobody was named by --as, so that the pod is judged by what its service account may use; a "
                "policy that the person who creates it may use could admit it too",
            )
        return user

    def _say(self, how: Callable[[str], None], text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            how(text)


def _title(manifest: JSONObject) -> str:
    """An object whose types are not checked yet, as kubectl names one."""
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{manifest['kind'].lower()}/{name if isinstance(name, str) and name else '(no name)'}"


def _manifests(file: str) -> list[tuple[JSONObject, Origin]]:
    from rbacpsp.load import LoadError, read_manifests_with_origins

    try:
        found: list[tuple[JSONObject, Origin]] = read_manifests_with_origins([file])
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    if not found:
        raise InputError([f"{file}: there is no object in it: name a file with a pod or a workload"])
    return found


def _place(made: MadePod, namespace: str | None, home: str) -> str:
    if namespace and made.namespace and namespace != made.namespace:
        raise click.UsageError(
            f'the namespace from the provided object "{made.namespace}" does not match the namespace '
            f"\"{namespace}\". You must pass '--namespace={made.namespace}' to perform this operation."
        )
    return namespace or made.namespace or home


def _judged(cluster: "Cluster", file: str, made: MadePod, user: User | None, namespace: str) -> Judged:
    return Judged(file, made, namespace, user, cluster.admit(made.pod, user=user, namespace=namespace))
