"""How two states of a cluster differ."""

from rbacpsp.cli.diff_output.access import access_section, changed_subjects
from rbacpsp.cli.diff_output.report import DiffReport
from rbacpsp.cli.diff_output.section import Section
from rbacpsp.comparison import Diff
from rbacpsp.display.view import Showing, View


def _section(found: Diff) -> Section:
    return access_section(found.access, found.old.objects, found.new.objects)


def _text(found: Diff) -> str:
    report = DiffReport([_section(found)], changed_subjects(found.access))
    return "".join(report.spoken(wide=False, headers=True))


def _view(found: Diff) -> View:
    section, objects = _section(found), found.objects
    counts = (len(objects.added), len(objects.removed), len(objects.changed))
    return View(
        section.summary or "no change in access",
        None,
        ("objects: {} added, {} removed, {} changed".format(*counts),),
        (section.table,),
        (".admission, .findings, .paths and .objects compare more.",),
        ".frame()",
    )


SHOWN = {"Diff": Showing(_text, _view)}
