"""Refusals by the escalation check: a role or binding would grant more than its writer holds.

Sources: kubernetes/pkg/registry/rbac/validation/rule.go ConfirmNoEscalation and
pkg/apis/rbac/v1/evaluation_helpers.go CompactString (1.8, 1.24 and 1.37).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.refusals.form import Form, PastedRefusal, list_end, name_of, pattern
from rbacpsp.model import PolicyRule, User
from rbacpsp.model.go import QUOTED, unquote

_LIST = r'\[((?:"(?:[^"\\]|\\.)*",?\s*)*)\]'
_KINDS = r"(?P<resource>clusterrolebindings|clusterroles|rolebindings|roles)\.rbac\.authorization\.k8s\.io"
_ANSWER = pattern(
    rf"{_KINDS} (?P<name>@) is forbidden: user (?P<user>@) \(groups=(?P<groups>\[[^\]]*\])\) "
    r"is attempting to grant RBAC permissions not currently held:?"
)
_OLD = pattern(rf"{_KINDS} (?P<name>@) is forbidden: attempt to grant extra privileges: (?P<rules>\[)")
_OLD_USER = pattern(r" ?user=&\{(?P<user>\S*) \S* \[(?P<groups>[^\]]*)\]")
_FIELD = re.compile(rf"(APIGroups|Resources|NonResourceURLs|ResourceNames|Verbs):\s*{_LIST}")
_RULE = re.compile(r"[\s,]*(?:PolicyRule)?\{((?:\"(?:[^\"\\]|\\.)*\"|[^{}\"])*)\}")
_BROKEN_OFF = re.compile(r"\s*\{(?:[A-Z]|[^}]*\Z)")
"""A rule that does not end: its fields begin with capitals, those of JSON behind the rules do not."""
_TEXT = re.compile(QUOTED)
_RESOLUTION = pattern(r";? ?resolution errors: \[[^\n]*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedGrant(PastedRefusal):
    """A role or binding that the escalation check refused."""

    resource: str
    """`roles`, `clusterroles`, `rolebindings` or `clusterrolebindings`."""
    name: str
    user: User
    """Who wrote it, with all groups: the refusal names them."""
    missing: tuple[PolicyRule, ...]
    """The permissions that the writer lacks, as the server lists them."""
    errors: str = ""
    """What kept the server from reading a role of the writer, as it says it; empty if nothing did."""

    @property
    def binds(self) -> bool:
        """Whether it is a binding."""
        return self.resource.endswith("bindings")


def find(text: str) -> Iterator[RefusedGrant]:
    """Every refusal to grant in a text."""
    for match in _ANSWER.finditer(text):
        missing, end = _rules(text, match.end())
        resolution = _RESOLUTION.match(text, end)
        yield RefusedGrant(
            start=match.start(),
            end=resolution.end() if resolution else end,
            resource=match["resource"],
            name=name_of(match["name"]),
            user=User(name_of(match["user"]), groups=_texts(match["groups"])),
            missing=missing,
            errors=resolution[0] if resolution else "",
            cut=not missing or _BROKEN_OFF.match(text, end) is not None,
        )
    for match in _OLD.finditer(text):
        closing, closed = list_end(text, match.start("rules"))
        missing, _ = _rules(text, match.end())
        user = _OLD_USER.match(text, closing)
        yield RefusedGrant(
            start=match.start(),
            end=user.end() if user else closing,
            resource=match["resource"],
            name=name_of(match["name"]),
            user=User(user["user"] if user else "", groups=tuple(user["groups"].split()) if user else ()),
            missing=missing,
            cut=not closed,
        )


def _rules(text: str, at: int) -> tuple[tuple[PolicyRule, ...], int]:
    missing = []
    while rule := _RULE.match(text, at):
        fields = {field[1]: _texts(field[2]) for field in _FIELD.finditer(rule[1])}
        if not fields:
            break
        missing.append(
            PolicyRule(
                verbs=fields.get("Verbs", ()),
                api_groups=fields.get("APIGroups", ()),
                resources=fields.get("Resources", ()),
                resource_names=fields.get("ResourceNames", ()),
                non_resource_urls=fields.get("NonResourceURLs", ()),
            )
        )
        at = rule.end()
    return tuple(missing), at


def _texts(quoted: str) -> tuple[str, ...]:
    return tuple(unquote(match[1]) for match in _TEXT.finditer(quoted))


FORM = Form(
    name="a role or binding that grants more than its writer holds",
    example='roles.rbac.authorization.k8s.io "r" is forbidden: user "eve" (groups=["dev"]) is attempting to '
    'grant RBAC permissions not currently held: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    find=find,
    hints=("attempting to grant", "attempt to grant extra privileges"),
)
