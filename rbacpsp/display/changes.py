"""How objects to apply are shown: a grant, a migration, and whether a user may apply a set of objects."""

from rbacpsp.admission.preflight import Preflight
from rbacpsp.cli.grant_output import ShownMending
from rbacpsp.cli.migration_output import ShownMigration
from rbacpsp.cli.preflight_rows import preflight_table
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.migration import Migration
from rbacpsp.model.result import counted
from rbacpsp.rbac.mending import Mending
from rbacpsp.report.answer import Table
from rbacpsp.report.table import columns
from rbacpsp.report.yaml import joined


def _mending_text(mending: Mending) -> str:
    return "".join(joined(ShownMending(mending).manifests()))


def _mending_view(mending: Mending) -> ResultView:
    summary, *others = ShownMending(mending).comments()
    rows = [
        (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        for obj in mending.objects
    ]
    return ResultView(
        summary,
        tables=(Table(("kind", "namespace", "name"), rows),),
        notes=tuple(others),
        more=".objects",
    )


def _migration_text(migration: Migration) -> str:
    return "".join(joined(ShownMigration(migration).manifests()))


def _migration_view(migration: Migration) -> ResultView:
    gaps = [(gap.kind, gap.policy, gap.field, gap.detail) for gap in migration.gaps]
    kinds = dict.fromkeys(str(obj["kind"]) for obj in migration.objects)
    return ResultView(
        f"{migration.engine}, scope {migration.scope}: {counted(len(migration.objects), 'object')}, "
        f"{counted(len(gaps), 'gap')}",
        lines=(", ".join(kinds),),
        tables=(Table(("gap", "policy", "field", "detail"), gaps),),
        notes=tuple(f"Skipped, as the server does: {sentence}" for sentence in migration.passed_over),
        more=".gaps",
    )


def _preflight_text(result: Preflight) -> str:
    return columns(preflight_table(result).narrow())


def _preflight_view(result: Preflight) -> ResultView:
    stored = sum(row.allowed for row in result.rows)
    return ResultView(
        f"{result.user.name} may apply {stored} of {len(result.rows)} objects",
        result.allowed,
        tables=(preflight_table(result),),
        notes=tuple(sorted({f"{row.note}." for row in result.rows if row.note})),
        more=".rows",
    )


SHOWN = {
    "Mending": Showing(_mending_text, _mending_view),
    "Migration": Showing(_migration_text, _migration_view),
    "Preflight": Showing(_preflight_text, _preflight_view),
}
