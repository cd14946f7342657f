"""`fleet audit`: the findings of every cluster, and what its roles, policies and namespaces say."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from rbacpsp.audit import Finding, Policy, Severity
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

    policy: Policy | None = None
    severity: Severity | None = None
    """Leave out findings below it."""
    policy_text: str = ""
    """What the policy was read from."""

    name = "audit"
    tables = ("findings", "policies")

    @property
    def options(self) -> Mapping[str, Any]:
        """What the findings depend on."""
        return {"severity": self.severity and str(self.severity), "policy": self.policy_text}

    def answers(self, cluster: Cluster, day: date) -> Answers:
        """The findings of `rbacpsp audit -f SNAPSHOT -o json`, and the policies of the cluster."""
        audit = cluster.audit(policy=self.policy, today=day)
        if self.severity:
            audit = audit.limited(self.severity)
        worst = audit.findings[0].severity if audit.findings else None
        with no_collection():
            writer = Writer()
            findings = [_row(writer, each) for each in audit.findings]
        return Answers({"findings": findings, "policies": list(_policies(cluster))}, worst and str(worst))


def _row(writer: Writer, finding: Finding) -> Row:
    found = finding_json(writer.row(finding))
    subject = found.get("subject") or {}
    about = found.get("object")
    return {
        "rule": found["rule"],
        "severity": str(found["severity"]),
        "fingerprint": found["fingerprint"],
        "title": found["title"],
        "scope": found["scope"],
        "subject_kind": subject.get("kind"),
        "subject_namespace": subject.get("namespace"),
        "subject_name": subject.get("name"),
        "object": about.words if about else None,
        "permission": found.get("permission"),
        "detail": found.get("detail"),
        "grants": msgspec.json.encode(found["grants"]).decode() if "grants" in found else None,
        "change": "\n".join(found["change"]),
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
    """The same for the same rules, whatever the order of the rules and of what is in them."""
    plain = [
        {field: sorted(values) for field, values in msgspec.structs.asdict(rule).items() if values}
        for rule in rules
    ]
    return _digest(b"\n".join(sorted(msgspec.json.encode(rule, order="sorted") for rule in plain)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
