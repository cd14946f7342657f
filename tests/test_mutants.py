"""Tests the choice of mutants, and the page that lists those that no test can detect."""

from pathlib import Path

import pytest

from tools.mutants.equivalent import named

ROOT = Path(__file__).parents[1]

MODULE = '''"""A module."""

LIMIT = 3


def within(*, number: int | None) -> bool:
    return number is not None and number < LIMIT


class Limited(Protocol):
    @property
    def limit(self) -> int:
        """The limit."""


@dataclass(frozen=True, slots=True)
class Limits(Struct, frozen=True):
    """Both ends."""
'''


def test_every_mutant_that_is_named_equivalent_changes_a_line_that_exists() -> None:
    equivalents = named(ROOT)
    assert equivalents
    for module, before, after in equivalents:
        lines = [line.strip() for line in (ROOT / module).read_text(encoding="utf-8").splitlines()]
        assert before in lines, f"docs/mutants.md names a line that {module} does not have: {before}"
        assert after != before


def test_the_mutants_of_a_module_change_what_runs_and_no_annotations_protocols_or_frozen(
    tmp_path: Path,
) -> None:
    pytest.importorskip("cosmic_ray", reason="needs requirements/mutants.txt")
    from tools.mutants.mutant import mutants

    module = tmp_path / "module.py"
    module.write_text(MODULE, encoding="utf-8")
    changes = {mutant.change(tmp_path) for mutant in mutants(tmp_path, module)}
    assert ("LIMIT = 3", "LIMIT = 4") in changes
    line = "return number is not None and number < LIMIT"
    assert (line, "return number is not None or number < LIMIT") in changes
    assert (line, "return number is not None and number <= LIMIT") in changes
    assert {before.strip() for before, _ in changes} == {
        "LIMIT = 3",
        line,
        "@dataclass(frozen=True, slots=True)",
    }
    assert not any("False" in after for _, after in changes)


def test_a_seed_gives_the_same_mutants_again_and_none_of_them_twice(tmp_path: Path) -> None:
    pytest.importorskip("cosmic_ray", reason="needs requirements/mutants.txt")
    from tools.mutants.mutant import mutants, sample

    module = tmp_path / "module.py"
    module.write_text(MODULE, encoding="utf-8")
    every = list(mutants(tmp_path, module))
    chosen = sample(every, 5, "seed")
    assert chosen == sample(every, 5, "seed")
    assert chosen != sample(every, 5, "other seed")
    assert len(set(chosen)) == 5
    assert sorted(sample(every, 1000, "seed")) == sorted(every)
