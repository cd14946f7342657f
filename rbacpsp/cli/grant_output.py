"""A grant in every format: YAML with comments for kubectl, or JSON with all details."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rbacpsp.cli.grants import request_json
from rbacpsp.model.result import counted
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.mending import ExistingRole, Mending, subject_json
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml

if TYPE_CHECKING:
    from rbacpsp.model import Request
    from rbacpsp.paths.grant_effects import Opened

JSONObject = dict[str, Any]

_MOST = 5


@dataclass(frozen=True, slots=True)
class ShownMending:
    """A mending (the role and binding of a grant), and the risks that it adds."""

    mending: Mending
    opened: "Opened | None" = None
    """None if the risks were not computed."""

    def document(self) -> JSONObject:
        """The JSON object of kind Mending."""
        return {"apiVersion": API_VERSION, "kind": "Mending", **mending_json(self.mending, self.opened)}

    def manifests(self) -> Iterator[str]:
        """The role and the binding, with comments: other roles that would work, and the added risks."""
        comments = "".join(f"# {line(text)}\n" for text in self.comments())
        role, binding = self.mending.objects
        yield comments + to_yaml(role)
        yield to_yaml(binding)

    def comments(self) -> Iterator[str]:
        """A sentence about the grant, then other roles that would work, and the added risks."""
        mending = self.mending
        who = subject_text(mending.subject)
        asked = "; ".join(map(request_text, mending.requests))
        if mending.allowed:
            yield f"{who} can already {asked}: nothing needs to be granted."
        else:
            yield f"This allows {who} to {asked}, and nothing else."
        for role in mending.existing[:_MOST]:
            yield f"Would work as well: {role_text(role)}."
        if len(mending.existing) > _MOST:
            others = counted(len(mending.existing) - _MOST, "other role")
            yield f"Would work as well, but grant more: {others}."
        if self.opened is not None:
            yield from opened_texts(self.opened)


def request_text(request: "Request") -> str:
    """A request in the words of a sentence, with its namespace."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    name_text = f" {request.name}" if request.name else ""
    group = f".{request.group}" if request.group else ""
    where = f" in namespace {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.combined_resource}{group}{name_text}{where}"


def role_text(role: ExistingRole) -> str:
    """An existing role, and what else it grants."""
    where = f" of namespace {role.namespace}" if role.namespace else ""
    name = f"{role.kind}/{role.name}{where}"
    if not role.more:
        return f"{name}, which gives nothing else"
    listed = "; ".join(role.more[:2])
    omitted = len(role.more) - 2
    more = f" and {counted(omitted, 'more rule')}" if omitted > 0 else ""
    purpose = ", which is made for a part of Kubernetes and" if role.made_for_kubernetes else ", which"
    return f"{name}{purpose} also gives: {listed}{more}"


def opened_texts(opened: "Opened") -> Iterator[str]:
    """A sentence for each finding and each path that a grant adds."""
    if not opened:
        yield "It adds no audit finding and no escalation path."
    for finding in opened.findings:
        yield f"It adds the finding {finding.rule.id} ({finding.severity}): {finding.rule.title}."
    for path in opened.paths[:_MOST]:
        yield (
            f"It opens an escalation path from {path.start.words} to {path.goal.words}, in "
            f"{counted(path.length, 'step')}."
        )
    if len(opened.paths) > _MOST:
        yield f"It opens {counted(len(opened.paths) - _MOST, 'more escalation path')}."


def mending_json(mending: Mending, opened: "Opened | None" = None) -> JSONObject:
    """A mending as JSON, with all details."""
    grant_data: JSONObject = {
        "subject": subject_json(mending.subject),
        "requests": [request_json(request) for request in mending.requests],
        "allowed": mending.allowed,
        "objects": list(mending.objects),
        "existing": [
            {
                "kind": role.kind,
                "namespace": role.namespace,
                "name": role.name,
                "more": list(role.more),
            }
            for role in mending.existing
        ],
    }
    if opened is not None:
        grant_data["opens"] = {
            "findings": [
                {
                    "rule": finding.rule.id,
                    "severity": str(finding.severity),
                    "title": finding.rule.title,
                    "fingerprint": finding.fingerprint,
                }
                for finding in opened.findings
            ],
            "paths": [{"to": path.goal.words, "length": path.length} for path in opened.paths],
        }
    return grant_data
