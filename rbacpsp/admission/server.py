"""The API server of one cluster: its authorizer and its admission plugins."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rbacpsp.model import AdmissionRequest, Manifest, Namespace, Objects, Request, User, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.psp import Admission, Admitter
from rbacpsp.pss import Configuration, PSAdmission
from rbacpsp.pss.admission import judge
from rbacpsp.rbac import Authorizer, Decision, RuleSet

if TYPE_CHECKING:
    from rbacpsp.scc import SCCAdmitter


@dataclass(frozen=True, eq=False)
class APIServer:
    """The API server of a cluster in one state."""

    objects: Objects
    authorizer: Authorizer
    version: Version
    """The version imitated."""
    policy_version: Version
    """The version whose PodSecurityPolicy plugin is imitated."""
    openshift_version: Version
    """The Kubernetes version of the server, if it is an OpenShift server."""
    openshift_release: Version | None = None
    """The release of OpenShift, if it is known."""
    pod_security: Configuration | None = None
    """The configuration of the PodSecurity plugin; None is the server's default."""

    @cached_property
    def admitter(self) -> Admitter:
        """The PodSecurityPolicy plugin.

        Raises:
            ValueError: The version has no PodSecurityPolicy and no policy was loaded.
        """
        return Admitter(self.objects, self.authorizer, self.policy_version)

    @cached_property
    def whole_admitter(self) -> Admitter:
        """The PodSecurityPolicy plugin with the complete validation between its two steps.

        Raises:
            ValueError: The version has no PodSecurityPolicy and no policy was loaded.
        """
        from rbacpsp.admission.validation.pods import whole_pod_refusal

        return Admitter(self.objects, self.authorizer, self.policy_version, whole_pod_refusal)

    @cached_property
    def scc_admitter(self) -> "SCCAdmitter":
        """OpenShift's plugin for security context constraints.

        Raises:
            ValueError: Constraints have a field of a wrong type.
        """
        from rbacpsp.admission.validation.pods.parts import pod_part_refusal
        from rbacpsp.scc import SCCAdmitter

        return SCCAdmitter(
            self.objects,
            self.authorizer,
            pod_part_refusal,
            self.openshift_version,
            self.openshift_release,
        )

    def authorize(self, user: User, request: Request) -> Decision:
        """Whether a user may do something."""
        return self.authorizer.authorize(user, request)

    def rules_for(self, user: User, namespace: str) -> RuleSet:
        """Every rule that applies to a user in a namespace."""
        return self.authorizer.rules_for(user, namespace)

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> Admission:
        """What the PodSecurityPolicy plugin would do with a pod.

        Raises:
            ValueError: A server would not accept the pod, or the version has no PodSecurityPolicy.
        """
        return self.admitter.admit(pod, request)

    def pss_admit(self, obj: JSONObject | Manifest | Namespace, request: AdmissionRequest) -> PSAdmission:
        """What the PodSecurity plugin would answer to a pod, a workload or a Namespace.

        Raises:
            ValueError: The kind is not judged by the plugin, or a field of the object has the wrong type.
        """
        return judge(obj, request, objects=self.objects, config=self.pod_security, version=self.version)
