"""The input and the parts of an explanation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rbacpsp.admission.refusals.policies import is_pod_of
from rbacpsp.cli.next_step import Option
from rbacpsp.cli.options import SourceOptions
from rbacpsp.model import Manifest, User

if TYPE_CHECKING:
    from rbacpsp.cli.assumption_warning import Granting
    from rbacpsp.cluster import Cluster
    from rbacpsp.model.message import About

Part = tuple[str, str]
"""What a line is about, and the line."""
Parts = Iterator[Part]


@dataclass(frozen=True)
class Context:
    """One refusal's surroundings: the cluster, and what the command line says."""

    cluster: "Cluster"
    user: User | None
    """Who asked, where it was named."""
    namespace_option: str | None
    source: SourceOptions
    """Where the cluster was read, for the commands to run next."""
    about: "About"
    rests_on: "list[Granting]"
    """The roles and bindings on which the explanations rest; they are added as they are met."""

    @property
    def namespace(self) -> str | None:
        """Where it happened: as given, else as the surroundings of the message tell."""
        return self.namespace_option or self.about.namespace or None

    @cached_property
    def where(self) -> tuple[Option, ...]:
        """The option that names the namespace."""
        return (("-n", self.namespace),) if self.namespace else ()

    def makers(self, pod: str) -> list[Manifest]:
        """The pod of that name and the workloads whose controllers give such names, the longest name first.

        Where nothing gives such a name: what has the name itself, and what the message's surroundings name.
        """
        every = [
            each
            for each in (*self.cluster.objects.pods.values(), *self.cluster.objects.workloads.values())
            if self.namespace in {None, each.namespace or "default"}
        ]
        fitting = [each for each in every if pod and is_pod_of(pod, each.kind, each.name)]
        if not fitting:
            names = {pod.rstrip("-"), self.about.name} - {""}
            fitting = [
                each
                for each in every
                if each.name in names or any(is_pod_of(f"{name}-", each.kind, each.name) for name in names)
            ]
        return sorted(
            fitting,
            key=lambda each: (-len(each.name), each.kind != self.about.kind, each.namespace, each.kind),
        )


def title(found: Manifest) -> str:
    """An object as sentences name it."""
    return f"{found.kind} {found.name} in namespace {found.namespace or 'default'}"
