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
from rbacpsp.simulate.judge import Judge, Plugin, Ruling
from rbacpsp.simulate.owners import Chain, Owners, controller_reference
from rbacpsp.simulate.row import Key, Part, Row, worst_first
from rbacpsp.simulate.summary import Summary, summarize

MIRROR = "it shows a static pod, which its kubelet runs whether or not this mirror of it is admitted"
_INERT = "it makes no pods itself: what refers to it does, and is taken to be in the same namespace"
NOBODY = "nobody knows who creates it: only its service account is asked"

_NO_PODS_OF_ITS_OWN = frozenset({"PodTemplate"})


class Maker(NamedTuple):
    """Who creates the pods of a row, and a note about it."""

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
        """The policy that admitted it; empty where none is recorded."""
        return self.pod.metadata.annotations.get(self.ruling.record, "")

    @property
    def why(self) -> str:
        """Why no policy lets it be updated, policy by policy."""
        usable = self.ruling.usable
        if not usable:
            none = "no one who is asked may use any policy"
            return none if self.ruling.admission.considered else self.message
        return "; ".join(
            f"{name} {_why(each)}" for name, each in self.ruling.admission.considered.items() if each.usable
        )


@unchanging
class Simulation(Shown, Framed):
    """What policies would do with every pod of a cluster, were it created now: an iterable of rows.

    A workload is judged by the pod that its controller makes of its template, and its stored pods are held
    against that. A pod without a workload, and the pods of a workload that was not loaded, are judged as they
    are stored: with what a policy has filled in already.
    """

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        admitter: Plugin,
        controllers: Mapping[str, Account],
        *,
        user: User | None = None,
        shared_controllers: bool | None = None,
        record: str = VALIDATED_ANNOTATION,
        telling: ProgressContext = no_progress,
    ) -> None:
        """See `Cluster.simulate`.

        `record` is the annotation that says what admitted a pod; `telling` says whom to tell how far it is.
        """
        self._telling = telling
        self._given = (objects, authorizer, admitter, controllers, user, shared_controllers, record)
        self.objects = objects
        self.authorizer = authorizer
        self.sharing: Grant | None = shared_by(authorizer) if shared_controllers is None else None
        """The evidence that the controllers share one user, where the caller did not say so."""
        shared = self.sharing is not None if shared_controllers is None else shared_controllers
        self.creators = Creators(controllers, shared)
        self.user = user
        """Who is taken to have created the pods that neither a controller nor a kubelet did."""
        self.unread: list[str] = []
        """The custom resources whose templates cannot be read, a sentence each; known with the rows."""
        self._judge = Judge(admitter, record)
        self._version = admitter.version

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is pickled and copied: what it is made of, to be run again."""
        return (_simulation, self._given)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row a workload and a pod without one, sorted by namespace, kind and name."""
        with self._telling() as told, no_collection():
            return tuple(sorted(self._rows(told), key=lambda row: row.key))

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
        """The stored pods that could not be updated any more; by namespace and name.

        On an update nothing may be filled in, so that a pod can be impossible to update although it could be
        created. Updates of the status, or of owners and finalizers alone, are never judged.

        Args:
            user: Who updates; default: who creates such pods.
        """
        for _, pod in sorted(self.objects.pods.items()):
            who = user or self._maker(pod, self._owners.chain(pod)).user
            ruling = self._judge.updated(pod, who)
            if not ruling.admission.allowed:
                yield Stuck(pod, ruling)

    @cached_property
    def _owners(self) -> Owners:
        return Owners((*self.objects.workloads.values(), *self.objects.customs.values()))

    def _rows(self, told: ReportProgress | None) -> Iterator[Row]:
        mine: defaultdict[int, list[Manifest]] = defaultdict(list)
        unloaded: defaultdict[Key, list[tuple[Manifest, Chain]]] = defaultdict(list)
        loose: list[tuple[Manifest, Chain]] = []
        for pod in self.objects.pods.values():
            chain = self._owners.chain(pod)
            if chain.top is not None:
                mine[id(chain.top)].append(pod)
            elif chain.reference is None or chain.gone or chain.reference.kind == "Node":
                loose.append((pod, chain))
            else:
                kind = controlled_kind(chain.reference)
                unloaded[pod.namespace, kind, chain.reference.name].append((pod, chain))
        workloads, customs = self.objects.workloads.values(), self.objects.customs.values()
        count = Count(told, "workloads and pods", sum(map(len, (loose, workloads, customs, unloaded))))
        for pod, chain in count(loose):
            yield self._of_pod(pod, chain)
        for workload in count(workloads):
            if workload.kind in _NO_PODS_OF_ITS_OWN:
                continue
            # One that has an owner is a top all the same where owners own each other.
            if self._owners.chain(workload).top is None or id(workload) in mine:
                yield self._of_workload(workload, tuple(mine.get(id(workload), ())))
        for custom in count(customs):
            if self._owners.is_top(custom) or id(custom) in mine:
                yield from self._of_custom(custom, mine.get(id(custom), []))
        for key, pods in count(unloaded.items()):
            yield self._of_unloaded(key, pods)

    def _of_workload(self, workload: Manifest, pods: tuple[Manifest, ...]) -> Row:
        namespace = workload.namespace or "default"
        made = pods_of(workload.body, self._version)[0]
        creator = self.creators.of_kind(workload.kind)
        ruling = self._judge.submitted(made.pod, creator, namespace)
        above = controller_reference(workload)
        notes = () if above is None else (f"it is made by {above.kind} {above.name}, which was not loaded",)
        key = (namespace, workload.kind, workload.name)
        return self._row(key, Maker(creator, notes), [Part(ruling, pods)], stored=False)

    def _of_custom(self, custom: Manifest, pods: list[Manifest]) -> Iterator[Row]:
        """A row of a custom resource, by its template; by its stored pods where it has none, or several."""
        kind = self.objects.template_kind(custom)
        if kind is None:
            return
        if kind.cluster:
            self.unread.append(
                f"{custom.kind} {custom.name}: it makes pods only where something refers to it"
            )
            return
        creator = self.creators.of_kind(custom.kind) or self.creators.of_kind(kind.through)
        notes = [] if creator else [unknown_creator(custom.kind)]
        notes += [_INERT] if kind.inert else []
        notes += [f"its controller adds {kind.adds}, which is not judged"] if kind.adds else []
        key = (custom.namespace, custom.kind, custom.name or f"{custom.metadata.generate_name}*")
        try:
            made = custom_pods(custom.body, kind)
            if pods and len(made) != 1:
                parts = self._stored_parts(pods, creator)
            else:
                rulings = (self._judge.submitted(each.pod, creator, custom.namespace) for each in made)
                parts = [Part(ruling, tuple(pods)) for ruling in rulings]
        except ValueError as error:
            self.unread.append(f"{custom.kind} {custom.namespace}/{custom.name}: {error}")
            return
        if parts:
            stored = bool(pods) and len(made) != 1
            yield self._row(key, Maker(creator, tuple(notes)), parts, stored=stored)

    def _stored_parts(self, pods: list[Manifest], creator: User | None) -> list[Part]:
        """Stored pods by what becomes of them."""
        alike: defaultdict[int, list[Manifest]] = defaultdict(list)
        rulings: dict[int, Ruling] = {}
        for pod in sorted(pods, key=lambda each: each.name):
            ruling = self._judge.stored(pod, creator)
            rulings[id(ruling)] = ruling
            alike[id(ruling)].append(pod)
        return [Part(ruling, tuple(alike[number])) for number, ruling in rulings.items()]

    def _of_pod(self, pod: Manifest, chain: Chain) -> Row:
        maker = self._maker(pod, chain)
        part = Part(self._judge.stored(pod, maker.user), (pod,))
        return self._row((pod.namespace, "Pod", pod.name), maker, [part], stored=True)

    def _of_unloaded(self, key: Key, pods: list[tuple[Manifest, Chain]]) -> Row:
        pods = sorted(pods, key=lambda each: each[0].name)
        maker = self._maker(*pods[0])
        parts = self._stored_parts([pod for pod, _ in pods], maker.user)
        return self._row(key, maker, parts, stored=True)

    def _row(self, key: Key, maker: Maker, parts: list[Part], *, stored: bool) -> Row:
        ordered = worst_first(parts)
        account = account_name(ordered[0].ruling)
        return Row(*key, account, maker.user, ordered, maker.notes, stored, self._judge)

    def _maker(self, pod: Manifest, chain: Chain) -> Maker:
        """Who creates a pod of the cluster."""
        node = node_of(pod)
        if node is not None:
            return Maker(self.creators.of_node(node), (MIRROR,))
        reference = chain.reference
        if reference is None:
            return Maker(self.user, () if self.user else (NOBODY,))
        kind = controlled_kind(reference)
        creator = self.creators.of_kind(kind)
        notes = []
        if chain.gone:
            notes.append(f"its {reference.kind} {reference.name} is gone: another of that name is there")
        elif chain.top is None:
            notes.append(f"its {kind} was not loaded: its pods are judged as they are stored")
        if creator is None:
            notes.append(unknown_creator(kind))
        return Maker(creator, tuple(notes))


def unknown_creator(kind: str) -> str:
    """The note about pods whose controller is unknown."""
    return f"who creates the pods of a {kind} is not known: only their account is asked"


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
    admitter: Plugin,
    controllers: Mapping[str, Account],
    user: User | None,
    shared: bool | None,
    record: str,
) -> Simulation:
    return Simulation(
        objects, authorizer, admitter, controllers, user=user, shared_controllers=shared, record=record
    )
