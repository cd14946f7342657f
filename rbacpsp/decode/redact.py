"""Renames the users, groups and namespaces of a cluster without changing its answers.

The same name gets the same new name everywhere. Names that Kubernetes itself uses stay: `system:...`,
`default`, `kube-...`. So do the names of roles, bindings, service accounts, policies, pods, workloads, nodes
and images. Free text that decides nothing is removed: commands, arguments, environment, headers of
probes, options of volume drivers, status, and annotations but those about policies. So are custom resources.
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
    "openshift.io/required-scc",
    "openshift.io/sa.scc.",
    "openshift.io/scc",
    "pod-security.kubernetes.io/",
    "rbac.authorization.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
    "security.openshift.io/validated-scc-subject-type",
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
class Names:
    """The new names."""

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
        """What a name becomes that a rule gives to resources of several kinds."""
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
    """The same, and what each name became; further names, of a log for example, get other ones too."""
    customs = {id(one) for one in objects.customs.values()}
    plain = [_plain(one) for one in objects if id(one) not in customs]
    names = _names(plain, users, groups, namespaces)
    redacted = decode_objects([_redacted(one, names) for one in plain], name="<redacted>")
    redacted.kubernetes_version = objects.kubernetes_version
    redacted.ignored = dict(objects.ignored)
    # Their fields, or the names in them, are nobody's that is known here.
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


def _plain(one: AnyObject) -> JSONObject:
    body: JSONObject = one.body if isinstance(one, Manifest) else msgspec.to_builtins(one)
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
    for kinds, name in [each for obj in objects for each in _resource_names(obj)]:
        if not any(name in known[kind] for kind in kinds):
            known[kinds[0]].add(name)
    namespaces |= {account[0] for account in map(split_service_account, users) if account}
    namespaces |= {name.removeprefix(_OF_NAMESPACE) for name in groups if name.startswith(_OF_NAMESPACE)}
    return Names(_numbered("user", users), _numbered("group", groups), _numbered("ns", namespaces))


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


def _label(text: Any, names: Names) -> Any:
    """A label's value, which may be the name of a namespace, a user or a group."""
    if text in {"privileged", "baseline", "restricted"}:
        return text
    for renamed in (names.namespaces, names.users, names.groups):
        if text in renamed:
            return renamed[text]
    return text
