"""The JSON of commands as rows of a fleet's tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rbacpsp.fleet.tables import Row
from rbacpsp.model.json import JSONObject

_LISTS = ("items", "findings", "paths")
"""The keys of the lists in which commands have several answers."""


def answer_rows(document: JSONObject) -> list[Row]:
    """A row for each answer of a command: each entry of its list, or the complete document."""
    name = next((key for key in _LISTS if isinstance(document.get(key), list)), None)
    answers = [document] if name is None else document[name]
    return [
        {"result": _result(answer), **_subject(_named(answer)), "answer": _json(answer)} for answer in answers
    ]


def path_rows(document: JSONObject) -> list[Row]:
    """A row for each path of `paths`."""
    return [
        {
            **_subject(_spelled(path["from"])),
            "target": path["to"],
            "length": path["length"],
            "through": ", then ".join(step.get("through") or step["how"] for step in path["steps"]),
            "severity": path["severity"],
            "fingerprint": path["fingerprint"],
            "answer": _json(path),
        }
        for path in document["paths"]
    ]


def policy_user_rows(document: JSONObject) -> list[Row]:
    """A row for each grant of `psp users`; members of system:masters need no grant."""
    return list(_policy_users(document))


def _policy_users(document: JSONObject) -> Iterator[Row]:
    for item in document["items"]:
        for user in item["users"]:
            for grant in user["grants"] or [None]:
                yield {
                    **_subject(user["subject"]),
                    "target": item["policy"],
                    "scope": grant and grant["scope"],
                    "through": grant and f"{_words(grant['binding'])} of {_words(grant['role'])}",
                    "answer": _json(grant or user),
                }


def level_rows(document: JSONObject) -> list[Row]:
    """A row for each namespace of `psa suggest`."""
    return [
        {
            "kind": "Namespace",
            "name": item["namespace"],
            "enforces": item["enforces"],
            "could_enforce": item["couldEnforce"],
            "next_level": item["nextLevel"],
            "blocked_by": _json(item["blockers"]) if item["blockers"] else None,
            "pods": item["pods"],
            "workloads": item["workloads"],
        }
        for item in document["items"]
    ]


def workload_rows(document: JSONObject) -> list[Row]:
    """A row for each workload of `psp simulate`."""
    return [
        {
            "namespace": item["namespace"],
            "kind": item["kind"],
            "name": item["name"],
            "account": item["account"],
            "policy": item["policy"],
            "verdict": item["verdict"],
            "pods": len(item["pods"]),
            "answer": _json(item),
        }
        for item in document["items"]
    ]


def _words(named: Mapping[str, str]) -> str:
    namespace = f"{named['namespace']}/" if named.get("namespace") else ""
    return f"{named['kind']} {namespace}{named['name']}"


def _named(answer: Any) -> Mapping[str, Any]:
    subject = answer.get("subject") if isinstance(answer, dict) else None
    return subject if isinstance(subject, dict) else {}


def _subject(subject: Mapping[str, Any]) -> Row:
    return {
        "subject_kind": subject.get("kind"),
        "subject_namespace": subject.get("namespace"),
        "subject_name": subject.get("name"),
    }


def _spelled(text: str) -> Mapping[str, str]:
    """The subject of a text such as `ServiceAccount/NAMESPACE:NAME`."""
    kind, _, name = text.partition("/")
    if kind != "ServiceAccount":
        return {"kind": kind, "name": name}
    namespace, _, name = name.partition(":")
    return {"kind": kind, "namespace": namespace, "name": name}


def _result(answer: Any) -> str | None:
    allowed = answer.get("allowed") if isinstance(answer, dict) else None
    return ("yes" if allowed else "no") if isinstance(allowed, bool) else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
