"""A cluster whose every name is hostile, and what no reader of a format may find in an answer about it."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import yaml
from markdown_it import MarkdownIt

from tests.auditlog.events import event

_MARKUP = "e<script>alert(1)<img src=x onerror=a>|`b`[a](javascript:b)\\]]>--><!--&amp;\"'${{ z }}"
_DRAWING = '"];a->b[label="x"];subgraph{click A href "javascript:x"; %%{init:{}}%% end #quot;'
NAMES = {
    "markup": f"--output=json $(id) `id` {_MARKUP} {_DRAWING}",
    "control characters": "e\x1b[31m\u202e\x07\x85\u2028\r\n::error::x\n=1\n| a | b |\n# t\n\tz",
    "a formula": "=cmd()|;+1,@x",
    "a command of a CI system": "::error file=a,line=1::e ##vso[task.complete]##[error]x",
}
"""Names that do harm in one format or another. None contains `/` or `%`, which no name may."""
RBAC = "rbac.authorization.k8s.io"


def stored(kind: str, version: str, name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    """An object as a server has stored it, so that its names are not validated again."""
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}", "resourceVersion": "1"}
    notes = {"annotations": {"note": name}, "labels": {"label": name}, "finalizers": [name]}
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": metadata | place | notes, **fields}


def pod_spec(evil: str) -> dict[str, Any]:
    security = {"privileged": True, "capabilities": {"add": [evil]}}
    return {
        "serviceAccountName": evil,
        "containers": [{"name": evil, "image": evil, "securityContext": security}],
        "volumes": [{"name": evil, "hostPath": {"path": evil}}],
        "securityContext": {"sysctls": [{"name": evil, "value": "1"}]},
    }


def objects(evil: str) -> list[dict[str, Any]]:
    """The cluster."""
    user = {"kind": "User", "apiGroup": RBAC, "name": evil}
    group = {"kind": "Group", "apiGroup": RBAC, "name": evil}
    account = {"kind": "ServiceAccount", "name": evil, "namespace": evil}
    rules = [
        {"verbs": ["get", evil], "apiGroups": ["", evil], "resources": ["pods", evil]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [evil]},
        {"verbs": ["create", "patch"], "apiGroups": [""], "resources": ["pods", "pods/exec"]},
        {"verbs": ["use"], "apiGroups": ["policy"], "resources": ["podsecuritypolicies"]},
    ]
    everything = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    policy = {"privileged": True, "allowedCapabilities": [evil], "volumes": ["*", evil], "hostPID": True}
    ranges = {
        name: {"rule": "RunAsAny"} for name in ("seLinux", "runAsUser", "supplementalGroups", "fsGroup")
    }

    def bound(kind: str, role_kind: str, role: str, *subjects: dict[str, str]) -> dict[str, Any]:
        ref = {"apiGroup": RBAC, "kind": role_kind, "name": role}
        place = "" if kind == "ClusterRoleBinding" else evil
        return stored(kind, f"{RBAC}/v1", f"{role}{len(subjects)}", place, roleRef=ref, subjects=[*subjects])

    return [
        stored("Namespace", "v1", evil),
        stored("ServiceAccount", "v1", evil, evil),
        stored("ServiceAccount", "v1", f"{evil}2", evil),
        stored(
            "ClusterRole", f"{RBAC}/v1", evil, rules=[*rules, {"verbs": [evil], "nonResourceURLs": [evil]}]
        ),
        stored("ClusterRole", f"{RBAC}/v1", f"{evil}2", rules=everything),
        stored("Role", f"{RBAC}/v1", evil, evil, rules=rules),
        bound("ClusterRoleBinding", "ClusterRole", evil, user, group, account),
        bound("ClusterRoleBinding", "ClusterRole", f"{evil}2", account),
        bound("RoleBinding", "Role", evil, user, group),
        bound("RoleBinding", "Role", f"gone{evil}", user),
        stored("PodSecurityPolicy", "policy/v1beta1", evil, spec=policy | ranges),
        stored("Pod", "v1", evil, evil, spec=pod_spec(evil)),
        stored(
            "Deployment",
            "apps/v1",
            evil,
            evil,
            spec={
                "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod_spec(evil)},
            },
        ),
    ]


def audit_events(evil: str) -> list[dict[str, Any]]:
    """The events of an audit log: requests that were allowed, refused, impersonated and for URLs."""
    pod = {"resource": "pods", "namespace": evil, "name": evil, "apiVersion": "v1"}
    other = {"resource": evil, "apiGroup": evil, "namespace": evil, "apiVersion": evil, "subresource": evil}
    forbidden: dict[str, Any] = {"decision": "forbid", "reason": evil}
    account = f"system:serviceaccount:{evil}:{evil}"
    return [
        event("get", user=evil, groups=[evil], ref=pod),
        event("list", user=evil, ref=other),
        event(evil, user=evil, ref=pod, **forbidden),
        event("create", user=f"{evil}2", ref=pod | {"subresource": evil}, **forbidden),
        event("get", user=evil, uri=f"/{evil}"),
        event("get", user=evil, uri=f"/{evil}2", **forbidden),
        event("get", user=evil, ref=pod, impersonatedUser={"username": f"{evil}3", "groups": [evil]}),
        event("get", user=account, ref=pod, auditID=evil, userAgent=evil, sourceIPs=[evil], **forbidden),
    ]


def reviews(evil: str) -> list[dict[str, Any]]:
    """One review of each sort."""
    access, asked = "authorization.k8s.io/v1", {"verb": "get", "resource": evil, "name": evil}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": evil}, "spec": pod_spec(evil)}
    specs: dict[str, dict[str, Any]] = {
        "SubjectAccessReview": {"user": evil, "groups": [evil], "resourceAttributes": asked},
        "LocalSubjectAccessReview": {"user": evil, "resourceAttributes": asked | {"namespace": evil}},
        "SelfSubjectAccessReview": {"nonResourceAttributes": {"verb": evil, "path": f"/{evil}"}},
        "SelfSubjectRulesReview": {"namespace": evil},
    }
    place = {"name": evil, "namespace": evil}
    return [
        *(
            {"apiVersion": access, "kind": kind, "metadata": place, "spec": spec}
            for kind, spec in specs.items()
        ),
        {
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": place
            | {
                "uid": evil,
                "operation": "CREATE",
                "object": pod,
                "kind": {"group": "", "version": "v1", "kind": "Pod"},
                "resource": {"group": "", "version": "v1", "resource": "pods"},
                "userInfo": {"username": evil, "groups": [evil]},
            },
        },
    ]


def change(evil: str) -> dict[str, Any]:
    """A change of the cluster, after which a role grants nothing."""
    return stored("ClusterRole", f"{RBAC}/v1", evil, rules=[])


_COMMAND = re.compile(r"^\s*::\S|##(vso|teamcity)?\[", re.MULTILINE)
_GITHUB = re.compile(r"::(error|warning|notice)( [a-zA-Z]+=[^:,]*(,[a-zA-Z]+=[^:,]*)*)?::.*")
_TAP = re.compile(r"TAP version|1\.\.|ok |not ok |# |  ")
_SCHEMES = ("#", "https://", "data:")


class _Page(HTMLParser):
    """Collects what a browser would load or run, apart from scripts of the program itself."""

    def __init__(self) -> None:
        super().__init__()
        self.harm: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"img", "iframe", "object", "embed"}:
            self.harm.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in {"href", "src"} and not (value or "#").startswith(_SCHEMES)):
                self.harm.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and re.search(r"<script>alert|<img|</script|<!--", data):
            self.harm.append(data[:99])


def _in_page(text: str) -> Iterator[str]:
    page = _Page()
    page.feed(text)
    yield from page.harm
    if page.cdata_elem:
        yield f"{page.cdata_elem} without an end"


def _in_markdown(text: str) -> Iterator[str]:
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    yield from _in_page(rendered)
    if "<script" in rendered:
        yield "script"


def _in_csv(text: str) -> Iterator[str]:
    if len({len(row) for row in csv.reader(io.StringIO(text))}) > 1:
        yield "rows of different lengths"
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            yield from (cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@")))


def _in_xml(text: str) -> Iterator[str]:
    for element in ET.fromstring(text).iter() if text else ():  # noqa: S314 - the program wrote it
        if element.tag.endswith(("script", "foreignObject")):
            yield element.tag
        for name, value in element.attrib.items():
            if name.startswith("on") or (name.endswith("href") and not value.startswith("#")):
                yield f"{name}={value}"


def _in_json(text: str) -> Iterator[str]:
    json.loads(text or "null")
    yield from ()


def _in_yaml(text: str) -> Iterator[str]:
    list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    yield from ()


def _unlike(pattern: re.Pattern[str]) -> Callable[[str], Iterator[str]]:
    return lambda text: (line for line in text.splitlines() if not pattern.match(line))


_HARM: dict[str, Callable[[str], Iterator[str]]] = {
    "html": _in_page,
    "markdown": _in_markdown,
    "csv": _in_csv,
    **dict.fromkeys(("junit", "graphml", "svg"), _in_xml),
    **dict.fromkeys(("json", "sarif", "gitlab"), _in_json),
    "yaml": _in_yaml,
    "github": _unlike(_GITHUB),
    "tap": _unlike(_TAP),
}


def harm(text: str, form: str) -> list[str]:
    """What would do harm in a text of a format, or breaks it.

    Raises:
        ValueError: A text in JSON cannot be read; other readers raise errors of their own.
    """
    found = list(_HARM[form](text)) if form in _HARM else []
    if not text.replace("\n", "").replace("\t", " ").isprintable():
        found.append("a control character")
    if form != "github" and (command := _COMMAND.search(text)):
        found.append(f"a command: {text[command.start() :][:80]}")
    return found
