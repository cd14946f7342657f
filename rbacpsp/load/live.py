"""The objects of a running cluster: every kind that answers depend on, and what could not be read.

Only GET is sent. The lists run side by side and each is read page by page; Secrets are never asked for.
Importing this module imports the `kubernetes` client: import it where a cluster is asked.
"""

from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

import msgspec

from rbacpsp.load.connection import Connection, Patience
from rbacpsp.load.decode import Decoder
from rbacpsp.load.discovery import Discovery, read_discovery
from rbacpsp.load.pages import PAGE_SIZE, document, read_list
from rbacpsp.load.problems import LoadError
from rbacpsp.load.refusals import ConnectError, RefusedError
from rbacpsp.load.sources import SOURCES, Source, path
from rbacpsp.load.workers import Workers
from rbacpsp.model.objects import Objects
from rbacpsp.model.server import Gap, Server, describe
from rbacpsp.model.version import Version

WORKERS = 8
"""Requests under way at once; an API server queues those of one user beyond a few tens."""

Progress = Callable[[str, int, int], None]
"""Told a resource, how many of it were read, and how many there are; never by two threads at once."""

_NAMESPACES = next(source for source in SOURCES if source.kind == "Namespace")


@dataclass(frozen=True, slots=True)
class Live:
    """What was read of a running cluster."""

    objects: Objects
    gaps: tuple[Gap, ...]
    """What could not be read, sorted."""
    discovery: Discovery | None
    """What the server serves; None when it was not asked for, or the server does not tell."""
    git_version: str
    """The server's own version, for example `v1.24.17-eks-2d98532`; empty when it does not say."""
    server: str
    context: str
    namespace: str
    """The context's default namespace."""
    resource_versions: dict[tuple[str, str], str]
    """By kind and namespace ("" for all): the state of each list, from which it may be watched."""

    @property
    def incomplete(self) -> bool:
        """Whether anything could not be read."""
        return bool(self.gaps)

    def warnings(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """A sentence for each unread kind that could change an answer; see `Gap.touches`."""
        return describe(gap for gap in self.gaps if gap.touches(kinds, namespace))


def read_live(
    context: str | None = None,
    kubeconfig: str | None = None,
    namespace: str | None = None,
    *,
    kinds: Collection[str] | None = None,
    discovery: bool = True,
    progress: Progress | None = None,
    page_size: int = PAGE_SIZE,
    patience: Patience | None = None,
) -> Live:
    """Read a cluster through a kubeconfig context, or from within a pod.

    Args:
        context: The kubeconfig's context; by default its current one.
        kubeconfig: The file; by default $KUBECONFIG, then ~/.kube/config, then the pod's own login.
        namespace: Read namespaced kinds of this namespace only; kinds of the whole cluster are read too.
        kinds: Read only these kinds, for example `RBAC_KINDS`.
        discovery: Whether to read what the server serves.
        progress: Told how far each list is.
        page_size: Objects a request.
        patience: Time-outs and retries.

    Raises:
        ConnectError: No login, no answer, no Kubernetes, or an error of the server.
        LoadError: Objects that no server should have stored; every one is named.
    """
    connection = Connection(context, kubeconfig, patience)
    try:
        return read_cluster(
            connection, namespace, kinds=kinds, discovery=discovery, progress=progress, page_size=page_size
        )
    finally:
        connection.close()


def read_cluster(
    connection: Connection,
    namespace: str | None = None,
    *,
    kinds: Collection[str] | None = None,
    discovery: bool = True,
    progress: Progress | None = None,
    page_size: int = PAGE_SIZE,
) -> Live:
    """Read a cluster through a connection that is the caller's to close; see `read_live`.

    Raises:
        ConnectError: No answer, no Kubernetes, or an error of the server.
        LoadError: Objects that no server should have stored; every one is named.
    """
    git_version = server_version(connection)
    version = _parse(git_version)
    lister = _Lister(connection, version, progress, page_size)
    sources = [source for source in SOURCES if kinds is None or source.kind in kinds]
    executor = Workers(WORKERS)
    try:
        tasks = [executor.submit(lister.read, source, namespace or "") for source in sources]
        served = _discover(connection, executor) if discovery else None
        lots = [task.result() for task in tasks]
        gaps: list[Gap] = []
        if not namespace:
            lots, gaps = _read_each_namespace(lots, lister, executor)
        gaps += [lot.gap() for lot in lots if lot.refused]
    except BaseException:
        connection.close()  # ends the waits of the other threads
        raise
    finally:
        executor.shutdown(cancel_futures=True)
    objects = Objects(kubernetes_version=version)
    for lot in lots:
        for obj in lot.objects:
            origin = lot.objects.origin(obj)
            objects.add(obj, origin.document, origin.item)
        objects.warnings += lot.objects.warnings
    answered = any(lot.source is _NAMESPACES and not lot.refused for lot in lots)
    if namespace and answered and not objects.namespaces:
        objects.warnings.append(f'the cluster has no namespace "{namespace}"')
    if discovery and served is None:
        gaps.append(_unserved("API resources"))
    for unknown in served.unknown if served else ():
        gaps.append(_unserved(f"API resources of {unknown}"))
    found = tuple(sorted(gaps))
    objects.server = Server(git_version, served.documents if served else None, found)
    return Live(
        objects=objects,
        gaps=found,
        discovery=served,
        git_version=git_version,
        server=connection.login.server,
        context=connection.login.context,
        namespace=connection.login.namespace,
        resource_versions={
            (lot.source.kind, lot.namespace): lot.resource_version for lot in lots if lot.resource_version
        },
    )


def _unserved(what: str) -> Gap:
    return Gap("APIResource", what, "", "", "", "wildcards expand to the usual ones only")


class _Info(msgspec.Struct, rename="camel"):
    git_version: str


def server_version(connection: Connection) -> str:
    """The server's gitVersion; empty when it does not tell this user.

    Raises:
        ConnectError: No answer, or it is no API server of Kubernetes.
    """
    why = "/version names no version"
    try:
        answer = connection.get("/version")
        if answer.content_type.startswith("text/html"):
            why = "/version is a web page, perhaps one to log in"
        return msgspec.json.decode(answer.body, type=_Info).git_version
    except RefusedError as refused:
        if refused.status == 403:
            return ""
        why = str(refused)
    except msgspec.MsgspecError:
        pass
    raise ConnectError(
        f"{connection.login.server} does not answer as an API server of Kubernetes ({why}): "
        "check the server's address in the kubeconfig"
    )


def _parse(git_version: str) -> Version | None:
    try:
        return Version.parse(git_version)
    except ValueError:
        return None


def _discover(connection: Connection, executor: Executor) -> Discovery | None:
    try:
        return read_discovery(connection, executor)
    except RefusedError:
        return None


@dataclass(slots=True)
class _Lot:
    """What one list gave: its items, or why it was refused; neither where the kind is not served."""

    source: Source
    namespace: str
    objects: Objects = field(default_factory=Objects)
    resource_version: str = ""
    refused: str = ""

    def gap(self, namespace: str = "", besides: str = "") -> Gap:
        """The refusal as a gap, of the lot's own namespace by default."""
        source = self.source
        where = "" if besides else namespace or self.namespace
        return Gap(source.kind, source.resource, where, besides, self.refused, source.meaning)


@dataclass(slots=True)
class _Lister:
    connection: Connection
    version: Version | None
    progress: Progress | None
    page_size: int
    _telling: Lock = field(default_factory=Lock)

    def read(self, source: Source, namespace: str) -> _Lot:
        """Read one kind: of one namespace where it has namespaces, and of Namespaces that one.

        Raises:
            ConnectError: No answer, or an error of the server.
            LoadError: Objects that no server should have stored.
        """
        within = namespace if source.namespaced else ""
        one = namespace if source is _NAMESPACES else ""
        refused = ""
        for version in source.versions(self.version):
            try:
                where = path(version, source.resource, within, one)
            except ValueError as error:
                raise ConnectError(str(error)) from None
            try:
                if one:
                    decoder, state = Decoder(), ""
                    decoder.read(document(self.connection, where, self.connection.get(where).body))
                else:
                    decoder, state = read_list(
                        self.connection,
                        where,
                        page_size=self.page_size,
                        progress=lambda read, total: self._tell(source.resource, read, total),
                    )
            except RefusedError as error:
                if error.status in {403, 405}:
                    refused = refused or str(error)
                elif error.status != 404:
                    server = self.connection.login.server
                    raise ConnectError(
                        f"{server} cannot list {source.resource} now ({error}): try again"
                    ) from None
            else:
                if decoder.problems:
                    raise LoadError(decoder.problems)
                return _Lot(source, within, decoder.finish(), state)
        return _Lot(source, within, refused=refused)

    def _tell(self, resource: str, read: int, total: int) -> None:
        if self.progress:
            with self._telling:
                self.progress(resource, read, total)


def _read_each_namespace(
    lots: list[_Lot], lister: _Lister, executor: Executor
) -> tuple[list[_Lot], list[Gap]]:
    """Read what may not be listed across namespaces in each namespace by itself.

    Only the context's namespace is tried where the namespaces may not be listed either.
    """
    refused = [lot for lot in lots if lot.refused and lot.source.namespaced]
    if not refused:
        return lots, []
    known = next((lot for lot in lots if lot.source is _NAMESPACES), None) or lister.read(_NAMESPACES, "")
    own = lister.connection.login.namespace
    names = [own] if known.refused else list(known.objects.namespaces)
    kept = [lot for lot in lots if lot not in refused]
    gaps = []
    for lot in refused:
        tried = list(executor.map(lister.read, [lot.source] * len(names), names))
        read = [one for one in tried if not one.refused]
        kept += read
        if not read:
            gaps.append(lot.gap())
        elif known.refused:
            gaps.append(lot.gap(besides=own))
        else:
            gaps += [one.gap() for one in tried if one.refused]
    return kept, gaps
