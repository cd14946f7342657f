"""Warns that an answer depends on objects that were assumed and not read, or on an assumed version."""

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
    """The Kubernetes version whose rules answer a question for which no cluster is read."""

    kubernetes_version: Version
    version_is_assumed: bool

    @classmethod
    def of(cls, version: Version | None) -> "AssumedServer":
        """The server of a named version, or else of the newest."""
        return cls(version or NEWEST, version is None)

    @property
    def version_words(self) -> str:
        """The version as answers word it."""
        return version_words(self.kubernetes_version, assumed=self.version_is_assumed)


def version_json(cluster: "Cluster | AssumedServer") -> JSONObject:
    """The Kubernetes version of an answer, and whether it was assumed."""
    assumed = {"versionAssumed": True} if cluster.version_is_assumed else {}
    return {"kubernetesVersion": str(cluster.kubernetes_version), **assumed}


def note_server(
    cluster: "Cluster | AssumedServer", granting: Iterable[Granting] = (), *, access_only: bool = False
) -> None:
    """Write the notes of `server_notes` to stderr."""
    for sentence in server_notes(cluster, granting, access_only=access_only):
        note(sentence)


def server_notes(
    cluster: "Cluster | AssumedServer", granting: Iterable[Granting] = (), *, access_only: bool = False
) -> Iterator[str]:
    """The version of an answer and the assumed objects that it depends on, a sentence each.

    Args:
        cluster: The cluster that answers.
        granting: The roles and bindings that the answer depends on.
        access_only: Whether the answer depends on RBAC alone; then the version matters only if roles or
            bindings are assumed.
    """
    assumption = assumed_words(granting, cluster.kubernetes_version)
    version_matters = (
        not access_only
        or isinstance(cluster, AssumedServer)
        or bool(cluster.objects.partly_read & RBAC_KINDS)
    )
    named = assumption and not cluster.version_is_assumed and cluster.kubernetes_version <= NEWEST
    if version_matters and not named:
        yield f"{cluster.version_words}."
    if assumption:
        yield assumption


def partial_source_note(cluster: "Cluster") -> str:
    """A sentence that limits a negative answer to what was read; empty if everything was read."""
    if not cluster.objects.partly_read & RBAC_KINDS:
        return ""
    return " This covers only these files and what every server has; a server may have more."
