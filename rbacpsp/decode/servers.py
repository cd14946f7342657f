"""Finds the server's version in the input: in nodes, `kubectl version` or the header of a snapshot."""

from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from rbacpsp.model import Objects, Version
from rbacpsp.model.mismatch import mismatch
from rbacpsp.model.openshift import as_openshift
from rbacpsp.model.printable import shown
from rbacpsp.model.server import SourceServer, UnlistedKind

T = TypeVar("T", bound=msgspec.Struct)


class _NodeInfo(msgspec.Struct, rename="camel"):
    kubelet_version: str = ""


class _NodeStatus(msgspec.Struct, rename="camel"):
    node_info: _NodeInfo = msgspec.field(default_factory=_NodeInfo)


class _Node(msgspec.Struct):
    status: _NodeStatus = msgspec.field(default_factory=_NodeStatus)


class _Release(msgspec.Struct):
    version: str = ""


class _Releases(msgspec.Struct):
    desired: _Release = msgspec.field(default_factory=_Release)


class _ClusterVersion(msgspec.Struct):
    status: _Releases = msgspec.field(default_factory=_Releases)


class _GitVersion(msgspec.Struct, rename="camel"):
    git_version: str = ""


class _Versions(msgspec.Struct, rename="camel"):
    server_version: _GitVersion = msgspec.field(default_factory=_GitVersion)
    git_version: str = ""


class _Gap(msgspec.Struct):
    """An `UnlistedKind` as a snapshot writes it."""

    kind: str
    resource: str
    namespace: str = ""
    besides: str = ""
    reason: str = ""
    meaning: str = ""


class _Server(msgspec.Struct, rename="camel"):
    git_version: str = ""
    discovery: list[dict[str, Any]] | None = None
    unread: list[_Gap] = msgspec.field(default_factory=list)


class _Served(msgspec.Struct, rename="camel"):
    """The fields of an entry of an APIResourceList that `Catalog.from_discovery` reads."""

    name: str
    kind: str
    namespaced: bool
    verbs: list[str]
    short_names: list[str] | None = None
    singular_name: str | None = None


class _ServedList(msgspec.Struct, rename="camel"):
    group_version: str
    resources: list[_Served] | None = None


class Header(msgspec.Struct, rename="camel"):
    """The header of a snapshot: everything except its items."""

    kubernetes_version: str = ""
    openshift_version: str = ""
    as_of: str = ""
    server: _Server | None = None
    warnings: list[str] = msgspec.field(default_factory=list)
    passed_over: list[str] = msgspec.field(default_factory=list)
    ignored: dict[str, int] = msgspec.field(default_factory=dict)
    whole: bool = False


def kubelet_version(node: Any) -> str:
    """`status.nodeInfo.kubeletVersion` of a Node, empty where there is none."""
    return _as(_Node, node).status.node_info.kubelet_version


def openshift_release(body: Any) -> str:
    """`status.desired.version` of OpenShift's ClusterVersion, empty where there is none."""
    return _as(_ClusterVersion, body).status.desired.version


def server_version(body: Any) -> str:
    """The gitVersion in what `kubectl version -o json` or `kubectl get --raw /version` prints, else empty."""
    versions = _as(_Versions, body)
    return versions.server_version.git_version or versions.git_version


def saw_kubernetes(objects: Objects, text: str) -> None:
    """Record the version of a server or a node; the highest is kept, since nodes may be older."""
    try:
        version = Version.parse(text)
    except ValueError:
        return
    objects.kubernetes_version = max(version, objects.kubernetes_version or version)


def saw_openshift(objects: Objects, text: str) -> None:
    """Record the release of OpenShift of a source, unless it is empty."""
    try:
        objects.openshift_version = as_openshift(text)
    except ValueError:
        return


def saw_server(objects: Objects, api_version: str, kind: str, body: Any) -> bool:
    """Record what an object says about its server; returns whether it has no other content."""
    if (api_version, kind) == ("v1", "Node"):
        saw_kubernetes(objects, kubelet_version(body))
    elif (api_version, kind) == ("config.openshift.io/v1", "ClusterVersion"):
        saw_openshift(objects, openshift_release(body))
        return True
    return False


def snapshot_header(body: Any) -> Header:
    """The header of a snapshot.

    Raises:
        ValueError: The header is not valid, so it is unknown what could not be read.
    """
    try:
        header = _read(Header, body)
        if header.server:
            msgspec.convert(header.server.discovery, list[_ServedList] | None)
    except msgspec.MsgspecError:
        raise ValueError(shown(_misfit(body))) from None
    return header


def _misfit(body: Any) -> str:
    """Why a body is not a header."""
    if isinstance(body, bytes | msgspec.Raw):
        body = msgspec.json.decode(body)
    mismatched = mismatch(body, Header)
    if mismatched is None:
        mismatched = mismatch(body["server"]["discovery"], list[_ServedList] | None)
        return mismatched.under("server.discovery") if mismatched else "its discovery does not fit"
    return mismatched.under("" if mismatched.path else "it")


def saw_header(objects: Objects, header: Header) -> None:
    """Record what the header of a snapshot says about its server, and about what could not be read."""
    saw_kubernetes(objects, header.kubernetes_version)
    saw_openshift(objects, header.openshift_version)
    objects.warnings += header.warnings
    objects.unread += header.passed_over
    objects.whole = objects.whole or header.whole
    objects.server = server_of(header, objects.server)


def server_of(header: Header, before: SourceServer | None) -> SourceServer | None:
    """The live server of a snapshot, merged with that of an earlier snapshot."""
    described = header.server
    if described is None:
        return before
    gaps = {UnlistedKind(*msgspec.structs.astuple(gap)) for gap in described.unread}
    if before is None:
        discovery = None if described.discovery is None else tuple(described.discovery)
        return SourceServer(described.git_version, discovery, tuple(sorted(gaps)))
    return replace(before, gaps=tuple(sorted({*before.gaps, *gaps})))


def _as(cls: type[T], body: Any) -> T:
    """A body converted to a type; the type's defaults if it does not fit."""
    try:
        return _read(cls, body)
    except (msgspec.MsgspecError, RecursionError):
        return cls()


def _read(cls: type[T], body: Any) -> T:
    if isinstance(body, bytes | msgspec.Raw):
        return msgspec.json.decode(body, type=cls)
    return msgspec.convert(body, cls)
