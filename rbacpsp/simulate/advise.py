"""Derives and verifies the strictest policy for the pods of a namespace or a service account, with its grant.

The policy is derived from the stored pods, which it admits unchanged: they contain the defaults of an earlier
policy, so the new policy fills in the same defaults when the pods are created again. A workload without pods
counts with the pod that its controller creates. Every policy is verified: each pod is submitted again to a
cluster in which it is the only policy and has the proposed grant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from rbacpsp.model import Objects, PodSecurityPolicy, Role, RoleBinding, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.origin import Document
from rbacpsp.model.pod import Pod
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.model.version import V1_24
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.seccomp import POD_KEY
from rbacpsp.pods.service_account import apply_service_account
from rbacpsp.pods.shape import view_of
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp import Admission, Admitter
from rbacpsp.psp.fix import grant
from rbacpsp.rbac import Authorizer
from rbacpsp.simulate.creators import node_of
from rbacpsp.simulate.derive import derive
from rbacpsp.simulate.owners import Owners

_WRITTEN_ANYWAY = f"metadata.annotations[{POD_KEY}]"
"""The annotation of a pod's seccomp field, which every policy and the server write."""


@dataclass(frozen=True, slots=True)
class AdvisedPod:
    """A pod that a policy is derived from."""

    title: str
    """Its name, for example `pod/web`, or `deployment/web` for the pod of its template."""
    workload: str
    """Its workload, for example `deployment/web`; empty for a pod without one."""
    account: str
    pod: JSONObject
    """The pod as it is submitted."""
    stored: bool
    """Whether it exists in the cluster; otherwise it comes from a template."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The server's answer to a pod if the advised policy is the only one."""

    source: AdvisedPod
    admission: Admission

    @property
    def holds(self) -> bool:
        """Whether the pod is admitted, and unchanged if it is a stored one.

        The annotation of a seccomp field does not count: the server writes it with any policy or none.
        """
        if not self.admission.allowed:
            return False
        changes = (change for considered in self.admission.considered.values() for change in considered.diff)
        return not self.source.stored or all(change.path == _WRITTEN_ANYWAY for change in changes)


@dataclass(frozen=True, slots=True)
class Advice:
    """A policy, its grant, and the pods that prove it."""

    namespace: str
    accounts: tuple[str, ...]
    """The service accounts that are granted the policy, sorted."""
    policy: JSONObject
    role: JSONObject
    role_binding: JSONObject
    proofs: tuple[Proof, ...]
    passed_over: tuple[str, ...]
    """One sentence for each pod for which no policy can be derived, with the reason."""

    @property
    def proved(self) -> bool:
        """Whether every pod is admitted as it should be."""
        return all(proof.holds for proof in self.proofs)


def advise(objects: Objects, version: Version, namespace: str, account: str | None = None) -> Advice | None:
    """The strictest policy for the pods of a namespace, or of one service account in it.

    None if there are no such pods. A server without policies counts as 1.24, the last version that has them.
    """
    version = min(version, V1_24)
    passed_over: list[str] = []
    views: dict[str, Pod] = {}
    chosen = []
    for source in _sources(objects, version, namespace, passed_over):
        if account is not None and source.account != account:
            continue
        view = _prepared_pod(source, namespace, objects, version)
        if isinstance(view, str):
            passed_over.append(f"{source.title}: {view}")
            continue
        chosen.append(source)
        views[source.title] = view
    if not chosen:
        return None
    name = namespace if account is None else f"{namespace}.{account}"
    builder = _AdviceBuilder(
        objects, version, namespace, _free_name(name, objects.policies), tuple(passed_over)
    )
    running = {source.workload for source in chosen if source.stored}
    basis = [source for source in chosen if source.stored or source.workload not in running]
    advice = builder.build([views[source.title] for source in basis], chosen)
    missing = [proof.source for proof in advice.proofs if not proof.admission.allowed]
    if missing:
        # The template demands more than the running pods, which come from an older version of it.
        basis += [source for source in missing if source not in basis]
        advice = builder.build([views[source.title] for source in basis], chosen)
    return advice


def _sources(
    objects: Objects, version: Version, namespace: str, passed_over: list[str]
) -> Iterator[AdvisedPod]:
    owners = Owners(objects.workloads.values())
    for (pod_namespace, name), pod in sorted(objects.pods.items()):
        if pod_namespace != namespace:
            continue
        if node_of(pod) is not None:
            passed_over.append(
                f"pod/{name}: its kubelet creates it, and its own grants may let it use a policy"
            )
            continue
        top = owners.chain(pod).top
        workload = "" if top is None else f"{top.kind.lower()}/{top.name}"
        yield AdvisedPod(f"pod/{name}", workload, _account(pod.body), pod.body, stored=True)
    for (kind, pod_namespace, name), manifest in sorted(objects.workloads.items()):
        if pod_namespace == namespace and kind != "PodTemplate" and owners.is_top(manifest):
            template_pod = pods_of(manifest.body, version)[0]
            title = f"{kind.lower()}/{name}"
            yield AdvisedPod(title, title, _account(template_pod.pod), template_pod.pod, stored=False)


def _account(pod: JSONObject) -> str:
    spec = pod.get("spec") or {}
    return spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"


def _prepared_pod(source: AdvisedPod, namespace: str, objects: Objects, version: Version) -> Pod | str:
    """The pod that policies check, or the message of the server if it refuses the pod before."""
    defaulted = set_defaults("Pod", source.pod, version)
    defaulted.setdefault("metadata", {})["namespace"] = namespace
    return apply_service_account(defaulted, namespace, objects, version) or view_of(defaulted)


def _free_name(name: str, taken: Iterable[str]) -> str:
    taken_names = set(taken)
    candidates = (name, *(f"{name}-{number}" for number in range(2, len(taken_names) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken_names)


@dataclass(frozen=True, slots=True)
class _AdviceBuilder:
    """Derives the policy of some pods and verifies it."""

    objects: Objects
    version: Version
    namespace: str
    name: str
    passed_over: tuple[str, ...]

    def build(self, views: Iterable[Pod], sources: list[AdvisedPod]) -> Advice:
        accounts = sorted({source.account for source in sources})
        policy = derive(self.name, views, self.version)
        role, binding = grant(self.name, accounts[0], self.namespace, self.objects)
        if len(accounts) > 1:
            taken = [
                name
                for binding_namespace, name in self.objects.role_bindings
                if binding_namespace == self.namespace
            ]
            binding["metadata"]["name"] = _free_name(role["metadata"]["name"], taken)
        binding["subjects"] = [
            {"kind": "ServiceAccount", "name": account, "namespace": self.namespace} for account in accounts
        ]
        proofs = self._proofs(policy, role, binding, sources)
        return Advice(self.namespace, tuple(accounts), policy, role, binding, tuple(proofs), self.passed_over)

    def _proofs(
        self, policy: JSONObject, role: JSONObject, binding: JSONObject, sources: Iterable[AdvisedPod]
    ) -> Iterator[Proof]:
        proof_objects = Objects()
        document = Document("the advised policy")
        for (account_namespace, _), account in self.objects.service_accounts.items():
            if account_namespace == self.namespace:
                proof_objects.add(account, document)
        proof_objects.add(msgspec.convert(policy, PodSecurityPolicy), document)
        proof_objects.add(msgspec.convert(role, Role), document)
        proof_objects.add(msgspec.convert(binding, RoleBinding), document)
        admitter = Admitter(proof_objects, Authorizer(proof_objects), self.version)
        for source in sources:
            yield Proof(
                source, admitter.admit(source.pod, AdmissionRequest(user=None, namespace=self.namespace))
            )
