"""`Cluster`: the objects of one cluster, and methods that answer questions about them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from rbacpsp.access import AccessQuestions
from rbacpsp.apply import Bootstrap, as_bootstrap
from rbacpsp.catalog import Account
from rbacpsp.decode import decode_objects
from rbacpsp.decode.arguments import (
    as_admission,
    as_body,
    as_object,
    as_objects,
    as_operation,
    as_user,
)
from rbacpsp.model import AdmissionRequest, Manifest, Namespace, User
from rbacpsp.model.argument_types import (
    FLAG,
    MAPPING,
    OPTIONAL_FLAG,
    TEXT,
    one_of,
    require,
    require_kind,
    takes,
)
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.json_values import require_json
from rbacpsp.model.kinds import POD_SECURITY_KINDS
from rbacpsp.openshift import OpenShift
from rbacpsp.waiting import progress_of, step_progress

if TYPE_CHECKING:
    from rbacpsp.admission.preflight import Preflight
    from rbacpsp.admission.submission import Submission
    from rbacpsp.audit import Audit, AuditPolicy, Rule
    from rbacpsp.frames import Frames
    from rbacpsp.page import Explorer, Origin
    from rbacpsp.paths import Paths
    from rbacpsp.paths.grant_effects import Opened
    from rbacpsp.plot import Plots
    from rbacpsp.psp import Admission
    from rbacpsp.pss import PSAdmission
    from rbacpsp.pss.standard import Judgement
    from rbacpsp.rbac.mending import Mending
    from rbacpsp.simulate import Simulation

_MORE_STEPS = 3
"""The steps of an audit besides its checks: permissions, paths, order."""


class Cluster(AccessQuestions, OpenShift):
    """The objects of one cluster, with a method for each question; indexes are built on first use."""

    @classmethod
    @takes(validate=FLAG)
    def from_objects(
        cls,
        objects: Iterable[Mapping[str, Any]],
        kubernetes_version: str | None = None,
        admission_config: JSONObject | None = None,
        validate: bool = False,
        bootstrap: Bootstrap = "never",
        openshift_version: str | None = None,
    ) -> Self:
        """Builds a cluster from objects as the API serves them; a List counts as its items.

        Args:
            objects: Plain JSON values; they are not modified.
            kubernetes_version: The server to imitate, for example `1.24`. It decides the wording of messages,
                the version of Pod Security Admission and the kind of token volume. Default: 1.24 where
                policies exist.
            admission_config: A PodSecurityConfiguration, or an AdmissionConfiguration that contains one.
            validate: Whether to refuse objects that the API server's validation refuses, as `load` does;
                objects with a `uid` and a `resourceVersion` are stored and never refused.
            bootstrap: Whether Kubernetes' own objects are assumed, as in `load`; by default they are not.
            openshift_version: The release of OpenShift, for example `4.21`, if the server runs OpenShift.

        Raises:
            LoadError: A server would refuse an object; every such object is named.
            ValueError: Unknown version, objects that are not a list, or an unknown value of `bootstrap`.
        """
        from rbacpsp.admission.validation import refusal_check

        check = refusal_check(kubernetes_version) if validate else None
        decoded = decode_objects(as_objects(objects), check=check)
        mode = None if as_bootstrap(bootstrap) == "never" else bootstrap
        return cls(
            decoded,
            kubernetes_version=kubernetes_version,
            openshift_version=openshift_version,
            admission_config=admission_config,
            bootstrap=mode,
        )

    def opened_by(self, mending: "Mending") -> "Opened":
        """The audit findings and the paths to full control that a change by `grant` would add."""
        from rbacpsp.paths.grant_effects import opened
        from rbacpsp.rbac.mending import Mending

        require("mending", mending, Mending, "a Mending, as grant gives")
        after = self.changed(decode_objects(list(mending.objects)))
        return opened(mending.subject, (self.audit(), after.audit()), (self.paths(), after.paths()))

    def admit(
        self,
        pod: JSONObject | str | Manifest,
        *,
        user: User | None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | None = None,
        subresource: str = "",
    ) -> "Admission":
        """The decision of the PodSecurityPolicy plugin on a pod that a user submits.

        Whether the user may create pods is another question: see `authorize`.

        Args:
            pod: A dict, YAML text or a loaded pod; never modified.
            user: The user who submits it; for a Deployment's pod that is the replicaset-controller. None:
                only the policies of the pod's service account count.
            namespace: The namespace; default: the pod's `metadata.namespace`, else `default`.
            operation: `CREATE` or `UPDATE`.
            old: The stored pod, for an update.
            subresource: A subresource such as `status`; the plugin ignores most of them.

        Raises:
            ValueError: A server would not accept the pod, or the version has no PodSecurityPolicy.
        """
        request = AdmissionRequest(
            user=user, namespace=namespace, operation=operation, old=old, subresource=subresource
        )
        return self._of_pod(self._server.admit, pod, request)

    def simulate(
        self,
        *,
        user: User | None = None,
        shared_controllers: bool | None = None,
        controllers: Mapping[str, Account] = FrozenDict({}),
    ) -> "Simulation":
        """Computes the policy that the pods of every workload, and other pods, would get now and have.

        Args:
            user: The assumed creator of pods that no controller and no kubelet created; with None only the
                policies of their service accounts count.
            shared_controllers: Whether all controllers are the one user `system:kube-controller-manager`
                (`--use-service-account-credentials=false`); default: as the bindings show.
            controllers: The creators of the pods of owners whose kinds are not in the catalog.

        Raises:
            ValueError: The version has no PodSecurityPolicy and none was loaded.
        """
        from rbacpsp.simulate import Simulation

        require("controllers", controllers, Mapping, "a mapping of kinds to accounts")
        require_kind("shared_controllers", shared_controllers, OPTIONAL_FLAG)
        return Simulation(
            self.objects,
            self.authorizer,
            self._server.admitter,
            {**self.catalog.controllers, **controllers},
            user=None if user is None else as_user(user),
            shared_controllers=shared_controllers,
            telling=progress_of("simulation"),
        )

    def pss_admit(
        self,
        obj: JSONObject | str | Manifest | Namespace,
        user: User | None = None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | Namespace | None = None,
        subresource: str = "",
    ) -> "PSAdmission":
        """The answer of the PodSecurity plugin to a pod, a workload or a Namespace.

        A pod is refused if it violates the enforce level of its namespace; for a workload there are only
        warnings. An UPDATE of a Namespace is checked against the pods that were loaded, as a label dry run
        is. See `rbacpsp.pss.admit` for the arguments; objects may be YAML text as well.

        Raises:
            ValueError: The plugin does not check this kind, a field of the object has the wrong type, or the
                admission configuration is one that a server would not start with.
        """
        request = AdmissionRequest(
            user=user, namespace=namespace, operation=operation, old=old, subresource=subresource
        )
        as_operation(operation)
        answer = self._server.pss_admit(as_object(obj), as_admission(request, as_object))
        unread = self.unread(POD_SECURITY_KINDS)
        return replace(answer, incomplete=unread) if unread else answer

    def pss_check(
        self, obj: JSONObject | str | Manifest, level: str = "restricted", version: str = "latest"
    ) -> "Judgement":
        """Checks a pod or a workload against a level of the standards, whatever its namespace requires.

        Messages are those of the cluster's version; exemptions of its admission configuration apply.

        Args:
            obj: A dict, YAML text or a loaded object; never modified.
            level: `privileged`, `baseline` or `restricted`.
            version: The version of the level, for example `v1.25`.

        Raises:
            ValueError: Unknown level or version, the object is neither a pod nor a workload, or a field of
                it has the wrong type.
        """
        from rbacpsp.pss import Exemptions, LevelVersion
        from rbacpsp.pss.standard import Standard

        exemptions = self._pod_security.exemptions if self._pod_security else Exemptions()
        standard = Standard(LevelVersion.of(level, version), self.kubernetes_version, exemptions)
        return standard.judge(as_body(obj))

    def review(self, review: JSONObject, *, user: User | None = None, plugin: str = "both") -> JSONObject:
        """Answers a review: a copy of it with the status or the response of the API server.

        SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview,
        AdmissionReview, and OpenShift's reviews of pods (PodSecurityPolicySubjectReview and its like) are
        answered.

        Args:
            review: The object.
            user: The user who sends it; needed for SelfSubjectAccessReview and SelfSubjectRulesReview.
            plugin: Which plugin answers an AdmissionReview: `psp`, `psa`, or `both` in the server's order.

        Raises:
            ValueError: The kind is not that of a review, or the server would not accept the review.
        """
        from rbacpsp.admission.admission_review import PLUGINS
        from rbacpsp.admission.reviews import answer_review

        require_kind("review", review, MAPPING)
        require_json("the review", review)
        require_kind("plugin", plugin, one_of(*PLUGINS))
        return answer_review(self._server, review, None if user is None else as_user(user), plugin)

    def preflight(
        self, objects: Iterable[JSONObject], user: User, *, namespace: str = "default"
    ) -> "Preflight":
        """Whether a user may apply all of some objects; the escalation check is included.

        They are plain JSON values in the order of the apply; without a namespace they go to `namespace`.
        """
        from rbacpsp.admission.preflight import Applier
        from rbacpsp.decode.one_by_one import checked_body, decoded, items

        require_kind("namespace", namespace, TEXT)
        bodies = as_objects(objects)
        for body in bodies:
            require("objects", body, dict, "several dicts")
            require_json("an object", body)
        applier = Applier(self._server, as_user(user), self.catalog, decoded, checked_body, namespace)
        return applier.apply(items(bodies))

    def submit(
        self,
        obj: JSONObject | str | Manifest,
        user: User | None = None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | None = None,
    ) -> "Submission":
        """Whether the server would accept an object, and which of its checks would refuse it.

        The checks are RBAC, validation, the ServiceAccount plugin, PodSecurityPolicy where it exists, and
        Pod Security, in this order; for a workload that is accepted its pods are checked too. (`admit`
        checks PodSecurityPolicy only.)

        Args:
            obj: An object of any kind that the server serves: a dict, YAML text or a loaded pod or workload.
            user: The user who submits it; None: RBAC is not checked.
            namespace: The namespace; default: that of the object, else `default`.
            operation: `CREATE` or `UPDATE`, by which the whole object is replaced, as `kubectl replace` does.
            old: The stored object, for an update; default: the loaded object of this name.

        Raises:
            ValueError: The object cannot be decoded, or a field of it has the wrong type.
        """
        from rbacpsp.admission.submit import Submitter
        from rbacpsp.decode.one_by_one import checked_body, decoded

        request = AdmissionRequest(user=user, namespace=namespace, operation=operation, old=old)
        body = as_body(obj)
        as_operation(operation)
        submitter = Submitter(self._server, self.catalog, decoded, checked_body)
        return submitter.submit(body, as_admission(request, as_body))

    def audit(
        self,
        *,
        rules: "Iterable[Rule] | None" = None,
        policy: "AuditPolicy | None" = None,
        today: date | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> "Audit":
        """Finds risky permissions, with their evidence, and goals that subjects reach by combining several.

        Args:
            rules: The rules; by default all of `rbacpsp.audit.RULES`. A policy adds its own.
            policy: Which rules count, their severities, and exceptions.
            today: The day on which exceptions are checked for expiry; needed if the policy has any.
            progress: Called with a word for each step, since this can take long; default: in a notebook, a
                progress bar below the cell.

        Raises:
            ValueError: The policy has exceptions, and no day was passed.
        """
        from rbacpsp.audit import RULES
        from rbacpsp.paths.findings import audit_with_paths

        steps = sum(rule.check is not None for rule in RULES) + _MORE_STEPS
        with step_progress("audit", steps, progress) as report:
            return audit_with_paths(self.paths(), rules=rules, policy=policy, today=today, progress=report)

    def paths(self) -> "Paths":
        """The escalation paths; see `rbacpsp.paths.search`. The graph is built on first use."""
        return self._paths

    @cached_property
    def frames(self) -> "Frames":
        """The pandas view: DataFrames, each built on first use; `rbacpsp.frames` documents them."""
        from rbacpsp.frames import Frames

        return Frames(self)

    @property
    def plot(self) -> "Plots":
        """Pictures by matplotlib, of the extra `notebook`; `rbacpsp.plot` documents them."""
        from rbacpsp.plot import Plots

        return Plots(self)

    def explore(self, *, origin: "Origin | None" = None, start: str = "") -> "Explorer":
        """The explorer of this cluster: one offline HTML file, as `Explorer.html` or `Explorer.write`.

        Args:
            origin: Where and when the cluster was read, for display on the page.
            start: The view that it opens with, as a URL fragment: `subject?subject=User%2Falice`.
        """
        from rbacpsp.page import Explorer, Facts, Origin

        require("origin", origin, Origin | None, "an rbacpsp.page.Origin")
        require_kind("start", start, TEXT)
        return Explorer(
            Facts.of(self, self._pod_security, origin or Origin(), start), progress_of("explorer")
        )
