"""The rules that a subject holds, as rows of a table and as JSON."""

from collections.abc import Sequence

from rbacpsp.catalog import Catalog
from rbacpsp.cli.grants import grant_json
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Grant
from rbacpsp.report.answer import Table

_COLUMNS = (
    "groups",
    "resources",
    "urls",
    "names",
    "verbs",
    "scope",
    "role",
    "binding",
    "through",
    "no effect",
)


def ineffective_parts(grant: Grant, catalog: Catalog) -> tuple[str, ...]:
    """The parts of a rule that the RoleBinding of a grant cannot grant."""
    from rbacpsp.rbac.cluster_only import ungranted

    return ungranted(grant.rule, grant.scope, catalog) if grant.scope else ()


def held_grant_json(grant: Grant, idle: tuple[str, ...]) -> JSONObject:
    """A grant, with the parts of its rule that have no effect."""
    return grant_json(grant) | ({"noEffect": list(idle)} if idle else {})


def rule_row(grant: Grant, idle: tuple[str, ...]) -> tuple[str, ...]:
    """The cells of `rules_table`."""
    rule = grant.rule
    return (
        ",".join(group or '""' for group in rule.api_groups),
        ",".join(rule.resources),
        ",".join(rule.non_resource_urls),
        ",".join(rule.resource_names),
        ",".join(rule.verbs),
        scope_text(grant.scope),
        role_text(grant.binding.role_ref),
        binding_text(grant.binding),
        subject_text(grant.subject, grant.scope),
        ",".join(idle),
    )


def rules_table(rows: Sequence[tuple[str, ...]], first: tuple[str, ...] = (), last: str = "") -> Table:
    """A table of rules; an empty column `no effect` is left out.

    Args:
        rows: The cells of each row: those of the first columns, then those of `rule_row`.
        first: The titles of the first columns.
        last: The line below the rows.
    """
    columns = (*first, *_COLUMNS)
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    return Table(columns, rows, frozenset({"binding", "through"}), last=last)
