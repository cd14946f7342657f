"""The findings of the audit as tables, and the changes that remove most of them."""

from collections import defaultdict
from typing import Any

from rbacpsp.audit import Audit, Severity
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.page.access import AccessTables
from rbacpsp.page.numbers import Numbers
from rbacpsp.report.findings import FindingRow, Locate, Writer, summary

MOST = 40_000
"""The maximum of findings on the page, the worst first; all are counted."""
TOP = 10
"""The maximum of changes that the page lists."""

_SEVERITIES = tuple(Severity)


def findings(audit: Audit, access: AccessTables, locate: Locate) -> dict[str, Any]:
    """The tables of the findings."""
    writer = Writer(locate)
    texts: Numbers[str] = Numbers()
    rules: Numbers[Any] = Numbers()
    rows: list[list[Any]] = []
    positions: dict[str, str] = {}
    removed: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * len(_SEVERITIES))
    for row in writer.rows(audit.findings):
        finding = row.finding
        changes = row.changes
        removed[changes][_SEVERITIES.index(finding.severity)] += 1
        if len(rows) < MOST:
            rows.append(_entry(row, changes, access, texts, rules, positions))
    return {
        "findings": rows,
        "texts": texts.items,
        "positions": positions,
        "auditRules": [_rule(rule) for rule in rules.items],
        "severities": [str(severity) for severity in _SEVERITIES],
        "counts": [audit.counts()[severity] for severity in _SEVERITIES],
        "summary": summary(audit),
        "top": _top(removed),
        "method": [METHOD, LIMITS],
        "ruledOut": len(audit.ruled_out),
    }


def _entry(
    row: FindingRow,
    changes: tuple[str, ...],
    access: AccessTables,
    texts: Numbers[str],
    rules: Numbers[Any],
    positions: dict[str, str],
) -> list[Any]:
    finding = row.finding
    evidence = sorted(finding.evidence, key=lambda proof: (proof.binding.namespace, proof.binding.name))
    for grant in row.grants:
        for obj in (grant.binding, grant.role):
            if obj.file:
                positions.setdefault(obj.words, obj.position)
    return [
        rules.of(finding.rule),
        _SEVERITIES.index(finding.severity),
        int(finding.subject is not None),
        texts.of(finding.scope),
        texts.of(row.who),
        texts.of(row.about.text if row.about else ""),
        texts.of(row.permission),
        texts.of(finding.detail),
        texts.of(finding.brief),
        [
            [access.binding(proof.binding), sorted({hit.rule_index for hit in proof.hits})]
            for proof in evidence
            if finding.subject
        ],
        [texts.of(change) for change in changes],
    ]


def _rule(rule: Any) -> list[Any]:
    references = [[reference.title, reference.url] for reference in rule.references]
    return [rule.id, rule.title, rule.why, rule.gain, rule.remedy, references]


def _top(removed: dict[tuple[str, ...], list[int]]) -> list[Any]:
    """The changes that remove the worst and most findings, each with its counts by severity."""
    best = sorted(removed.items(), key=lambda change: ([-count for count in change[1]], change[0]))
    return [[list(changes), counts] for changes, counts in best[:TOP]]
