"""Rates how dangerous grants are, by the rules of the audit and the paths to cluster-admin through them."""

from collections import Counter
from collections.abc import Iterable

from rbacpsp.audit import audit
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.severity import Severity
from rbacpsp.auditlog.removable import Item, Key, identity
from rbacpsp.model import Objects, Version
from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.path import Path
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.index import subject_meant

_ADMIN = "cluster-admin"
_NONE = len(Severity)


class Risk:
    """The worst finding and the number of paths of each binding, subject of a binding, and rule."""

    def __init__(self, findings: Iterable[Finding], paths: Iterable[Path]) -> None:
        self._severities: dict[Key, Severity] = {}
        self._paths: Counter[Key] = Counter()
        for finding in findings:
            for evidence in finding.evidence:
                binding_key = identity(evidence.binding)
                self._take(binding_key, finding.severity)
                if finding.subject is not None:
                    self._take((*binding_key, finding.subject), finding.severity)
                for matched_rule in evidence.hits:
                    self._take((*identity(evidence.role), matched_rule.rule_index), finding.severity)
        for path in paths:
            grants = [step.grant for step in path.steps if step.grant is not None]
            keys: set[Key] = {identity(grant.binding) for grant in grants}
            keys |= {(*identity(grant.role), grant.rule_index) for grant in grants}
            self._paths.update(keys)

    def _take(self, key: Key, severity: Severity) -> None:
        known = self._severities.get(key)
        if known is None or severity.rank < known.rank:
            self._severities[key] = severity

    def severity(self, item: Item) -> Severity | None:
        """The severity of the worst finding that depends on an item; None if no finding does."""
        return self._severities.get(_key(item))

    def paths(self, item: Item) -> int:
        """How many subjects reach cluster-admin on a path that uses an item's binding or rule."""
        key = identity(item.binding) if item.binding is not None else _key(item)
        return self._paths[key]

    def weight(self, item: Item) -> int:
        """A rank to sort by: bindings to cluster-admin first, then by severity."""
        severity = self.severity(item)
        admin = item.binding is not None and item.binding.role_ref.name == _ADMIN
        return 0 if admin else 1 + (severity.rank if severity else _NONE)


def _key(item: Item) -> Key:
    if item.binding is not None:
        binding_key = identity(item.binding)
        if item.subject is None:
            return binding_key
        return (*binding_key, subject_meant(item.subject, item.binding.metadata.namespace) or item.subject)
    return (*identity(item.role), item.rule_index) if item.role is not None else ()


def risk_of(objects: Objects, authorizer: Authorizer, version: Version, *, assumed: bool) -> Risk:
    """The risk of the grants of a cluster."""
    audit_result = audit(objects, authorizer, version=version, version_is_assumed=assumed)
    all_paths = Paths(objects, authorizer, version=version, version_is_assumed=assumed)
    return Risk(audit_result.findings, all_paths.to(parse_place(_ADMIN)))
