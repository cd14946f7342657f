"""Reads the objects of a running cluster: every kind on which answers depend, and what could not be read.

Only GET is sent. The lists are read in parallel, each page by page; Secrets are never requested. Importing
this module imports the `kubernetes` client: import it only where a cluster is read.
"""

from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

import msgspec
from msgspec.structs import replace

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.problems import LoadError
from rbacpsp.decode.servers import saw_openshift
from rbacpsp.model.kinds import BY_NAME, KINDS, Kind
from rbacpsp.model.objects import Objects
from rbacpsp.model.origin import IdentityConflictError
from rbacpsp.model.pod_templates import TemplateKinds, known_kinds
from rbacpsp.model.printable import shown
from rbacpsp.model.server import SourceServer, UnlistedKind, describe
from rbacpsp.model.version import Version
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.custom_resources import depends_on_customs, served_customs
from rbacpsp.sources.discovery import Discovery, lists, read_discovery
from rbacpsp.sources.escalation_objects import (
    AWS_AUTH,
    AWS_AUTH_PLACE,
    OF_ARGO_CD,
    argo_cd_namespaces,
    around,
    served_around,
)
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.openshift import openshift_version, serves
from rbacpsp.sources.pages import LONG_PAGE_SIZE, PAGE_SIZE, document, read_list, single
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.sources.urls import path
from rbacpsp.sources.workers import Workers

WORKERS = 8
"""The number of parallel requests; an API server queues those of one user beyond a few tens."""

Progress = Callable[[str, int, int], None]
"""Called with a resource, how many were read, and how many there are; never by two threads at once."""

_NAMESPACES = BY_NAME["Namespace"]


@dataclass(frozen=True, slots=True)
class Live:
    """The data that was read from a running cluster."""

    objects: Objects
    gaps: tuple[UnlistedKind, ...]
    """The kinds that could not be read, sorted."""
    discovery: Discovery | None
    """The API resources of the server; None if they were not requested, or not reported."""
    git_version: str
    """The server's version, for example `v1.24.17-eks-2d98532`; empty if it is unknown."""
    server: str
    context: str
    namespace: str
    """The context's default namespace."""
    resource_versions: dict[tuple[str, str], str]
    """The resourceVersion of each list, from which it can be watched, by kind and namespace ("": all)."""

    @property
    def incomplete(self) -> bool:
        """Whether anything could not be read."""
        return bool(self.gaps)

    def warnings(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """A sentence for each unread kind that could change an answer; see `UnlistedKind.touches`."""
        return describe(gap for gap in self.gaps if gap.touches(kinds, namespace))


def read_live(
    context: str | None = None,
    kubeconfig: str | None = None,
    namespace: str | None = None,
    *,
    kinds: Collection[str] | None = None,
    discovery: bool = True,
    progress: Progress | None = None,
    page_size: int | None = None,
    patience: Patience | None = None,
) -> Live:
    """Read a cluster through a kubeconfig context, or from within a pod.

    Args:
        context: The kubeconfig's context; by default its current one.
        kubeconfig: The file; by default $KUBECONFIG, then ~/.kube/config, then the pod's own login.
        namespace: Read namespaced kinds of this namespace only; kinds of the whole cluster are read too.
        kinds: Read only these kinds, for example `RBAC_KINDS`.
        discovery: Whether to read what the server serves.
        progress: Called with the progress of each list.
        page_size: The number of objects in one request; by default more for kinds with small objects.
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
    page_size: int | None = None,
    templates: TemplateKinds | None = None,
) -> Live:
    """Read a cluster through a connection, which the caller closes; see `read_live`.

    With discovery, the custom resources with pod templates are read too if the answer depends on them;
    `templates` lists their kinds, by default all known ones.

    Raises:
        ConnectError: No answer, no Kubernetes, or an error of the server.
        LoadError: Objects that no server should have stored; every one is named.
    """
    connection.begin()
    git_version = server_version(connection)
    version = _parse(git_version)
    lister = _Lister(connection, version, progress, page_size, templates or known_kinds())
    asked = [kind for kind in KINDS if kinds is None or kind.name in kinds]
    asked += around(kinds, git_version)
    executor = Workers(WORKERS)
    try:
        tasks = [executor.submit(lister.read, kind, namespace or "") for kind in asked]
        served = _discover(connection, executor) if discovery else None
        if served is not None and depends_on_customs(kinds):
            more = served_customs(served.documents, lister.templates) + served_around(served.documents)
            tasks += [executor.submit(lister.read, kind, namespace or "") for kind in more]
        lots = [task.result() for task in tasks]
        gaps: list[UnlistedKind] = []
        if not namespace:
            lots, gaps = _read_each_namespace(lots, lister, executor)
        argo_cd = argo_cd_namespaces(lot.objects for lot in lots)
        tasks = [executor.submit(lister.read, kind, each) for each in argo_cd for kind in OF_ARGO_CD]
        lots += [task.result() for task in tasks]
        gaps += [lot.gap() for lot in lots if lot.refused]
    except BaseException:
        connection.close()  # ends the waits of the other threads
        raise
    finally:
        executor.shutdown(cancel_futures=True)
    objects = _together(connection, version, lots)
    if any(lot.kind.optional and lot.resource_version for lot in lots):
        saw_openshift(objects, openshift_version(connection))
    objects.templates = lister.templates
    if git_version and not version:
        objects.warnings.insert(
            0,
            f'the server reports its version as "{shown(git_version)}", which is not a release of Kubernetes:'
            " each kind is requested in every API version that some release serves; give the version with"
            " --kubernetes-version",
        )
    answered = any(lot.kind is _NAMESPACES and not lot.refused for lot in lots)
    if namespace and answered and not objects.namespaces:
        objects.warnings.append(f'the cluster has no namespace "{namespace}"')
    if discovery and served is None:
        gaps.append(_unserved("API resources"))
    for unknown in served.unknown if served else ():
        gaps.append(_unserved(f"API resources of {unknown}"))
    gap_list = tuple(sorted(gaps))
    objects.server = SourceServer(git_version, served.documents if served else None, gap_list)
    return Live(
        objects=objects,
        gaps=gap_list,
        discovery=served,
        git_version=git_version,
        server=connection.login.server,
        context=connection.login.context,
        namespace=connection.login.namespace,
        resource_versions={
            (lot.kind.name, lot.namespace): lot.resource_version
            for lot in lots
            if lot.resource_version and lot.kind.kept not in {"customs", "surroundings"}
        },
    )


def _together(connection: Connection, version: Version | None, lots: "list[_Lot]") -> Objects:
    """The objects of all lists.

    Raises:
        ConnectError: Two lists hold different objects of one name.
    """
    objects = Objects(kubernetes_version=version)
    for lot in lots:
        for obj, place in lot.objects.with_places():
            try:
                objects.add(obj, *place)
            except IdentityConflictError:
                name = shown("/".join(filter(None, (obj.namespace, obj.name))))
                raise ConnectError(
                    f"{connection.login.server} lists two different objects as {obj.kind} {name}: try again"
                ) from None
        objects.surroundings |= lot.objects.surroundings
        objects.surrounding_places |= lot.objects.surrounding_places
        objects.warnings += map(connection.login.hide, lot.objects.warnings)
        objects.unread += map(connection.login.hide, lot.objects.unread)
    return objects


def _unserved(what: str) -> UnlistedKind:
    return UnlistedKind("APIResource", what, "", "", "", "wildcards expand to the usual ones only")


class _Info(msgspec.Struct, rename="camel"):
    """The version information of an API server (apimachinery/pkg/version Info)."""

    git_version: str = ""
    major: str = ""
    minor: str = ""
    go_version: str = ""
    platform: str = ""

    @property
    def named(self) -> str:
        """The most precise version; empty if the fields are not those of an API server."""
        if self.major or self.minor:
            return self.git_version or f"v{self.major}.{self.minor}"
        return self.git_version or ("none" if self.go_version or self.platform else "")


def server_version(connection: Connection) -> str:
    """The server's gitVersion; empty if this user may not read it.

    Raises:
        ConnectError: No answer, or it is not an API server of Kubernetes.
    """
    reason = "/version names no version"
    try:
        answer = connection.get("/version")
        if answer.content_type.startswith("text/html"):
            reason = "/version is a web page, perhaps one to log in"
        named = msgspec.json.decode(answer.body, type=_Info).named
        if named:
            return connection.login.hide(named)
    except RefusedError as refused:
        if refused.status == 403:
            return ""
        reason = str(refused)
    except (msgspec.MsgspecError, RecursionError):
        pass
    raise ConnectError(
        f"{connection.login.server} does not answer as an API server of Kubernetes ({reason}): "
        "check the server's address in the kubeconfig"
    )


def _parse(git_version: str) -> Version | None:
    """The release of a server; None if it is not Kubernetes 1, whose lists are known."""
    try:
        version = Version.parse(git_version)
    except ValueError:
        return None
    return version if version.major == 1 else None


def _discover(connection: Connection, executor: Executor) -> Discovery | None:
    try:
        return read_discovery(connection, executor)
    except RefusedError:
        return None


@dataclass(slots=True)
class _Lot:
    """The result of one list: its items, or why it was refused; neither if the kind is not served."""

    kind: Kind
    namespace: str
    objects: Objects = field(default_factory=Objects)
    resource_version: str = ""
    refused: str = ""

    def gap(self, namespace: str = "", besides: str = "") -> UnlistedKind:
        """The refusal as a gap, by default in the namespace of the list."""
        kind = self.kind
        where = "" if besides else namespace or self.namespace
        return UnlistedKind(kind.name, kind.plural, where, besides, self.refused, kind.meaning)


@dataclass(slots=True)
class _Lister:
    connection: Connection
    version: Version | None
    progress: Progress | None
    page_size: int | None
    templates: TemplateKinds
    _telling: Lock = field(default_factory=Lock)

    def read(self, kind: Kind, namespace: str) -> _Lot:
        """Read one kind: of a namespace if it is namespaced, and of Namespaces only that one.

        Raises:
            ConnectError: No answer, or an error of the server.
            LoadError: Objects that no server should have stored.
        """
        within = namespace if kind.namespaced else ""
        one = namespace if kind is _NAMESPACES else ""
        if kind is AWS_AUTH:
            within, one = AWS_AUTH_PLACE
        one = OF_ARGO_CD.get(kind, one)
        refused, hide = "", self.connection.login.hide
        for version in kind.versions(self.version):
            try:
                where = path(version, kind.plural, within, one)
            except ValueError as error:
                raise ConnectError(str(error)) from None
            try:
                if kind.optional and not serves(self.connection, kind):
                    return _Lot(kind, within)
                if one:
                    decoder, state = Decoder(), ""
                    decoder.read(document(self.connection, where, single(self.connection, where, kind.name)))
                else:
                    decoder, state = read_list(
                        self.connection,
                        where,
                        kind.name,
                        page_size=self.page_size or (LONG_PAGE_SIZE if kind.type else PAGE_SIZE),
                        templates=self.templates,
                        progress=lambda read, total: self._tell(kind.plural, read, total),
                    )
            except RefusedError as error:
                if error.status in {403, 405}:
                    refused = refused or str(error)
                elif error.status != 404:
                    reason = hide(str(error))
                    raise ConnectError(
                        f"{self.connection.login.server} cannot list {kind.plural} now ({reason}): try again"
                    ) from None
                elif not one and lists(self.connection, version, kind.plural):
                    refused = refused or "the server serves the kind, but does not find its list (404)"
            else:
                if decoder.problems:
                    raise LoadError([replace(one, message=hide(one.message)) for one in decoder.problems])
                return _Lot(kind, within, decoder.finish(), state)
        return _Lot(kind, within, refused=refused)

    def _tell(self, resource: str, read: int, total: int) -> None:
        if self.progress:
            with self._telling:
                self.progress(resource, read, total)


def _read_each_namespace(
    lots: list[_Lot], lister: _Lister, executor: Executor
) -> tuple[list[_Lot], list[UnlistedKind]]:
    """Read kinds that may not be listed across namespaces in each namespace separately.

    Only the context's namespace is tried if the namespaces may not be listed either.
    """
    refused = [lot for lot in lots if lot.refused and lot.kind.namespaced]
    if not refused:
        return lots, []
    known = next((lot for lot in lots if lot.kind is _NAMESPACES), None) or lister.read(_NAMESPACES, "")
    context_namespace = lister.connection.login.namespace
    names = [context_namespace] if known.refused else list(known.objects.namespaces)
    kept = [lot for lot in lots if lot not in refused]
    gaps = []
    for lot in refused:
        tried = list(executor.map(lister.read, [lot.kind] * len(names), names))
        read = [lot_tried for lot_tried in tried if not lot_tried.refused]
        kept += read
        if not read:
            gaps.append(lot.gap())
        elif known.refused:
            gaps.append(lot.gap(besides=context_namespace))
        else:
            gaps += [lot_tried.gap() for lot_tried in tried if lot_tried.refused]
    return kept, gaps
