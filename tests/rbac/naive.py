"""A naive implementation of RBAC: it checks every binding and every rule, and caches nothing.

Independent of `rbacpsp.rbac`: it reads the JSON of the API, and its lines can be held against upstream's Go.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

JSONObject = dict[str, Any]


@dataclass
class Answer:
    allowed: bool
    reasons: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)


def of_kind(items: list[JSONObject], kind: str) -> list[JSONObject]:
    return sorted(
        (item for item in items if item["kind"] == kind), key=lambda item: str(item["metadata"]["name"])
    )


def role_rules(items: list[JSONObject], ref: JSONObject, namespace: str) -> tuple[list[JSONObject], str]:
    for item in of_kind(items, ref["kind"]):
        same_place = ref["kind"] == "ClusterRole" or (
            namespace != "" and item["metadata"].get("namespace", "") == namespace
        )
        if ref["kind"] in {"Role", "ClusterRole"} and item["metadata"]["name"] == ref["name"] and same_place:
            return item.get("rules") or [], ""
    if ref["kind"] not in {"Role", "ClusterRole"}:
        return [], f'unsupported role reference kind: "{ref["kind"]}"'
    return [], f'{ref["kind"].lower()}.rbac.authorization.k8s.io "{ref["name"]}" not found'


def applies(subject: JSONObject, user: str, groups: list[str], namespace: str) -> bool:
    if subject["kind"] == "User":
        return bool(user == subject["name"])
    if subject["kind"] == "Group":
        return subject["name"] in groups
    if subject["kind"] == "ServiceAccount":
        place = subject.get("namespace") or namespace
        return place != "" and user == "system:serviceaccount:" + place + ":" + subject["name"]
    return False


def allows(rule: JSONObject, attributes: JSONObject) -> bool:
    verbs = rule.get("verbs") or []
    if "*" not in verbs and attributes.get("verb", "") not in verbs:
        return False
    if "path" in attributes:
        path = attributes["path"]
        for url in rule.get("nonResourceURLs") or []:
            if url in {"*", path}:
                return True
            if url and url[-1] == "*":
                prefix = url
                while prefix and prefix[-1] == "*":
                    prefix = prefix[:-1]
                if path[: len(prefix)] == prefix:
                    return True
        return False
    groups = rule.get("apiGroups") or []
    if "*" not in groups and attributes.get("group", "") not in groups:
        return False
    resource, subresource = attributes.get("resource", ""), attributes.get("subresource", "")
    wanted = [resource] if not subresource else [resource + "/" + subresource, "*/" + subresource]
    if not any(each == "*" or each in wanted for each in rule.get("resources") or []):
        return False
    names = rule.get("resourceNames") or []
    return names == [] or attributes.get("name", "") in names


def bindings(items: list[JSONObject], namespace: str) -> Iterator[tuple[JSONObject, str]]:
    for binding in of_kind(items, "ClusterRoleBinding"):
        yield binding, ""
    if namespace:
        for binding in of_kind(items, "RoleBinding"):
            if binding["metadata"]["namespace"] == namespace:
                yield binding, namespace


def sentence(binding: JSONObject, subject: JSONObject, namespace: str) -> str:
    name, ref = binding["metadata"]["name"], binding["roleRef"]
    bound = f"{name}/{namespace}" if namespace else name
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who += "/" + (subject.get("namespace") or namespace)
    kind = binding["kind"]
    return f'RBAC: allowed by {kind} "{bound}" of {ref["kind"]} "{ref["name"]}" to {subject["kind"]} "{who}"'


def authorize(items: list[JSONObject], user: str, groups: list[str], attributes: JSONObject) -> Answer:
    if "system:masters" in groups:
        return Answer(allowed=True, reasons={""})
    answer = Answer(allowed=False)
    namespace = "" if "path" in attributes else attributes.get("namespace", "")
    for binding, place in bindings(items, namespace):
        for subject in binding.get("subjects") or []:
            if applies(subject, user, groups, place):
                rules, error = role_rules(items, binding["roleRef"], place)
                if error:
                    answer.errors.add(error)
                if any(allows(rule, attributes) for rule in rules):
                    answer.allowed = True
                    answer.reasons.add(sentence(binding, subject, place))
                break
    return answer


def who_can(
    items: list[JSONObject], attributes: JSONObject
) -> tuple[set[tuple[str, str, str, str]], set[str]]:
    found = {("Group", "system:masters", "", "rbac.authorization.k8s.io")}
    errors = set()
    namespace = "" if "path" in attributes else attributes.get("namespace", "")
    for binding, place in bindings(items, namespace):
        rules, error = role_rules(items, binding["roleRef"], place)
        if error:
            errors.add(error)
        if any(allows(rule, attributes) for rule in rules):
            for subject in binding.get("subjects") or []:
                group = "rbac.authorization.k8s.io" if subject["kind"] in {"User", "Group"} else ""
                found.add(
                    (
                        subject["kind"],
                        subject["name"],
                        subject.get("namespace", ""),
                        subject.get("apiGroup") or group,
                    )
                )
    return found, errors
