"""Messages of the PodSecurity plugin: refusals, warnings, audit annotations, and warnings about a namespace.

Source: k8s.io/pod-security-admission admission/admission.go, 0.22 to 0.37.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rbacpsp.admission.refusals.form import Form, PastedRefusal, collapse_blanks, name_of, pattern

_VIOLATES = pattern(
    r"(?:(?<![\w.\-])(?P<resource>[A-Za-z][\w.\-]*) (?P<name>@) is forbidden: )?(?:pod )?"
    r"(?:(?P<would>would violate)|violates) (?:the )?PodSecurity:? (?P<level>@)(?P<list>: ?)?"
)
_EXISTING = pattern(
    r"existing pods in namespace (?P<namespace>@) violate the new PodSecurity enforce level (?P<level>@)"
)
_POD_LINE = re.compile(
    r"^[ \t]*(?:W\d{4} [^\]\n]*\] )?(?:Warning: )?(?P<pod>[a-z0-9][a-z0-9.\-]*)"
    r"(?P<others> \(and (?P<count>\d+) other pods?\))?: (?P<reasons>[^\n]+)$"
)
_REASON = re.compile(r"[A-Za-z][^,(){}\[\]\"\n;:]*")
_STOP = re.compile(r'["\'}\]]')


class Violation(NamedTuple):
    """One check, as a message states it."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSecurityRefusal(PastedRefusal):
    """A pod that violates a level, or a workload whose pods would."""

    level: str
    """As the message writes it: `restricted:v1.30`, `baseline:latest`."""
    violations: tuple[Violation, ...]
    warning: bool
    """Whether the message is a warning or an audit annotation, which refuses nothing."""
    pod: str = ""
    resource: str = ""


class AffectedPods(NamedTuple):
    """Pods that fail the same checks."""

    name: str
    others: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceWarning(PastedRefusal):
    """The warning about running pods that violate the new label of their namespace."""

    namespace: str
    level: str
    pods: tuple[AffectedPods, ...]


def find(text: str) -> Iterator[PodSecurityRefusal]:
    """Every violation in a text."""
    for match in _VIOLATES.finditer(text):
        violations, end, cut = _violations(text, match.end()) if match["list"] else ((), match.end(), True)
        yield PodSecurityRefusal(
            start=match.start(),
            end=end,
            level=name_of(match["level"]).rstrip(":"),
            violations=violations,
            warning=bool(match["would"]),
            pod=name_of(match["name"]),
            resource=(match["resource"] or "").lower(),
            cut=cut,
        )


def find_warnings(text: str) -> Iterator[NamespaceWarning]:
    """Every warning about the pods of a namespace in a text."""
    for match in _EXISTING.finditer(text):
        pods, end = [], match.end()
        following = text[end:]
        for line in following.split("\n")[1:] if following.startswith(("\n", '"\n')) else []:
            pod_line = _POD_LINE.match(line)
            if not pod_line:
                break
            reasons = tuple(reason.strip() for reason in pod_line["reasons"].split(", "))
            pods.append(AffectedPods(pod_line["pod"], int(pod_line["count"] or 0), reasons))
            end += 1 + len(line)
        yield NamespaceWarning(
            start=match.start(),
            end=end,
            namespace=name_of(match["namespace"]),
            level=name_of(match["level"]),
            pods=tuple(pods),
            cut=not pods,
        )


def _violations(text: str, at: int) -> tuple[tuple[Violation, ...], int, bool]:
    """The checks listed from a position on, where the list ends, and whether it is cut off."""
    violations: list[Violation] = []
    while True:
        reason = _REASON.match(text, at)
        if not reason:
            return tuple(violations), at, not violations
        end = reason.end()
        detail = ""
        if text[end : end + 1] == "(":
            closing = _closing_parenthesis(text, end)
            detail = collapse_blanks(text[end + 1 : closing - 1 if closing else len(text)])
            end = closing or len(text)
            if not closing:
                return (*violations, Violation(collapse_blanks(reason[0]), detail)), end, True
        violations.append(Violation(collapse_blanks(reason[0]), detail))
        following = re.match(r",\s+(?=[A-Za-z])", text[end:])
        if not following:
            return tuple(violations), end, False
        at = end + following.end()


def _closing_parenthesis(text: str, at: int) -> int:
    """The position after the matching parenthesis; 0 where there is none."""
    depth = 0
    for position in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return 0


FORM = Form(
    name="a pod that violates a Pod Security level",
    example='pods "web" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or '
    'container "web" must set securityContext.runAsNonRoot=true)',
    find=find,
    hints=("violates PodSecurity", "violate PodSecurity"),
)
NAMESPACE_FORM = Form(
    name="pods that violate the new level of their namespace",
    example='existing pods in namespace "x" violate the new PodSecurity enforce level "restricted:latest"',
    find=find_warnings,
    hints=("violate the new PodSecurity", "existing pods in namespace"),
)
