"""Warns that an answer depends on objects that were assumed and not read."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from rbacpsp.apply import assumed_words
from rbacpsp.cli.errors import note
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Role, RoleBinding, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.version import NEWEST, version_words

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Grant

Granting = Role | ClusterRole | RoleBinding | ClusterRoleBinding


def grant_objects(grants: Iterable["Grant"]) -> Iterator[Granting]:
    """The roles and bindings of some grants."""
    for grant in grants:
        yield from (grant.role, grant.binding)


class AssumedServer(Struct, frozen=True):
    """The server whose rules answer where no cluster is read."""

    kubernetes_version: Version
    version_is_assumed: bool

    @classmethod
    def of(cls, version: Version | None) -> "AssumedServer":
        """The server of a version that was named, else the newest."""
        return cls(version or NEWEST, version is None)

    @property
    def version_words(self) -> str:
        """The version as answers name it."""
        return version_words(self.kubernetes_version, assumed=self.version_is_assumed)


def version_json(cluster: "Cluster | AssumedServer") -> JSONObject:
    """The version that was imitated, and whether it was assumed."""
    assumed = {"versionAssumed": True} if cluster.version_is_assumed else {}
    return {"kubernetesVersion": str(cluster.kubernetes_version), **assumed}


def note_server(
    cluster: "Cluster | AssumedServer", granting: Iterable[Granting] = (), *, access_only: bool = False
) -> None:
    """Say on stderr what `server_notes` says."""
    for each in server_notes(cluster, granting, access_only=access_only):
        note(each)


def server_notes(
    cluster: "Cluster | AssumedServer", granting: Iterable[Granting] = (), *, access_only: bool = False
) -> Iterator[str]:
    """Which version an answer is of, and which assumed objects it rests on, each at most once.

    Args:
        cluster: The one that answers.
        granting: The roles and bindings on which the answer rests.
        access_only: Whether it is about access alone: the version decides that only where roles or bindings
            are assumed.
    """
    rests_on = assumed_words(granting, cluster.kubernetes_version)
    decides = (
        not access_only
        or isinstance(cluster, AssumedServer)
        or bool(cluster.objects.partly_read & RBAC_KINDS)
    )
    if decides and not (rests_on and not cluster.version_is_assumed):
        yield f"{cluster.version_words}."
    if rests_on:
        yield rests_on


def partial_source_note(cluster: "Cluster") -> str:
    """What limits a sentence that says that there is none of something; empty where all was read."""
    if not cluster.objects.partly_read & RBAC_KINDS:
        return ""
    return " This covers only these files and what every server has; a server may have more."
