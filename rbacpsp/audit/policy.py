"""The policy of an audit: disabled rules, changed severities, exceptions, and custom rules.

A policy file is YAML or JSON:

```yaml
apiVersion: rbacpsp.io/v1
kind: AuditPolicy
rules:
  RBP045: {enabled: false}
  RBP041: {severity: low}
exceptions:
  - rule: RBP010   # or several: [RBP010, RBP016]
    subject: ServiceAccount/monitoring:prom*   # optional; a * stands for any text, here, in scope and object
    scope: monitoring   # optional: a namespace, or cluster
    object: RoleBinding/monitoring/prometheus   # optional: a binding, a role or what the finding is about
    owner: platform team
    reason: reads its own remote-write credentials
    expires: 2027-03-31
profiles: [eks]   # vendors whose own grants are explained rather than reported
ownRules:
  - id: ACME001
    title: Deletes databases
    severity: high
    verbs: [delete, deletecollection]
    groups: [db.example.com]
    resources: [databases]
    scope: any          # any, cluster or namespace
    subjects: [Group/dev]   # optional: only these
```
"""

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from rbacpsp.audit.exceptions import RuleException
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.own_rules import SUBJECT_FORMS, is_subject
from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import HYGIENE, Reference
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import BY_ID, RULES
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.vendors import PROFILES, unused_profiles, without_vendor_grants
from rbacpsp.model.argument_types import unknown_word
from rbacpsp.model.placed_problem import PlacedProblem

Path = tuple[str | int, ...]
Locate = Callable[[Path], int]

API_VERSION = "rbacpsp.io/v1"
KIND = "AuditPolicy"
_OWN_ID = re.compile(r"[A-Z][A-Z0-9]{1,15}-?[0-9]{1,6}")
_OWN_NAME = re.compile(r"[^a-z0-9]+")
_OWN_RULE = Reference(
    "A rule of the policy file of this audit", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
)

EXPIRED = Rule(
    id="RBP900",
    name="expired-exception",
    title="An exception has expired",
    severity=Severity.MEDIUM,
    why="The time for which the finding was accepted is over, and nobody has renewed the exception.",
    gain="The same as in the excepted finding.",
    remedy="Fix the finding, or have its owner renew the exception.",
    references=(HYGIENE,),
    check=lambda _view, _rule: iter(()),
)


@dataclass(frozen=True, slots=True)
class PolicyProblem(PlacedProblem):
    """A problem in a policy file, and where it is."""


class PolicyError(ValueError):
    """The policy file cannot be used; `problems` names every cause."""

    def __init__(self, problems: Iterable[PolicyProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class AuditPolicy:
    """Which findings an audit reports, and with which severities."""

    disabled: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] | None = None
    exceptions: tuple[RuleException, ...] = ()
    own: tuple[Rule, ...] = ()
    profiles: tuple[str, ...] = ()
    """The vendors, from `rbacpsp.audit.vendors.PROFILES`, whose own grants are not reported."""

    def explained(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings; those that depend only on grants of the vendors are ruled out."""
        return list(without_vendor_grants(findings, self.profiles))

    def rules(self, rules: Iterable[Rule] = RULES, *, own: bool = True) -> tuple[Rule, ...]:
        """The rules to apply, with or without the custom rules of the policy."""
        severities = self.severities or {}
        return tuple(
            rule.with_severity(severities[rule.id]) if rule.id in severities else rule
            for rule in (*rules, *(self.own if own else ()))
            if rule.id not in self.disabled
        )

    def unmatched(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        """A sentence for each exception or profile that matches no finding."""
        findings = tuple(findings)
        return (
            *self.unmatched_exceptions(findings, frozenset(self.exceptions)),
            *unused_profiles(findings, self.profiles),
        )

    def unmatched_exceptions(
        self, findings: Iterable[Finding], among: AbstractSet[RuleException]
    ) -> tuple[str, ...]:
        """A sentence for each of some exceptions that matches no finding."""
        unmatched = {number: each for number, each in enumerate(self.exceptions) if each in among}
        for finding in findings:
            if finding.ruled_out or not unmatched:
                continue
            for number in [number for number, each in unmatched.items() if each.covers(finding)]:
                del unmatched[number]
        return tuple(
            f"exceptions[{number}] of the policy ({exception.words}) matches no finding: "
            "correct or remove it."
            for number, exception in unmatched.items()
        )

    def sort(self, findings: Iterable[Finding], today: date) -> list[Finding]:
        """The findings, with the accepted ones ruled out and one more for each expired exception."""
        result = []
        expired: dict[RuleException, Finding] = {}
        for finding in findings:
            if finding.ruled_out:
                result.append(finding)
                continue
            covering = [exception for exception in self.exceptions if exception.covers(finding)]
            valid = next((exception for exception in covering if exception.expires >= today), None)
            if valid is not None:
                ruled_out = f"accepted by {valid.owner} until {valid.expires.isoformat()}: {valid.reason}"
                result.append(finding.because(ruled_out))
                continue
            result.append(finding)
            for exception in covering:
                expired.setdefault(exception, finding)
        return result + [_expired(exception, finding) for exception, finding in expired.items()]


def _expired(exception: RuleException, finding: Finding) -> Finding:
    return Finding(
        EXPIRED,
        EXPIRED.severity,
        finding.subject,
        finding.scope,
        about=finding.about,
        detail=f"{finding.rule.id} was accepted by {exception.owner} until {exception.expires.isoformat()}: "
        f"{exception.reason}",
        remedy=EXPIRED.remedy,
    )


def _no_line(_path: Path) -> int:
    return 0


def read_policy(value: Any, locate: Locate = _no_line) -> AuditPolicy:
    """Read a policy from a document.

    Args:
        value: The document as plain values.
        locate: Returns the line of the value at a path of keys.

    Raises:
        PolicyError: A key, rule or severity is unknown, or a value is missing or malformed; it lists all
            problems.
    """
    reader = _Reader(locate)
    policy = reader.policy(value)
    if reader.problems:
        raise PolicyError(reader.problems)
    return policy


class _Reader:
    """Reads a policy and collects its problems."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate
        self.problems: list[PolicyProblem] = []

    def policy(self, value: Any) -> AuditPolicy:
        top = self._object(value, (), {"apiVersion", "kind", "rules", "exceptions", "ownRules", "profiles"})
        for key, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
            if top and top.get(key) != expected:
                self._problem((key,), f"{key} must be {expected}")
        own = tuple(
            rule
            for index, entry in enumerate(self._list(top.get("ownRules"), ("ownRules",)))
            if (rule := self._own(entry, ("ownRules", index))) is not None
        )
        ids: dict[str, Rule] = {**BY_ID}
        for index, rule in enumerate(own):
            if rule.id in ids:
                self._problem(("ownRules", index, "id"), f'there is another rule "{rule.id}"')
            ids[rule.id] = rule
        disabled, severities = self._switches(top.get("rules"), ids)
        exceptions = tuple(
            exception
            for index, entry in enumerate(self._list(top.get("exceptions"), ("exceptions",)))
            if (exception := self._exception(entry, ("exceptions", index), ids)) is not None
        )
        profiles = self._words(top, (), "profiles")
        for index, profile in enumerate(profiles):
            if profile not in PROFILES:
                self._problem(("profiles", index), unknown_word("profile", profile, PROFILES))
        return AuditPolicy(frozenset(disabled), severities, exceptions, own, profiles)

    def _switches(self, value: Any, ids: Mapping[str, Rule]) -> tuple[set[str], dict[str, Severity]]:
        disabled: set[str] = set()
        severities: dict[str, Severity] = {}
        entries = self._object({} if value is None else value, ("rules",), None)
        for key, entry in entries.items():
            path: Path = ("rules", key)
            if key not in ids:
                self._problem(path, f'unknown rule "{key}"')
                continue
            settings = self._object(entry, path, {"enabled", "severity"})
            enabled = settings.get("enabled", True)
            if not isinstance(enabled, bool):
                self._problem((*path, "enabled"), "enabled must be true or false")
            elif not enabled:
                disabled.add(key)
            if "severity" in settings:
                severity = self._severity(settings["severity"], (*path, "severity"))
                if severity:
                    severities[key] = severity
        return disabled, severities

    def _exception(self, value: Any, path: Path, ids: Mapping[str, Rule]) -> RuleException | None:
        keys = {"rule", "subject", "scope", "object", "owner", "reason", "expires"}
        entry = self._object(value, path, keys)
        rules = self._rules(entry, path, ids)
        owner = self._text(entry, path, "owner", required=True)
        reason = self._text(entry, path, "reason", required=True)
        expires_text = self._text(entry, path, "expires", required=True)
        expires = self._day(expires_text, (*path, "expires")) if expires_text else None
        scope = self._text(entry, path, "scope")
        subject = self._text(entry, path, "subject")
        about = self._text(entry, path, "object")
        if not (rules and owner and reason and expires):
            return None
        return RuleException(
            rules,
            owner,
            reason,
            expires,
            subject,
            None if not scope else "" if scope == "cluster" else scope,
            about,
        )

    def _rules(self, entry: Mapping[str, Any], path: Path, ids: Mapping[str, Rule]) -> tuple[str, ...]:
        """The rule of an exception, or several."""
        if isinstance(entry.get("rule"), list):
            rules = self._words(entry, path, "rule", required=True)
        else:
            rule = self._text(entry, path, "rule", required=True)
            rules = (rule,) if rule else ()
        for rule in rules:
            if rule not in ids:
                self._problem((*path, "rule"), f'unknown rule "{rule}"')
        return rules

    def _own(self, value: Any, path: Path) -> Rule | None:
        required = ("id", "title", "severity", "verbs", "resources")
        keys = {*required, "groups", "scope", "subjects", "why", "gain", "remedy"}
        before = len(self.problems)
        entry = self._object(value, path, keys)
        number = self._text(entry, path, "id", required=True)
        if number and (not _OWN_ID.fullmatch(number) or number.startswith("RBP")):
            self._problem(
                (*path, "id"),
                f'"{number}" is not an id for an own rule: write one such as ACME001',
            )
        title = self._text(entry, path, "title", required=True)
        severity = self._severity(entry.get("severity"), (*path, "severity"))
        verbs = self._words(entry, path, "verbs", required=True)
        resources = self._words(entry, path, "resources", required=True)
        groups = self._words(entry, path, "groups") or ("",)
        scope = self._text(entry, path, "scope") or "any"
        if scope not in {"any", "cluster", "namespace"}:
            self._problem((*path, "scope"), f'scope must be any, cluster or namespace, not "{scope}"')
        subjects = self._words(entry, path, "subjects")
        for index, subject in enumerate(subjects):
            if not is_subject(subject):
                self._problem((*path, "subjects", index), f'"{subject}" is not a subject: {SUBJECT_FORMS}')
        texts = {key: self._text(entry, path, key) for key in ("why", "gain", "remedy")}
        if len(self.problems) > before or severity is None:
            return None
        return Rule(
            id=number,
            name=_OWN_NAME.sub("-", title.lower()).strip("-") or number.lower(),
            title=title,
            severity=severity,
            namespaced=None if scope == "cluster" else severity,
            named=severity,
            why=texts["why"] or "The policy of this audit names it as a risk.",
            gain=texts["gain"] or "What the permission says.",
            remedy=texts["remedy"] or "Remove the permission, or except it in the policy of this audit.",
            references=(_OWN_RULE,),
            permissions=tuple(
                Permission(verbs, resource, group, namespaced=scope != "cluster")
                for group in groups
                for resource in resources
            ),
            subjects=frozenset(subjects),
            only_scope=scope,
            own=True,
        )

    def _object(self, value: Any, path: Path, keys: set[str] | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._problem(path, f"{_path_text(path)} must be an object, with keys and values")
            return {}
        for key in value if keys is not None else ():
            if key not in (keys or ()):
                self._problem((*path, key), unknown_word("key", key, sorted(keys or ())))
        return {key: entry for key, entry in value.items() if isinstance(key, str)}

    def _list(self, value: Any, path: Path) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._problem(path, f"{_path_text(path)} must be a list")
            return []
        return value

    def _text(self, entry: Mapping[str, Any], path: Path, key: str, *, required: bool = False) -> str:
        value = entry.get(key)
        if isinstance(value, date):
            return value.isoformat()
        if value is None or value == "":
            if required:
                self._problem(path, f"{key} is missing")
            return ""
        if not isinstance(value, str):
            self._problem((*path, key), f"{key} must be a text")
            return ""
        return value

    def _words(
        self, entry: Mapping[str, Any], path: Path, key: str, *, required: bool = False
    ) -> tuple[str, ...]:
        words = self._list(entry.get(key), (*path, key))
        if required and not words and key not in entry:
            self._problem(path, f"{key} is missing")
        elif required and not words:
            self._problem((*path, key), f"{key} must not be empty")
        if not all(isinstance(word, str) for word in words):
            self._problem((*path, key), f"{key} must be a list of texts")
            return ()
        return tuple(words)

    def _severity(self, value: Any, path: Path) -> Severity | None:
        try:
            return Severity(value)
        except ValueError:
            if value is None:
                self._problem(path[:-1], f"severity is missing; known severities: {', '.join(Severity)}")
            else:
                self._problem(path, unknown_word("severity", value, Severity, "severities"))
            return None

    def _day(self, text: str, path: Path) -> date | None:
        try:
            if len(text) == len("2027-03-31"):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self._problem(path, f'"{text}" is not a date: write it as 2027-03-31')
        return None

    def _problem(self, path: Path, message: str) -> None:
        self.problems.append(PolicyProblem(self._locate(path), _path_text(path), message))


def _path_text(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return text or "the policy"
