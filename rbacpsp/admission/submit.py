"""Submits an object: asks each part of the server that may refuse it, in the server's order.

A request is authorized; the namespace must exist; the mutating plugins run (ServiceAccount, then
PodSecurityPolicy, which fills in fields); roles and bindings must pass the escalation check; then the object
is validated, and the validating plugins are asked (PodSecurity, then PodSecurityPolicy once more). For an
accepted workload its pods are submitted as its controller creates them.

Sources: apiserver/pkg/endpoints/handlers/create.go and update.go, pkg/kubeapiserver/options/plugins.go,
pkg/registry/rbac/*/policybased/storage.go (1.24 and 1.37).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rbacpsp.admission.pods import PodAnswer, submit_pod
from rbacpsp.admission.remedies import RemedyFinder
from rbacpsp.admission.server import APIServer
from rbacpsp.admission.service_allocation import ServiceAllocations
from rbacpsp.admission.submission import Remedy, Step, Submission, SubmittedPod
from rbacpsp.admission.validation.objects import PLAIN_KINDS, plain_errors, whole_errors
from rbacpsp.apply.validation import object_refusal
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.resource import Resource
from rbacpsp.model import AdmissionRequest, AnyObject, Manifest, Namespace, Request, User
from rbacpsp.model.field_error import invalid_object
from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind
from rbacpsp.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.pods.custom import custom_pods
from rbacpsp.pods.templates import ControllerPod, pods_of
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.rbac.escalation import escalation

_RBAC = (Role, ClusterRole, RoleBinding, ClusterRoleBinding)
_STANDARD_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


@dataclass(frozen=True, slots=True)
class Submitter:
    """Answers submitted objects as one server does."""

    server: APIServer
    catalog: Catalog
    decode: Callable[[JSONObject], AnyObject | None]
    """An object as it is decoded; None for a kind that no answer depends on."""
    check: Callable[[JSONObject], JSONObject]
    """An object of `PLAIN_KINDS` with the types of its fields checked."""

    def submit(self, item: JSONObject, request: AdmissionRequest) -> Submission:
        """The answer to an object that a user submits.

        Raises:
            ValueError: The object cannot be decoded, or the operation is neither CREATE nor UPDATE.
        """
        if request.operation not in {"CREATE", "UPDATE"}:
            raise ValueError(
                f'"{request.operation}" is not an operation that is judged: write CREATE or UPDATE'
            )
        metadata = item.get("metadata") if isinstance(item.get("metadata"), dict) else {}
        kind, name = str(item.get("kind") or ""), str((metadata or {}).get("name") or "")
        resource, custom = self._resource(item), self._custom(item)
        if resource is None and custom is None:
            version = str(item.get("apiVersion") or "")
            words = f"no matches for kind {quote(kind)} in version {quote(version)}"
            step = Step("validation", allowed=False, text=words)
            return Submission(kind, name, "", request.user, "validation", words, (step,))
        namespaced = resource.namespaced if resource else not (custom and custom.cluster)
        namespace = request.namespace_of(metadata or {}) if namespaced else ""
        if namespaced:
            item = {**item, "metadata": {**(metadata or {}), "namespace": namespace}}
        return _ObjectSubmission(self, item, kind, name, namespace, resource, custom, request).answer()

    def _custom(self, item: JSONObject) -> TemplateKind | None:
        """What is known of the pods of a custom resource."""
        return self.server.objects.templates.find(str(item.get("apiVersion")), str(item.get("kind")))

    def _resource(self, item: JSONObject) -> Resource | None:
        kind, api_version = item.get("kind"), item.get("apiVersion")
        group, _, version = str(api_version or "").rpartition("/")
        same = (
            resource
            for resource in self.catalog.resources
            if (resource.group, resource.version, resource.kind) == (group, version, kind)
            and not resource.subresource
        )
        return next(same, None)


@dataclass(slots=True)
class _ObjectSubmission:
    """The submission of one object."""

    by: Submitter
    item: JSONObject
    kind: str
    name: str
    namespace: str
    resource: Resource | None
    """None for a custom resource whose definition is unknown."""
    custom: TemplateKind | None
    request: AdmissionRequest
    warnings: tuple[str, ...] = ()

    def answer(self) -> Submission:
        """Ask each part of the server until one refuses."""
        steps: list[Step] = []
        for step in self._steps():
            steps.append(step)
            if step.allowed is False:
                return self._submission(steps, step)
        pods = tuple(self._pods())
        mending = tuple(_distinct(remedy for pod in pods for remedy in pod.mending))
        return replace(self._submission(steps, None), pods=pods, mending=mending)

    def _submission(self, steps: list[Step], refused: Step | None) -> Submission:
        return Submission(
            kind=self.kind,
            name=self.name,
            namespace=self.namespace,
            user=self.request.user,
            refused_by=refused.by if refused else None,
            message=refused.text if refused else None,
            steps=tuple(steps),
            mending=tuple(self._remedy_finder.remedies(refused)) if refused else (),
            warnings=self.warnings,
        )

    @property
    def _remedy_finder(self) -> RemedyFinder:
        return RemedyFinder(
            self.by.server, self.item, self.request.user, self.namespace, self._access_request
        )

    @property
    def _access_request(self) -> Request:
        """The request of the user.

        A custom resource whose definition is unknown is assumed to have the plural of its kind.
        """
        verb = "create" if self.request.operation == "CREATE" else "update"
        if self.resource is not None:
            group, plural = self.resource.group, self.resource.name
        else:
            group, plural = str(self.item["apiVersion"]).partition("/")[0], f"{self.kind.lower()}s"
        of_namespaces = (group, plural) == ("", "namespaces")
        is_update = verb == "update"
        return Request(
            verb,
            group=group,
            resource=plural,
            name=self.name if is_update else "",
            namespace=self.name if of_namespaces and is_update else self.namespace,
        )

    def _steps(self) -> Iterator[Step]:
        yield self._authorization_step()
        if self._lacks_namespace():
            yield Step("validation", allowed=False, text=f"namespaces {quote(self.namespace)} not found")
            return
        if self.custom is not None:
            text = "a custom resource is validated by its definition, which is not checked here"
            yield Step("validation", allowed=None, text=text)
            return
        if self.kind in PLAIN_KINDS and self.item.get("apiVersion") == "v1":
            yield self._plain_step()
            return
        obj = self.by.decode(self.item)
        if isinstance(obj, Manifest) and obj.kind == "Pod":
            yield from self._pod_steps(obj)
            return
        if obj is None:
            yield Step("validation", allowed=None, text=f"a {self.kind} is not validated here")
            return
        old = self._old(obj)
        if isinstance(obj, _RBAC) and self.request.user is not None:
            yield self._escalation_step(self.request.user, obj, old)
        yield self._validation_step(obj, old)
        yield from self._by_pod_security(obj)

    def _pod_steps(self, pod: Manifest) -> Iterator[Step]:
        request, old = self.request, self._old(pod)
        if isinstance(old, Manifest):
            request = replace(request, old=old.body)
        answer = submit_pod(self.by.server, pod.body, request, self.namespace)
        self.warnings = answer.warnings
        yield from answer.steps

    def _plain_step(self) -> Step:
        """A Service or a ConfigMap, which only the validation checks."""
        body, old = self.by.check(self.item), self.request.old
        if self.request.operation == "CREATE" or not isinstance(old, dict):
            old = None
        else:
            old = self.by.check({**old, "kind": self.kind, "apiVersion": self.item.get("apiVersion")})
        version = self.by.server.version
        refusal = (
            ServiceAllocations().refusal(body, version) if self.kind == "Service" and old is None else ""
        )
        if refusal:
            return Step("validation", allowed=False, text=refusal)
        errors = list(plain_errors(self.kind, body, version, old))
        if errors:
            text = invalid_object(self.kind, "", self.name, errors)
            return Step("validation", allowed=False, text=text)
        return Step("validation", allowed=True, text="the object is valid")

    def _authorization_step(self) -> Step:
        user = self.request.user
        if user is None:
            return Step("rbac", allowed=None, text="no user was given")
        decision = self.by.server.authorize(user, self._access_request)
        if decision:
            return Step("rbac", allowed=True, text=decision.reason or "a member of system:masters")
        return Step("rbac", allowed=False, text=decision.message or "")

    def _lacks_namespace(self) -> bool:
        """Whether the namespace is known to be missing; files often hold no Namespaces."""
        existing = set(self.by.server.objects.namespaces) - _STANDARD_NAMESPACES
        return bool(self.namespace and existing) and self.namespace not in existing | _STANDARD_NAMESPACES

    def _old(self, obj: AnyObject) -> AnyObject | None:
        if self.request.operation == "CREATE":
            return None
        old = self.request.old
        if isinstance(old, dict):
            return self.by.decode({**old, "kind": self.kind, "apiVersion": self.item.get("apiVersion")})
        return self.by.server.objects.find(obj)

    def _escalation_step(
        self,
        user: User,
        obj: Role | ClusterRole | RoleBinding | ClusterRoleBinding,
        old: AnyObject | None,
    ) -> Step:
        refused = escalation(self.by.server.authorizer, user, obj, old if isinstance(old, _RBAC) else None)
        if refused is not None:
            return Step("rbac", allowed=False, text=refused.message)
        return Step(
            "rbac",
            allowed=True,
            text="the writer has the permissions that it grants, or may escalate or bind",
        )

    def _validation_step(self, obj: AnyObject, old: AnyObject | None) -> Step:
        errors = whole_errors(obj, self.by.server.version, old)
        if isinstance(obj, Namespace):  # whose labels of Pod Security a plugin validates
            errors = [error for error in errors if LABEL_PREFIX not in str(error)]
        if errors:
            return Step("validation", allowed=False, text=object_refusal(obj, errors))
        return Step("validation", allowed=True, text="the object is valid")

    def _by_pod_security(self, obj: AnyObject) -> Iterator[Step]:
        if not isinstance(obj, Manifest | Namespace):
            return
        answer = self.by.server.pss_admit(self.item, replace(self.request, namespace=self.namespace or None))
        self.warnings = answer.warnings
        if not answer.allowed:
            yield Step("podsecurity", allowed=False, text=answer.message or "")
        elif isinstance(obj, Namespace):
            yield Step("podsecurity", allowed=True, text="its labels of Pod Security are valid")

    def _pods(self) -> Iterator[SubmittedPod]:
        if self.custom is not None:
            yield from (self._pod(pod, pod.creator) for pod in self._of_custom(self.custom))
            return
        if self.kind == "Pod" or not isinstance(self.by.decode(self.item), Manifest):
            return
        version = self.by.server.policy_version
        for pod in pods_of(self.item, version, self.by.catalog.controllers):
            yield self._pod(pod, pod.creator or self.request.user)

    def _of_custom(self, kind: TemplateKind) -> Iterator[ControllerPod]:
        """The pods of a custom resource; for most kinds the controller's account is unknown."""
        controllers = self.by.catalog.controllers
        account = controllers.get(kind.word) or controllers.get(kind.through)
        for pod in custom_pods(self.item, kind):
            yield ControllerPod(
                self.kind, self.name, self.namespace, pod.pod, account.user if account else None
            )

    def _pod(self, pod: ControllerPod, user: User | None) -> SubmittedPod:
        request = AdmissionRequest(user=user, namespace=self.namespace)
        answer: PodAnswer = submit_pod(self.by.server, pod.pod, request, self.namespace)
        metadata = pod.pod["metadata"]
        refused = answer.refused
        message = refused.text if refused else None
        mending: tuple[Remedy, ...] = ()
        if refused is not None:
            item = self.item if self.custom is None else pod.pod
            remedy_finder = RemedyFinder(
                self.by.server, item, request.user, self.namespace, self._access_request, pod.pod
            )
            mending = tuple(remedy_finder.remedies(refused))
            if self.custom is not None:
                mending = tuple(map(_in_template, mending))
        return SubmittedPod(
            kind=pod.kind,
            name=str(metadata.get("name") or metadata.get("generateName") or ""),
            creator=pod.creator,
            refused_by=refused.by if refused else None,
            message=message,
            event=f"Warning  FailedCreate  {pod.event(message)}" if message and pod.creator else None,
            steps=answer.steps,
            mending=mending,
        )


def _in_template(remedy: Remedy) -> Remedy:
    """A remedy for a pod, reworded for the template in a custom resource; there is no patch for it."""
    if remedy.patch is None:
        return remedy
    return Remedy("edit", f"{remedy.text} in the pod's template")


def _distinct(remedies: Iterable[Remedy]) -> Iterator[Remedy]:
    seen: list[Remedy] = []
    for remedy in remedies:
        if remedy not in seen:
            seen.append(remedy)
            yield remedy
