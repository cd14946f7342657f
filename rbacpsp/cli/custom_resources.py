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
    """Write to stderr which pods of custom resources an answer about pods leaves out."""
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
        unseen.update(f"{kind.qualified}: {sentence}" for pod in pods for sentence in pod.unseen)
    for sentence in custom_resource_notes(
        kinds, CustomResourceCounts(seen, empty, unseen, objects.other_customs)
    ):
        note(sentence)


class CustomResourceCounts(NamedTuple):
    """Counts of custom resources and their pods."""

    seen: Counter[str]
    """The pods of each kind, by qualified name."""
    empty: Counter[str]
    """The objects of each kind without a pod template."""
    unseen: Counter[str]
    """The parts of templates that were not applied."""
    others: Mapping[str, int]
    """The objects of other kinds."""


def custom_resource_notes(kinds: Mapping[str, TemplateKind], counts: CustomResourceCounts) -> Iterator[str]:
    """A sentence for each omission; `kinds` are the kinds that were found, by qualified name."""
    empty, others = counts.empty, counts.others
    without_template = [
        f"{count} {name} ({kinds[name].none or _ELSEWHERE})" for name, count in sorted(empty.items()) if count
    ]
    if without_template:
        yield f"Skipped, because they contain no pod template: {', '.join(without_template)}."
    adds = [
        f"{kind.adds} ({name})" for name, kind in sorted(kinds.items()) if kind.adds and counts.seen[name]
    ]
    if adds:
        yield f"What controllers add to the pods is not checked: {', '.join(adds)}."
    if counts.unseen:
        yield f"Not checked: {_counted(counts.unseen.items())}."
    if others:
        yield (
            f"Custom resources of other kinds were skipped: {_counted(others.items())}; "
            "--template-path names a pod template in one."
        )


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts))
