"""May a user apply a set of objects? Each is tried on the cluster plus the objects before it.

`kubectl apply` gets an object, and then creates it or patches it. A role or a binding is stored only if its
writer holds what it grants (the escalation check); an object that the API server's validation refuses is not
stored, and neither is an object in a missing namespace, or a pod that a plugin refuses (ServiceAccount,
PodSecurityPolicy, PodSecurity). A workload is stored even if its pods are refused, which is noted. Namespaces
come first.

Source: kubectl/pkg/cmd/apply/apply.go and patcher.go, 1.24; apiserver/pkg/endpoints/request/requestinfo.go.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rbacpsp.admission.pods import submit_pod
from rbacpsp.admission.server import APIServer
from rbacpsp.admission.service_allocation import ServiceAllocations
from rbacpsp.admission.validation import sent_errors
from rbacpsp.admission.validation.objects import PLAIN_KINDS, plain_errors, whole_errors
from rbacpsp.apply.validation import object_refusal
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.resource import Resource
from rbacpsp.model import (
    AdmissionRequest,
    AnyObject,
    Document,
    Manifest,
    Objects,
    Request,
    User,
    Version,
)
from rbacpsp.model.field_error import FieldError, invalid_object
from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.result import Shown, one_line
from rbacpsp.pods.templates import pods_of
from rbacpsp.rbac import Authorizer, Decision
from rbacpsp.rbac.escalation import Escalation, escalation

_RBAC = (Role, ClusterRole, RoleBinding, ClusterRoleBinding)
_MISSING_BY_STEP = {
    "serviceaccount": "its service account",
    "psp": "a PodSecurityPolicy that admits it",
    "podsecurity": "a pod that meets the level of its namespace",
    "validation": "a valid object",
}
_STANDARD_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
_DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Missing:
    """One reason why an object is not stored: something that is missing."""

    what: str
    """What is missing, for example `create deployments.apps in shop`."""
    message: str
    """The server's words, or kubectl's."""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """An object, and the result of applying it."""

    object: JSONObject
    """The object as it was passed; of a Secret only the name."""
    kind: str
    namespace: str
    """Its namespace; empty for a cluster-scoped object."""
    name: str
    decisions: tuple[Decision, ...]
    """The requests that kubectl makes, in their order, with the answers."""
    missing: tuple[Missing, ...]
    """Everything that is missing for it to be stored; empty when it is stored."""
    escalation: Escalation | None = None
    """What a role or a binding would grant beyond what its writer holds."""
    note: str = ""
    """A sentence about what cannot be decided."""

    def __repr__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        answer = "stored" if self.allowed else f"needs {'; '.join(each.what for each in self.missing)}"
        return one_line(f"<Row {self.kind} {self.name}{where}: {answer}>")

    @property
    def allowed(self) -> bool:
        """Whether the server would store it."""
        return not self.missing

    @property
    def decision(self) -> Decision | None:
        """The deciding answer: the first refusal, or else the last one; None if no request is known."""
        refused = (decision for decision in self.decisions if not decision)
        return next(refused, self.decisions[-1] if self.decisions else None)


@dataclass(frozen=True, slots=True, repr=False)
class Preflight(Shown):
    """Whether a user may apply a set of objects; true when every object would be stored."""

    user: User
    rows: tuple[Row, ...]
    """In the order in which they are applied: namespaces first."""

    def __repr__(self) -> str:
        stored = sum(row.allowed for row in self.rows)
        return one_line(f"<Preflight: {self.user.name} may apply {stored} of {len(self.rows)} objects>")

    @property
    def allowed(self) -> bool:
        """Whether every object would be stored."""
        return all(row.allowed for row in self.rows)

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(slots=True)
class Applier:
    """A user who applies objects to a cluster, one after the other."""

    server: APIServer
    user: User
    catalog: Catalog
    decode: Callable[[JSONObject], AnyObject | None]
    """An object as it is decoded; None for a kind that no answer depends on."""
    check: Callable[[JSONObject], JSONObject]
    """A Service or ConfigMap, with the types of its fields checked."""
    namespace: str = "default"
    """The namespace of objects that name none."""
    allocated: ServiceAllocations = field(default_factory=ServiceAllocations)
    """The addresses and ports of the Services before it."""

    def apply(self, objects: Iterable[JSONObject]) -> Preflight:
        """The results of applying all objects."""
        items = list(objects)
        items.sort(key=lambda item: item.get("kind") != "Namespace")
        known = _KindsAndNamespaces(self.server.objects, self.catalog, items)
        rows = []
        for item in items:
            row, obj = self._apply_object(item, known)
            rows.append(row)
            if obj is not None and row.allowed:
                self._store(obj)
        return Preflight(self.user, tuple(rows))

    def _store(self, obj: AnyObject) -> None:
        """Add an object for those that come later."""
        added = Objects()
        added.add(obj, Document("applied"))
        objects = self.server.objects.changed(added)
        authorizer = self.server.authorizer
        if isinstance(obj, _RBAC):
            authorizer = Authorizer(objects, self.catalog, self.server.policy_version)
        self.server = replace(self.server, objects=objects, authorizer=authorizer)

    def _apply_object(self, item: JSONObject, known: "_KindsAndNamespaces") -> tuple[Row, AnyObject | None]:
        authorizer = self.server.authorizer
        metadata = item.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        kind, name = str(item.get("kind") or ""), str(metadata.get("name") or "")
        resource = known.resource(item)
        if resource is None:
            message = (
                f"no matches for kind {quote(kind)} in version {quote(str(item.get('apiVersion') or ''))}"
            )
            missing = Missing("a resource of this kind", message)
            return Row(item, kind, str(metadata.get("namespace") or ""), name, (), (missing,)), None
        namespace = str(metadata.get("namespace") or self.namespace) if resource.namespaced else ""
        if not name:
            words = "cannot use generate name with apply" if metadata.get("generateName") else ""
            missing = Missing("metadata.name", words or "resource name may not be empty")
            return Row(item, kind, namespace, name, (), (missing,)), None
        if resource.namespaced:
            item = {**item, "metadata": {**metadata, "namespace": namespace}}
        obj = self.decode(item)
        old = None if obj is None else self.server.objects.find(obj)
        decisions = tuple(
            authorizer.authorize(self.user, request)
            for request in _requests(resource, namespace, name, exists=old is not None)
        )
        missing_here = [_missing_permission(decision) for decision in decisions if not decision]
        if resource.namespaced and known.lacks(namespace):
            missing_here.append(Missing(f"namespace {namespace}", f"namespaces {quote(namespace)} not found"))
        escalated = None
        if isinstance(obj, _RBAC) and not missing_here:
            escalated = escalation(authorizer, self.user, obj, old if isinstance(old, _RBAC) else None)
            if escalated is not None:
                missing_here.append(Missing(_escalation_words(escalated), escalated.message))
        if obj is not None:
            errors = _errors(obj, old, self.server.version)
            if errors:
                missing_here.append(Missing("a valid object", object_refusal(obj, errors)))
        note = ""
        if isinstance(obj, Manifest) and old is None and not missing_here:
            if kind == "Pod":
                missing_here += self._pod_refusals(item, self.user, namespace)
            else:
                note = self._refused_pods_note(item, namespace)
        if kind in PLAIN_KINDS and item.get("apiVersion") == "v1":
            missing_here += self._plain_refusals(item, kind, name, stored=not missing_here)
        if obj is None:
            *_, patch = _requests(resource, namespace, name, exists=True)
            note = known.note(resource, authorizer.authorize(self.user, patch))
        return Row(item, kind, namespace, name, decisions, tuple(missing_here), escalated, note), obj

    def _plain_refusals(self, item: JSONObject, kind: str, name: str, *, stored: bool) -> Iterator[Missing]:
        """Why the server refuses a Service or a ConfigMap that is created.

        Args:
            item: The object, with its namespace.
            kind: Its kind.
            name: Its name.
            stored: Whether nothing else is missing, so that a valid Service gets its addresses and ports.
        """
        body, version = self.check(item), self.server.version
        refusal = self.allocated.refusal(body, version) if kind == "Service" else ""
        errors = [] if refusal else list(plain_errors(kind, body, version))
        if errors:
            refusal = invalid_object(kind, "", name, errors)
        if refusal:
            is_allocated = "already allocated" in refusal and not errors
            missing_words = (
                "an address or port that no other Service has" if is_allocated else "a valid object"
            )
            yield Missing(missing_words, refusal)
        elif kind == "Service" and stored:
            self.allocated.take(body)

    def _pod_refusals(self, pod: JSONObject, maker: User | None, namespace: str) -> Iterator[Missing]:
        """Why the plugins or the validation refuse a pod that is created."""
        refused = submit_pod(self.server, pod, AdmissionRequest(user=maker), namespace).refused
        if refused is not None:
            yield Missing(_MISSING_BY_STEP[refused.by], refused.text)

    def _refused_pods_note(self, item: JSONObject, namespace: str) -> str:
        """A note that the server refuses the pods of a workload; empty where it admits them."""
        for pod in pods_of(item, self.server.policy_version, self.catalog.controllers):
            for refused in self._pod_refusals(pod.pod, pod.creator or self.user, namespace):
                return f"it is stored, and its pods are refused: {pod.event(refused.message)}"
        return ""


def _errors(obj: AnyObject, old: AnyObject | None, version: Version) -> list[FieldError]:
    """Why the validation refuses an object; an existing one is patched, and keeps its other fields."""
    if old is None and isinstance(obj, Manifest) and obj.kind != "Pod":
        return whole_errors(obj, version)
    return sent_errors(obj, version, old)


def _requests(resource: Resource, namespace: str, name: str, *, exists: bool) -> Iterator[Request]:
    """The requests of kubectl: it gets the object, and then creates or patches it."""
    group, plural = resource.group, resource.name
    # A request for a Namespace by name counts as one in that namespace.
    within = name if (group, plural) == ("", "namespaces") else namespace
    yield Request("get", group=group, resource=plural, name=name, namespace=within)
    if exists:
        yield Request("patch", group=group, resource=plural, name=name, namespace=within)
    else:
        yield Request("create", group=group, resource=plural, namespace=namespace)


def _missing_permission(decision: Decision) -> Missing:
    request = decision.request
    namespace_words = f" in {request.namespace}" if request.namespace else ""
    group = f".{request.group}" if request.group else ""
    name = f"/{request.name}" if request.name else ""
    return Missing(f"{request.verb} {request.resource}{group}{name}{namespace_words}", decision.message or "")


def _escalation_words(refused: Escalation) -> str:
    free = refused.freed_by
    freed = f"{free.verb} {free.resource}.{free.group}" + (f"/{free.name}" if free.name else "")
    if not refused.missing:
        return f"the role, or {freed}"
    return f"what it grants, or {freed}"


class _KindsAndNamespaces:
    """The known kinds and namespaces of a cluster and of the objects that are applied to it."""

    def __init__(self, objects: Objects, catalog: Catalog, items: Iterable[JSONObject]) -> None:
        self._catalog = catalog
        self._defined = {
            resource.kind: resource for item in items if (resource := _defined_resource(item)) is not None
        }
        applied_namespaces = {
            str((item.get("metadata") or {}).get("name") or "")
            for item in items
            if item.get("kind") == "Namespace"
        }
        existing = set(objects.namespaces)
        # Files often hold no Namespaces, and then it is unknown which exist.
        self._namespaces = (
            existing | applied_namespaces | _STANDARD_NAMESPACES if existing - _STANDARD_NAMESPACES else None
        )

    def lacks(self, namespace: str) -> bool:
        """Whether a namespace is known to be missing."""
        return self._namespaces is not None and namespace not in self._namespaces

    def resource(self, item: JSONObject) -> Resource | None:
        """The resource of an object, or None where the server serves none of its kind and version."""
        kind, api_version = item.get("kind"), item.get("apiVersion")
        if not isinstance(kind, str) or not isinstance(api_version, str):
            return None
        group, _, version = api_version.rpartition("/")
        defined = self._defined.get(kind)
        if defined is not None and defined.group == group:
            return defined
        for resource in self._catalog.resources:
            same = (resource.group, resource.version, resource.kind) == (group, version, kind)
            if same and not resource.subresource:
                return resource
        return None

    def note(self, resource: Resource, patch: Decision) -> str:
        """A note about an object of a kind that the program does not read."""
        if resource in self._defined.values():
            return "kubectl finds its kind when the CustomResourceDefinition of the same set is stored"
        may = "may" if patch else "may not"
        return (
            f"it is unknown whether it already exists; if so, it is patched, which {patch.user.name} {may} do"
        )


def _defined_resource(item: JSONObject) -> Resource | None:
    """The resource that a CustomResourceDefinition makes."""
    group, _, _ = str(item.get("apiVersion") or "").rpartition("/")
    spec = item.get("spec")
    if (group, item.get("kind")) != _DEFINITION or not isinstance(spec, Mapping):
        return None
    names = spec.get("names")
    names = names if isinstance(names, Mapping) else {}
    return Resource(
        group=str(spec.get("group") or ""),
        version="",
        name=str(names.get("plural") or ""),
        subresource="",
        kind=str(names.get("kind") or ""),
        namespaced=spec.get("scope") != "Cluster",
        verbs=(),
    )
