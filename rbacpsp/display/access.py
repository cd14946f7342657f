"""Decisions, who may do something, and the rules of a user."""

from rbacpsp.cli.access_table import COLUMNS, one_table
from rbacpsp.cli.decision_text import MASTERS_MAY, decision_lines
from rbacpsp.cli.grants import access_rows
from rbacpsp.cli.rule_rows import idle_of, rule_row, rules_table
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.display.view import Showing, View
from rbacpsp.model import Request
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Decision, RuleSet, WhoCan
from rbacpsp.report.answer import Table
from rbacpsp.report.table import columns


def _decision_text(decision: Decision) -> str:
    return "\n".join(decision_lines(decision, why=True))


def _decision_view(decision: Decision) -> View:
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
    return View(
        f"{decision.user.name} {allowed} {request_words(decision.request)}",
        decision.allowed,
        (MASTERS_MAY,) if decision.privileged else tuple(filter(None, (decision.message,))),
        (Table(("subject", "scope", "role", "binding", "rule"), rows),),
        (*decision.errors, *decision.incomplete),
        ".grants",
    )


def request_words(request: Request) -> str:
    """A request in the words of the command line."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    sub = f"/{request.subresource}" if request.subresource else ""
    name = f" named {request.name}" if request.name else ""
    where = f" in {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.resource}{group}{sub}{name}{where}"


def _who_text(found: WhoCan) -> str:
    accesses = list(found)
    expanded = any(access.controls for access in accesses)
    return columns(one_table(accesses, fold=True, expanded=expanded).narrow())


def _who_view(found: WhoCan) -> View:
    rows = list(dict.fromkeys(row for access in found for row in access_rows(access)))
    there = [any(row[place] for row in rows) for place in range(len(COLUMNS))]
    kept = tuple(
        column
        for column, filled in zip(COLUMNS, there, strict=True)
        if column != "rules" and (filled or column in {"subject", "scope", "role", "binding"})
    )
    places = [COLUMNS.index(column) for column in kept]
    return View(
        f"{len(found):,} subject{'' if len(found) == 1 else 's'}",
        None,
        (),
        (Table(kept, [[row[place] for place in places] for row in rows]),),
        (*found.errors, *found.incomplete),
        ".frame()",
    )


def _rules_table(found: RuleSet) -> Table:
    catalog = found.catalog
    return rules_table([rule_row(grant, idle_of(grant, catalog)) for grant in found.grants])


def _rules_text(found: RuleSet) -> str:
    return columns(_rules_table(found).narrow())


def _rules_view(found: RuleSet) -> View:
    where = f" in {found.namespace}" if found.namespace else ""
    count = len(found)
    return View(
        f"{found.user.name}: {count:,} rule{'' if count == 1 else 's'}{where}",
        None,
        (),
        (_rules_table(found),),
        (*found.errors, *found.incomplete),
        ".grants",
    )


SHOWN = {
    "Decision": Showing(_decision_text, _decision_view),
    "WhoCan": Showing(_who_text, _who_view),
    "RuleSet": Showing(_rules_text, _rules_view),
}
