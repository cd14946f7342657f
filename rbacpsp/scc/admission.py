"""Admits a pod by security context constraints, with the other steps of the server.

Create: defaults, the service account, the mutating phase, validation by the API server, the validating phase.
Update: only ephemeral containers may get defaults. A command in a running pod is checked as if its user
created the pod.

Source: apiserver-library-go pkg/securitycontextconstraints/sccadmission, release-4.21.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.model.go import aggregate
from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Objects
from rbacpsp.model.pod import Pod
from rbacpsp.model.request import (
    SERVICE_ACCOUNT_PREFIX,
    AdmissionRequest,
    User,
    service_account_groups,
)
from rbacpsp.model.result import counted, one_line
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import OPENSHIFT, Version
from rbacpsp.pods.changes import write_back
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import name_pod, prepare_pod
from rbacpsp.pods.service_account import apply_service_account, ephemeral_containers_refusal
from rbacpsp.pods.shape import view_of
from rbacpsp.pods.words import forbidden
from rbacpsp.rbac import Authorizer, WhoCan
from rbacpsp.scc.answer import (
    REQUIRED_ANNOTATION,
    SUBJECT_TYPE_ANNOTATION,
    VALIDATED_ANNOTATION,
    PodRefusedError,
    RequestPhases,
    SCCAdmission,
    annotation,
)
from rbacpsp.scc.attempts import ConsultedUser, SCCCandidates, WalkResult
from rbacpsp.scc.ignored import IGNORED_SUBRESOURCES, exempt, for_windows, only_metadata_changed
from rbacpsp.scc.label_sync import LabelSyncer
from rbacpsp.scc.providers import Providers
from rbacpsp.scc.reviews import Reviewer
from rbacpsp.scc.use import UseChecks
from rbacpsp.scc.users import ConstraintUser, constraint_users

_EPHEMERAL = "ephemeralcontainers"
_RESIZE = "resize"
_RESIZED = ("resources", "resizePolicy")
_COMMANDS = ("exec", "attach")
_NONE = "unable to validate against any security context constraint: "


Validate = Callable[[JSONObject, JSONObject | None, str, Version], str | None]
"""The API server's validation of a new pod, or of an update of a pod or its subresource: its whole message,
or None if the pod is valid."""


class SCCAdmitter:
    """Admits the pods of one cluster; each check of who may use constraints runs once."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        validate: Validate,
        version: Version = OPENSHIFT,
        release: Version | None = None,
    ) -> None:
        """Sort the constraints and read their fields.

        Args:
            objects: The constraints, namespaces and accounts of the cluster.
            authorizer: Decides who may use which constraints.
            validate: The server's validation of a pod.
            version: The Kubernetes version of the server.
            release: The version of OpenShift; None: the newest.

        Raises:
            ValueError: Constraints have a field of a wrong type.
        """
        self._objects = objects
        self._authorizer = authorizer
        self._validate = validate
        self._version = version
        self._release = release
        self._uses = UseChecks(authorizer)
        self._providers = Providers(objects, release)

    def __repr__(self) -> str:
        return f"<SCCAdmitter of {counted(len(self._objects.constraints), 'constraint')}>"

    def with_objects(self, objects: Objects) -> "SCCAdmitter":
        """The same server with other objects."""
        return SCCAdmitter(objects, Authorizer(objects), self._validate, self._version, self._release)

    @property
    def version(self) -> Version:
        """The Kubernetes version of the server."""
        return self._version

    @property
    def constraints(self) -> tuple[SecurityContextConstraints, ...]:
        """All constraints with the server's defaults, in its order."""
        return self._providers.constraints

    @cached_property
    def reviewer(self) -> Reviewer:
        """Answers the reviews of pods."""
        return Reviewer(self._objects, self._uses, self._providers, self._version)

    def users(
        self, name: str, namespace: str | None = None, controllers: Mapping[str, Account] = CONTROLLERS
    ) -> tuple[tuple[ConstraintUser, ...], WhoCan]:
        """The subjects that may use constraints; see `rbacpsp.scc.users.constraint_users`.

        Raises:
            KeyError: There are none of that name.
        """
        constraint = {constraints.name: constraints for constraints in self.constraints}[name]
        return constraint_users(self._authorizer, self._objects, constraint, controllers, namespace)

    @cached_property
    def label_syncer(self) -> LabelSyncer:
        """Derives the Pod Security labels of namespaces."""
        return LabelSyncer(self._objects, self._authorizer, self.constraints)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the values that are derived from the objects."""
        return (SCCAdmitter, (self._objects, self._authorizer, self._validate, self._version, self._release))

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> SCCAdmission:
        """Whether the server admits a pod, and the pod that it stores.

        Args:
            pod: The pod as submitted; for a command the stored pod. Never modified.
            request: Who submits it, where, and how.

        Raises:
            ValueError: The object is not a pod, a field has the wrong type, or the operation is unknown.
        """
        operation, subresource = request.operation, request.subresource
        command = operation == "CONNECT" and subresource in _COMMANDS
        if not command and operation not in {"CREATE", "UPDATE"}:
            words = "write CREATE or UPDATE, or CONNECT with the subresource exec or attach"
            raise ValueError(f'"{operation}" is not an operation that constraints judge: {words}')
        defaulted = set_defaults("Pod", pod, self._version)
        kind = defaulted.get("kind", "Pod")
        if kind != "Pod":
            raise ValueError(
                f"constraints judge pods, and this is a {one_line(str(kind))}: judge the pods that its "
                "controller makes"
            )
        view_of(defaulted)
        namespace = request.namespace_of(defaulted.setdefault("metadata", {}))
        defaulted["metadata"]["namespace"] = namespace
        phases = RequestPhases()
        phases.not_judged = exempt(namespace, self._objects.namespace_labels(namespace)) or for_windows(
            defaulted
        )
        if command:
            return self._command(defaulted, request.user, subresource, phases)
        if operation == "UPDATE":
            return self._update(defaulted, request, phases)
        if subresource in IGNORED_SUBRESOURCES:
            phases.not_judged = f"security context constraints do not judge pods/{subresource}"
            return phases.stored(defaulted)
        return self._create(defaulted, request.user, phases)

    def _create(self, pod: JSONObject, user: User | None, phases: RequestPhases) -> SCCAdmission:
        namespace = pod["metadata"]["namespace"]
        message = apply_service_account(pod, namespace, self._objects, self._version, openshift=True)
        if message is not None:
            phases.not_judged = "the ServiceAccount plugin refused the pod before constraints were checked"
            return phases.refused("serviceaccount", message)
        if not phases.not_judged:
            try:
                self._mutate(pod, user, phases, creates=True)
            except PodRefusedError as error:
                return phases.refused("scc-mutate", forbidden(pod, error.reason))
        name_pod(pod)
        prepare_pod(pod, self._version)
        message = self._validate(pod, None, "", self._version)
        if message is not None:
            return phases.refused("validation", message)
        return self._finish(pod, user, phases)

    def _update(self, pod: JSONObject, request: AdmissionRequest, phases: RequestPhases) -> SCCAdmission:
        subresource, namespace = request.subresource, pod["metadata"]["namespace"]
        old = None
        if request.old is not None:
            old = set_defaults("Pod", request.old, self._version)
            old.setdefault("metadata", {})["namespace"] = namespace
        if subresource == _EPHEMERAL:
            message = ephemeral_containers_refusal(pod, namespace, self._objects, self._version)
            if message is not None:
                return phases.refused("serviceaccount", message)
        if subresource in IGNORED_SUBRESOURCES:
            phases.not_judged = f"security context constraints do not judge pods/{subresource}"
            if old is not None:
                pod = {**pod, "spec": old.get("spec", {})}
            return phases.stored(pod)
        exempted = phases.not_judged
        if not exempted and old is not None:
            phases.not_judged = only_metadata_changed(pod, old)
        if not phases.not_judged:
            try:
                _check_required_scc_unchanged(pod, old)
                self._mutate(
                    pod, request.user, phases, creates=False, fills_ephemeral=subresource == _EPHEMERAL
                )
            except PodRefusedError as error:
                return phases.refused("scc-mutate", forbidden(pod, error.reason))
        if old is not None and subresource in {_EPHEMERAL, _RESIZE}:
            pod = _with_subresource_update(pod, old, subresource)
        prepare_pod(pod, self._version, pod if old is None else old)
        message = self._validate(pod, old, subresource, self._version)
        if message is not None:
            return phases.refused("validation", message)
        if not exempted and old is not None:
            phases.not_judged = only_metadata_changed(pod, old)
        return self._finish(pod, request.user, phases)

    def _command(
        self, pod: JSONObject, user: User | None, subresource: str, phases: RequestPhases
    ) -> SCCAdmission:
        """A command in a stored pod, checked as if its user created the pod."""
        if not phases.not_judged:
            try:
                self._walk(pod, user, phases, creates=True)
            except PodRefusedError as error:
                words = "operation is not allowed because the pod's security context exceeds your permissions"
                return phases.refused(
                    "exec", forbidden(pod, f"{subresource} {words}: {forbidden(pod, error.reason)}")
                )
        return phases.stored(pod)

    def _mutate(
        self,
        pod: JSONObject,
        user: User | None,
        phases: RequestPhases,
        *,
        creates: bool,
        fills_ephemeral: bool = False,
    ) -> None:
        """The mutating phase, in place."""
        walk_result, view = self._walk(pod, user, phases, creates=creates, fills_ephemeral=fills_ephemeral)
        assert walk_result.winner is not None  # noqa: S101 - otherwise it is refused
        write_back(pod, view, walk_result.pod)
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations[VALIDATED_ANNOTATION] = walk_result.winner.name
        annotations[SUBJECT_TYPE_ANNOTATION] = walk_result.subject_type

    def _walk(
        self,
        pod: JSONObject,
        user: User | None,
        phases: RequestPhases,
        *,
        creates: bool,
        fills_ephemeral: bool = False,
    ) -> tuple[WalkResult, Pod]:
        candidates, view = self._candidates(pod, user)
        phases.considered = candidates
        phases.asked = tuple(consulted.user for consulted in candidates.asked)
        walk_result = candidates.walk(creates=creates, fills_ephemeral=fills_ephemeral)
        phases.audit.append(walk_result.audit)
        if walk_result.winner is None:
            raise PodRefusedError(_NONE + (aggregate(walk_result.errors) if walk_result.errors else "<nil>"))
        phases.admitted = walk_result.winner.name
        return walk_result, view

    def _finish(self, pod: JSONObject, user: User | None, phases: RequestPhases) -> SCCAdmission:
        """The validating phase, and the answer."""
        if phases.not_judged:
            return phases.stored(pod)
        required, chosen = annotation(pod, REQUIRED_ANNOTATION), annotation(pod, VALIDATED_ANNOTATION)
        if required and required != chosen:
            reason = f"required scc/{required} does not match the suggested scc/{chosen}"
            return phases.refused("scc-validate", forbidden(pod, reason))
        try:
            candidates, _ = self._candidates(pod, user)
        except PodRefusedError as error:
            return phases.refused("scc-validate", forbidden(pod, error.reason))
        walk_result = candidates.walk(creates=False, hint=chosen)
        phases.audit.append(walk_result.audit)
        if walk_result.winner is None:
            reason = f"{_NONE}[{' '.join(map(str, walk_result.errors))}]"
            return phases.refused("scc-validate", forbidden(pod, reason))
        return phases.stored(pod)

    def _candidates(self, pod: JSONObject, user: User | None) -> tuple[SCCCandidates, Pod]:
        namespace = pod["metadata"]["namespace"]
        rules = self._providers.rules_to_try(namespace, annotation(pod, REQUIRED_ANNOTATION))
        view = view_of(pod)
        consulted_users = _consulted_users(view.spec.service_account_name, namespace, user)
        return SCCCandidates(rules, view, consulted_users, namespace, self._uses), view


def _consulted_users(account: str, namespace: str, user: User | None) -> tuple[ConsultedUser, ...]:
    """The users whose `use` counts: the account (not in system:authenticated), then the requester."""
    users = []
    if account:
        name = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}"
        users.append(ConsultedUser("serviceaccount", User(name, service_account_groups(namespace))))
    if user is not None:
        users.append(ConsultedUser("user", user))
    return tuple(users)


def _check_required_scc_unchanged(pod: JSONObject, old: JSONObject | None) -> None:
    """Refuse an update that changes the annotation of the required constraints."""
    if old is not None and annotation(pod, REQUIRED_ANNOTATION) != annotation(old, REQUIRED_ANNOTATION):
        words = "invalid change of required security context constraint annotation"
        raise PodRefusedError(f"{words}: {REQUIRED_ANNOTATION}")


def _with_subresource_update(pod: JSONObject, old: JSONObject, subresource: str) -> JSONObject:
    """The stored pod after an update of its ephemeral containers or of its resources."""
    spec, before = pod.get("spec", {}), old.get("spec", {})
    if subresource == _EPHEMERAL:
        changes = {"ephemeralContainers": spec.get("ephemeralContainers", [])}
    else:
        changes = {
            kind: [
                {
                    **{key: value for key, value in was.items() if key not in _RESIZED},
                    **{key: now[key] for key in _RESIZED if key in now},
                }
                for was, now in zip(before[kind], spec.get(kind, ()), strict=False)
            ]
            for kind in ("containers", "initContainers")
            if len(before.get(kind, ())) == len(spec.get(kind, ())) != 0
        }
    return {**old, "spec": {**before, **changes}}
