"""Submissions as text for people and as JSON for programs."""

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
    """A submission, and the files and lines of the fields of its object."""

    submission: Submission
    where: Callable[[str], str]
    """Gives `file:line` of a field; empty if that is not known."""

    @property
    def title(self) -> str:
        """The object, as kubectl names it."""
        return f"{self.submission.kind.lower()}/{self.submission.name or '(generated name)'}"


@dataclass(frozen=True, slots=True)
class ShownSubmissions:
    """Submissions in every format."""

    submissions: tuple[Submitted, ...]

    def document(self) -> JSONObject:
        """One Submission, or a list of them."""
        items = [submission_json(submitted.submission) for submitted in self.submissions]
        if len(items) == 1:
            return {"apiVersion": API_VERSION, "kind": "Submission", **items[0]}
        return {"apiVersion": API_VERSION, "kind": "SubmissionList", "items": items}

    def tabulated(self, *, wide: bool) -> Table:  # noqa: ARG002 - every column is shown
        """A row for each object."""
        rows = []
        for submitted in self.submissions:
            submission = submitted.submission
            refused = next((pod for pod in submission.pods if not pod.allowed), None)
            by = submission.refused_by or (refused.refused_by if refused else None) or ""
            message = submission.message or (refused.message if refused else None) or ""
            rows.append((submitted.title, submission.namespace, submission.verdict, by, message))
        return Table(_COLUMNS, rows)

    def named(self) -> list[str]:
        """The objects that are accepted and whose pods run."""
        return [submitted.title for submitted in self.submissions if submitted.submission.runs]

    def spoken(self, *, wide: bool, headers: bool) -> Iterable[str]:  # noqa: ARG002 - a text has no columns
        """Each object with its steps, the server's message, and how to fix it."""
        for number, submitted in enumerate(self.submissions):
            yield "\n" if number else ""
            yield from (f"{text}\n" for text in _texts(submitted))


def _texts(submitted: Submitted) -> Iterator[str]:
    submission = submitted.submission
    where = f" in {submission.namespace}" if submission.namespace else ""
    yield line(f"{submitted.title}{where}: {submission.verdict}")
    yield from map(_step, submission.steps)
    if submission.message:
        yield line(_error(submission))
    for warning in submission.warnings:
        yield line(f"Warning: {warning}")
    for pod in submission.pods:
        yield from _pod(pod)
    mending = submission.mending
    if mending:
        yield ""
        for remedy in mending:
            yield from _remedy(remedy, submitted)


def _step(step: Step) -> str:
    verdict = {True: "allowed", False: "refused", None: "not asked"}[step.allowed]
    text = f": {step.text}" if step.allowed is not False and step.text else ""
    return line(f"  {WHO[step.by]}: {verdict}{text}")


def _error(submission: Submission) -> str:
    if submission.message and " is invalid: " in submission.message:
        return f"The {submission.message}"
    return f"Error from server (Forbidden): {submission.message}"


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


def submission_json(submission: Submission) -> JSONObject:
    """A submission as JSON."""
    return {
        "object": {"kind": submission.kind, "namespace": submission.namespace, "name": submission.name},
        "user": submission.user.name if submission.user else None,
        "verdict": submission.verdict,
        "allowed": submission.allowed,
        "refusedBy": submission.refused_by,
        "message": submission.message,
        "steps": list(map(_step_json, submission.steps)),
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
            for pod in submission.pods
        ],
        "mending": list(map(_remedy_json, submission.mending)),
        "warnings": list(submission.warnings),
    }


def _step_json(step: Step) -> JSONObject:
    return {"by": step.by, "allowed": step.allowed, "text": step.text}


def _remedy_json(remedy: Remedy) -> JSONObject:
    result: JSONObject = {"kind": remedy.kind, "text": remedy.text}
    if remedy.fields:
        result["fields"] = [{"field": field, "value": value} for field, value in remedy.fields]
    if remedy.objects:
        result["objects"] = list(remedy.objects)
    if remedy.patch:
        result["patch"] = remedy.patch
    return result
