"""How the admission of a pod by policies, and of an object by all of the server's checks, is shown."""

import json

from rbacpsp.admission.submission import WHO, Step, Submission
from rbacpsp.cli.admission_text import (
    NOBODY_MAY,
    asked_words,
    considered_table,
    explanation_lines,
    verdict_words,
)
from rbacpsp.cli.submission_output import ShownSubmissions, Submitted
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.psp import Admission
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line


def _admission_text(admission: Admission) -> str:
    head = [line(verdict_words(admission))]
    if admission.asked:
        head.append(line(asked_words(admission)))
    return "\n".join([*head, *(text for part in explanation_lines(admission) for text in part)])


def _admission_view(admission: Admission) -> ResultView:
    winner = admission.considered.get(admission.policy or admission.invalid_by)
    tables = [considered_table(admission.considered)]
    if winner is not None and winner.diff:
        rows = [(entry.path, _value(entry.before), _value(entry.after)) for entry in winner.diff]
        tables.append(Table(("it sets", "before", "after"), rows))
    usable = any(considered.usable for considered in admission.considered.values())
    sentences = (
        asked_words(admission) if admission.asked else "",
        f"{admission.not_judged}." if admission.not_judged else "",
        admission.message or "",
        NOBODY_MAY if admission.considered and not usable else "",
    )
    return ResultView(
        verdict_words(admission),
        admission.allowed,
        tuple(filter(None, sentences)),
        tuple(tables),
        (*admission.errors, *admission.incomplete),
        ".considered",
    )


def _value(value: object) -> str:
    return "(absent)" if value is None else json.dumps(value, ensure_ascii=False)


def _submission_text(submission: Submission) -> str:
    output = ShownSubmissions((Submitted(submission, lambda _field: ""),))
    return "".join(output.spoken(wide=False, headers=True))


def _submission_view(submission: Submission) -> ResultView:
    rows = [("", *_step_cells(step)) for step in submission.steps]
    for pod in submission.pods:
        rows += [(f"its pod {pod.name}", *_step_cells(step)) for step in pod.steps]
    where = f" in {submission.namespace}" if submission.namespace else ""
    messages = (submission.message, *(pod.event or pod.message for pod in submission.pods))
    fixes = (*submission.mending, *(fix for pod in submission.pods for fix in pod.mending))
    return ResultView(
        f"{submission.kind.lower()}/{submission.name or '(generated name)'}{where}: {submission.verdict}",
        submission.runs,
        (*filter(None, messages), *(f"Warning: {warning}" for warning in submission.warnings)),
        (Table(("pod", "asked", "answer", "why"), rows if submission.pods else [], last=""),)
        if submission.pods
        else (Table(("asked", "answer", "why"), [row[1:] for row in rows]),),
        tuple(dict.fromkeys(f"To fix it: {fix.text}." for fix in fixes)),
        ".steps",
    )


def _step_cells(step: Step) -> tuple[str, str, str]:
    answer = {True: "allowed", False: "refused", None: "not asked"}[step.allowed]
    return WHO[step.by], answer, step.text


SHOWN = {
    "Admission": Showing(_admission_text, _admission_view),
    "Submission": Showing(_submission_text, _submission_view),
}
