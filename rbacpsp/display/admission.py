"""What becomes of a pod by policies, and of an object by the whole server."""

import json

from rbacpsp.admission.submission import WHO, Step, Submission
from rbacpsp.cli.admission_text import (
    NOBODY_MAY,
    asked_words,
    considered_table,
    explained,
    verdict_words,
)
from rbacpsp.cli.submission_output import ShownSubmissions, Submitted
from rbacpsp.display.view import Showing, View
from rbacpsp.psp import Admission
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line


def _admission_text(admission: Admission) -> str:
    head = [line(verdict_words(admission))]
    if admission.asked:
        head.append(line(asked_words(admission)))
    return "\n".join([*head, *(text for part in explained(admission) for text in part)])


def _admission_view(admission: Admission) -> View:
    winner = admission.considered.get(admission.policy or admission.invalid_by)
    tables = [considered_table(admission.considered)]
    if winner is not None and winner.diff:
        rows = [(each.path, _value(each.before), _value(each.after)) for each in winner.diff]
        tables.append(Table(("it sets", "before", "after"), rows))
    usable = any(each.usable for each in admission.considered.values())
    said = (
        asked_words(admission) if admission.asked else "",
        f"{admission.not_judged}." if admission.not_judged else "",
        admission.message or "",
        NOBODY_MAY if admission.considered and not usable else "",
    )
    return View(
        verdict_words(admission),
        admission.allowed,
        tuple(filter(None, said)),
        tuple(tables),
        (*admission.errors, *admission.incomplete),
        ".considered",
    )


def _value(value: object) -> str:
    return "(absent)" if value is None else json.dumps(value, ensure_ascii=False)


def _submission_text(submission: Submission) -> str:
    shown = ShownSubmissions((Submitted(submission, lambda _field: ""),))
    return "".join(shown.spoken(wide=False, headers=True))


def _submission_view(submission: Submission) -> View:
    rows = [("", *_step_cells(step)) for step in submission.steps]
    for pod in submission.pods:
        rows += [(f"its pod {pod.name}", *_step_cells(step)) for step in pod.steps]
    where = f" in {submission.namespace}" if submission.namespace else ""
    messages = (submission.message, *(pod.event or pod.message for pod in submission.pods))
    mending = (*submission.mending, *(each for pod in submission.pods for each in pod.mending))
    return View(
        f"{submission.kind.lower()}/{submission.name or '(generated name)'}{where}: {submission.verdict}",
        submission.runs,
        (*filter(None, messages), *(f"Warning: {each}" for each in submission.warnings)),
        (Table(("pod", "asked", "answer", "why"), rows if submission.pods else [], last=""),)
        if submission.pods
        else (Table(("asked", "answer", "why"), [row[1:] for row in rows]),),
        tuple(dict.fromkeys(f"To fix it: {each.text}." for each in mending)),
        ".steps",
    )


def _step_cells(step: Step) -> tuple[str, str, str]:
    answer = {True: "allowed", False: "refused", None: "not asked"}[step.allowed]
    return WHO[step.by], answer, step.text


SHOWN = {
    "Admission": Showing(_admission_text, _admission_view),
    "Submission": Showing(_submission_text, _submission_view),
}
