"""The pods that manifests in files create, with the server's verdict on each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.reading import FileReading
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
"""The kinds whose pods a user creates; controllers, perhaps unknown ones, create the pods of other kinds."""


class Answered(Protocol):
    """The decision of an admission plugin about a pod."""

    @property
    def allowed(self) -> bool:
        """Whether the pod is admitted."""

    @property
    def message(self) -> str | None:
        """The server's complete message if the pod is refused."""

    @property
    def invalid_by(self) -> str:
        """The policy that admits the pod, if the API server then refuses the pod as invalid."""


A = TypeVar("A", bound=Answered)


class PodVerdict(Struct, Generic[A], frozen=True):
    """A pod of a file, who submits it, and the server's decision."""

    file: str
    made: ControllerPod
    namespace: str
    user: User | None
    """Who submits it: a controller, the user of `--as`, or None if only the service account is known."""
    admission: A

    @property
    def title(self) -> str:
        """The object, as kubectl names it."""
        return f"{self.made.kind.lower()}/{self.made.owner or '(generated name)'}"

    @property
    def words(self) -> str | None:
        """The refusal as a person sees it: kubectl's error for a pod, the event for a controller's pod."""
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
"""A pod with the verdict of PodSecurityPolicy."""


def judge_policies(
    cluster: "Cluster",
    files: Iterable[str],
    *,
    user: User | None,
    namespace: str | None,
    home: str = "default",
    named: bool = True,
    operation: str = "CREATE",
    reading: FileReading,
) -> Iterator[PolicyVerdict]:
    """Every pod of the files with the verdict of PodSecurityPolicy; see `judge_pods`.

    Args:
        cluster: The cluster that the pods are created in.
        files: Files and folders, as for `read_manifests`.
        user: The creator of pods that no controller creates.
        namespace: The namespace of the pods; None: the namespace in the manifest.
        home: The namespace of pods for which neither names one.
        named: Whether `--as` was given; then a note says that a controller creates the pod instead.
        operation: `CREATE`, or `UPDATE` of the pods as stored if no policy had changed them.
        reading: How to treat files and objects that cannot be read or evaluated.

    Raises:
        InputError: A file cannot be read, no file has a pod, or the server would not accept a pod.
        IncompleteError: Something was skipped, and `--strict` was given. click.UsageError: A manifest names
        another namespace.
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
    reading: FileReading,
) -> "Iterator[PodVerdict[SCCAdmission]]":
    """Every pod of the files with the verdict of security context constraints; see `judge_policies`.

    `warns`: whether to warn if `--as` does not name the creator of a pod.

    Raises:
        InputError: A file cannot be read, no file has a pod, or the server would not accept a pod.
        IncompleteError: Something was skipped, and `--strict` was given. click.UsageError: A manifest names
        another namespace.
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
    reading: FileReading,
) -> Iterator[PodVerdict[A]]:
    """Every pod of the files with its verdict, in their order; a note counts the objects without pods.

    Args:
        cluster: The cluster that the pods are created in.
        files: Files and folders, as for `read_manifests`.
        asked: Gives the verdict on a pod of a file in a namespace.
        version: The version of the server.
        namespace: The namespace of the pods; None: the namespace in the manifest.
        home: The namespace of pods for which neither names one.
        reading: How to treat files and objects that cannot be read or evaluated.

    Raises:
        InputError: A file cannot be read, no file has a pod, or the server would not accept a pod.
        IncompleteError: Something was skipped, and `--strict` was given. click.UsageError: A manifest names
        another namespace.
    """
    templates = cluster.objects.templates
    has_pods = False
    for file, manifests in reading.files(files).items():
        ignored: Counter[str] = Counter()
        for located in manifests:
            manifest, origin = located.value, located.origin
            kind = manifest.get("kind")
            if not kind and is_kustomization(origin.document.file):
                kind = "Kustomization"
            if not kind:
                reading.wrong(f"{located.location}: an object has no kind: every Kubernetes object has one")
                continue
            custom = templates.find(str(manifest.get("apiVersion") or ""), kind)
            if custom is None and kind != "Pod" and kind not in WORKLOAD_KINDS:
                ignored[kind] += 1
                continue
            try:
                pods = (
                    pods_of(manifest, version, cluster.catalog.controllers)
                    if custom is None
                    else controller_pods(manifest, custom, cluster.catalog.controllers)
                )
                if custom is not None and not pods:
                    ignored[custom.word] += 1
                    continue
                has_pods = True
                for made in pods:
                    yield asked(file, made, _pod_namespace(made, namespace, home))
            except ValueError as error:
                reading.wrong(f"{file}: {_title(manifest)}: {error}")
        if ignored:
            kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(ignored.items()))
            note(f"{file}: skipped objects that create no pods: {kinds}.")
    if not has_pods:
        raise InputError([f"no pod, and no object that creates pods, is in {', '.join(files)}"])


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
    """Finds who submits a pod, and writes notes and warnings about that once per run."""

    def __init__(self, *, named: bool, what: str, warns: bool = True) -> None:
        self._named = named
        self._warns = warns
        self._what = what
        self._said: set[str] = set()

    def creator(self, made: ControllerPod, user: User | None) -> User | None:
        """The controller that creates the pod, else the user of `--as`."""
        if made.creator is not None:
            if self._named and user is not None and user != made.creator:
                self._say(
                    note, f"The pods of a {made.kind} are created by {made.creator.name}, not by {user.name}."
                )
            return made.creator
        if user is None and self._warns:
            self._say(
                warn,
                "no user was given by --as, so the pod is judged only by what its service account "
                f"may use; {self._what} that the user who creates it may use could admit it too",
            )
        return user

    def _say(self, print_hint: Callable[[str], None], text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            print_hint(text)


def _title(manifest: JSONObject) -> str:
    """An object as kubectl names it; the types of its fields are not checked yet."""
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{manifest['kind'].lower()}/{name if isinstance(name, str) and name else '(no name)'}"


def _pod_namespace(made: ControllerPod, namespace: str | None, home: str) -> str:
    if namespace and made.namespace and namespace != made.namespace:
        raise click.UsageError(
            f'the namespace from the provided object "{made.namespace}" does not match the namespace '
            f"\"{namespace}\". You must pass '--namespace={made.namespace}' to perform this operation."
        )
    return namespace or made.namespace or home


def stored_without_policy(cluster: "Cluster", made: ControllerPod, namespace: str) -> ControllerPod:
    """A pod as the server would store it if no policy changed it."""
    version = cluster.policy_version
    return replace(made, pod=as_stored_without_policy(made.pod, namespace, cluster.objects, version))
