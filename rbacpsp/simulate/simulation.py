"""Simulates the admission of every workload and pod of a cluster by its policies."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from rbacpsp.catalog import Account
from rbacpsp.model import Manifest, Objects, User
from rbacpsp.model.frozen import unchanging
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.progress import Count, ProgressContext, ReportProgress, no_progress
from rbacpsp.model.result import Framed, Shown
from rbacpsp.pods.custom import custom_pods
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp import Considered
from rbacpsp.psp.admission import VALIDATED_ANNOTATION
from rbacpsp.rbac import Authorizer, Grant
from rbacpsp.simulate.creators import Creators, controlled_kind, node_of, shared_by
from rbacpsp.simulate.owners import Chain, Owners, controller_reference
from rbacpsp.simulate.row import Key, Row, RuledPods, worst_first
from rbacpsp.simulate.rulings import AdmissionPlugin, Ruling, RulingCache
from rbacpsp.simulate.summary import Summary, summarize

MIRROR = "it is the mirror of a static pod, which its kubelet runs whether or not the mirror is admitted"
_INERT = (
    "it creates no pods itself: the objects that refer to it do, and are assumed to be in the same namespace"
)
NOBODY = "its creator is unknown: only what its service account may use counts"

_NO_PODS_OF_ITS_OWN = frozenset({"PodTemplate"})


class PodCreator(NamedTuple):
    """The user that creates the pods of a row, and notes about it."""

    user: User | None
    notes: tuple[str, ...]


class Stuck(NamedTuple):
    """A stored pod that can no longer be updated."""

    pod: Manifest
    ruling: Ruling

    @property
    def message(self) -> str:
        """The server's whole message."""
        return self.ruling.message_for(self.pod.name) or ""

    @property
    def recorded(self) -> str:
        """The policy that admitted it; empty if none is recorded."""
        return self.pod.metadata.annotations.get(self.ruling.record, "")

    @property
    def why(self) -> str:
        """Why each policy refuses the update."""
        usable = self.ruling.usable
        if not usable:
            nobody = "no account that was checked may use any policy"
            return nobody if self.ruling.admission.considered else self.message
        return "; ".join(
            f"{name} {_why(considered)}"
            for name, considered in self.ruling.admission.considered.items()
            if considered.usable
        )


@unchanging
class Simulation(Shown, Framed):
    """The decisions of policies about every pod of a cluster if it were created now: an iterable of rows.

    For a workload, the pod of its template is simulated, and compared with its stored pods. A pod without a
    workload, and the pods of a workload that was not loaded, are simulated in their stored form, which
    contains the defaults that a policy filled in.
    """

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        admitter: AdmissionPlugin,
        controllers: Mapping[str, Account],
        *,
        user: User | None = None,
        shared_controllers: bool | None = None,
        record: str = VALIDATED_ANNOTATION,
        telling: ProgressContext = no_progress,
    ) -> None:
        """See `Cluster.simulate`.

        `record` is the annotation with the policy that admitted a pod; `telling` gives the receiver of
        progress.
        """
        self._telling = telling
        self._arguments = (objects, authorizer, admitter, controllers, user, shared_controllers, record)
        self.objects = objects
        self.authorizer = authorizer
        self.sharing: Grant | None = shared_by(authorizer) if shared_controllers is None else None
        """The grant that shows that the controllers share one user, unless the caller set this."""
        shared = self.sharing is not None if shared_controllers is None else shared_controllers
        self.creators = Creators(controllers, shared)
        self.user = user
        """The assumed creator of pods that neither a controller nor a kubelet creates."""
        self.unread: list[str] = []
        """One sentence for each custom resource whose template cannot be read; filled with the rows."""
        self._rulings = RulingCache(admitter, record)
        self._version = admitter.version

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the arguments; the copy runs again."""
        return (_simulation, self._arguments)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row for each workload, and pod without one, sorted by namespace, kind and name."""
        with self._telling() as report_progress, no_collection():
            return tuple(sorted(self._rows(report_progress), key=lambda row: row.key))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<Simulation of {len(self)} workloads and pods>"

    @cached_property
    def summary(self) -> Summary:
        """The summary of the rows, policy by policy."""
        with no_collection():
            return summarize(self.rows, self.objects, self.authorizer)

    def stuck(self, user: User | None = None) -> Iterator[Stuck]:
        """The stored pods that can no longer be updated, by namespace and name.

        On an update nothing may be filled in, so a pod that could be created may be impossible to update.
        Updates of the status, or of owners and finalizers only, are never checked.

        Args:
            user: The user who updates; default: the creator of the pods.
        """
        for _, pod in sorted(self.objects.pods.items()):
            updater = user or self._pod_creator(pod, self._owners.chain(pod)).user
            ruling = self._rulings.updated(pod, updater)
            if not ruling.admission.allowed:
                yield Stuck(pod, ruling)

    @cached_property
    def _owners(self) -> Owners:
        return Owners((*self.objects.workloads.values(), *self.objects.customs.values()))

    def _rows(self, report_progress: ReportProgress | None) -> Iterator[Row]:
        pods_of_workload: defaultdict[int, list[Manifest]] = defaultdict(list)
        pods_of_unloaded_owner: defaultdict[Key, list[tuple[Manifest, Chain]]] = defaultdict(list)
        pods_without_workload: list[tuple[Manifest, Chain]] = []
        for pod in self.objects.pods.values():
            chain = self._owners.chain(pod)
            if chain.top is not None:
                pods_of_workload[id(chain.top)].append(pod)
            elif chain.reference is None or chain.gone or chain.reference.kind == "Node":
                pods_without_workload.append((pod, chain))
            else:
                kind = controlled_kind(chain.reference)
                pods_of_unloaded_owner[pod.namespace, kind, chain.reference.name].append((pod, chain))
        workloads, customs = self.objects.workloads.values(), self.objects.customs.values()
        count = Count(
            report_progress,
            "workloads and pods",
            sum(map(len, (pods_without_workload, workloads, customs, pods_of_unloaded_owner))),
        )
        for pod, chain in count(pods_without_workload):
            yield self._pod_row(pod, chain)
        for workload in count(workloads):
            if workload.kind in _NO_PODS_OF_ITS_OWN:
                continue
            # If owners own each other, a workload with an owner also gets a row.
            if self._owners.chain(workload).top is None or id(workload) in pods_of_workload:
                yield self._workload_row(workload, tuple(pods_of_workload.get(id(workload), ())))
        for custom in count(customs):
            if self._owners.is_top(custom) or id(custom) in pods_of_workload:
                yield from self._custom_rows(custom, pods_of_workload.get(id(custom), []))
        for key, pods in count(pods_of_unloaded_owner.items()):
            yield self._unloaded_owner_row(key, pods)

    def _workload_row(self, workload: Manifest, pods: tuple[Manifest, ...]) -> Row:
        namespace = workload.namespace or "default"
        template_pod = pods_of(workload.body, self._version)[0]
        creator = self.creators.of_kind(workload.kind)
        ruling = self._rulings.submitted(template_pod.pod, creator, namespace)
        owner = controller_reference(workload)
        notes = () if owner is None else (f"its owner {owner.kind} {owner.name} was not loaded",)
        key = (namespace, workload.kind, workload.name)
        return self._row(key, PodCreator(creator, notes), [RuledPods(ruling, pods)], stored=False)

    def _custom_rows(self, custom: Manifest, pods: list[Manifest]) -> Iterator[Row]:
        """A row of a custom resource, by its template, or by its stored pods unless it has one template."""
        kind = self.objects.template_kind(custom)
        if kind is None:
            return
        if kind.cluster:
            self.unread.append(
                f"{custom.kind} {custom.name}: it creates pods only where another object refers to it"
            )
            return
        creator = self.creators.of_kind(custom.kind) or self.creators.of_kind(kind.through)
        notes = [] if creator else [unknown_creator(custom.kind)]
        notes += [_INERT] if kind.inert else []
        notes += [f"its controller adds {kind.adds}, which is not judged"] if kind.adds else []
        key = (custom.namespace, custom.kind, custom.name or f"{custom.metadata.generate_name}*")
        try:
            template_pods = custom_pods(custom.body, kind)
            if pods and len(template_pods) != 1:
                parts = self._stored_parts(pods, creator)
            else:
                rulings = (
                    self._rulings.submitted(template_pod.pod, creator, custom.namespace)
                    for template_pod in template_pods
                )
                parts = [RuledPods(ruling, tuple(pods)) for ruling in rulings]
        except ValueError as error:
            self.unread.append(f"{custom.kind} {custom.namespace}/{custom.name}: {error}")
            return
        if parts:
            stored = bool(pods) and len(template_pods) != 1
            yield self._row(key, PodCreator(creator, tuple(notes)), parts, stored=stored)

    def _stored_parts(self, pods: list[Manifest], creator: User | None) -> list[RuledPods]:
        """Stored pods by their ruling."""
        pods_by_ruling: defaultdict[int, list[Manifest]] = defaultdict(list)
        rulings: dict[int, Ruling] = {}
        for pod in sorted(pods, key=lambda manifest: manifest.name):
            ruling = self._rulings.stored(pod, creator)
            rulings[id(ruling)] = ruling
            pods_by_ruling[id(ruling)].append(pod)
        return [RuledPods(ruling, tuple(pods_by_ruling[number])) for number, ruling in rulings.items()]

    def _pod_row(self, pod: Manifest, chain: Chain) -> Row:
        pod_creator = self._pod_creator(pod, chain)
        part = RuledPods(self._rulings.stored(pod, pod_creator.user), (pod,))
        return self._row((pod.namespace, "Pod", pod.name), pod_creator, [part], stored=True)

    def _unloaded_owner_row(self, key: Key, pods: list[tuple[Manifest, Chain]]) -> Row:
        pods = sorted(pods, key=lambda pod_and_chain: pod_and_chain[0].name)
        pod_creator = self._pod_creator(*pods[0])
        parts = self._stored_parts([pod for pod, _ in pods], pod_creator.user)
        return self._row(key, pod_creator, parts, stored=True)

    def _row(self, key: Key, pod_creator: PodCreator, parts: list[RuledPods], *, stored: bool) -> Row:
        ordered = worst_first(parts)
        account = account_name(ordered[0].ruling)
        return Row(*key, account, pod_creator.user, ordered, pod_creator.notes, stored, self._rulings)

    def _pod_creator(self, pod: Manifest, chain: Chain) -> PodCreator:
        """The creator of a pod of the cluster."""
        node = node_of(pod)
        if node is not None:
            return PodCreator(self.creators.of_node(node), (MIRROR,))
        reference = chain.reference
        if reference is None:
            return PodCreator(self.user, () if self.user else (NOBODY,))
        kind = controlled_kind(reference)
        creator = self.creators.of_kind(kind)
        notes = []
        if chain.gone:
            notes.append(
                f"its {reference.kind} {reference.name} no longer exists: there is another one of that name"
            )
        elif chain.top is None:
            notes.append(f"its {kind} was not loaded: its pods are judged as they are stored")
        if creator is None:
            notes.append(unknown_creator(kind))
        return PodCreator(creator, tuple(notes))


def unknown_creator(kind: str) -> str:
    """The note about pods whose controller is unknown."""
    return f"the creator of the pods of a {kind} is unknown: only what their service account may use counts"


def _why(considered: Considered) -> str:
    if considered.problem:
        return "cannot be used at all"
    if considered.errors:
        return f"refuses it: {', '.join(map(str, considered.errors))}"
    return f"would have to fill in {', '.join(change.path for change in considered.diff)}"


def account_name(ruling: Ruling) -> str:
    """The service account that a pod runs as; empty for one that has none."""
    if ruling.admission.asked == (ruling.user,):
        return ""
    spec = ruling.pod.get("spec") or {}
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _simulation(
    objects: Objects,
    authorizer: Authorizer,
    admitter: AdmissionPlugin,
    controllers: Mapping[str, Account],
    user: User | None,
    shared: bool | None,
    record: str,
) -> Simulation:
    return Simulation(
        objects, authorizer, admitter, controllers, user=user, shared_controllers=shared, record=record
    )
