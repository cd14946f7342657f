"""Tests docs/fleet.md: its columns are those of the tables, and its queries run in DuckDB."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from tests.docs import fleet
from tests.fleet.fleets import cluster, packed, written

QUERIES = re.findall(r"```sql\n(.*?)```", fleet.PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_columns_are_up_to_date() -> None:
    assert fleet.PAGE.read_text(encoding="utf-8") == fleet.page(), "run python -m tests.docs.fleet"


def test_the_five_queries_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    duckdb = pytest.importorskip("duckdb", reason="queries are tried in DuckDB (requirements/all.txt)")
    snapshots = written(
        tmp_path / "s", {"a.json.gz": packed(cluster(4)), "b.json.gz": packed(cluster(8)), "c.json": b""}
    )
    other = cluster(5)
    other["items"][1]["rules"][0]["verbs"] = ["get"]
    monkeypatch.chdir(tmp_path)
    arguments = ["fleet", "audit", "s", "-O", "results", "--workers", "1"]
    assert CliRunner().invoke(main, [*arguments, "--run", "1"]).exit_code == 3
    (snapshots / "b.json.gz").write_bytes(packed(other))
    assert CliRunner().invoke(main, [*arguments, "--run", "2"]).exit_code == 3
    database = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    unread, rules, admins, roles, new = (database.sql(query).fetchall() for query in QUERIES)
    assert [row[:2] for row in unread] == [("c", "empty")]
    assert {(str(row[0]), row[1]): row[3] for row in rules}["1", "RBP001"] == 2
    assert [(row[0], row[1], row[2], sorted(row[3])) for row in admins] == [("User", "ann", 2, ["a", "b"])]
    assert roles == [("secrets", 2, 2)]
    assert {row[0] for row in new} == {"b"}
