"""Evaluates one pod against the Pod Security Standards.

Source: k8s.io/pod-security-admission policy/registry.go and policy/checks.go, 0.24 and 0.37.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from rbacpsp.model.json_values import require_json
from rbacpsp.model.result import Shown, one_line
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.checks import CHECKS, CheckedPod, CheckRule, PodSecurityCheck
from rbacpsp.pss.levels import BASELINE, PRIVILEGED, Level, LevelVersion, server_of
from rbacpsp.pss.reading import PodInObject, read_pod

_OVERRIDES_SINCE = Version(1, 24)
"""Since this version a restricted check replaces the baseline check that it is stricter than."""


class Failure(NamedTuple):
    """One check that a pod fails."""

    check: str
    """The check's id, for example `runAsNonRoot`."""
    reason: str
    """Short; the same for all pods that violate it in the same way, for example `runAsNonRoot != true`."""
    detail: str
    """What is wrong in this pod, as the server words it, without the reason."""
    fields: tuple[str, ...]
    """The exact paths at fault in the evaluated object, in its order of containers."""
    level: Level
    """The level that the check belongs to."""
    since: Version
    """The policy version in which this rule began."""


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Shown):
    """The result of checking a pod against a level and version of the standards; true when it is allowed."""

    level_version: LevelVersion
    failures: tuple[Failure, ...] = ()
    """In the server's order: baseline checks, then restricted ones, by id."""

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        return f"<Evaluation against {self.level_version}: {one_line(self.detail) or 'allowed'}>"

    @property
    def allowed(self) -> bool:
        """Whether no check fails."""
        return not self.failures

    @property
    def reason(self) -> str:
        """The reasons without details, by which the server groups pods; empty when allowed."""
        return ", ".join(failure.reason for failure in self.failures)

    @property
    def detail(self) -> str:
        """The reasons with details, as in the server's refusal of a pod; empty when allowed."""
        return ", ".join(
            f"{failure.reason} ({failure.detail})" if failure.detail else failure.reason
            for failure in self.failures
        )


class Evaluator:
    """The checks as one server applies them."""

    def __init__(self, server: Version | None = None, checks: tuple[PodSecurityCheck, ...] = CHECKS) -> None:
        """Apply checks as a server does; None is the newest. `checks` must be validated."""
        self.server = server_of(server)
        self._checks = checks
        self._rules: dict[tuple[Level, Version], tuple[tuple[PodSecurityCheck, CheckRule], ...]] = {}

    def rules(self, level_version: LevelVersion) -> tuple[tuple[PodSecurityCheck, CheckRule], ...]:
        """The checks of a level and version with the rule of each, in the order in which they are applied.

        `latest`, and every version that the server does not know yet, mean the version of the server.
        """
        level = level_version.level
        version = min(level_version.version or self.server, self.server)
        known = self._rules.get((level, version))
        if known is None:
            known = self._rules[level, version] = self._rules_of(level, version)
        return known

    def _rules_of(self, level: Level, version: Version) -> tuple[tuple[PodSecurityCheck, CheckRule], ...]:
        if level == PRIVILEGED:
            return ()
        chosen = [
            (check, rule)
            for check in self._checks
            if (level != BASELINE or check.level == BASELINE)
            and (rule := check.rule_for(version, self.server)) is not None
        ]
        if self.server < _OVERRIDES_SINCE:
            return tuple(chosen)
        overridden = {name for _, rule in chosen for name in rule.overrides}
        return tuple((check, rule) for check, rule in chosen if check.id not in overridden)

    def failures(self, pod: CheckedPod, level_version: LevelVersion, prefix: str = "") -> tuple[Failure, ...]:
        """The checks that a pod fails; `prefix` is the path of the pod in its object, before `spec`."""
        failures = []
        for check, rule in self.rules(level_version):
            forbidden = rule.check_pod(pod)
            if forbidden is not None:
                reason, detail, fields = forbidden
                if prefix:
                    fields = tuple(f"{prefix}.{path}" for path in fields)
                failures.append(Failure(check.id, reason, detail, fields, check.level, rule.since))
        return tuple(failures)

    def evaluate(self, pod: PodInObject, level_version: LevelVersion) -> Evaluation:
        """Evaluate a pod that was read from an object."""
        return Evaluation(level_version, self.failures(pod.checked, level_version, pod.prefix))


@lru_cache(maxsize=64)
def evaluator_for(server: Version) -> Evaluator:
    """The evaluator of one server version, created once."""
    return Evaluator(server)


def evaluate(
    obj: dict[str, Any] | Manifest,
    level: str = "restricted",
    version: str = "latest",
    kubernetes_version: Version | str | None = None,
) -> Evaluation:
    """Check a pod, or the pod of a workload's template, against a level of the Pod Security Standards.

    The pod is checked as a server would store it: with the API's defaults and, on servers that do so, with
    seccomp annotations and fields synchronized and fields of disabled features dropped. The object itself is
    not changed.

    Args:
        obj: A pod or a workload.
        level: `privileged`, `baseline` or `restricted`.
        version: `latest` or `v1.x`; a version that the server does not know yet means its newest.
        kubernetes_version: The Kubernetes version whose checks and wording are used; None is the newest.

    Raises:
        ValueError: Unknown level or version, not an object, an object without a pod, a field of the wrong
            type, or a value that is not JSON.
    """
    if isinstance(obj, dict):
        require_json("the object", obj)
    server = server_of(Version.given(kubernetes_version))
    level_version = LevelVersion.of(level, version)
    return evaluator_for(server).evaluate(read_pod(obj, server), level_version)
