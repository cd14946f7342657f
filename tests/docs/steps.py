"""Writes docs/steps, a page for each step of an escalation path: `python -m tests.docs.steps`."""

from collections.abc import Iterator
from typing import Any

from rbacpsp.audit.examples import ExampleObjects
from rbacpsp.paths.edges import BY_NAME, TECHNIQUES
from rbacpsp.paths.technique import Technique
from rbacpsp.report.rule_page import objects_yaml
from tests.docs import written
from tests.docs.examples import objects_of
from tests.paths.clusters import Case, way
from tests.paths.test_paths import CASES

_HEAD = """\
# Steps of escalation paths

A path from a subject to its goal is made of steps like these. Each page has the condition under which the
step exists, a cluster in which it does, and one in which a near miss keeps it away. [`rbacpsp
paths`](commands/paths.md) finds the paths of your cluster, and [the audit](audit.md#paths) reports them as
findings.
"""


def page(name: str) -> str:
    """The page of a step."""
    technique = BY_NAME[name]
    exists, near_miss = CASES[name]
    parts = [f"# {name}\n", f"A subject {technique.title}. [All steps](../steps.md).\n"]
    parts.append(f"**When it exists**: {technique.condition}\n")
    parts += _permissions(technique)
    result = way(exists)
    assert result is not None
    goal = exists[1]
    walked = "".join(f"{number}. {step}\n" for number, step in enumerate(_steps(name), 1))
    parts += [
        f"## Here `User/eve` reaches `{goal}`\n",
        f"{walked}",
        f"```yaml\n{_cluster(exists)}```\n",
        f"## Here `User/eve` does not reach `{near_miss[1]}`\n",
        f"```yaml\n{_cluster(near_miss)}```\n",
    ]
    links = ", ".join(f"[{reference.title}]({reference.url})" for reference in technique.references)
    return "\n".join([*parts, f"References: {links}\n"])


def _permissions(technique: Technique) -> Iterator[str]:
    titles = "**One of these permissions**", "**and one of these in the same scope**"
    for number, several in enumerate((technique.permissions, *technique.also)):
        words = [f"`{', '.join(each.verbs)} {each.words}`{_ONE_NAME * each.applied}" for each in several]
        if words:
            yield f"{titles[min(number, 1)]}: {'; '.join(words)}\n"


_ONE_NAME = " of the same name"


def _steps(name: str) -> Iterator[str]:
    result = way(CASES[name][0])
    for step in result.steps if result else ():
        permission = f" with `{step.permission}`" if step.permission else ""
        because = f" ({step.because})" if step.because else ""
        link = step.technique.name
        title = f"[{step.technique.title}]({link}.md)" if link != name else f"**{step.technique.title}**"
        yield f"{title}{permission}: `{step.target.words}`{because}"


def _cluster(case: Case) -> str:
    result = objects_of(case[0])
    items = tuple(_filled(item) for item in result["items"])
    return objects_yaml(ExampleObjects(items, result.get("version", "")))


def _filled(item: dict[str, Any]) -> dict[str, Any]:
    """An object without empty fields."""
    metadata = {key: value for key, value in item["metadata"].items() if value}
    return {key: value for key, value in {**item, "metadata": metadata}.items() if value != {}}


def index() -> str:
    """The list of the steps."""
    rows = [
        (f"[{technique.name}](steps/{technique.name}.md)", technique.title, technique.condition)
        for technique in TECHNIQUES
    ]
    return f"{_HEAD}\n{written.table(('step', 'what the subject does', 'condition'), rows)}"


PAGES = written.Written("steps", "steps", tuple(BY_NAME), page, index)

if __name__ == "__main__":
    PAGES.write()
