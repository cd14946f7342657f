"""Writes the expected output of migrations: `python -m tests.migration.golden`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rbacpsp import Cluster, migrate
from rbacpsp.cli.migration_output import ShownMigration
from rbacpsp.migration.cel import clause_of
from rbacpsp.migration.controls import controls_of
from rbacpsp.migration.level import level_of
from rbacpsp.psp.versions import behavior
from rbacpsp.report.yaml import encode
from tests.migration.shapes import ARTICLES, OFFICIAL, POLICIES

JSON = dict[str, Any]
FILE = Path(__file__).parent / "golden" / "clauses.yaml"
ENGINES = ("gatekeeper", "kubewarden", "kyverno", "scc")
OFFICIAL_FILE = FILE.parent / "official.yaml"
ARTICLES_FILE = FILE.parent / "articles.yaml"


def clauses() -> str:
    """For each policy its level, and for each of its fields the CEL for `fits` and `fills`."""
    result: JSON = {}
    for each in POLICIES:
        [policy] = Cluster.from_objects([each]).objects.policies.values()
        level = level_of(policy)
        fields: JSON = {}
        for control in controls_of(policy, behavior()).controls:
            clause = clause_of(control)
            fields[control.field] = {"fits": clause.fits}
            if clause.fills != "false":
                fields[control.field] |= {"fills": control.fills, "when": clause.fills}
        result[policy.name] = {"level": level.level, "exact": level.exact, "fields": fields}
    return encode(result, folded=True)


def official() -> str:
    """The complete output for the three official policies together."""
    return _written(OFFICIAL, "vap")


def engine_file(engine: str) -> Path:
    """The file with the expected output for an engine."""
    return FILE.parent / f"{engine}.yaml"


def for_engine(engine: str) -> str:
    """The output for the official policies together, and for each policy of the articles alone."""
    return "---\n".join([_written(OFFICIAL, engine), *(_written([article], engine) for article in ARTICLES)])


def _written(policies: Iterable[JSON], engine: str) -> str:
    objects = migrate(Cluster.from_objects(policies), engine).objects
    return "---\n".join(encode(obj, folded=True) for obj in map(_short, objects))


def _short(obj: JSON) -> JSON:
    """A template of Gatekeeper's library, reduced to its name."""
    of_library = obj["kind"] == "ConstraintTemplate" and obj["metadata"]["name"].startswith("k8spsp")
    return {"kind": obj["kind"], "name": obj["metadata"]["name"]} if of_library else obj


def articles() -> str:
    """The complete output for each policy of the articles alone, with gaps: policies, and labels."""
    parts = []
    for article in ARTICLES:
        for engine in ("vap", "psa"):
            shown = ShownMigration(migrate(Cluster.from_objects([article]), engine))
            parts += [f"# {article['metadata']['name']}\n{text}" for text in shown.manifests()]
    return "---\n".join(parts)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(clauses(), encoding="utf-8")
    OFFICIAL_FILE.write_text(official(), encoding="utf-8")
    ARTICLES_FILE.write_text(articles(), encoding="utf-8")
    for name in ENGINES:
        engine_file(name).write_text(for_engine(name), encoding="utf-8")
