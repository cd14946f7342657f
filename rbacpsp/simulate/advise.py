"""The tightest policy for the pods of a namespace or a service account, with its grant, and the proof of it.

The policy is made of the stored pods, which it admits unchanged: they run with what an earlier policy filled
in, so that the same is filled in again when they are created anew. A workload without pods counts with the
pod that its controller would make. Every policy is proved: in a cluster where it is the only one and is
granted as proposed, each of the pods is submitted again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from rbacpsp.model import Objects, PodSecurityPolicy, Role, RoleBinding, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Document
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
"""Every policy writes the annotation of a pod's seccomp field, and the server does so too."""


@dataclass(frozen=True, slots=True)
class AdvisedPod:
    """A pod that a policy is made for."""

    title: str
    """What it is, for example `pod/web` or `deployment/web` for the pod that is made of its template."""
    workload: str
    """The workload that it is of, for example `deployment/web`; empty for a pod without one."""
    account: str
    pod: JSONObject
    """As it is submitted."""
    stored: bool
    """It runs in the cluster; otherwise it would be made of a template."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the server would answer to a pod where the advised policy is the only one."""

    source: AdvisedPod
    admission: Admission

    @property
    def holds(self) -> bool:
        """Whether the pod is admitted, and unchanged if it is a stored one.

        The annotation of a seccomp field does not count: the server writes it under any policy, and without.
        """
        if not self.admission.allowed:
            return False
        changes = (change for each in self.admission.considered.values() for change in each.diff)
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
    """Pods for which no policy can be made, and why, a sentence each."""

    @property
    def proved(self) -> bool:
        """Whether every pod is admitted as it should be."""
        return all(proof.holds for proof in self.proofs)


def advise(objects: Objects, version: Version, namespace: str, account: str | None = None) -> Advice | None:
    """The tightest policy for the pods of a namespace, or of one service account in it.

    None where there are no such pods. A server without policies counts as 1.24, the last that had them.
    """
    version = min(version, V1_24)
    passed_over: list[str] = []
    views: dict[str, Pod] = {}
    chosen = []
    for source in _sources(objects, version, namespace, passed_over):
        if account is not None and source.account != account:
            continue
        view = _view(source, namespace, objects, version)
        if isinstance(view, str):
            passed_over.append(f"{source.title}: {view}")
            continue
        chosen.append(source)
        views[source.title] = view
    if not chosen:
        return None
    name = namespace if account is None else f"{namespace}.{account}"
    maker = _Maker(objects, version, namespace, _free(name, objects.policies), tuple(passed_over))
    running = {source.workload for source in chosen if source.stored}
    basis = [source for source in chosen if source.stored or source.workload not in running]
    advice = maker.made([views[source.title] for source in basis], chosen)
    missing = [proof.source for proof in advice.proofs if not proof.admission.allowed]
    if missing:
        # A template that asks for more than the pods that run: they are of an older one.
        basis += [source for source in missing if source not in basis]
        advice = maker.made([views[source.title] for source in basis], chosen)
    return advice


def _sources(
    objects: Objects, version: Version, namespace: str, passed_over: list[str]
) -> Iterator[AdvisedPod]:
    owners = Owners(objects.workloads.values())
    for (place, name), pod in sorted(objects.pods.items()):
        if place != namespace:
            continue
        if node_of(pod) is not None:
            passed_over.append(f"pod/{name}: its kubelet makes it, which may use a policy by its own grants")
            continue
        top = owners.chain(pod).top
        workload = "" if top is None else f"{top.kind.lower()}/{top.name}"
        yield AdvisedPod(f"pod/{name}", workload, _account(pod.body), pod.body, stored=True)
    for (kind, place, name), manifest in sorted(objects.workloads.items()):
        if place == namespace and kind != "PodTemplate" and owners.is_top(manifest):
            made = pods_of(manifest.body, version)[0]
            title = f"{kind.lower()}/{name}"
            yield AdvisedPod(title, title, _account(made.pod), made.pod, stored=False)


def _account(pod: JSONObject) -> str:
    spec = pod.get("spec") or {}
    return spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"


def _view(source: AdvisedPod, namespace: str, objects: Objects, version: Version) -> Pod | str:
    """A pod as policies see it, or the server's refusal by which it never comes to them."""
    plain = set_defaults("Pod", source.pod, version)
    plain.setdefault("metadata", {})["namespace"] = namespace
    return apply_service_account(plain, namespace, objects, version) or view_of(plain)


def _free(name: str, taken: Iterable[str]) -> str:
    there = set(taken)
    candidates = (name, *(f"{name}-{number}" for number in range(2, len(there) + 3)))
    return next(candidate for candidate in candidates if candidate not in there)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the policy of some pods and proves it."""

    objects: Objects
    version: Version
    namespace: str
    name: str
    passed_over: tuple[str, ...]

    def made(self, views: Iterable[Pod], sources: list[AdvisedPod]) -> Advice:
        accounts = sorted({source.account for source in sources})
        policy = derive(self.name, views, self.version)
        role, binding = grant(self.name, accounts[0], self.namespace, self.objects)
        if len(accounts) > 1:
            taken = [name for place, name in self.objects.role_bindings if place == self.namespace]
            binding["metadata"]["name"] = _free(role["metadata"]["name"], taken)
        binding["subjects"] = [
            {"kind": "ServiceAccount", "name": account, "namespace": self.namespace} for account in accounts
        ]
        proofs = self._proved(policy, role, binding, sources)
        return Advice(self.namespace, tuple(accounts), policy, role, binding, tuple(proofs), self.passed_over)

    def _proved(
        self, policy: JSONObject, role: JSONObject, binding: JSONObject, sources: Iterable[AdvisedPod]
    ) -> Iterator[Proof]:
        alone = Objects()
        document = Document("the advised policy")
        for (place, _), account in self.objects.service_accounts.items():
            if place == self.namespace:
                alone.add(account, document)
        alone.add(msgspec.convert(policy, PodSecurityPolicy), document)
        alone.add(msgspec.convert(role, Role), document)
        alone.add(msgspec.convert(binding, RoleBinding), document)
        admitter = Admitter(alone, Authorizer(alone), self.version)
        for source in sources:
            yield Proof(
                source, admitter.admit(source.pod, AdmissionRequest(user=None, namespace=self.namespace))
            )
