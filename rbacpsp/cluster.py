"""`Cluster`: the objects of one cluster and the questions asked of them."""

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
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import POD_SECURITY_KINDS
from rbacpsp.model.wrong import (
    FLAG,
    MAPPING,
    OPTIONAL_FLAG,
    TEXT,
    one_of,
    require,
    require_kind,
    takes,
)
from rbacpsp.openshift import OpenShift
from rbacpsp.waiting import progress_of, step_progress

if TYPE_CHECKING:
    from rbacpsp.admission.preflight import Preflight
    from rbacpsp.admission.submission import Submission
    from rbacpsp.audit import Audit, Policy, Rule
    from rbacpsp.frames import Frames
    from rbacpsp.page import Explorer, Origin
    from rbacpsp.paths import Paths
    from rbacpsp.paths.opened import Opened
    from rbacpsp.plot import Plots
    from rbacpsp.psp import Admission
    from rbacpsp.pss import PSAdmission
    from rbacpsp.pss.standard import Judgement
    from rbacpsp.rbac.mending import Mending
    from rbacpsp.simulate import Simulation

_MORE_STEPS = 3
"""Steps of an audit beside its checks: permissions, paths, order."""


class Cluster(AccessQuestions, OpenShift):
    """The objects of one cluster and the questions asked of them; the indexes are built on first use."""

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
        """A cluster of objects as the API serves them; a List among them counts as its items.

        Args:
            objects: Plain JSON values; they are not modified.
            kubernetes_version: The server to imitate, for example `1.24`. It decides words, the generation
                of Pod Security Admission and the kind of token volume. Default: 1.24 where policies exist.
            admission_config: A PodSecurityConfiguration, or an AdmissionConfiguration that holds one.
            validate: Whether to refuse what the API server's validation refuses, as `load` does; objects with
                a `uid` and a `resourceVersion` are stored and never refused.
            bootstrap: Whether Kubernetes' own objects are assumed, as in `load`; else these are all.
            openshift_version: The release of OpenShift, for example `4.21`, if the server is one.

        Raises:
            LoadError: A server would not accept an object; every such object is named.
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
        """What a mending would open here: the findings of the audit and the paths that it adds."""
        from rbacpsp.paths.opened import opened
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
        """What the PodSecurityPolicy plugin would do with a pod that a user submits.

        It does not ask whether the user may create pods: `authorize` does.

        Args:
            pod: A dict, YAML text or a loaded pod; never modified.
            user: Who submits it; for a Deployment's pod that is the replicaset-controller. None asks the
                pod's service account alone.
            namespace: Where; default: the pod's own `metadata.namespace`, else `default`.
            operation: `CREATE` or `UPDATE`.
            old: The stored pod, for an update.
            subresource: A subresource such as `status`; policies never judge those.

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
        """Every workload and pod without one: which policy its pods would get now, and which they have.

        Args:
            user: Who is taken to have created the pods that no controller and no kubelet created; None asks
                their service accounts alone.
            shared_controllers: Whether all controllers are the one user `system:kube-controller-manager`
                (`--use-service-account-credentials=false`); default: what the bindings show.
            controllers: Who creates the pods of owners of other kinds than the catalog's.

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
        """What the PodSecurity plugin would answer to a pod, a workload or a Namespace.

        A pod is refused where it violates the enforce level of its namespace, a workload is only warned
        about. An UPDATE of a Namespace is checked against the pods that were loaded, as a label dry run is.
        See `rbacpsp.pss.admit` for the arguments; objects may be YAML text as well.

        Raises:
            ValueError: The kind is not judged by the plugin, a field of the object has the wrong type, or the
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
        """A pod or a workload held against a level of the standards, whatever its namespace says.

        The words are those of the cluster's version; what its admission configuration exempts is exempt.

        Args:
            obj: A dict, YAML text or a loaded object; never modified.
            level: `privileged`, `baseline` or `restricted`.
            version: The version of the level, for example `v1.25`.

        Raises:
            ValueError: The level or the version is none, the object is no pod and no workload, or a field of
                it has the wrong type.
        """
        from rbacpsp.pss import Exemptions, LevelVersion
        from rbacpsp.pss.standard import Standard

        exemptions = self._pod_security.exemptions if self._pod_security else Exemptions()
        standard = Standard(LevelVersion.of(level, version), self.kubernetes_version, exemptions)
        return standard.judge(as_body(obj))

    def review(self, review: JSONObject, *, user: User | None = None, plugin: str = "both") -> JSONObject:
        """A review object with the status or the response that the API server would give; not changed.

        SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview,
        AdmissionReview, and OpenShift's reviews of pods (PodSecurityPolicySubjectReview and its like) are
        answered.

        Args:
            review: The object.
            user: Who asks; reviews of oneself need it.
            plugin: Whom an AdmissionReview asks: `psp`, `psa`, or `both` in the server's order.

        Raises:
            ValueError: The kind is not that of a review, or the server would not accept the review.
        """
        from rbacpsp.admission import PLUGINS, answer_review

        require_kind("review", review, MAPPING)
        require_kind("plugin", plugin, one_of(*PLUGINS))
        return answer_review(self._server, review, None if user is None else as_user(user), plugin)

    def preflight(
        self, objects: Iterable[JSONObject], user: User, *, namespace: str = "default"
    ) -> "Preflight":
        """Whether a user may apply all of some objects, the escalation check included.

        They are plain JSON values in the order of the apply; without a namespace they go to `namespace`.
        """
        from rbacpsp.admission.preflight import Applier
        from rbacpsp.decode.applied import checked_body, decoded, items

        require_kind("namespace", namespace, TEXT)
        given = as_objects(objects)
        for each in given:
            require("objects", each, dict, "several dicts")
        applier = Applier(self._server, as_user(user), self.catalog, decoded, checked_body, namespace)
        return applier.apply(items(given))

    def submit(
        self,
        obj: JSONObject | str | Manifest,
        user: User | None = None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | None = None,
    ) -> "Submission":
        """Would the server take an object, and if not, who says no: the answer of its parts in their order.

        They are RBAC, validation, the ServiceAccount plugin, PodSecurityPolicy where it exists, and Pod
        Security; of a workload that is taken the pods are asked for too. (`admit` asks PodSecurityPolicy
        alone.)

        Args:
            obj: An object of any kind that the server serves: a dict, YAML text or a loaded pod or workload.
            user: Who submits it; None: RBAC is not asked.
            namespace: Where; default: as the object says, else `default`.
            operation: `CREATE` or `UPDATE`, by which the whole object is replaced, as `kubectl replace` does.
            old: The stored object, for an update; default: the one that was loaded.

        Raises:
            ValueError: The object cannot be decoded, or a field of it has the wrong type.
        """
        from rbacpsp.admission.submit import Submitter
        from rbacpsp.decode.applied import checked_body, decoded

        request = AdmissionRequest(user=user, namespace=namespace, operation=operation, old=old)
        body = as_body(obj)
        as_operation(operation)
        submitter = Submitter(self._server, self.catalog, decoded, checked_body)
        return submitter.submit(body, as_admission(request, as_body))

    def audit(
        self,
        *,
        rules: "Iterable[Rule] | None" = None,
        policy: "Policy | None" = None,
        today: date | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> "Audit":
        """The risky permissions here, with their evidence, and what subjects reach by several of them.

        Args:
            rules: The rules; by default all of `rbacpsp.audit.RULES`. A policy adds its own.
            policy: Which rules count, how much, and what is excepted.
            today: The day by which exceptions expire; needed where the policy has any.
            progress: Told in a word what is being looked at, for work that takes long; default: in a
                notebook a bar below the cell, once it takes a while.

        Raises:
            ValueError: The policy has exceptions and no day is given.
        """
        from rbacpsp.audit import RULES
        from rbacpsp.paths.findings import audit_with_paths

        steps = sum(rule.check is not None for rule in RULES) + _MORE_STEPS
        with step_progress("audit", steps, progress) as told:
            return audit_with_paths(self.paths(), rules=rules, policy=policy, today=today, progress=told)

    def paths(self) -> "Paths":
        """Who can become whom; see `rbacpsp.paths.search`. Its graph is built on first use."""
        return self._paths

    @cached_property
    def frames(self) -> "Frames":
        """The pandas view: DataFrames, each made when it is asked for; `rbacpsp.frames` documents them."""
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
            origin: Where the cluster was read and when, as the page is to say it.
            start: The view with which it opens, as a fragment: `subject?subject=User%2Falice`.
        """
        from rbacpsp.page import Explorer, Facts, Origin

        require("origin", origin, Origin | None, "an rbacpsp.page.Origin")
        require_kind("start", start, TEXT)
        return Explorer(
            Facts.of(self, self._pod_security, origin or Origin(), start), progress_of("explorer")
        )
