"""Tests that migrations write files only in their folder, whatever the names in the cluster."""

from rbacpsp.cli.migration_output import ShownMigration
from rbacpsp.migration import Gap, Migration, Workload
from rbacpsp.migration.defaults import Template


def test_a_name_with_a_path_stays_in_the_folder_of_patches() -> None:
    template = Template(Workload("Deployment", "..", "../../etc/passwd\n"), "p", (), {"a": 1})
    shown = ShownMigration(Migration("psa", "all", (), (), (template,)))
    names = [name for name, _ in shown.files()]
    assert names == ["kustomization.yaml", "patches/0001-...deployment..._.._etc_passwd_.json"]


def test_a_line_break_in_a_detail_stays_in_its_comment() -> None:
    shown = ShownMigration(
        Migration("vap", "all", ({"kind": "A"},), (Gap("p", "f", "weaker", "one\nkind: Evil"),))
    )
    [text] = shown.manifests()
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["kind: A"]
