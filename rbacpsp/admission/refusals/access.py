"""A request that no authorizer allowed: the 403 answer of every release, a kubelet's, the authorizer's log.

The reverse of `rbacpsp.rbac.forbidden`. Words of 1.6 to 1.11 name the resource without quotes:
`User "eve" cannot list pods.apps in the namespace "x"`.

Sources: pkg/kubelet/server/server.go, apiserver/pkg/endpoints/handlers/responsewriters/errors.go and
plugin/pkg/auth/authorizer/rbac/rbac.go (1.8, 1.24 and 1.37).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.refusals.form import NAME, Form, PastedRefusal, collapse_blanks, name_of, pattern
from rbacpsp.model import Request

_SUBJECT = pattern(r"(?:^|[^\w.\-])(?P<resource>[A-Za-z][\w.\-]*)(?: (?P<name>@))? is forbidden: $")
_WHERE = r"(?:in the namespace:? (?P<{}>@)|at the cluster scope)"
_GROUP_WORDS = r"(?: in API group:?(?: (?P<group>\"[^\"]*\"|(?!in the |at the )@))?)?"
_ANSWER = pattern(
    r'[Uu]ser (?P<user>@)(?: \([^)]*\))? cannot "?(?P<verb>[A-Za-z*]\S*?)"? '
    r"(?:path (?P<path>@)"
    rf"|resource:? (?P<combined>@){_GROUP_WORDS}(?: {_WHERE.format('namespace')})?"
    rf"|(?P<old>[a-z][\w./\-]*) {_WHERE.format('old_namespace')})"
)
_KUBELET = pattern(
    r"Forbidden \(user=(?P<user>[^,)]+), verb=(?P<verb>[^,)]+), resource=(?P<resource>[^,)]+), "
    r"subresource(?:\(s\))?=\[?(?P<subresource>[^,)\]\s]*)[^)]*\)"
)
_LOG = pattern(
    r"(?:RBAC DENY: user|RBAC: no rules authorize user) (?P<user>@) (?:with )?groups (?P<groups>\[[^\]]*\]) "
    r"(?:cannot|to) (?P<verb>@) "
    r"(?:nonResourceURL (?P<path>@)"
    r"|resource (?P<log>@)(?: named (?P<name>@))? (?:in namespace (?P<namespace>@)|cluster-wide))"
)
_GROUP = re.compile(NAME)
_REASON = re.compile(r"\.?:[ \t]*(?P<first>[^\n]*)")
_OF_ROLES = pattern(
    r"(?:rbac: )?RBAC: (?:\[[^\]]*\]|(?:cluster)?role\.rbac\.authorization\.k8s\.io @ not found"
    r"(?:, (?:cluster)?role\.rbac\.authorization\.k8s\.io @ not found)*)"
)
_BEFORE = 400
_NEW_LINE_OF_ITS_OWN = re.compile(r"\n[ \t]*(?:[A-Z]\w*:|Error|Warning|[IWEF]\d{4} |\d{4}-|\$|[-*] )")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefusal(PastedRefusal):
    """A request that was not allowed."""

    user: str
    request: Request
    groups: tuple[str, ...] | None = None
    """The user's groups, where the message names them."""
    reason: str = ""
    """The reason of the authorizers at the end."""


def find(text: str) -> Iterator[AccessRefusal]:
    """Every refused request in a text."""
    for match in _ANSWER.finditer(text):
        yield _from_answer(text, match)
    for match in _LOG.finditer(text):
        yield _from_log(match)
    for match in _KUBELET.finditer(text):
        request = Request(match["verb"], resource=match["resource"], subresource=match["subresource"])
        yield AccessRefusal(start=match.start(), end=match.end(), user=match["user"], request=request)


def _from_answer(text: str, match: re.Match[str]) -> AccessRefusal:
    start, resource, name = _refused_object(text, match)
    reason, end = _reason(text, match.end())
    fields = match.groupdict()
    if fields["path"]:
        request = Request(fields["verb"], path=name_of(fields["path"]))
    else:
        combined = name_of(fields["combined"]) or _without_group(fields["old"] or "")
        group = name_of(fields["group"]) if fields["combined"] else _group_of(fields["old"] or "")
        if not group and fields["group"] is None:
            group = resource.partition(".")[2]
        plural, _, subresource = combined.partition("/")
        request = Request(
            fields["verb"],
            group=group,
            resource=plural,
            subresource=subresource,
            name=name,
            namespace=name_of(fields["namespace"] or fields["old_namespace"]),
        )
    return AccessRefusal(
        start=start,
        end=end,
        user=name_of(fields["user"]),
        request=request,
        reason=reason,
        cut=not fields["path"]
        and " the namespace" not in f" {collapse_blanks(match[0])}"
        and "cluster scope" not in match[0],
    )


def _refused_object(text: str, match: re.Match[str]) -> tuple[int, str, str]:
    """Where a message begins, and the resource and the name before "is forbidden"."""
    before = _SUBJECT.search(text, max(0, match.start() - _BEFORE), match.start())
    if not before:
        start = match.start() - (len("forbidden: ") if text[: match.start()].endswith("forbidden: ") else 0)
        return start, "", ""
    refused = name_of(match["combined"] or match["old"])
    if _plural(before["name"] or "") == _plural(refused) != _plural(before["resource"]):
        # Two words without quotes: the first is part of the text before the message ("failed to list pods").
        return before.start("name"), before["name"], ""
    return before.start("resource"), before["resource"], name_of(before["name"])


def _plural(resource: str) -> str:
    """The plural of a resource, without its group and subresource."""
    return re.split(r"[./]", resource, maxsplit=1)[0].lower()


def _without_group(old: str) -> str:
    plural, slash, subresource = old.partition("/")
    return plural.partition(".")[0] + slash + subresource.partition(".")[0]


def _group_of(old: str) -> str:
    return old.partition(".")[2].partition("/")[0]


def _reason(text: str, at: int) -> tuple[str, int]:
    """The reason after the colon; one about roles may be wrapped over lines, others end with the line."""
    reason = _REASON.match(text, at)
    if not reason:
        return "", at
    roles = _OF_ROLES.match(text, reason.start("first"))
    if roles:
        return collapse_blanks(roles[0]), roles.end()
    end = reason.end()
    paragraph = text.find("\n\n", at)
    following = _NEW_LINE_OF_ITS_OWN.search(text, end)
    until = min(
        position
        for position in (paragraph, following.start() if following else -1, len(text))
        if position >= 0
    )
    words = text[reason.start("first") : max(end, until)]
    again = re.search(r"\b[Uu]ser\s+[\"']|\bis forbidden:", words)
    words = words[: again.start()] if again else words
    if again:
        words = words[: words.rfind("\n")] if "\n" in words else ""
    return collapse_blanks(words).strip(" \"'"), reason.start("first") + len(words)


def _from_log(match: re.Match[str]) -> AccessRefusal:
    fields = match.groupdict()
    verb = name_of(fields["verb"])
    if fields["path"]:
        request = Request(verb, path=name_of(fields["path"]))
    else:
        full, _, subresource = name_of(fields["log"]).partition("/")
        plural, _, group = full.partition(".")
        request = Request(
            verb,
            group=group,
            resource=plural,
            subresource=subresource,
            name=name_of(fields["name"]),
            namespace=name_of(fields["namespace"]),
        )
    groups = tuple(name_of(group) for group in _GROUP.findall(fields["groups"][1:-1]))
    return AccessRefusal(
        start=match.start(), end=match.end(), user=name_of(fields["user"]), request=request, groups=groups
    )


FORM = Form(
    name="a request that is not allowed",
    example='pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "x"',
    find=find,
    hints=("is forbidden: User", '" cannot ', "cannot list resource", "forbidden: User", "RBAC DENY"),
)
