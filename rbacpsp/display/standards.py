"""How the results of the Pod Security Standards for an object are shown."""

from rbacpsp.display.view import ResultView, Showing
from rbacpsp.pss.evaluate import Evaluation
from rbacpsp.pss.request import PSAdmission
from rbacpsp.pss.standard import Judgement
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns


def _failures(evaluation: Evaluation) -> Table:
    """A row for each field that violates a check."""
    rows = [
        (failure.check, field, "" if number else f"{failure.reason} ({failure.detail})".removesuffix(" ()"))
        for failure in evaluation.failures
        for number, field in enumerate(failure.fields or ("",))
    ]
    return Table(("check", "field", "message"), rows)


def _verdict(evaluation: Evaluation) -> str:
    return f"{'meets' if evaluation else 'violates'} {evaluation.level_version}"


def _evaluation_text(evaluation: Evaluation) -> str:
    return f"{_verdict(evaluation)}\n{columns(_failures(evaluation))}"


def _evaluation_view(evaluation: Evaluation) -> ResultView:
    return ResultView(
        _verdict(evaluation), evaluation.allowed, tables=(_failures(evaluation),), more=".failures"
    )


def _judgement_text(judgement: Judgement) -> str:
    return f"exempt: {judgement.exempt}" if judgement.exempt else _evaluation_text(judgement.evaluation)


def _judgement_view(judgement: Judgement) -> ResultView:
    if judgement.exempt:
        return ResultView(f"exempt: {judgement.exempt}", good=True)
    return _evaluation_view(judgement.evaluation)


def _admission_text(answer: PSAdmission) -> str:
    head = "allowed" if answer else f"refused: {answer.message}"
    return "\n".join(map(line, (head, *(f"Warning: {warning}" for warning in answer.warnings))))


def _admission_view(answer: PSAdmission) -> ResultView:
    judged = [
        evaluation
        for evaluation in (answer.enforced, answer.audited, answer.warned)
        if evaluation is not None
    ]
    failing = next((evaluation for evaluation in judged if not evaluation), None)
    return ResultView(
        "allowed" if answer else "refused",
        answer.allowed,
        (
            *((answer.message,) if answer.message else ()),
            *(f"Warning: {warning}" for warning in answer.warnings),
        ),
        () if failing is None else (_failures(failing),),
        answer.incomplete,
        ".enforced, .audited and .warned",
    )


SHOWN = {
    "Evaluation": Showing(_evaluation_text, _evaluation_view),
    "Judgement": Showing(_judgement_text, _judgement_view),
    "PSAdmission": Showing(_admission_text, _admission_view),
}
