"""Tests that requirements/ locks what pyproject.toml and the Makefile name, completely and consistently."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
EVERY_GROUP = " ".join(f"--group {group}" for group in sorted(GROUPS))
"""What the Makefile makes of its own list of groups, which a test holds against the real one."""
PURPOSES = {
    purpose: flags.replace("$(GROUPS:%=--group %)", EVERY_GROUP)
    for purpose, flags in re.findall(r"^LOCK_([a-z]+) *:= (.*)$", MAKEFILE, re.MULTILINE)
}


def pins(purpose: str) -> dict[str, set[str]]:
    """The versions that a lock has of each package: more than one where they depend on Python's version."""
    result: dict[str, set[str]] = {}
    text = (ROOT / "requirements" / f"{purpose}.txt").read_text(encoding="utf-8")
    for line in re.findall(r"^[A-Za-z0-9].*$", text, re.MULTILINE):
        pin = Requirement(line.removesuffix("\\"))
        (only,) = pin.specifier
        assert only.operator == "=="
        result.setdefault(canonicalize_name(pin.name), set()).add(only.version)
    return result


def direct(purpose: str) -> list[Requirement]:
    """What pyproject.toml names for a purpose."""
    flags = PURPOSES[purpose].split()
    named = list(PROJECT["project"]["dependencies"]) if "pyproject.toml" in flags else []
    for flag, name in pairwise(flags):
        named += EXTRAS[name] if flag == "--extra" else GROUPS[name] if flag == "--group" else []
    if "--all-extras" in flags:
        named += [each for extra in EXTRAS.values() for each in extra]
    return [Requirement(each) for each in named]


def test_there_is_a_lock_for_every_purpose_and_for_nothing_else() -> None:
    assert {path.stem for path in (ROOT / "requirements").iterdir()} == set(PURPOSES)


def test_the_makefile_lists_every_group() -> None:
    (listed,) = re.findall(r"^GROUPS *:= (.*)$", MAKEFILE, re.MULTILINE)
    assert listed.split() == sorted(GROUPS)


def test_every_extra_and_every_group_has_a_purpose() -> None:
    flags = [flags.split() for flags in PURPOSES.values()]
    named = {pair for flag in flags for pair in pairwise(flag)}
    assert {("--extra", extra) for extra in EXTRAS} | {("--group", group) for group in GROUPS} <= named


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_pyproject_names_is_locked_in_a_version_that_it_allows(purpose: str) -> None:
    locked = pins(purpose)
    for requirement in direct(purpose):
        versions = locked[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_has_the_versions_of_all(purpose: str) -> None:
    whole = pins("all")
    assert all(versions <= whole[name] for name, versions in pins(purpose).items())


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_pin_has_hashes_and_no_place_to_download_from(purpose: str) -> None:
    text = (ROOT / "requirements" / f"{purpose}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        assert re.fullmatch(
            r" *#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+( ; .*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry
    assert "://" not in text
