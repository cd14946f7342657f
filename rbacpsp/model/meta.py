"""The metadata and base classes of every Kubernetes object.

All objects are frozen msgspec Structs with Kubernetes' own field names, snake_cased. A null counts as an
absent field, as it does in Go's JSON decoding: `rbacpsp.decode.decoder` removes nulls before a value is
built, so no field here is ever None unless absence itself has a meaning.
"""

from msgspec import Struct, field


class ObjectPart(
    Struct, frozen=True, gc=False, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """A part of an object: compared by value, never changed; unknown fields are refused while decoding."""


class _NoEntries(dict[str, str]):
    """The one empty map that all objects without labels or annotations share; it cannot be changed.

    For a default that is a plain dict, msgspec makes a new one for each object, which takes 128 bytes.
    """

    def __setitem__(self, key: str, value: str) -> None:
        raise TypeError("this map belongs to every object without labels or annotations")


_NO_ENTRIES = _NoEntries()


class OwnerReference(ObjectPart, frozen=True):
    """The owner of an object (meta/v1 OwnerReference)."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False
    block_owner_deletion: bool = False


class Ignored(Struct, frozen=True, gc=False):
    """A field whose content is accepted and not kept."""


class ObjectMeta(ObjectPart, frozen=True):
    """The metadata of an object (meta/v1 ObjectMeta)."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    labels: dict[str, str] = _NO_ENTRIES
    annotations: dict[str, str] = _NO_ENTRIES
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str = ""
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    deletion_timestamp: str = ""
    deletion_grace_period_seconds: int = 0
    generation: int = 0
    self_link: str = ""
    cluster_name: str = ""
    managed_fields: tuple[Ignored, ...] = ()


class AssumedMeta(ObjectMeta, frozen=True):
    """The metadata of an object that was not loaded and is assumed as Kubernetes creates it."""


class OpenShiftMeta(AssumedMeta, frozen=True):
    """The metadata of an object that was not loaded and is assumed as OpenShift creates it."""


class Object(ObjectPart, frozen=True, tag_field="kind", tag=True):
    """An object of the API: the class name is its kind."""

    api_version: str = ""
    metadata: ObjectMeta = field(default_factory=ObjectMeta)

    @property
    def kind(self) -> str:
        """The kind as Kubernetes spells it, for example `ClusterRole`."""
        return type(self).__name__

    @property
    def assumed(self) -> bool:
        """Whether it was not loaded and is assumed as Kubernetes or OpenShift creates it."""
        return isinstance(self.metadata, AssumedMeta)

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """`metadata.namespace`; empty for objects of the whole cluster."""
        return self.metadata.namespace


class NamespaceSpec(ObjectPart, frozen=True):
    """The specification of a namespace."""

    finalizers: tuple[str, ...] = ()


class Namespace(Object, frozen=True):
    """A namespace; only its labels and its validation matter here."""

    spec: NamespaceSpec = field(default_factory=NamespaceSpec)
    status: Ignored = field(default_factory=Ignored)


ALWAYS_THERE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that every cluster has, whether or not they were loaded."""


class LocalObjectReference(ObjectPart, frozen=True):
    """A name within the namespace, as in `imagePullSecrets`."""

    name: str = ""


class ObjectReference(ObjectPart, frozen=True):
    """A reference to an object, as in `ServiceAccount.secrets`."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""


class ServiceAccount(Object, frozen=True):
    """A service account, with the secrets that its pods may mount, and their pull secrets."""

    secrets: tuple[ObjectReference, ...] = ()
    image_pull_secrets: tuple[LocalObjectReference, ...] = ()
    automount_service_account_token: bool | None = None
