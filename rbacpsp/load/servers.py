"""What an input says of its server: the versions of nodes, `kubectl version`, the header of a snapshot."""

from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from rbacpsp.load.problems import shown
from rbacpsp.model.server import Gap, Server

T = TypeVar("T", bound=msgspec.Struct)


class _NodeInfo(msgspec.Struct, rename="camel"):
    kubelet_version: str = ""


class _NodeStatus(msgspec.Struct, rename="camel"):
    node_info: _NodeInfo = msgspec.field(default_factory=_NodeInfo)


class _Node(msgspec.Struct):
    status: _NodeStatus = msgspec.field(default_factory=_NodeStatus)


class _GitVersion(msgspec.Struct, rename="camel"):
    git_version: str = ""


class _Versions(msgspec.Struct, rename="camel"):
    server_version: _GitVersion = msgspec.field(default_factory=_GitVersion)
    git_version: str = ""


class _Gap(msgspec.Struct):
    """A `Gap` as a snapshot writes it."""

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
    """An entry of an APIResourceList, as far as `Catalog.from_discovery` needs it."""

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
    """What a snapshot says beside its items."""

    kubernetes_version: str = ""
    as_of: str = ""
    server: _Server | None = None
    warnings: list[str] = msgspec.field(default_factory=list)
    ignored: dict[str, int] = msgspec.field(default_factory=dict)


def kubelet_version(node: Any) -> str:
    """`status.nodeInfo.kubeletVersion` of a Node, empty where there is none."""
    return _as(_Node, node).status.node_info.kubelet_version


def server_version(body: Any) -> str:
    """The gitVersion in what `kubectl version -o json` or `kubectl get --raw /version` prints, else empty."""
    versions = _as(_Versions, body)
    return versions.server_version.git_version or versions.git_version


def snapshot_header(body: Any) -> Header:
    """The header of a snapshot.

    Raises:
        ValueError: It is none; what it says of the server would be lost, and with it what could not be read.
    """
    try:
        header = _read(Header, body)
        if header.server:
            msgspec.convert(header.server.discovery, list[_ServedList] | None)
    except msgspec.MsgspecError as error:
        raise ValueError(shown(str(error))) from None
    return header


def server_of(header: Header, before: Server | None) -> Server | None:
    """The live server that a snapshot was taken of, together with that of an earlier snapshot."""
    found = header.server
    if found is None:
        return before
    gaps = {Gap(*msgspec.structs.astuple(gap)) for gap in found.unread}
    if before is None:
        discovery = None if found.discovery is None else tuple(found.discovery)
        return Server(found.git_version, discovery, tuple(sorted(gaps)))
    return replace(before, gaps=tuple(sorted({*before.gaps, *gaps})))


def _as(cls: type[T], body: Any) -> T:
    """A body read as far as a type needs it; the type's defaults where it does not fit."""
    try:
        return _read(cls, body)
    except msgspec.MsgspecError:
        return cls()


def _read(cls: type[T], body: Any) -> T:
    if isinstance(body, bytes | msgspec.Raw):
        return msgspec.json.decode(body, type=cls)
    return msgspec.convert(body, cls)
