"""Writes the JSON Schemas of the answers and their pages: `python -m tests.docs.schemas` runs the examples.

A schema says which fields there are and of which types. Fields that are not listed are allowed, and only what
says which answer it is has to be there: later releases add fields.
"""

import json
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import chdir
from importlib import import_module
from typing import Any

from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.report.answer import API_VERSION
from tests.cli.test_examples import EXAMPLES
from tests.docs import console
from tests.docs.fleet_answers import fleet_answers

FILE = console.ROOT / "rbacpsp" / "cli" / "schemas.json"
ACME = "-f sample_clusters/acme"
MORE = (
    f"rbacpsp rules deployer {ACME}",
    f"rbacpsp rules deployer -n prod {ACME}",
    f"rbacpsp rules deployer --expand {ACME}",
    f"rbacpsp matrix secrets -A {ACME}",
    f"rbacpsp matrix --subject deployer -n prod {ACME}",
    f"rbacpsp can-i --list -A --as carol@example.com {ACME}",
    f"rbacpsp can-i --list --as carol@example.com -n prod {ACME}",
    f"rbacpsp can-i get pods --as carol@example.com -n prod {ACME}",
    f"rbacpsp can-i get pods --as dave@example.com -n dev {ACME}",
    f"rbacpsp who-can get secrets -n payments {ACME}",
    f"rbacpsp who-can get /healthz {ACME}",
    f"rbacpsp lookup {ACME}",
    f"rbacpsp paths --from jenkins {ACME}",
    f"rbacpsp audit {ACME}",
    f"rbacpsp audit {ACME} --by finding",
    f"rbacpsp roles get secrets {ACME}",
    "rbacpsp diff sample_clusters/steps/acme/last-week.json sample_clusters/acme",
    f"rbacpsp grant get pods --to deployer -n prod {ACME}",
    f"rbacpsp psa suggest {ACME}",
    f"rbacpsp psa label prod=restricted {ACME}",
    f"rbacpsp admit sample_clusters/steps/acme/fraud.yaml -n payments {ACME}",
    "rbacpsp rule",
)
"""Questions besides the examples."""
FIELDS_FILE = console.ROOT / "tests" / "docs" / "fields.toml"
FIELDS: dict[str, dict[str, str]] = tomllib.loads(FIELDS_FILE.read_text(encoding="utf-8"))
"""What the fields mean, by kind; under `any` what is the same in all of them."""
_OTHER = frozenset({"sample", "schema", "completion"})
OF_KUBERNETES = frozenset(
    {"object", "objects", "pod", "rule", "status", "body", "old", "patch", "manifests", "examples"}
)
"""Fields that hold what Kubernetes defines."""
MAPS = frozenset(
    {
        "annotations",
        "audit",
        "cells",
        "considered",
        "invalid",
        "labels",
        "podsByConstraints",
        "podsByPolicy",
        "policies",
        "reaching",
        "recorded",
        "rules",
        "severities",
        "shadowed",
        "verbs",
        "verdicts",
    }
)
"""Fields whose keys are names."""


def answer(line: str) -> dict[str, Any] | None:
    """The JSON answer of a command; None if it has none."""
    words, _, stdin = line.partition(" < ")
    arguments = shlex.split(words)[1:]
    arguments = [
        each for place, each in enumerate(arguments) if "-o" not in arguments[max(0, place - 1) : place + 1]
    ]
    given = (console.ROOT / stdin.strip()).read_text(encoding="utf-8") if stdin else None
    with chdir(console.ROOT):
        result = CliRunner().invoke(main, [*arguments, "-o", "json"], input=given)
    if result.exit_code not in {0, 1}:
        return None
    try:
        document = json.loads(result.stdout)
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("apiVersion") == API_VERSION else None


def lines() -> Iterator[str]:
    """Every command line that is run."""
    yield from (line for line in EXAMPLES if " -O " not in line and line.split()[1] not in _OTHER)
    yield from MORE


def schemas(answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The schema of each kind of answer."""
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for each in answers:
        by_kind.setdefault(each["kind"], []).append(each)
    return {kind: _root(kind, there) for kind, there in sorted(by_kind.items())}


def _root(kind: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    result = _schema("", answers)
    result["properties"] |= {"apiVersion": {"const": API_VERSION}, "kind": {"const": kind}}
    describe(kind, result)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://{API_VERSION}/{kind}.json",
        "title": kind,
        **result,
        "required": ["apiVersion", "kind"],
    }


def describe(kind: str, schema: dict[str, Any], path: str = "") -> None:
    """Give every field of a schema its description."""
    for name, inside in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        inside["description"] = description(kind, here)
        describe(kind, inside, here)
    for more in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(more, dict):
            describe(kind, more, path)


def description(kind: str, path: str) -> str:
    """The description of a field: that for the kind, or else for the longest suffix of the path."""
    if path == "apiVersion":
        return "The version of this form of answer: later releases only add fields to it."
    if path == "kind":
        return "Which answer this is."
    own = FIELDS.get(kind, {})
    parts = path.split(".")
    ends = [".".join(parts[number:]) for number in range(len(parts))]
    starts = [".".join((*parts[:number], "*")) for number in range(len(parts) - 1, 0, -1)]
    found = [own[each] for each in (path, *starts, *ends) if each in own]
    found += [FIELDS["any"][end] for end in ends if end in FIELDS["any"]]
    if not found:
        raise LookupError(f"{kind}: say in {FIELDS_FILE.name} what {path} means")
    return found[0]


def _schema(name: str, values: list[Any]) -> dict[str, Any]:
    types = sorted({_type(value) for value in values})
    if "number" in types:
        types = [each for each in types if each != "integer"]
    found: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    objects = [value for value in values if isinstance(value, dict)]
    if objects and name in MAPS:
        inside = [each for value in objects for each in value.values()]
        found |= {"additionalProperties": _schema("", inside)} if inside else {}
    elif objects and name not in OF_KUBERNETES:
        keys = sorted({key for value in objects for key in value})
        found["properties"] = {
            key: _schema(key, [each[key] for each in objects if key in each]) for key in keys
        }
    inside = [each for value in values if isinstance(value, list) for each in value]
    if inside and name not in OF_KUBERNETES:
        found["items"] = _schema("" if name in MAPS else name, inside)
    return found


def _type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "null"


if __name__ == "__main__":
    found = schemas([*filter(None, map(answer, lines())), *fleet_answers()])
    FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    import_module("tests.docs.schema_pages").PAGES.write()  # which reads the file
