"""Recognizes refusals in pasted text; each form of refusal is one module, tried on the whole text."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rbacpsp.admission.refusals import (
    access,
    constraints,
    grants,
    invalid,
    kubelet,
    plugins,
    pod_security,
    policies,
    state,
    unserved,
)
from rbacpsp.admission.refusals.form import Form, Refusal, joined
from rbacpsp.admission.refusals.surface import surfaces
from rbacpsp.admission.refusals.surroundings import surroundings
from rbacpsp.model.message import Passage

FORMS: tuple[Form, ...] = (
    grants.FORM,
    policies.FORM,
    constraints.FORM,
    pod_security.FORM,
    pod_security.NAMESPACE_FORM,
    access.FORM,
    invalid.FORM,
    plugins.FORM,
    unserved.FORM,
    kubelet.FORM,
    state.FORM,
)
"""Every form; where two match the same words, the first one here wins."""

__all__ = ["FORMS", "Reading", "Refusal", "read_refusals"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The refusals in a pasted text."""

    refusals: tuple[Refusal, ...]
    """In the order of the text; several that say the same of the same object are one."""
    nearest: tuple[Form, ...]
    """Where no refusal was recognized: the forms that match in part, the most likely first."""


def read_refusals(passages: Iterable[Passage]) -> Reading:
    """Every refusal in some passages."""
    found: list[Refusal] = []
    nearest: dict[str, Form] = {}
    for passage in passages:
        there = _best(passage)
        found += there
        if not there:
            nearest |= {form.name: form for form in _near(passage.text)}
    return Reading(tuple(_distinct(found)), () if found else tuple(nearest.values()))


def _best(passage: Passage) -> list[Refusal]:
    """The refusals of a passage, in the reading with the most complete ones."""
    best: list[Refusal] = []
    for text in surfaces(passage.text):
        there = [_placed(text, each, passage) for each in _apart(text)]
        if _worth(there) > _worth(best):
            best = there
    return best


def _worth(refusals: list[Refusal]) -> tuple[int, int]:
    return len(refusals), -sum(refusal.cut for refusal in refusals)


def _apart(text: str) -> list[Refusal]:
    """The refusals that do not overlap, in order; of two that do, the one of the earlier form is kept."""
    kept: list[Refusal] = []
    for form in FORMS:
        for each in form.find(text):
            if all(each.end <= other.start or each.start >= other.end for other in kept):
                kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def _placed(text: str, refusal: Refusal, passage: Passage) -> Refusal:
    about = passage.about.filled(surroundings(text, refusal.start, refusal.end))
    return replace(refusal, about=about, message=joined(text[refusal.start : refusal.end]))


def _distinct(refusals: Iterable[Refusal]) -> Iterable[Refusal]:
    """Each refusal once, since Kubernetes repeats them in events, conditions and logs."""
    seen: set[tuple[str, str, str]] = set()
    for refusal in refusals:
        key = (refusal.message, refusal.about.namespace, refusal.about.name)
        if key not in seen:
            seen.add(key)
            yield refusal


def _near(text: str) -> list[Form]:
    plain = joined(text).lower()
    return [form for form in FORMS if any(hint.lower() in plain for hint in form.hints)]
