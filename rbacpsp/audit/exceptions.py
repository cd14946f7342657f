"""Exceptions of a policy file: findings that somebody accepts until a day, with the reason."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rbacpsp.audit.finding import Finding
from rbacpsp.model.subjects import subject_text


@dataclass(frozen=True, slots=True)
class RuleException:
    """Findings that are accepted until a day, with the owner and the reason."""

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
        """The rules, subject, scope and object that it accepts, as in the file."""
        scope = "" if self.scope is None else self.scope or "cluster"
        return ", ".join(filter(None, (*self.rules, self.subject, scope, self.about)))

    def covers(self, finding: Finding) -> bool:
        """Whether it matches a finding, even if it has expired."""
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
            and (not self.about or any(fits(self.about, name) for name in _objects(finding)))
        )


def fits(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, in which a `*` stands for any text."""
    if "*" not in pattern:
        return pattern == text
    return _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _objects(finding: Finding) -> frozenset[str]:
    about = finding.about
    objects = [about] if about else []
    for evidence in finding.evidence:
        objects += [evidence.binding, evidence.role]
    return frozenset("/".join(filter(None, (obj.kind, obj.namespace, obj.name))) for obj in objects)
