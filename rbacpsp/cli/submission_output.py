"""Submissions for readers and for programs."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rbacpsp.admission.submission import WHO, Remedy, Step, Submission, SubmittedPod
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml

_COLUMNS = ("object", "namespace", "verdict", "refused by", "message")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission, and where the fields of its object stand."""

    submission: Submission
    where: Callable[[str], str]
    """`file:line` of a field; empty where that is not known."""

    @property
    def title(self) -> str:
        """The object, as kubectl names one."""
        return f"{self.submission.kind.lower()}/{self.submission.name or '(generated name)'}"


@dataclass(frozen=True, slots=True)
class ShownSubmissions:
    """Submissions in every format."""

    found: tuple[Submitted, ...]

    def document(self) -> JSONObject:
        """One Submission, or a list of them."""
        items = [submission_json(each.submission) for each in self.found]
        if len(items) == 1:
            return {"apiVersion": API_VERSION, "kind": "Submission", **items[0]}
        return {"apiVersion": API_VERSION, "kind": "SubmissionList", "items": items}

    def tabulated(self, *, wide: bool) -> Table:  # noqa: ARG002 - every column is shown
        """A row an object."""
        rows = []
        for each in self.found:
            one = each.submission
            refused = next((pod for pod in one.pods if not pod.allowed), None)
            by = one.refused_by or (refused.refused_by if refused else None) or ""
            message = one.message or (refused.message if refused else None) or ""
            rows.append((each.title, one.namespace, one.verdict, by, message))
        return Table(_COLUMNS, rows)

    def named(self) -> list[str]:
        """What is taken and runs."""
        return [each.title for each in self.found if each.submission.runs]

    def spoken(self, *, wide: bool, headers: bool) -> Iterable[str]:  # noqa: ARG002 - a text has no columns
        """Each object with its steps, the server's words, and what mends it."""
        for number, each in enumerate(self.found):
            yield "\n" if number else ""
            yield from (f"{text}\n" for text in _texts(each))


def _texts(submitted: Submitted) -> Iterator[str]:
    one = submitted.submission
    where = f" in {one.namespace}" if one.namespace else ""
    yield line(f"{submitted.title}{where}: {one.verdict}")
    yield from map(_step, one.steps)
    if one.message:
        yield line(_error(one))
    for warning in one.warnings:
        yield line(f"Warning: {warning}")
    for pod in one.pods:
        yield from _pod(pod)
    mending = one.mending
    if mending:
        yield ""
        for remedy in mending:
            yield from _remedy(remedy, submitted)


def _step(step: Step) -> str:
    verdict = {True: "allowed", False: "refused", None: "not asked"}[step.allowed]
    text = f": {step.text}" if step.allowed is not False and step.text else ""
    return line(f"  {WHO[step.by]}: {verdict}{text}")


def _error(one: Submission) -> str:
    if one.message and " is invalid: " in one.message:
        return f"The {one.message}"
    return f"Error from server (Forbidden): {one.message}"


def _pod(pod: SubmittedPod) -> Iterator[str]:
    creator = pod.creator.name if pod.creator else "whoever makes it"
    yield line(f"its pod {pod.name}, made by {creator}:")
    yield from map(_step, pod.steps)
    if pod.event or pod.message:
        yield line(pod.event or str(pod.message))


def _remedy(remedy: Remedy, submitted: Submitted) -> Iterator[str]:
    yield line(f"To fix it: {remedy.text}.")
    for field, value in remedy.fields:
        where = submitted.where(field)
        yield line(f"  {field}: {json.dumps(value)}{f'  ({where})' if where else ''}")
    documents = [*remedy.objects, *([remedy.patch] if remedy.patch else [])]
    for number, document in enumerate(documents):
        if number:
            yield "---"
        yield from to_yaml(document).splitlines()


def submission_json(one: Submission) -> JSONObject:
    """A submission as JSON."""
    return {
        "object": {"kind": one.kind, "namespace": one.namespace, "name": one.name},
        "user": one.user.name if one.user else None,
        "verdict": one.verdict,
        "allowed": one.allowed,
        "refusedBy": one.refused_by,
        "message": one.message,
        "steps": list(map(_step_json, one.steps)),
        "pods": [
            {
                "kind": pod.kind,
                "name": pod.name,
                "creator": pod.creator.name if pod.creator else None,
                "allowed": pod.allowed,
                "refusedBy": pod.refused_by,
                "message": pod.message,
                "event": pod.event,
                "steps": list(map(_step_json, pod.steps)),
                "mending": list(map(_remedy_json, pod.mending)),
            }
            for pod in one.pods
        ],
        "mending": list(map(_remedy_json, one.mending)),
        "warnings": list(one.warnings),
    }


def _step_json(step: Step) -> JSONObject:
    return {"by": step.by, "allowed": step.allowed, "text": step.text}


def _remedy_json(remedy: Remedy) -> JSONObject:
    found: JSONObject = {"kind": remedy.kind, "text": remedy.text}
    if remedy.fields:
        found["fields"] = [{"field": field, "value": value} for field, value in remedy.fields]
    if remedy.objects:
        found["objects"] = list(remedy.objects)
    if remedy.patch:
        found["patch"] = remedy.patch
    return found
