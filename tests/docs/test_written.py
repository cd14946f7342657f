"""Tests that the generated pages are up to date, and that no others exist."""

import json

import pytest

import rbacpsp
from rbacpsp.audit import RULES
from rbacpsp.cli import main
from rbacpsp.cli.lazy import LazyGroup
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.pss.checks import CHECKS
from tests.docs import api, commands, console, home, schemas, written

EVERY = written.every()
NAMES = [pages.name for pages in EVERY]


def command_pages(group: LazyGroup, before: str = "") -> set[str]:
    found = set()
    for name in group.list_commands(None):  # type: ignore[arg-type] # it needs no context
        command = group.get_command(None, name)  # type: ignore[arg-type] # nor does this
        found.add(f"{before}{name}")
        if isinstance(command, LazyGroup):
            found |= command_pages(command, f"{before}{name}-")
    return found


@pytest.mark.parametrize("pages", EVERY, ids=NAMES)
def test_the_list_is_up_to_date(pages: written.Written) -> None:
    text = pages.list_file.read_text(encoding="utf-8")
    assert text == pages.marked(pages.list_text()), f"run python -m tests.docs.{pages.module}"


@pytest.mark.parametrize("pages", EVERY, ids=NAMES)
def test_the_folder_has_a_page_for_each_name_and_no_other(pages: written.Written) -> None:
    assert pages.there() == sorted(pages.stems), f"run python -m tests.docs.{pages.module}"


@pytest.mark.parametrize(
    "pages", [each for each in EVERY if each.name != "commands"], ids=lambda each: each.name
)
def test_the_pages_are_up_to_date(pages: written.Written) -> None:
    for stem in pages.stems:
        text = pages.file(stem).read_text(encoding="utf-8")
        assert text == pages.marked(pages.page(stem)), f"run python -m tests.docs.{pages.module}"


def test_every_public_name_command_rule_check_step_and_schema_has_a_page() -> None:
    wanted = {
        "api": {name for name in rbacpsp.__all__ if name != "__version__"},
        "commands": command_pages(main),
        "audit-rules": {rule.id for rule in RULES},
        "checks": {check.id for check in CHECKS},
        "steps": {technique.name for technique in TECHNIQUES},
        "schemas": set(json.loads(schemas.FILE.read_text(encoding="utf-8"))),
    }
    assert set(NAMES) == set(wanted)
    for pages in EVERY:
        assert wanted[pages.name] <= set(pages.there()), pages.name


def test_the_answer_of_every_public_question_is_described() -> None:
    described = {place.rpartition(".")[2] for places in api.ANSWERS.values() for place in places}
    plain = {"Cluster", "MultiDiGraph", "None", "Request", "Self", "Version", "bool", "dict", "str", "tuple"}
    returned = {answer for _, answer in api.returned()}
    assert "Decision" in returned
    assert returned - plain <= described


def test_rules_checks_and_steps_have_examples_and_near_misses() -> None:
    for folder, both in (
        ("audit-rules", ("This is a finding:", "This is not a finding:")),
        ("checks", ("Accepted:", "Refused:")),
        ("steps", ("reaches `", "does not reach `")),
    ):
        for page in (written.DOCS / folder).glob("*.md"):
            text = page.read_text(encoding="utf-8")
            assert page.stem in {"RBP153", "RBP900"} or all(words in text for words in both), page


def test_the_jobs_on_the_first_page_are_those_of_the_readme() -> None:
    text = home.PAGE.read_text(encoding="utf-8")
    assert home.page(text) == text, "run python -m tests.docs.home"
    assert len(list(home.jobs())) > 30


def test_a_long_output_is_shown_where_it_begins() -> None:
    shown = commands.shown_output("rbacpsp describe -f sample_clusters/bootstrap-1.24 clusterrole view")
    assert shown.endswith(f"\n{console.ANYTHING}\n")
    assert len(shown.splitlines()) == 61
