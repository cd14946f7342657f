"""A cluster whose users, groups and namespaces have other names, with the same answers about them.

The same name becomes the same other name everywhere. The names that Kubernetes itself gives keep their
meaning and stay: `system:...`, `default`, `kube-...`. So do the names of roles, bindings, service accounts,
policies, pods, workloads, nodes and images. What is free text and decides nothing is left out: commands,
arguments, environment, headers of probes, options of volume drivers, status, and annotations but those about
policies.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from rbacpsp.load.reading import decode_objects
from rbacpsp.model import AnyObject, Manifest, Objects
from rbacpsp.model.request import ALL_SERVICE_ACCOUNTS, SERVICE_ACCOUNT_PREFIX, split_service_account

JSONObject = dict[str, Any]

_OWN = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})
_SYSTEM = "system:"
_OF_NAMESPACE = f"{ALL_SERVICE_ACCOUNTS}:"
_ANNOTATIONS = (
    "apparmor.security.beta.kubernetes.io/",
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "kubernetes.io/config.",
    "kubernetes.io/enforce-mountable-secrets",
    "kubernetes.io/psp",
    "pod-security.kubernetes.io/",
    "rbac.authorization.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
)
"""The beginnings of those that decide something."""
_FREE_TEXT = frozenset(
    {
        *("env", "envFrom", "command", "args", "hostAliases", "managedFields", "message"),
        "httpHeaders",  # of probes: they may hold an Authorization
        *("volumeAttributes", "options"),  # of CSI and FlexVolume drivers: they may hold a password
    }
)
_NAMED_BY_RULES = ("users", "groups", "namespaces")


@dataclass(frozen=True, slots=True)
class _Names:
    """What each name becomes."""

    users: dict[str, str]
    groups: dict[str, str]
    namespaces: dict[str, str]

    def namespace(self, name: str) -> str:
        return self.namespaces.get(name, name)

    def user(self, name: str) -> str:
        account = split_service_account(name)
        if account:
            return f"{SERVICE_ACCOUNT_PREFIX}{self.namespace(account[0])}:{account[1]}"
        return self.users.get(name, name)

    def group(self, name: str) -> str:
        if name.startswith(_OF_NAMESPACE):
            return _OF_NAMESPACE + self.namespace(name.removeprefix(_OF_NAMESPACE))
        return self.groups.get(name, name)

    def of_kinds(self, kinds: list[str], name: str) -> str:
        """What a name becomes that a rule gives to resources of several kinds."""
        renames = {"users": self.user, "groups": self.group, "namespaces": self.namespace}
        return next((new for new in (renames[kind](name) for kind in kinds) if new != name), name)


def redact(objects: Objects) -> Objects:
    """The same cluster with other names for its users, groups and namespaces."""
    plain = [_plain(one) for one in objects]
    names = _names(plain)
    redacted = decode_objects([_redacted(one, names) for one in plain], name="<redacted>")
    redacted.kubernetes_version = objects.kubernetes_version
    redacted.ignored = dict(objects.ignored)
    redacted.warnings = (
        [f"{len(objects.warnings)} warnings were left out with the names in them"] if objects.warnings else []
    )
    server = objects.server
    if server:
        gaps = sorted(
            replace(
                gap, namespace=names.namespace(gap.namespace), besides=names.namespace(gap.besides), reason=""
            )
            for gap in server.gaps
        )
        redacted.server = replace(server, gaps=tuple(gaps))
    return redacted


def _plain(one: AnyObject) -> JSONObject:
    body: JSONObject = one.body if isinstance(one, Manifest) else msgspec.to_builtins(one)
    return body


def _names(objects: list[JSONObject]) -> _Names:
    users, groups, namespaces = set[str](), set[str](), set[str]()
    for obj in objects:
        metadata = obj.get("metadata") or {}
        namespaces.add(metadata.get("namespace") or "")
        if obj["kind"] == "Namespace":
            namespaces.add(metadata["name"])
        for subject in obj.get("subjects") or ():
            namespaces.add(subject.get("namespace") or "")
            {"User": users, "Group": groups}.get(subject["kind"], set()).add(subject["name"])
    known = {"users": users, "groups": groups, "namespaces": namespaces}
    for kinds, name in [each for obj in objects for each in _resource_names(obj)]:
        if not any(name in known[kind] for kind in kinds):
            known[kinds[0]].add(name)
    namespaces |= {account[0] for account in map(split_service_account, users) if account}
    namespaces |= {name.removeprefix(_OF_NAMESPACE) for name in groups if name.startswith(_OF_NAMESPACE)}
    return _Names(_numbered("user", users), _numbered("group", groups), _numbered("ns", namespaces))


def _numbered(word: str, names: Iterable[str]) -> dict[str, str]:
    renamed = sorted(name for name in names if name not in _OWN and not name.startswith(_SYSTEM))
    width = len(str(len(renamed)))
    return {name: f"{word}-{number:0{width}}" for number, name in enumerate(renamed, 1)}


def _resource_names(obj: JSONObject) -> Iterator[tuple[list[str], str]]:
    """The names in the rules of a role that are of users, groups or namespaces; which of them is not said."""
    for rule in obj.get("rules") or ():
        kinds = _kinds(rule)
        if kinds:
            yield from ((kinds, name) for name in rule.get("resourceNames") or ())


def _kinds(rule: JSONObject) -> list[str]:
    return [kind for kind in _NAMED_BY_RULES if kind in (rule.get("resources") or ())]


def _redacted(obj: JSONObject, names: _Names) -> JSONObject:
    kept: JSONObject = _within(obj, names)
    metadata = kept["metadata"]
    if kept["kind"] == "Namespace":
        metadata["name"] = names.namespace(metadata["name"])
    for subject in kept.get("subjects") or ():
        if subject["kind"] == "User":
            subject["name"] = names.user(subject["name"])
        elif subject["kind"] == "Group":
            subject["name"] = names.group(subject["name"])
    for rule in kept.get("rules") or ():
        kinds = _kinds(rule)
        if kinds and rule.get("resourceNames"):
            rule["resourceNames"] = [names.of_kinds(kinds, name) for name in rule["resourceNames"]]
    if "status" in kept:
        phase = kept["status"].get("phase") if isinstance(kept["status"], dict) else None
        kept["status"] = {"phase": phase} if phase else {}
    return kept


def _within(value: Any, names: _Names) -> Any:
    """A value without free text and with other names of namespaces, however deep they are in it."""
    if isinstance(value, list | tuple):
        return [_within(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    kept: JSONObject = {}
    for key, each in value.items():
        if key in _FREE_TEXT:
            continue
        if key == "namespace" and isinstance(each, str):
            kept[key] = names.namespace(each)
        elif key == "namespaces" and isinstance(each, list | tuple):
            kept[key] = [names.namespace(name) for name in each]
        elif key == "annotations" and isinstance(each, dict):
            kept[key] = {name: text for name, text in each.items() if name.startswith(_ANNOTATIONS)}
        elif key in {"labels", "matchLabels"} and isinstance(each, dict):
            kept[key] = {name: _label(text, names) for name, text in each.items()}
        else:
            kept[key] = _within(each, names)
    return kept


def _label(text: Any, names: _Names) -> Any:
    """A label's value, which may be the name of a namespace, a user or a group."""
    if text in {"privileged", "baseline", "restricted"}:
        return text
    for renamed in (names.namespaces, names.users, names.groups):
        if text in renamed:
            return renamed[text]
    return text
