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
from rbacpsp.admission.refusals.form import Form, PastedRefusal, collapse_blanks
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

__all__ = ["FORMS", "PastedRefusal", "PastedRefusals", "read_refusals"]


@dataclass(frozen=True, slots=True)
class PastedRefusals:
    """The refusals in a pasted text."""

    refusals: tuple[PastedRefusal, ...]
    """In the order of the text; repetitions about the same object are left out."""
    nearest: tuple[Form, ...]
    """Where no refusal was recognized: the forms that match in part, the most likely first."""


def read_refusals(passages: Iterable[Passage]) -> PastedRefusals:
    """Every refusal in some passages."""
    refusals: list[PastedRefusal] = []
    nearest: dict[str, Form] = {}
    for passage in passages:
        passage_refusals = _best_reading(passage)
        refusals += passage_refusals
        if not passage_refusals:
            nearest |= {form.name: form for form in _nearest_forms(passage.text)}
    return PastedRefusals(tuple(_distinct(refusals)), () if refusals else tuple(nearest.values()))


def _best_reading(passage: Passage) -> list[PastedRefusal]:
    """The refusals of a passage, in the reading with the most complete ones."""
    best: list[PastedRefusal] = []
    for text in surfaces(passage.text):
        refusals = [_with_surroundings(text, refusal, passage) for refusal in _without_overlaps(text)]
        if _score(refusals) > _score(best):
            best = refusals
    return best


def _score(refusals: list[PastedRefusal]) -> tuple[int, int]:
    return len(refusals), -sum(refusal.cut for refusal in refusals)


def _without_overlaps(text: str) -> list[PastedRefusal]:
    """The refusals without overlaps, in order; of two that overlap, the one of the earlier form is kept."""
    separate: list[PastedRefusal] = []
    for form in FORMS:
        for refusal in form.find(text):
            if all(refusal.end <= other.start or refusal.start >= other.end for other in separate):
                separate.append(refusal)
    return sorted(separate, key=lambda refusal: refusal.start)


def _with_surroundings(text: str, refusal: PastedRefusal, passage: Passage) -> PastedRefusal:
    about = passage.about.filled(surroundings(text, refusal.start, refusal.end))
    return replace(refusal, about=about, message=collapse_blanks(text[refusal.start : refusal.end]))


def _distinct(refusals: Iterable[PastedRefusal]) -> Iterable[PastedRefusal]:
    """Each refusal once, since Kubernetes repeats them in events, conditions and logs."""
    seen: set[tuple[str, str, str]] = set()
    for refusal in refusals:
        key = (refusal.message, refusal.about.namespace, refusal.about.name)
        if key not in seen:
            seen.add(key)
            yield refusal


def _nearest_forms(text: str) -> list[Form]:
    plain = collapse_blanks(text).lower()
    return [form for form in FORMS if any(hint.lower() in plain for hint in form.hints)]
