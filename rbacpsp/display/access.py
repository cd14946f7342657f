"""How decisions, WhoCan results and the rules of a user are shown."""

from rbacpsp.cli.access_table import COLUMNS, accesses_table
from rbacpsp.cli.decision_text import MASTERS_MAY, decision_lines
from rbacpsp.cli.grants import access_rows
from rbacpsp.cli.rule_rows import ineffective_parts, rule_row, rules_table
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.model import Request
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Decision, RuleSet, WhoCan
from rbacpsp.report.answer import Table
from rbacpsp.report.table import columns


def _decision_text(decision: Decision) -> str:
    return "\n".join(decision_lines(decision, why=True))


def _decision_view(decision: Decision) -> ResultView:
    allowed = "may" if decision else "may not"
    rows = [
        (
            subject_text(grant.subject, grant.scope),
            scope_text(grant.scope),
            role_text(grant.binding.role_ref),
            binding_text(grant.binding),
            str(grant.rule_index),
        )
        for grant in decision.grants
    ]
    return ResultView(
        f"{decision.user.name} {allowed} {request_words(decision.request)}",
        decision.allowed,
        (MASTERS_MAY,) if decision.privileged else tuple(filter(None, (decision.message,))),
        (Table(("subject", "scope", "role", "binding", "rule"), rows),),
        (*decision.errors, *decision.incomplete),
        ".grants",
    )


def request_words(request: Request) -> str:
    """A request in words, like the arguments of `rbacpsp can-i`."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    sub = f"/{request.subresource}" if request.subresource else ""
    name = f" named {request.name}" if request.name else ""
    where = f" in {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.resource}{group}{sub}{name}{where}"


def _who_text(result: WhoCan) -> str:
    accesses = list(result)
    expanded = any(access.controls for access in accesses)
    return columns(accesses_table(accesses, fold=True, expanded=expanded).narrow())


def _who_view(result: WhoCan) -> ResultView:
    rows = list(dict.fromkeys(row for access in result for row in access_rows(access)))
    filled_columns = [any(row[index] for row in rows) for index in range(len(COLUMNS))]
    columns_shown = tuple(
        column
        for column, filled in zip(COLUMNS, filled_columns, strict=True)
        if column != "rules" and (filled or column in {"subject", "scope", "role", "binding"})
    )
    indexes = [COLUMNS.index(column) for column in columns_shown]
    return ResultView(
        f"{len(result):,} subject{'' if len(result) == 1 else 's'}",
        None,
        (),
        (Table(columns_shown, [[row[index] for index in indexes] for row in rows]),),
        (*result.errors, *result.incomplete),
        ".frame()",
    )


def _rules_table(rule_set: RuleSet) -> Table:
    catalog = rule_set.catalog
    return rules_table([rule_row(grant, ineffective_parts(grant, catalog)) for grant in rule_set.grants])


def _rules_text(rule_set: RuleSet) -> str:
    return columns(_rules_table(rule_set).narrow())


def _rules_view(rule_set: RuleSet) -> ResultView:
    where = f" in {rule_set.namespace}" if rule_set.namespace else ""
    count = len(rule_set)
    return ResultView(
        f"{rule_set.user.name}: {count:,} rule{'' if count == 1 else 's'}{where}",
        None,
        (),
        (_rules_table(rule_set),),
        (*rule_set.errors, *rule_set.incomplete),
        ".grants",
    )


SHOWN = {
    "Decision": Showing(_decision_text, _decision_view),
    "WhoCan": Showing(_who_text, _who_view),
    "RuleSet": Showing(_rules_text, _rules_view),
}
