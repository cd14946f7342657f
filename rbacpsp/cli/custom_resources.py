"""Warns about custom resources whose pods were not read, or not completely."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacpsp.cli.errors import note
from rbacpsp.model import Objects
from rbacpsp.model.pod_templates import TemplateKind
from rbacpsp.pods.custom import custom_pods

_ELSEWHERE = "it refers to one elsewhere, or has none"


def warn_custom_resources(objects: Objects) -> None:
    """Say on stderr what of the custom resources of a cluster an answer about pods leaves out."""
    kinds: dict[str, TemplateKind] = {}
    empty: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for custom in objects.customs.values():
        kind = objects.template_kind(custom)
        if kind is None:
            continue
        kinds[kind.qualified] = kind
        pods = custom_pods(custom.body, kind)
        empty[kind.qualified] += not pods
        seen[kind.qualified] += len(pods)
        unseen.update(f"{kind.qualified}: {said}" for pod in pods for said in pod.unseen)
    for said in custom_resource_notes(
        kinds, CustomResourceCounts(seen, empty, unseen, objects.other_customs)
    ):
        note(said)


class CustomResourceCounts(NamedTuple):
    """What was met of custom resources, each with its number."""

    seen: Counter[str]
    """The pods of each kind, by qualified name."""
    empty: Counter[str]
    """The objects of each kind that hold no template."""
    unseen: Counter[str]
    """What of the templates was not applied."""
    others: Mapping[str, int]
    """The objects of other kinds."""


def custom_resource_notes(kinds: Mapping[str, TemplateKind], left: CustomResourceCounts) -> Iterator[str]:
    """What is left out, a sentence each; `kinds` are those that were met, by qualified name."""
    empty, others = left.empty, left.others
    passed = [
        f"{count} {name} ({kinds[name].none or _ELSEWHERE})" for name, count in sorted(empty.items()) if count
    ]
    if passed:
        yield f"Passed over, as no pod template is in it: {', '.join(passed)}."
    adds = [f"{each.adds} ({name})" for name, each in sorted(kinds.items()) if each.adds and left.seen[name]]
    if adds:
        yield f"Not seen is what controllers add to the pods: {', '.join(adds)}."
    if left.unseen:
        yield f"Not seen: {_counted(left.unseen.items())}."
    if others:
        yield (
            f"Custom resources of other kinds were passed over: {_counted(others.items())}; --template-path "
            "names a pod template in one."
        )


def _counted(found: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(found))
