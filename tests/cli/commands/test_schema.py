"""Tests that each JSON answer has a schema and conforms to it."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from rbacpsp.cli.commands.schema import schemas
from tests.docs.fleet_answers import COMMANDS, fleet_answers
from tests.docs.schemas import FIELDS, MORE, answer, description, lines

Run = Callable[..., Result]


@cache
def validator(kind: str) -> Any:
    return jsonschema.Draft202012Validator(schemas()[kind])


@pytest.mark.parametrize("line", sorted(set(lines())))
def test_the_answer_of_each_example_matches_its_schema(line: str) -> None:
    document = answer(line)
    if document is None:
        assert line not in MORE
        return
    validator(document["kind"]).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        validator(document["kind"]).validate({**document, "kind": "Other"})


def test_the_answers_of_fleet_commands_match_their_schema() -> None:
    pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    kinds = []
    for document in fleet_answers():
        validator(document["kind"]).validate(document)
        kinds.append(document["kind"])
    assert set(kinds) == set(COMMANDS)
    assert all(
        document[part] for part in ("new", "gone", "more", "admins", "differingRoles", "missingLevels")
    )


@pytest.mark.parametrize("kind", sorted(schemas()))
def test_every_schema_is_valid_json_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[kind])
    assert schemas()[kind]["required"] == ["apiVersion", "kind"]


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, subschema in schema.get("properties", {}).items():
        yield f"{path}.{name}", subschema
        yield from fields(subschema, f"{path}.{name}")
    for more in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(more, dict):
            yield from fields(more, path)


@pytest.mark.parametrize("kind", sorted(schemas()))
def test_every_field_has_a_description(kind: str) -> None:
    for path, field in fields(schemas()[kind]):
        assert field["description"] == description(kind, path.removeprefix(".")), path
        assert field["description"].endswith("."), path


def test_every_description_belongs_to_an_existing_field() -> None:
    schema_fields = {
        (kind, path.removeprefix(".")) for kind in schemas() for path, _ in fields(schemas()[kind])
    }
    ends = {
        ".".join(path.split(".")[start:]) for _, path in schema_fields for start in range(path.count(".") + 1)
    }
    assert {ending for ending in FIELDS["any"] if ending not in ends} == set()
    assert set(FIELDS) <= {"any", *schemas()}


def test_a_kind_is_found_in_any_case_and_a_misspelling_is_answered(call: Run) -> None:
    assert json.loads(call("schema", "whocan").stdout)["title"] == "WhoCan"
    result = call("schema", "WhoCna")
    assert result.exit_code == 2
    assert result.stderr == 'error: there is no answer of kind "WhoCna"; did you mean WhoCan?\n'
    assert call("schema").stdout.splitlines() == sorted(schemas())


def test_all_schemas_are_written_to_a_folder(call: Run, tmp_path: Path) -> None:
    assert call("schema", "--all", "-O", str(tmp_path / "schemas")).exit_code == 0
    assert {path.stem for path in (tmp_path / "schemas").iterdir()} == set(schemas())
    assert call("schema", "--all").exit_code == 2
