"""Renames the users, groups and namespaces of a cluster without changing its answers.

The same name gets the same new name everywhere. Names that Kubernetes itself uses are kept: `system:...`,
`default`, `kube-...`. So are the names of roles, bindings, service accounts, policies, pods, workloads, nodes
and images. Text that no answer depends on is removed: commands, arguments, environment, headers of probes,
options of volume drivers, status, and annotations except those about policies. Custom resources are removed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from rbacpsp.decode.values import decode_objects
from rbacpsp.model import AnyObject, Manifest, Objects
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import ALL_SERVICE_ACCOUNTS, SERVICE_ACCOUNT_PREFIX, split_service_account

_KEPT_NAMES = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})
_SYSTEM = "system:"
_OF_NAMESPACE = f"{ALL_SERVICE_ACCOUNTS}:"
_ANNOTATIONS = (
    "apparmor.security.beta.kubernetes.io/",
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "kubernetes.io/config.",
    "kubernetes.io/enforce-mountable-secrets",
    "kubernetes.io/psp",
    "openshift.io/required-scc",
    "openshift.io/sa.scc.",
    "openshift.io/scc",
    "pod-security.kubernetes.io/",
    "rbac.authorization.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
    "security.openshift.io/validated-scc-subject-type",
)
"""The prefixes of annotations on which answers depend."""
_FREE_TEXT = frozenset(
    {
        *("env", "envFrom", "command", "args", "hostAliases", "managedFields", "message"),
        "httpHeaders",  # of probes: they may hold an Authorization
        *("volumeAttributes", "options"),  # of CSI and FlexVolume drivers: they may hold a password
    }
)
_NAMED_BY_RULES = ("users", "groups", "namespaces")


@dataclass(frozen=True, slots=True)
class Names:
    """The new names of users, groups and namespaces."""

    users: dict[str, str]
    groups: dict[str, str]
    namespaces: dict[str, str]

    def namespace(self, name: str) -> str:
        """The new name of a namespace."""
        return self.namespaces.get(name, name)

    def user(self, name: str) -> str:
        """The new name of a user; a service account gets the new name of its namespace."""
        account = split_service_account(name)
        if account:
            return f"{SERVICE_ACCOUNT_PREFIX}{self.namespace(account[0])}:{account[1]}"
        return self.users.get(name, name)

    def group(self, name: str) -> str:
        """The new name of a group."""
        if name.startswith(_OF_NAMESPACE):
            return _OF_NAMESPACE + self.namespace(name.removeprefix(_OF_NAMESPACE))
        return self.groups.get(name, name)

    def of_kinds(self, kinds: list[str], name: str) -> str:
        """The new name of an object that a rule names among resources of several kinds."""
        renames = {"users": self.user, "groups": self.group, "namespaces": self.namespace}
        return next((new for new in (renames[kind](name) for kind in kinds) if new != name), name)


def redact(objects: Objects) -> Objects:
    """The same cluster with other names for its users, groups and namespaces."""
    return redact_with(objects)[0]


def redact_with(
    objects: Objects,
    users: Collection[str] = (),
    groups: Collection[str] = (),
    namespaces: Collection[str] = (),
) -> tuple[Objects, Names]:
    """The redacted cluster, and the new names; further names, such as those of a log, are renamed too."""
    customs = {id(obj) for obj in objects.customs.values()}
    plain = [_plain(obj) for obj in objects if id(obj) not in customs]
    names = _names(plain, users, groups, namespaces)
    redacted = decode_objects([_redacted(obj, names) for obj in plain], name="<redacted>")
    redacted.kubernetes_version = objects.kubernetes_version
    redacted.ignored = dict(objects.ignored)
    # The meaning of their fields, and of the names in them, is not known here.
    for custom in (*objects.customs.values(), *objects.surroundings.values()):
        redacted.ignored[custom.kind] = redacted.ignored.get(custom.kind, 0) + 1
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
    return redacted, names


def _plain(obj: AnyObject) -> JSONObject:
    body: JSONObject = obj.body if isinstance(obj, Manifest) else msgspec.to_builtins(obj)
    return body


def _names(
    objects: list[JSONObject],
    more_users: Collection[str],
    more_groups: Collection[str],
    more_namespaces: Collection[str],
) -> Names:
    users, groups, namespaces = set(more_users), set(more_groups), set(more_namespaces)
    for obj in objects:
        metadata = obj.get("metadata") or {}
        namespaces.add(metadata.get("namespace") or "")
        if obj["kind"] == "Namespace":
            namespaces.add(metadata["name"])
        if obj["kind"] == "SecurityContextConstraints":
            users.update(obj.get("users") or ())
            groups.update(obj.get("groups") or ())
        for subject in obj.get("subjects") or ():
            namespaces.add(subject.get("namespace") or "")
            {"User": users, "Group": groups}.get(subject.get("kind", ""), set()).add(subject.get("name", ""))
    known = {"users": users, "groups": groups, "namespaces": namespaces}
    for kinds, name in [entry for obj in objects for entry in _resource_names(obj)]:
        if not any(name in known[kind] for kind in kinds):
            known[kinds[0]].add(name)
    namespaces |= {account[0] for account in map(split_service_account, users) if account}
    namespaces |= {name.removeprefix(_OF_NAMESPACE) for name in groups if name.startswith(_OF_NAMESPACE)}
    return Names(_numbered("user", users), _numbered("group", groups), _numbered("ns", namespaces))


def _numbered(word: str, names: Iterable[str]) -> dict[str, str]:
    renamed = sorted(name for name in names if name not in _KEPT_NAMES and not name.startswith(_SYSTEM))
    width = len(str(len(renamed)))
    return {name: f"{word}-{number:0{width}}" for number, name in enumerate(renamed, 1)}


def _resource_names(obj: JSONObject) -> Iterator[tuple[list[str], str]]:
    """The names in rules that may be those of users, groups or namespaces, with the possible kinds."""
    for rule in obj.get("rules") or ():
        kinds = _kinds(rule)
        if kinds:
            yield from ((kinds, name) for name in rule.get("resourceNames") or ())


def _kinds(rule: JSONObject) -> list[str]:
    return [kind for kind in _NAMED_BY_RULES if kind in (rule.get("resources") or ())]


def _redacted(obj: JSONObject, names: Names) -> JSONObject:
    kept: JSONObject = _within(obj, names)
    metadata = kept["metadata"]
    if kept["kind"] == "Namespace":
        metadata["name"] = names.namespace(metadata["name"])
    if kept["kind"] == "SecurityContextConstraints":
        kept["users"] = [names.user(name) for name in kept.get("users") or ()]
        kept["groups"] = [names.group(name) for name in kept.get("groups") or ()]
    for subject in kept.get("subjects") or ():
        if not subject.get("name"):
            continue
        if subject.get("kind") == "User":
            subject["name"] = names.user(subject["name"])
        elif subject.get("kind") == "Group":
            subject["name"] = names.group(subject["name"])
    for rule in kept.get("rules") or ():
        kinds = _kinds(rule)
        if kinds and rule.get("resourceNames"):
            rule["resourceNames"] = [names.of_kinds(kinds, name) for name in rule["resourceNames"]]
    if "status" in kept:
        phase = kept["status"].get("phase") if isinstance(kept["status"], dict) else None
        kept["status"] = {"phase": phase} if phase else {}
    return kept


def _within(value: Any, names: Names) -> Any:
    """A value without free text and with new names of namespaces, at any depth."""
    if isinstance(value, list | tuple):
        return [_within(inner, names) for inner in value]
    if not isinstance(value, dict):
        return value
    kept: JSONObject = {}
    for key, inner in value.items():
        if key in _FREE_TEXT:
            continue
        if key == "namespace" and isinstance(inner, str):
            kept[key] = names.namespace(inner)
        elif key == "namespaces" and isinstance(inner, list | tuple):
            kept[key] = [names.namespace(name) for name in inner]
        elif key == "annotations" and isinstance(inner, dict):
            kept[key] = {name: text for name, text in inner.items() if name.startswith(_ANNOTATIONS)}
        elif key in {"labels", "matchLabels"} and isinstance(inner, dict):
            kept[key] = {name: _label(text, names) for name, text in inner.items()}
        else:
            kept[key] = _within(inner, names)
    return kept


def _label(text: Any, names: Names) -> Any:
    """A label's value, renamed if it is the name of a namespace, a user or a group."""
    if text in {"privileged", "baseline", "restricted"}:
        return text
    for renamed in (names.namespaces, names.users, names.groups):
        if text in renamed:
            return renamed[text]
    return text
