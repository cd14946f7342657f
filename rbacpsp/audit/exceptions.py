"""Findings that are accepted for a time, by whom and why, as a policy file says it."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rbacpsp.audit.finding import Finding
from rbacpsp.model.subjects import subject_text


@dataclass(frozen=True, slots=True)
class RuleException:
    """A finding that is accepted until a day, by whom and why."""

    rules: tuple[str, ...]
    owner: str
    reason: str
    expires: date
    subject: str = ""
    """As `ServiceAccount/namespace:name`; a `*` stands for any text; empty: any."""
    scope: str | None = None
    """A namespace, perhaps with a `*`, or empty for the whole cluster; None: any."""
    about: str = ""
    """`Kind/name` or `Kind/namespace/name` of the object, perhaps with a `*`; empty: any."""

    @property
    def words(self) -> str:
        """What it accepts, as the file says it."""
        scope = "" if self.scope is None else self.scope or "cluster"
        return ", ".join(filter(None, (*self.rules, self.subject, scope, self.about)))

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding, expired or not."""
        return (
            finding.rule.id in self.rules
            and (
                not self.subject
                or (finding.subject is not None and fits(self.subject, subject_text(finding.subject)))
            )
            and (
                self.scope is None
                or (fits(self.scope, finding.scope) and bool(self.scope) == bool(finding.scope))
            )
            and (not self.about or any(fits(self.about, each) for each in _objects(finding)))
        )


def fits(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern says, in which a `*` stands for any text."""
    if "*" not in pattern:
        return pattern == text
    return _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _objects(finding: Finding) -> frozenset[str]:
    about = finding.about
    found = [about] if about else []
    for each in finding.evidence:
        found += [each.binding, each.role]
    return frozenset("/".join(filter(None, (obj.kind, obj.namespace, obj.name))) for obj in found)
