"""The page without scripts: findings, subjects, policies and constraints as tables."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rbacpsp.model import ClusterRoleBinding, Request, RoleBinding, Subject
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.model.subjects import subject_text
from rbacpsp.page.facts import Facts
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings import Writer, summary

MOST = 500
"""The maximum of rows of each table."""


def noscript_tables(facts: Facts) -> Iterator[str]:
    """The tables as HTML, in pieces."""
    yield "<p>This page answers questions with a script, which does not run here. These are its tables.</p>"
    yield f"<p>{text(summary(facts.audit))}</p>"
    all_findings = facts.audit.findings
    rows = (
        (
            str(row.finding.severity),
            row.who,
            row.finding.title,
            row.permission,
            row.where,
            "; ".join(row.changes),
        )
        for row in Writer().rows(all_findings)
    )
    titles = ("Severity", "Who", "Finding", "Permission", "Where", "Smallest change")
    yield from _table("Findings", titles, rows, len(all_findings))
    bound = _bound(facts)
    subjects = ((subject_text(subject), "; ".join(names)) for subject, names in sorted(bound.items()))
    yield from _table("Subjects", ("Subject", "Bindings"), subjects, len(bound))
    policies = sorted(facts.objects.policies)
    users = ((name, ", ".join(_users(facts, name))) for name in policies)
    yield from _table("Policies", ("PodSecurityPolicy", "Who may use it"), users, len(policies))
    constraints = sorted(facts.objects.constraints.items())
    if constraints:
        columns = ("SecurityContextConstraints", "In their own lists", "Who may use them by RBAC")
        rows_of = (
            (name, ", ".join(_listed(constraint)), ", ".join(_rbac(facts, name)))
            for name, constraint in constraints
        )
        yield from _table("Security context constraints", columns, rows_of, len(constraints))


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], count: int) -> Iterator[str]:
    yield f"<h2>{title} ({count:,})</h2>"
    if count > MOST:
        yield f"<p>The first {MOST} of {count:,} rows.</p>"
    yield f"<table><thead><tr>{''.join(f'<th>{column}</th>' for column in columns)}</tr></thead><tbody>"
    for row in islice(rows, MOST):
        yield f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>"
    yield "</tbody></table>"


def _bound(facts: Facts) -> dict[Subject, list[str]]:
    bindings_of_subject: dict[Subject, list[str]] = {}
    objects = facts.objects
    bindings: list[RoleBinding | ClusterRoleBinding] = [
        *objects.cluster_role_bindings.values(),
        *objects.role_bindings.values(),
    ]
    for binding in bindings:
        where = f" in {binding.namespace}" if binding.namespace else ""
        words = f"{binding.role_ref.kind}/{binding.role_ref.name}{where} through {binding.name}"
        for subject in dict.fromkeys(binding.subjects):
            bindings_of_subject.setdefault(subject, []).append(words)
    return bindings_of_subject


def _users(facts: Facts, policy: str) -> list[str]:
    """The subjects of bindings that may use a policy in at least one namespace."""
    return _who_can(
        facts,
        *(Request("use", group=group, resource="podsecuritypolicies", name=policy) for group in GROUPS),
    )


def _rbac(facts: Facts, constraints: str) -> list[str]:
    return _who_can(facts, Request("use", group=GROUP, resource=RESOURCE, name=constraints))


def _listed(constraints: SecurityContextConstraints) -> list[str]:
    users = (f"User/{name}" for name in constraints.users)
    return [*users, *(f"Group/{name}" for name in constraints.groups)][:MOST]


def _who_can(facts: Facts, *requests: Request) -> list[str]:
    subjects = {
        subject for request in requests for subject in facts.authorizer.who_can_anywhere(request).subjects
    }
    return [subject_text(subject) for subject in sorted(subjects)[:MOST]]
