"""How the difference between two states of a cluster is shown."""

from rbacpsp.cli.diff_output.access import access_section, changed_subjects
from rbacpsp.cli.diff_output.report import DiffReport
from rbacpsp.cli.diff_output.section import DiffSection
from rbacpsp.comparison import Diff
from rbacpsp.display.view import ResultView, Showing


def _section(difference: Diff) -> DiffSection:
    return access_section(difference.access, difference.old.objects, difference.new.objects)


def _text(difference: Diff) -> str:
    report = DiffReport([_section(difference)], changed_subjects(difference.access))
    return "".join(report.spoken(wide=False, headers=True))


def _view(difference: Diff) -> ResultView:
    section, objects = _section(difference), difference.objects
    counts = (len(objects.added), len(objects.removed), len(objects.changed))
    return ResultView(
        section.summary or "no change in access",
        None,
        ("objects: {} added, {} removed, {} changed".format(*counts),),
        (section.table,),
        (".admission, .findings, .paths and .objects compare more.",),
        ".frame()",
    )


SHOWN = {"Diff": Showing(_text, _view)}
