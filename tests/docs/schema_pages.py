"""Writes docs/schemas, a page for each JSON answer: `python -m tests.docs.schema_pages`."""

import json
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.docs import written
from tests.docs.fleet_answers import COMMANDS
from tests.docs.schemas import FILE, answer, lines

_HEAD = """\
# JSON answers and their schemas

What `-o json` and `-o yaml` print carries `apiVersion: rbacpsp.io/v1` and one of these kinds. Each page has
the fields with their types, the command that prints it, and its JSON Schema, which [`rbacpsp schema
KIND`](commands/schema.md) prints too. Later releases add fields; those that are here keep their names and
meanings.
"""
SCHEMAS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@cache
def printed_by() -> dict[str, str]:
    """For each kind the shortest command line that prints it."""
    commands = dict(COMMANDS)
    for line in sorted(lines(), key=lambda line: (len(line), line)):
        kind = (answer(line) or {}).get("kind", "")
        commands.setdefault(kind, line)
    return commands


def page(kind: str) -> str:
    """The page of a kind."""
    schema = SCHEMAS[kind]
    line = printed_by().get(kind)
    words = shlex.split(line or "")
    command = f"```text\n{' '.join((line or '').split())}{'' if '-o' in words else ' -o json'}\n```\n"
    rows = [(f"`{path}`", kinds, words) for path, kinds, words in _fields(schema, "")]
    return "\n".join(
        [
            f"# {kind}\n",
            "[All answers](../schemas.md).\n" + (f"\n{command}" if line else ""),
            written.table(("field", "type", "what it says"), rows),
            f"## JSON Schema\n\n```json\n{json.dumps(schema, indent=2)}\n```\n",
        ]
    )


def _fields(schema: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    for name, inside in schema.get("properties", {}).items():
        yield from _field(inside, f"{path}.{name}" if path else name)
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield from _field(more, f"{path}.NAME" if path else "NAME")


def _field(schema: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    kinds = schema.get("type")
    text = f"`{schema['const']}`" if "const" in schema else _joined(kinds)
    yield path, text, schema.get("description", "")
    yield from _fields(schema, path)
    if isinstance(items := schema.get("items"), dict):
        yield from _fields(items, f"{path}[]")


def _joined(kinds: str | list[str] | None) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds or ("anything",))


def index() -> str:
    """The list of the kinds."""
    rows = [(f"[{kind}](schemas/{kind}.md)", _command(kind)) for kind in SCHEMAS]
    return f"{_HEAD}\n{written.table(('kind', 'printed by, for example'), rows)}"


def _command(kind: str) -> str:
    line = printed_by().get(kind)
    return f"`{' '.join(line.split())}`" if line else ""


PAGES = written.Written("schema_pages", "schemas", tuple(SCHEMAS), page, index)

if __name__ == "__main__":
    PAGES.write()
