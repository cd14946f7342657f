"""The API server's validation of a changed node affinity of a pod with scheduling gates.

Source: pkg/apis/core/validation/validation.go validateNodeAffinityMutation, 1.27 and 1.37.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.model.field_error import FieldError, FieldPath, GoText, go_strings, invalid, json_text
from rbacpsp.model.go import quote
from rbacpsp.model.go_values import JSON_SINCE
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_TERMS = FieldPath.of("spec", "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms")
_LISTS = ("matchExpressions", "matchFields")


def node_affinity_change_errors(
    spec: JSONObject, before: JSONObject, version: Version
) -> Iterator[FieldError]:
    """Check that the number of required terms stays the same and that each only gains requirements."""
    new, old = _terms(spec), _terms(before)
    if old and len(new) != len(old):
        words = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        yield invalid(_TERMS, _go_terms(new, version), words)
        return
    for index, (new_term, old_term) in enumerate(zip(new, old, strict=False)):
        if not _only_adds(new_term, old_term):
            words = "only additions are allowed (no mutations or deletions)"
            yield invalid(_TERMS.index(index), _go_term(new_term, version), words)


def _terms(spec: JSONObject) -> Sequence[JSONObject]:
    required = spec.get("affinity", {}).get("nodeAffinity", {}).get(_REQUIRED, {})
    terms: Sequence[JSONObject] = required.get("nodeSelectorTerms", ())
    return terms


def _only_adds(new: JSONObject, old: JSONObject) -> bool:
    """Whether a term only gains requirements, after those that it had; an empty term must stay empty."""
    for name in _LISTS:
        kept = old.get(name, [])
        if new.get(name, [])[: len(kept)] != kept:
            return False
    return any(old.get(name) for name in _LISTS) or not any(new.get(name) for name in _LISTS)


def _go_terms(terms: Sequence[JSONObject], version: Version) -> GoText:
    """The terms as the server prints them."""
    if version >= JSON_SINCE:
        return GoText(json_text([_shown(term) for term in terms] or None))
    inner = ", ".join(_go_term(term, version) for term in terms)
    return GoText(f"[]core.NodeSelectorTerm{{{inner}}}" if terms else "[]core.NodeSelectorTerm(nil)")


def _go_term(term: JSONObject, version: Version) -> GoText:
    if version >= JSON_SINCE:
        return GoText(json_text(_shown(term)))
    lists = (f"{name[0].upper()}{name[1:]}:{_go_requirements(term.get(name, ()))}" for name in _LISTS)
    return GoText(f"core.NodeSelectorTerm{{{', '.join(lists)}}}")


def _go_requirements(requirements: Sequence[JSONObject]) -> str:
    kind = "core.NodeSelectorRequirement"
    if not requirements:
        return f"[]{kind}(nil)"
    inner = ", ".join(
        f"{kind}{{Key:{quote(each.get('key', ''))}, Operator:{quote(each.get('operator', ''))}, "
        f"Values:{go_strings('string', tuple(each.get('values', ())))}}}"
        for each in requirements
    )
    return f"[]{kind}{{{inner}}}"


def _shown(term: JSONObject) -> JSONObject:
    """A term as JSON of the server's own type, whose fields are named as in Go."""

    def requirement(each: JSONObject) -> JSONObject:
        return {
            "Key": each.get("key", ""),
            "Operator": each.get("operator", ""),
            "Values": each.get("values") or None,
        }

    return {
        f"{name[0].upper()}{name[1:]}": [requirement(each) for each in term.get(name, ())] or None
        for name in _LISTS
    }
