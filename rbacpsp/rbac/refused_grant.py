"""Reads back the API server's refusal of a role or a binding that would grant more than its writer holds.

Source: kubernetes/pkg/registry/rbac/validation/rule.go ConfirmNoEscalation and
pkg/apis/rbac/v1/evaluation_helpers.go CompactString (1.24 and 1.37).
"""

import re
from dataclasses import dataclass

from rbacpsp.model import PolicyRule, User
from rbacpsp.model.go import QUOTED, unquote

_TEXT = re.compile(QUOTED)
_LIST = r'\[((?:"(?:[^"\\]|\\.)*" ?)*)\]'
_REFUSAL = re.compile(
    rf"(clusterrolebindings|clusterroles|rolebindings|roles)\.rbac\.authorization\.k8s\.io {QUOTED} "
    rf"is forbidden: user {QUOTED} \(groups={_LIST}\) "
    r"is attempting to grant RBAC permissions not currently held:"
)
_FIELD = re.compile(rf"(APIGroups|Resources|NonResourceURLs|ResourceNames|Verbs):{_LIST}")
_RULE = re.compile(rf"\s*\{{((?:{_FIELD.pattern}(?:, )?)+)\}}")


@dataclass(frozen=True, slots=True)
class RefusedGrant:
    """A role or binding that was not stored, since its writer would have gained by it."""

    resource: str
    """`roles`, `clusterroles`, `rolebindings` or `clusterrolebindings`."""
    name: str
    user: User
    """Who wrote it, with all groups: the refusal names them."""
    missing: tuple[PolicyRule, ...]
    """What would have been granted and is not held, as the server breaks rules down."""

    @property
    def binds(self) -> bool:
        """Whether it is a binding."""
        return self.resource.endswith("bindings")


def read_refused_grant(text: str) -> RefusedGrant | None:
    """What a refusal to grant speaks of, or None when the text holds no such refusal."""
    found = _REFUSAL.search(text)
    if found is None:
        return None
    resource, name, user, groups = found.groups()
    missing = []
    at = found.end()
    while rule := _RULE.match(text, at):
        fields = {each[1]: _texts(each[2]) for each in _FIELD.finditer(rule[1])}
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
    return RefusedGrant(resource, unquote(name), User(unquote(user), groups=_texts(groups)), tuple(missing))


def _texts(quoted: str) -> tuple[str, ...]:
    return tuple(unquote(each[1]) for each in _TEXT.finditer(quoted))
