"""`fleet audit`: the findings of every cluster, and digests of its roles, policies and namespaces."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from rbacpsp.audit import AuditPolicy, Finding, Severity
from rbacpsp.cluster import Cluster
from rbacpsp.fleet.question import Answers
from rbacpsp.fleet.tables import Row
from rbacpsp.model import Namespace, PolicyRule
from rbacpsp.model.garbage import no_collection
from rbacpsp.pss.labels import Policy as Levels
from rbacpsp.pss.labels import policy_to_evaluate
from rbacpsp.report.findings import Writer
from rbacpsp.report.findings_data import finding_json


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """The audit of each cluster."""

    policy: AuditPolicy | None = None
    severity: Severity | None = None
    """Leave out findings below it."""
    policy_text: str = ""
    """The text of the policy file."""

    name = "audit"
    tables = ("findings", "policies")

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that the findings depend on."""
        return {"severity": self.severity and str(self.severity), "policy": self.policy_text}

    def answers(self, cluster: Cluster, day: date) -> Answers:
        """The findings of `rbacpsp audit -f SNAPSHOT -o json`, and the policies of the cluster."""
        audit = cluster.audit(policy=self.policy, today=day)
        worst = audit.findings[0].severity if audit.findings else None
        if self.severity:
            audit = audit.limited(self.severity)
        with no_collection():
            writer = Writer()
            findings = [_row(writer, finding) for finding in audit.findings]
        return Answers({"findings": findings, "policies": list(_policies(cluster))}, worst and str(worst))


def _row(writer: Writer, finding: Finding) -> Row:
    finding_values = finding_json(writer.row(finding))
    subject = finding_values.get("subject") or {}
    about = finding_values.get("object")
    return {
        "rule": finding_values["rule"],
        "severity": str(finding_values["severity"]),
        "fingerprint": finding_values["fingerprint"],
        "title": finding_values["title"],
        "scope": finding_values["scope"],
        "subject_kind": subject.get("kind"),
        "subject_namespace": subject.get("namespace"),
        "subject_name": subject.get("name"),
        "object": about.words if about else None,
        "permission": finding_values.get("permission"),
        "detail": finding_values.get("detail"),
        "grants": msgspec.json.encode(finding_values["grants"]).decode()
        if "grants" in finding_values
        else None,
        "change": "\n".join(finding_values["change"]),
    }


def _policies(cluster: Cluster) -> Iterator[Row]:
    loaded = cluster.loaded
    for _, role in sorted(loaded.cluster_roles.items()):
        yield {"kind": "ClusterRole", "name": role.name, "digest": _rules_digest(role.rules)}
    for _, policy in sorted(loaded.policies.items()):
        spec = msgspec.json.encode(policy.spec, order="sorted")
        yield {"kind": policy.kind, "name": policy.name, "digest": _digest(spec)}
    for _, namespace in sorted(loaded.namespaces.items()):
        yield {"kind": "Namespace", "name": namespace.name, "enforces": _enforced(cluster, namespace)}


def _enforced(cluster: Cluster, namespace: Namespace) -> str:
    levels, _ = policy_to_evaluate(namespace.metadata.labels or {}, Levels(), cluster.kubernetes_version)
    return str(levels.enforce)


def _rules_digest(rules: Iterable[PolicyRule]) -> str:
    """A digest of rules that does not depend on the order of rules and of their words."""
    plain = [
        {field: sorted(values) for field, values in msgspec.structs.asdict(rule).items() if values}
        for rule in rules
    ]
    return _digest(b"\n".join(sorted(msgspec.json.encode(rule, order="sorted") for rule in plain)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
