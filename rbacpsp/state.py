"""The objects of one cluster, and the data derived from them for all questions."""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from msgspec.structs import replace as replace_fields

from rbacpsp.apply import Bootstrap, applied, as_bootstrap, changed, is_assumed, listed
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.openshift import LATEST
from rbacpsp.decode.arguments import as_admission, as_config, as_pod
from rbacpsp.model import AdmissionRequest, Identity, Namespace, Objects, Request, Subject, Version
from rbacpsp.model.argument_types import require, several
from rbacpsp.model.frozen import unchanging
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import ADMISSION_KINDS, RBAC_KINDS, WIDE_RBAC_KINDS
from rbacpsp.model.name_mapping import Named
from rbacpsp.model.openshift import as_openshift, kubernetes_of
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.rbac import ClusterRoleBinding, RoleBinding
from rbacpsp.model.result import Shown
from rbacpsp.model.subjects import subject_text
from rbacpsp.model.version import OPENSHIFT, V1_24, imitated, version_words
from rbacpsp.rbac import Authorizer
from rbacpsp.waiting import progress_of

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from rbacpsp.admission.server import APIServer
    from rbacpsp.paths import Paths
    from rbacpsp.psp import Admission
    from rbacpsp.psp.enforcement import Enforcement
    from rbacpsp.pss import Configuration
    from rbacpsp.scc import SCCAdmission


A = TypeVar("A", "Admission", "SCCAdmission")
S = TypeVar("S", bound="State")


@unchanging
class State(Shown):
    """The objects of one cluster, its version, its API resources, and the server that would answer.

    Everything is computed on first use, and once. A state cannot be changed; `changed` returns another one.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        kubernetes_version: str | Version | None = None,
        openshift_version: str | Version | None = None,
        admission_config: JSONObject | None = None,
        catalog: Catalog | None = None,
        bootstrap: Bootstrap | None = None,
        assumed_version: Version | None = None,
    ) -> None:
        """Build a state from objects that were read.

        Args: objects: The objects that were read. kubernetes_version: The server to imitate; default: the
            version that the objects state. openshift_version: The release of OpenShift, if the server runs
            it; default: the release that the objects state. admission_config: The PodSecurityConfiguration of
            the server. catalog: The API resources of the server; default: those of its discovery, or else
            those of its version. bootstrap: Whether Kubernetes' own objects are assumed; None: these objects
            are complete. assumed_version: The server to imitate if neither `kubernetes_version` nor the
            objects state it; default: 1.24 if policies exist, or else the newest.
        """
        require("objects", objects, Objects, "Objects: from_objects takes dicts")
        require("catalog", catalog, Catalog | None, "a Catalog or None")
        require("assumed_version", assumed_version, Version | None, "a Version or None")
        self.loaded = objects
        """The objects that were read."""
        self.bootstrap = None if bootstrap is None else as_bootstrap(bootstrap)
        """Whether Kubernetes' own objects are assumed; None: the objects that were read are complete."""
        self._stated_openshift = as_openshift(openshift_version) or objects.openshift_version
        of_openshift = kubernetes_of(self._stated_openshift) if self._stated_openshift else None
        stated = Version.given(kubernetes_version) or objects.kubernetes_version or of_openshift
        self._stated_version = stated
        self.kubernetes_version = stated or assumed_version or imitated(None, policies=bool(objects.policies))
        """The imitated version: as passed or read, or else 1.24 if policies exist, or else the newest."""
        self.policy_version = stated or V1_24
        """The version whose PodSecurityPolicy plugin is imitated: as passed or read, or else 1.24."""
        self.version_is_assumed = stated is None
        """Whether the version is unknown."""
        self.admission_config = as_config(admission_config)
        """The PodSecurityConfiguration of the server, as its admission configuration file states it."""
        self._catalog = catalog

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the data that was derived from the objects."""
        return (_state, (type(self), self.loaded, self._settings(), self.bootstrap))

    def _settings(self) -> dict[str, Any]:
        """The arguments with which another state has the settings of this one."""
        return {
            "kubernetes_version": self._stated_version,
            "openshift_version": self._stated_openshift,
            "admission_config": self.admission_config,
            "catalog": self._catalog,
            "assumed_version": self.kubernetes_version,
        }

    @cached_property
    def objects(self) -> Objects:
        """The objects of the server: those that were read, and assumed ones."""
        if self.bootstrap is None:
            return self.loaded
        with no_collection():
            return applied(self.loaded, self.kubernetes_version, self.bootstrap, self.openshift_version)

    @property
    def openshift_version(self) -> Version | None:
        """The release of OpenShift: as passed or read, else the newest if there are constraints, else None.

        The standard constraints that are assumed are of this release.
        """
        return self._stated_openshift or (LATEST if self.loaded.constraints else None)

    @property
    def openshift_is_assumed(self) -> bool:
        """Whether the release of OpenShift is unknown."""
        return self._stated_openshift is None

    @cached_property
    def listed(self) -> Objects:
        """The objects that lists show: those that were read, and assumed ones connected with them."""
        return listed(self.objects)

    @property
    def version_words(self) -> str:
        """The imitated version, as answers name it: `Kubernetes 1.24`, or `Kubernetes 1.37, assumed`."""
        return version_words(self.kubernetes_version, assumed=self.version_is_assumed)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Warnings about objects that were read, including invalid Pod Security labels."""
        from rbacpsp.pss.labels import label_doubts

        labels = label_doubts(self.objects.namespaces.values(), self.kubernetes_version)
        return (*self.objects.warnings, *labels)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about doubtful or unread objects: every answer may depend on them."""
        return (*self.doubts, *self.unread())

    def __repr__(self) -> str:
        return f"<Cluster of Kubernetes {self.kubernetes_version}: {self.objects!r}>"

    def unread(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """One sentence for each object or kind that could not be read or was skipped.

        Args:
            kinds: For a live cluster: only sentences that matter to answers about these kinds; None: all.
            namespace: For a live cluster: only sentences that matter in this namespace; None: in any.
        """
        server = self.objects.server
        gaps = server.unread(kinds, namespace) if server is not None and server.gaps else ()
        return (*self.objects.unread, *gaps)

    @cached_property
    def catalog(self) -> Catalog:
        """The API resources that the server serves: those of its discovery, or else those of its version."""
        server = self.objects.server
        if self._catalog is None and server is not None and server.discovery is not None:
            return Catalog.from_discovery(server.discovery)
        catalog = self._catalog or Catalog.for_version(self.kubernetes_version)
        return catalog.with_openshift() if self.openshift_version else catalog

    @cached_property
    def authorizer(self) -> Authorizer:
        """The RBAC authorizer over these objects."""
        return Authorizer(self.objects, self.catalog, self.policy_version)

    @cached_property
    def _server(self) -> "APIServer":
        from rbacpsp.admission.server import APIServer

        return APIServer(
            self.objects,
            self.authorizer,
            self.kubernetes_version,
            self.policy_version,
            self._stated_version or OPENSHIFT,
            self._stated_openshift,
            self._pod_security,
        )

    def _of_pod(
        self, admit: Callable[[JSONObject, AdmissionRequest], A], pod: Any, request: AdmissionRequest
    ) -> A:
        """A plugin's answer about a pod in any form, with sentences about unread objects."""
        body = as_pod(pod)
        answer = admit(body, as_admission(request, as_pod))
        unread = self.unread(ADMISSION_KINDS, request.namespace_of(body.get("metadata") or {}))
        return replace(answer, incomplete=unread) if unread else answer

    def _unread_access(self, request: Request) -> tuple[str, ...]:
        """Sentences about unread objects that could grant a request."""
        within = request.path is None and request.namespace
        return self.unread(RBAC_KINDS, within) if within else self.unread(WIDE_RBAC_KINDS)

    @cached_property
    def psp_enforcement(self) -> "Enforcement":
        """Whether policies are enforced, as the version and the newest pods show."""
        from rbacpsp.psp.enforcement import enforcement

        return enforcement(self.objects, self.objects.kubernetes_version)

    @cached_property
    def _pod_security(self) -> "Configuration | None":
        from rbacpsp.pss import read_config

        return (
            read_config(self.admission_config, version=self._stated_version)
            if self.admission_config
            else None
        )

    @cached_property
    def _paths(self) -> "Paths":
        from rbacpsp.paths import Paths

        return Paths(
            self.objects,
            self.authorizer,
            version=self.kubernetes_version,
            version_is_assumed=self.version_is_assumed,
            configuration=self._pod_security,
            telling=progress_of("paths"),
        )

    def graph(self) -> "MultiDiGraph[str]":
        """The authorization graph, a new networkx.MultiDiGraph; `rbacpsp.graph` documents its attributes."""
        from rbacpsp.graph import build

        return build(self.listed, controllers=self.catalog.controllers)

    @cached_property
    def subjects(self) -> Named[Subject]:
        """The subjects that bindings name, and the service accounts, by name: `subjects["User/alice"]`.

        Jupyter completes `cluster.subjects.` and `cluster.subjects["`; the error about an unknown name
        suggests the most similar.
        """
        bindings: Iterable[RoleBinding | ClusterRoleBinding] = (
            *self.listed.role_bindings.values(),
            *self.listed.cluster_role_bindings.values(),
        )
        named = {
            replace_fields(subject, namespace=subject.namespace or binding.namespace)
            if subject.kind == "ServiceAccount"
            else subject
            for binding in bindings
            for subject in binding.subjects
        }
        accounts = {
            Subject("ServiceAccount", name, namespace) for namespace, name in self.listed.service_accounts
        }
        return Named("subject", {subject_text(subject): subject for subject in sorted(named | accounts)})

    @cached_property
    def policies(self) -> Named[PodSecurityPolicy]:
        """The PodSecurityPolicies by name: `policies["100-psp"]`; completed as `subjects` are."""
        return Named("PodSecurityPolicy", dict(sorted(self.listed.policies.items())))

    @cached_property
    def namespaces(self) -> Named[Namespace]:
        """The namespaces by name; completed as `subjects` are."""
        return Named("namespace", dict(sorted(self.listed.namespaces.items())))

    def request(self, text: str) -> Request:
        """Parses a request in words, such as `create deployments.apps/web -n prod`; see `Request.parse`.

        Raises:
            ValueError: The words are not a request, or the server has no such resource.
        """
        from rbacpsp.catalog.request_text import parse_request

        require("text", text, str, "a string")
        return parse_request(self.catalog, text)

    def changed(self, added: Objects | None = None, removed: Iterable[Identity] = ()) -> Self:
        """A copy of this cluster with some objects removed and others added or replaced.

        Raises:
            KeyError: An object to remove does not exist; its identity is the argument.
        """
        require("added", added, Objects | None, "Objects, as `objects` of another cluster")
        removed = several("removed", removed, "several identities (kind, namespace, name)")
        for identity in removed:
            require("removed", identity, tuple, "several identities (kind, namespace, name)")
            for part in identity:
                require("removed", part, str, "several identities (kind, namespace, name), all strings")
        after = changed(self.objects, added or Objects(), removed, self.kubernetes_version)
        return type(self)(after, **self._settings())

    def redacted(self) -> Self:
        """The same cluster with other names for its users, groups and namespaces."""
        from rbacpsp.decode.redact import redact

        return type(self)(redact(self.loaded), bootstrap=self.bootstrap, **self._settings())

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write a file that can be loaded again, with the same answers; equal clusters give equal bytes.

        It contains the time of the newest object, not the time of writing, which the file system has.

        Raises:
            OSError: The file cannot be written; nothing is left behind.
        """
        from rbacpsp.sources.snapshot import write_snapshot

        require("path", path, str | os.PathLike, "a string or a Path")

        write_snapshot(
            Path(path),
            self.objects,
            self._stated_version,
            openshift=self._stated_openshift,
            assumed=filter(is_assumed, self.listed),
            whole=self.loaded.whole or (not self.objects.assumed_as and self.bootstrap in {None, "never"}),
        )


def _state(kind: type[S], loaded: Objects, settings: dict[str, Any], bootstrap: Bootstrap | None) -> S:
    return kind(loaded, bootstrap=bootstrap, **settings)
