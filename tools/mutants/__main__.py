"""Mutates a room and runs its tests: `python -m tools.mutants rbac 100 seed`, from the top of the repository.

A room is a package of rbacpsp, or some modules of one. Without a number, all their mutants are run. Which
tests run a line is measured first. A mutant that survives is printed as the lines before and after;
docs/mutants.md names those that no test can kill.
"""

import argparse
import time
from pathlib import Path

from tools.mutants import coverage, process
from tools.mutants.equivalent import Equivalent, named
from tools.mutants.mutant import Mutant, mutants, sample

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "dist" / "mutants"
_COMMANDS = "tests/cli/commands"
TESTS = {
    "rbac": [
        "tests/rbac",
        "tests/conformance/test_rbac.py",
        "tests/test_cluster.py",
        "tests/cli/test_still_refused.py",
        "tests/cli/test_subject.py",
        *(f"{_COMMANDS}/test_{name}.py" for name in ("can_i", "grant", "near_misses", "rules", "who_can")),
    ],
    "psp": [
        "tests/psp",
        "tests/conformance/test_psp.py",
        "tests/conformance/test_psp_versions.py",
        f"{_COMMANDS}/psp",
    ],
    "pss": [
        "tests/pss",
        "tests/conformance/test_psa.py",
        "tests/conformance/test_psa_servers.py",
        f"{_COMMANDS}/psa",
    ],
    "apply": [
        "tests/apply",
        *("tests/cli/test_what_if.py", "tests/cli/test_validate.py", "tests/test_cluster.py"),
        "tests/conformance/test_validation.py",
        "tests/conformance/test_whole_validation.py",
        "tests/conformance/test_boundaries.py",
        "tests/conformance/test_boundaries_of_releases.py",
    ],
    "admission": [
        "tests/admission",
        *(
            f"tests/cli/commands/test_{name}.py"
            for name in ("admit", "preflight", "review", "review_admission")
        ),
        *(
            f"tests/cli/commands/{name}.py"
            for name in ("test_explain", "test_explain_forms", "psa/test_explain")
        ),
        *("tests/cli/commands/scc/test_integration.py", "tests/cli/test_still_refused.py"),
        *("tests/cli/test_validate.py", "tests/test_cluster.py", "tests/conformance/test_scc_reviews.py"),
        "tests/conformance/test_validation.py",
        "tests/conformance/test_whole_validation.py",
        "tests/conformance/test_boundaries.py",
        "tests/conformance/test_boundaries_of_releases.py",
    ],
    "paths": [
        "tests/paths",
        "tests/comparison/test_paths.py",
        "tests/assertions/test_reach.py",
        "tests/audit/test_resource_rules.py",
        f"{_COMMANDS}/test_rule.py",
    ],
}
"""The tests that hold a room."""
MINUTES = 30
"""How long the mutants of a room may take; the others are left out."""
LIMIT = 60.0
"""Seconds that the tests of a mutant may take beyond what they take without a change."""


def main() -> int:
    """Print the survivors and the counts; 1 when a mutant survives that is not named equivalent."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "room", help="a room, or modules of one room, such as rbac/match.py,rbac/authorize.py"
    )
    parser.add_argument("count", nargs="?", type=int, help="how many mutants; all by default")
    parser.add_argument("seed", nargs="?", default="1")
    parser.add_argument("--reuse", action="store_true", help="do not measure again which tests run a line")
    given = parser.parse_args()
    modules = _modules(given.room)
    room = given.room.split("/", maxsplit=1)[0]
    record = RECORDS / f"{room}.json"
    if not (given.reuse and record.exists()):
        RECORDS.mkdir(parents=True, exist_ok=True)
        output = record.with_suffix(".txt")
        if process.forked(lambda: coverage.measure(ROOT, room, TESTS[room], record), 1800, str(output)):
            parser.error(f"the tests of {room} fail or take too long without any change: {output}")
    every = [mutant for module in modules for mutant in mutants(ROOT, module)]
    chosen = every if given.count is None else sample(every, given.count, f"{given.seed} {given.room}")
    covered = coverage.read(record)
    if failing := [module for module in {mutant.module for mutant in chosen} if not _passes(module, covered)]:
        parser.error(f"tests fail without any change of {', '.join(sorted(failing))}")
    return _run(chosen, len(every), covered)


def _passes(module: str, covered: coverage.Covered) -> bool:
    """Whether the tests of a module pass, in the way that its mutants are run, without a change."""
    tests = covered.of_module(module)
    source = (ROOT / module).read_text(encoding="utf-8")
    return process.outcome(ROOT, module, source, tests[:20], _limit(tests, covered)) == "survived"


def _limit(tests: list[str], covered: coverage.Covered) -> float:
    return LIMIT + 3 * sum(covered.seconds.get(test, 0.0) for test in tests)


def _modules(room: str) -> list[Path]:
    if not room.endswith(".py"):
        return sorted((ROOT / "rbacpsp" / room).rglob("*.py"))
    return [ROOT / "rbacpsp" / module for module in room.split(",")]


def _run(chosen: list[Mutant], total: int, covered: coverage.Covered) -> int:
    equivalents = named(ROOT)
    counts = dict.fromkeys(("killed", "timeout", "equivalent", "survived"), 0)
    start = time.monotonic()
    for mutant in chosen:
        if time.monotonic() - start > 60 * MINUTES:
            print(f"stopped after {MINUTES} minutes")  # noqa: T201
            break
        if not mutant.compiles(ROOT):
            continue
        tests = covered.tests(mutant)
        outcome = process.outcome(ROOT, mutant.module, mutant.source(ROOT), tests, _limit(tests, covered))
        before, after = mutant.change(ROOT)
        if outcome == "survived" and Equivalent(mutant.module, before, after) in equivalents:
            counts["equivalent"] += 1
            continue
        counts[outcome] += 1
        if outcome == "survived":
            reason = f"{len(tests)} tests ran it" if tests else "no test runs it"
            print(f"{mutant.module}:{mutant.line}: {reason}\n  - {before}\n  + {after}", flush=True)  # noqa: T201
    seconds = round(time.monotonic() - start)
    words = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print(f"{sum(counts.values())} of {total} mutants in {seconds} seconds: {words}")  # noqa: T201
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
