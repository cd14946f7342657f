"""The pods that files ask for, with the server's verdict on each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.reading import Reading
from rbacpsp.decode.decoder import is_kustomization
from rbacpsp.model import WORKLOAD_KINDS, User, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.custom import controller_pods
from rbacpsp.pods.service_account import as_stored_without_policy
from rbacpsp.pods.templates import ControllerPod, pods_of
from rbacpsp.psp import Admission
from rbacpsp.psp.versions import REMOVED, removed_words

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.scc import SCCAdmission

_MADE_BY_PEOPLE = frozenset({"Pod", "PodTemplate"})
"""The kinds whose pods somebody creates; those of any other a controller does, if an unknown one."""


class Answered(Protocol):
    """What a plugin says about a pod."""

    @property
    def allowed(self) -> bool:
        """Whether it takes it."""

    @property
    def message(self) -> str | None:
        """The server's whole message when refused."""

    @property
    def invalid_by(self) -> str:
        """What the plugin admitted the pod by, where the API server then refuses it as invalid."""


A = TypeVar("A", bound=Answered)


class PodVerdict(Struct, Generic[A], frozen=True):
    """A pod of a file, who submits it, and what the server would say."""

    file: str
    made: ControllerPod
    namespace: str
    user: User | None
    """Who submits it besides the service account: a controller, the user who was named, or nobody."""
    admission: A

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
        if self.made.creator is None and self.made.kind in _MADE_BY_PEOPLE:
            if self.admission.invalid_by:
                return f"The {message}"
            file = "STDIN" if self.file == "-" else self.file
            return f'Error from server (Forbidden): error when creating "{file}": {message}'
        return f"Warning  FailedCreate  {self.made.event(message)}"


PolicyVerdict = PodVerdict[Admission]
"""A pod as PodSecurityPolicy judges it."""


def judge_policies(
    cluster: "Cluster",
    files: Iterable[str],
    *,
    user: User | None,
    namespace: str | None,
    home: str = "default",
    named: bool = True,
    operation: str = "CREATE",
    reading: Reading,
) -> Iterator[PolicyVerdict]:
    """Every pod that the files ask for as PodSecurityPolicy judges it; see `judge_pods`.

    Args:
        cluster: Where they are created.
        files: What `read_manifests` takes.
        user: Who creates what no controller does.
        namespace: Where; else as a manifest says.
        home: Where, when nothing says it.
        named: Whether the user was named, so that a controller in the user's place is worth a word.
        operation: `CREATE`, or `UPDATE` for the pods as they were stored had no policy changed them.
        reading: What becomes of what cannot be read or judged.

    Raises:
        InputError: A file cannot be read, there is no pod in any, or one that no server would take.
        IncompleteError: Something was passed over, and `--strict` was given.
        click.UsageError: A manifest names another namespace.
    """
    if cluster.policy_version >= REMOVED and not cluster.objects.policies:
        raise InputError([removed_words(cluster.policy_version, "--kubernetes-version")])
    hints = _Hints(named=named, what="a policy")

    def asked(file: str, made: ControllerPod, where: str) -> PolicyVerdict:
        if operation == "UPDATE":
            made = stored_without_policy(cluster, made, where)
        creator = hints.creator(made, user)
        admission = cluster.admit(made.pod, user=creator, namespace=where, operation=operation)
        return PodVerdict(file, made, where, creator, admission)

    yield from judge_pods(
        cluster,
        files,
        asked,
        version=cluster.policy_version,
        namespace=namespace,
        home=home,
        reading=reading,
    )


def judge_constraints(
    cluster: "Cluster",
    files: Iterable[str],
    *,
    user: User | None,
    namespace: str | None,
    home: str = "default",
    named: bool = True,
    warns: bool = True,
    reading: Reading,
) -> "Iterator[PodVerdict[SCCAdmission]]":
    """Every pod of the files with the verdict of security context constraints; see `judge_policies`.

    `warns`: whether to warn where nobody was named who creates a pod.

    Raises:
        InputError: A file cannot be read, there is no pod in any, or one that no server would take.
        IncompleteError: Something was passed over, and `--strict` was given.
        click.UsageError: A manifest names another namespace.
    """
    hints = _Hints(named=named, what="constraints", warns=warns)

    def asked(file: str, made: ControllerPod, where: str) -> "PodVerdict[SCCAdmission]":
        creator = hints.creator(made, user)
        return PodVerdict(
            file, made, where, creator, cluster.scc_admit(made.pod, user=creator, namespace=where)
        )

    yield from judge_pods(
        cluster,
        files,
        asked,
        version=cluster.scc.version,
        namespace=namespace,
        home=home,
        reading=reading,
    )


def judge_pods(
    cluster: "Cluster",
    files: Iterable[str],
    asked: Callable[[str, ControllerPod, str], PodVerdict[A]],
    *,
    version: Version,
    namespace: str | None,
    home: str,
    reading: Reading,
) -> Iterator[PodVerdict[A]]:
    """Every pod that the files ask for, in their order; other objects are ignored and said so.

    Args:
        cluster: Where they are created.
        files: What `read_manifests` takes.
        asked: Judges a pod of a file in a namespace.
        version: The server's.
        namespace: Where; else as a manifest says.
        home: Where, when nothing says it.
        reading: What becomes of what cannot be read or judged.

    Raises:
        InputError: A file cannot be read, there is no pod in any, or one that no server would take.
        IncompleteError: Something was passed over, and `--strict` was given.
        click.UsageError: A manifest names another namespace.
    """
    templates = cluster.objects.templates
    found = False
    for file, manifests in reading.files(files).items():
        passed: Counter[str] = Counter()
        for located in manifests:
            manifest, origin = located.value, located.origin
            kind = manifest.get("kind")
            if not kind and is_kustomization(origin.document.file):
                kind = "Kustomization"
            if not kind:
                reading.wrong(f"{located.place}: an object says no kind: every Kubernetes object has one")
                continue
            custom = templates.find(str(manifest.get("apiVersion") or ""), kind)
            if custom is None and kind != "Pod" and kind not in WORKLOAD_KINDS:
                passed[kind] += 1
                continue
            try:
                every = (
                    pods_of(manifest, version, cluster.catalog.controllers)
                    if custom is None
                    else controller_pods(manifest, custom, cluster.catalog.controllers)
                )
                if custom is not None and not every:
                    passed[custom.word] += 1
                    continue
                found = True
                for made in every:
                    yield asked(file, made, _place(made, namespace, home))
            except ValueError as error:
                reading.wrong(f"{file}: {_title(manifest)}: {error}")
        if passed:
            kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(passed.items()))
            note(f"{file}: passed over what makes no pod: {kinds}.")
    if not found:
        raise InputError([f"no pod, and nothing that makes pods, is in {', '.join(files)}"])


def refuse_second_stdin(files: Iterable[str], source: SourceOptions) -> None:
    """Refuse to read standard input twice.

    Raises:
        click.UsageError: More than one of the files and the sources is standard input.
    """
    if [*files, *source.filenames, *source.added].count("-") > 1:
        raise click.UsageError(
            "standard input can be read only once: name files for all but one of FILE, -f and --with",
            click.get_current_context(),
        )


class _Hints:
    """Who submits a pod; what is to be known about that is said once a run."""

    def __init__(self, *, named: bool, what: str, warns: bool = True) -> None:
        self._named = named
        self._warns = warns
        self._what = what
        self._said: set[str] = set()

    def creator(self, made: ControllerPod, user: User | None) -> User | None:
        """The controller that makes the pod, else the user who was named."""
        if made.creator is not None:
            if self._named and user is not None and user != made.creator:
                self._say(
                    note, f"The pods of a {made.kind} are created by {made.creator.name}, not by {user.name}."
                )
            return made.creator
        if user is None and self._warns:
            self._say(
                warn,
                "nobody was named by --as, so that the pod is judged by what its service account may use; "
                f"{self._what} that the person who creates it may use could admit it too",
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


def _place(made: ControllerPod, namespace: str | None, home: str) -> str:
    if namespace and made.namespace and namespace != made.namespace:
        raise click.UsageError(
            f'the namespace from the provided object "{made.namespace}" does not match the namespace '
            f"\"{namespace}\". You must pass '--namespace={made.namespace}' to perform this operation."
        )
    return namespace or made.namespace or home


def stored_without_policy(cluster: "Cluster", made: ControllerPod, namespace: str) -> ControllerPod:
    """A pod as it were stored, had no policy changed it."""
    version = cluster.policy_version
    return replace(made, pod=as_stored_without_policy(made.pod, namespace, cluster.objects, version))
