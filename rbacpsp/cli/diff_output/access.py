"""The section about who gained and who lost which access."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rbacpsp.cli.diff_output.section import COLUMNS, WIDE, Alarm, DiffSection
from rbacpsp.cli.grants import object_json, rule_json, subject_json
from rbacpsp.cli.origins import origin_json, origin_text
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.comparison import AccessChange, AccessDifference
    from rbacpsp.model import Objects, PolicyRule
    from rbacpsp.rbac import Grant

_TITLE = "Access was gained"
_HELP = "A user, a group or a service account may do what it could not do before."


def access_section(difference: "AccessDifference", old: "Objects", new: "Objects") -> DiffSection:
    """What was gained, with the grants of the new objects, and what was lost, with those of the old."""
    parts = (("gained", difference.gained, new), ("lost", difference.lost, old))
    rows = [(word, *row) for word, changes, objects in parts for row in _rows(changes, objects)]
    return DiffSection(
        "access",
        ((len(difference.gained), "gained"), (len(difference.lost), "lost")),
        Table(COLUMNS, rows, WIDE),
        tuple(rows),
        lambda: {
            word: [_change_json(change, objects) for change in changes] for word, changes, objects in parts
        },
        lambda: [_alarm(change, new) for change in difference.gained],
    )


def changed_subjects(difference: "AccessDifference") -> list[str]:
    """The subjects whose access changed."""
    return list(
        dict.fromkeys(subject_text(change.subject) for change in (*difference.gained, *difference.lost))
    )


def _alarm(change: "AccessChange", objects: "Objects") -> Alarm:
    binding = change.grants[0].binding
    origin = origin_json(binding, objects)
    who, what = subject_text(change.subject), f"{','.join(change.rule.verbs)} {_targets(change.rule)}"
    holes = "; ".join(
        _hole_text(exception.rule, exception.namespace, change.namespace) for exception in change.excepted
    )
    where = f"namespace {change.namespace}" if change.namespace else "the whole cluster"
    through = ", ".join(dict.fromkeys(_binding_text(grant) for grant in change.grants))
    return Alarm(
        "access-gained",
        _TITLE,
        _HELP,
        "warning",
        f"{who} gained {what} in {where}{f', except {holes}' if holes else ''}, through {through}.",
        _binding_text(change.grants[0]),
        (origin.get("file", ""), origin.get("line", 0)),
        (who, change.namespace, what, holes),
    )


def _rows(changes: "Iterable[AccessChange]", objects: "Objects") -> Iterator[tuple[str, ...]]:
    for change in changes:
        bindings = dict.fromkeys(_binding_text(grant) for grant in change.grants)
        roles = dict.fromkeys(role_text(grant.binding.role_ref) for grant in change.grants)
        origins = dict.fromkeys(origin_text(grant.binding, objects) for grant in change.grants)
        yield (
            subject_text(change.subject),
            scope_text(change.namespace),
            ",".join(change.rule.verbs),
            _targets(change.rule),
            "; ".join(
                _hole_text(exception.rule, exception.namespace, change.namespace)
                for exception in change.excepted
            ),
            ", ".join(bindings),
            ", ".join(roles),
            ", ".join(filter(None, origins)),
        )


def _binding_text(grant: "Grant") -> str:
    scope = f"{grant.scope}/" if grant.scope else ""
    return f"{grant.binding.kind}/{scope}{grant.binding.name}" if scope else binding_text(grant.binding)


def _targets(rule: "PolicyRule") -> str:
    """The targets of a rule: resources as kubectl names them, with the names of objects, or URLs."""
    if rule.non_resource_urls:
        return ", ".join(rule.non_resource_urls)
    words = [_resource(resource, group) for group in rule.api_groups for resource in rule.resources]
    named = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{', '.join(words)}{named}"


def _resource(resource: str, group: str) -> str:
    """`deployments.apps/scale` for `deployments/scale` of `apps`."""
    kind, slash, subresource = resource.partition("/")
    return f"{kind}{f'.{group}' if group else ''}{slash}{subresource}"


def _hole_text(rule: "PolicyRule", namespace: str, around: str) -> str:
    where = f" in {namespace}" if namespace != around else ""
    return f"{','.join(rule.verbs)} {_targets(rule)}{where}"


def _change_json(change: "AccessChange", objects: "Objects") -> JSONObject:
    subject = subject_json(change.subject)
    subject.pop("apiGroup", None)
    return {
        "subject": subject,
        **_namespace_json(change.namespace),
        "rule": rule_json(change.rule),
        "except": [
            {**_namespace_json(exception.namespace), "rule": rule_json(exception.rule)}
            for exception in change.excepted
        ],
        "grants": [
            {
                "binding": object_json(grant.binding),
                "role": object_json(grant.role),
                "ruleIndex": grant.rule_index,
                **origin_json(grant.binding, objects),
            }
            for grant in change.grants
        ],
    }


def _namespace_json(namespace: str) -> JSONObject:
    return {"namespace": namespace} if namespace else {}
