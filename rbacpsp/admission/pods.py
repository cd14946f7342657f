"""Runs a pod through the plugins and the validation of one server, in the server's order.

Source: pkg/kubeapiserver/options/plugins.go AllOrderedPlugins, 1.24 and 1.37: of the validating plugins
PodSecurity comes before PodSecurityPolicy, and RuntimeClass last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rbacpsp.admission.server import APIServer
from rbacpsp.admission.submission import Step
from rbacpsp.admission.validation.pods import whole_pod_refusal
from rbacpsp.admission.validation.pods.update import pod_update_refusal
from rbacpsp.model import AdmissionRequest
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import name_pod, prepare_pod
from rbacpsp.pods.runtime_class import is_of_runtime_class, runtime_class_refusal
from rbacpsp.pods.service_account import apply_service_account
from rbacpsp.pods.words import forbidden
from rbacpsp.psp import Admission, Admitter
from rbacpsp.psp.versions import REMOVED
from rbacpsp.pss import PSAdmission
from rbacpsp.scc import SCCAdmission


@dataclass(frozen=True, slots=True)
class PodAnswer:
    """The steps, up to the one that refuses the pod if there is one."""

    steps: tuple[Step, ...]
    policies: Admission | None = None
    """The answer of PodSecurityPolicy, if it was checked."""
    pod_security: PSAdmission | None = None
    """The answer of PodSecurity, if it was checked."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The server's warnings."""
        return self.pod_security.warnings if self.pod_security is not None else ()

    @property
    def refused(self) -> Step | None:
        """The step that refuses it."""
        last = self.steps[-1] if self.steps else None
        return last if last is not None and last.allowed is False else None


def submit_pod(server: APIServer, pod: JSONObject, request: AdmissionRequest, namespace: str) -> PodAnswer:
    """The answers of the plugins and the validation to a pod whose request is authorized.

    Raises:
        ValueError: It is not a pod, or a field of it has the wrong type.
    """
    submitting = _PodSubmission(server, pod, replace(request, namespace=namespace), namespace)
    return submitting.answer(submitting.steps())


def ask_plugins(
    server: APIServer, pod: JSONObject, request: AdmissionRequest, *, policies: bool, pod_security: bool
) -> PodAnswer:
    """The answers of PodSecurityPolicy, PodSecurity or both to a pod, in the order of `submit_pod`.

    Raises:
        ValueError: It is not a pod, a field has the wrong type, or the version has no PodSecurityPolicy.
    """
    asking = _PodSubmission(server, pod, request, "", asks_pod_security=pod_security)
    return asking.answer(asking.by_policies(server.admitter) if policies else asking.by_pod_security(pod))


def has_policies(server: APIServer) -> bool:
    """Whether the server asks PodSecurityPolicy: it has the API, and there are policies."""
    return bool(server.objects.policies) and server.version < REMOVED


def has_constraints(server: APIServer) -> bool:
    """Whether the server has security context constraints, which only OpenShift has."""
    return bool(server.objects.constraints) or server.openshift_release is not None


@dataclass(slots=True)
class _PodSubmission:
    server: APIServer
    pod: JSONObject
    request: AdmissionRequest
    namespace: str
    asks_pod_security: bool = True
    policies: Admission | None = None
    pod_security: PSAdmission | None = None

    def answer(self, steps_to_ask: Iterator[Step]) -> PodAnswer:
        """Ask one part of the server after another until one refuses."""
        steps: list[Step] = []
        for step in steps_to_ask:
            steps.append(step)
            if step.allowed is False:
                break
        return PodAnswer(tuple(steps), self.policies, self.pod_security)

    def steps(self) -> Iterator[Step]:
        if has_policies(self.server):
            yield from self.by_policies(self.server.whole_admitter, self._updated)
            return
        if has_constraints(self.server):
            yield from self._with_constraints()
            return
        filled = self._defaulted(self.pod)
        if self.request.operation == "CREATE":
            message = apply_service_account(filled, self.namespace, self.server.objects, self.server.version)
            yield _service_account_step(message)
            if message is None:
                name_pod(filled)
                prepare_pod(filled, self.server.version)
                yield _validation_step(whole_pod_refusal(filled, self.server.version))
        else:
            yield self._updated()
        yield from self.by_pod_security(filled)
        reason = runtime_class_refusal(filled) if self.request.operation == "CREATE" else None
        if reason:
            yield Step("validation", allowed=False, text=forbidden(filled, reason))

    def _with_constraints(self) -> Iterator[Step]:
        """OpenShift: the constraints fill in fields before the validation, and validate at the end."""
        admission = self.server.scc_admitter.admit(self.pod, self.request)
        stage, message = admission.stage, admission.message or ""
        if self.request.operation == "CREATE":
            yield _service_account_step(message if stage == "serviceaccount" else None)
        yield _constraints_step(admission)
        yield _validation_step(message if stage == "validation" else None)
        yield from self.by_pod_security(self.pod if admission.pod is None else admission.pod)
        if stage == "scc-validate":
            yield Step("scc", allowed=False, text=message)

    def _defaulted(self, pod: JSONObject) -> JSONObject:
        filled = set_defaults("Pod", pod, self.server.version)
        filled.setdefault("metadata", {})["namespace"] = self.namespace
        return filled

    def _old(self) -> JSONObject | None:
        return self._defaulted(self.request.old) if isinstance(self.request.old, dict) else None

    def by_policies(self, admitter: Admitter, validity: Callable[[], Step] | None = None) -> Iterator[Step]:
        """PodSecurityPolicy fills in fields of a created pod first, and validates after PodSecurity.

        Args:
            admitter: The plugin.
            validity: Validates an updated pod; None skips this step.
        """
        created = self.request.operation == "CREATE"
        self.policies = admission = admitter.admit(self.pod, self.request)
        if created:
            refused_by_account = admission.not_judged if not admission.allowed else ""
            yield _service_account_step(admission.message if refused_by_account else None)
            yield _policies_step(admission, filling=True)
            yield _validation_step(admission.message if admission.invalid_by else None)
        elif validity is not None:
            yield validity()
        yield from self.by_pod_security(admission.pod if created and admission.pod else self.pod)
        message = admission.message or ""
        if is_of_runtime_class(message):
            yield _validation_step(message)
        elif not created or not admission.allowed:
            yield _policies_step(admission, filling=False)

    def by_pod_security(self, pod: JSONObject) -> Iterator[Step]:
        """The step of PodSecurity, if the server runs it."""
        if not self.asks_pod_security:
            return
        self.pod_security = answer = self.server.pss_admit({**pod, "kind": "Pod"}, self.request)
        if not answer.allowed:
            yield Step("podsecurity", allowed=False, text=answer.message or "")
            return
        enforced = answer.audit.get("enforce-policy") or answer.audit.get("exempt", "")
        exempt = "exempt" in answer.audit
        words = f"exempt: {enforced}" if exempt else f"it meets {enforced}" if enforced else "not judged"
        yield Step("podsecurity", allowed=True, text=words)

    def _updated(self) -> Step:
        """The answer of the validation to an updated pod."""
        filled, old = self._defaulted(self.pod), self._old()
        prepare_pod(filled, self.server.version, filled if old is None else old)
        return _validation_step(pod_update_refusal(filled, old, self.server.version))


def _service_account_step(message: str | None) -> Step:
    if message is not None:
        return Step("serviceaccount", allowed=False, text=message)
    return Step("serviceaccount", allowed=True, text="its service account exists")


def _validation_step(message: str | None) -> Step:
    if message is not None:
        return Step("validation", allowed=False, text=message)
    return Step("validation", allowed=True, text="the pod is valid")


def _constraints_step(admission: SCCAdmission) -> Step:
    """The answer of the constraints in the step that fills in fields."""
    if admission.stage == "scc-mutate":
        return Step("scc", allowed=False, text=admission.message or "")
    if admission.not_judged:
        return Step("scc", allowed=True, text=admission.not_judged)
    through = "its service account" if admission.subject_type == "serviceaccount" else "its creator"
    text = f"admitted by {admission.admitted}{f', through {through}' if admission.subject_type else ''}"
    return Step("scc", allowed=True, text=text)


def _policies_step(admission: Admission, *, filling: bool) -> Step:
    """The answer of PodSecurityPolicy; the mutating step refuses only pods that no policy admits."""
    if admission.allowed or (filling and admission.filled_in_by):
        policy = admission.policy or admission.filled_in_by
        return Step("psp", allowed=True, text=f"admitted by {policy}" if policy else admission.not_judged)
    return Step("psp", allowed=False, text=admission.message or "")
