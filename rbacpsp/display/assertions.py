"""How the results of assertions are shown."""

from rbacpsp.assertions import AccessTestResults
from rbacpsp.assertions.run import CANNOT_BE_ASKED, FAIL, PASSED
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.report.answer import Table
from rbacpsp.report.table import columns

_COLUMNS = ("result", "name", "why", "reason")


def _table(results: AccessTestResults) -> Table:
    rows = [(item.result, item.name, item.why, item.assertion.reason) for item in results.items]
    return Table(_COLUMNS, rows, frozenset({"reason"}))


def _text(results: AccessTestResults) -> str:
    return columns(_table(results).narrow())


def _view(results: AccessTestResults) -> ResultView:
    passed, failed, unknown = map(results.count, (PASSED, FAIL, CANNOT_BE_ASKED))
    return ResultView(
        f"{passed} passed, {failed} failed, {unknown} cannot be asked",
        bool(results),
        tables=(_table(results),),
        more=".items",
    )


SHOWN = {"AccessTestResults": Showing(_text, _view)}
