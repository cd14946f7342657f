"""How the findings of an audit are shown."""

from rbacpsp.audit import Audit
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.report.findings import summary
from rbacpsp.report.findings_table import table
from rbacpsp.report.table import columns


def _text(audit: Audit) -> str:
    return columns(table(audit)) if audit.findings else summary(audit)


def _view(audit: Audit) -> ResultView:
    return ResultView(
        summary(audit),
        None,
        (f"{audit.version_words}.",),
        (table(audit),),
        tuple(filter(None, (audit.assumed_words, *audit.warnings))),
        ".frame()",
    )


SHOWN = {"Audit": Showing(_text, _view)}
