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
"""The title of a line, and the line."""
Parts = Iterator[Part]


@dataclass(frozen=True)
class ExplanationContext:
    """What an explanation can use: the cluster, the command line, and the text around the message."""

    cluster: "Cluster"
    user: User | None
    """The user of `--as`; None without it."""
    namespace_option: str | None
    source: SourceOptions
    """The source of the cluster, for the commands to run next."""
    about: "About"
    rests_on: "list[Granting]"
    """The roles and bindings that the explanations depend on; explanations add to this list."""

    @property
    def namespace(self) -> str | None:
        """The namespace of the refusal: that of `-n`, else the one in the text around the message."""
        return self.namespace_option or self.about.namespace or None

    @cached_property
    def where(self) -> tuple[Option, ...]:
        """The option that names the namespace."""
        return (("-n", self.namespace),) if self.namespace else ()

    def makers(self, pod: str) -> list[Manifest]:
        """The pod of a name and the workloads whose controllers give such names, the longest name first.

        If there is none: the objects with the name itself, and those that the text around the message names.
        """
        candidates = [
            obj
            for obj in (*self.cluster.objects.pods.values(), *self.cluster.objects.workloads.values())
            if self.namespace in {None, obj.namespace or "default"}
        ]
        fitting = [obj for obj in candidates if pod and is_pod_of(pod, obj.kind, obj.name)]
        if not fitting:
            names = {pod.rstrip("-"), self.about.name} - {""}
            fitting = [
                obj
                for obj in candidates
                if obj.name in names or any(is_pod_of(f"{name}-", obj.kind, obj.name) for name in names)
            ]
        return sorted(
            fitting,
            key=lambda obj: (-len(obj.name), obj.kind != self.about.kind, obj.namespace, obj.kind),
        )


def title(obj: Manifest) -> str:
    """An object in words, with its namespace."""
    return f"{obj.kind} {obj.name} in namespace {obj.namespace or 'default'}"
