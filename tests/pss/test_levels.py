"""Tests that levels and versions are parsed and printed as by the server."""

import pytest

from rbacpsp.model import Version
from rbacpsp.pss.levels import (
    LEVELS,
    LevelVersion,
    compare_levels,
    parse_level,
    parse_version,
    server_of,
)


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_its_own_name(level: str) -> None:
    assert parse_level(level) == level


@pytest.mark.parametrize("level", ["", "Restricted", "strict", "baseline "])
def test_an_unknown_level_is_refused(level: str) -> None:
    with pytest.raises(ValueError, match=r"^must be one of privileged, baseline, restricted$"):
        parse_level(level)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("latest", None),
        ("v1.0", Version(1, 0)),
        ("v1.25", Version(1, 25)),
        ("v1.10000", Version(1, 10000)),
        ("v1.9223372036854775807", Version(1, 9223372036854775807)),
    ],
)
def test_a_version_is_latest_or_v1_x(text: str, version: Version | None) -> None:
    assert parse_version(text) == version
    assert str(LevelVersion("baseline", version)) == f"baseline:{text}"


@pytest.mark.parametrize(
    "text",
    ["", "1.25", "v1.025", "v2.0", "v1.25.1", "v1", "Latest", "v1.25\n", "v1.٣", "v1.9223372036854775808"],
)
def test_an_invalid_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'^must be "latest" or "v1\.x"$'):
        parse_version(text)


def test_a_level_and_a_version_are_read_together() -> None:
    assert LevelVersion.parse("restricted:v1.25") == ("restricted", Version(1, 25))
    assert LevelVersion.parse("baseline") == LevelVersion.parse("baseline:latest") == ("baseline", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "strict:v1.25",
            (
                'the level "strict" of the Pod Security Standards'
                " must be one of privileged, baseline, restricted"
            ),
        ),
        (
            "baseline:1.25",
            'the version "1.25" of the Pod Security Standards must be "latest" or "v1.x"',
        ),
        ("baseline:", 'the version "" of the Pod Security Standards must be "latest" or "v1.x"'),
    ],
)
def test_invalid_levels_and_versions_are_reported(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="the") as error:
        LevelVersion.parse(text)
    assert str(error.value) == message


def test_levels_are_compared_by_strictness() -> None:
    assert compare_levels("restricted", "baseline") > 0
    assert compare_levels("privileged", "baseline") < 0
    assert compare_levels("baseline", "baseline") == 0


def test_all_privileged_versions_are_equivalent() -> None:
    assert LevelVersion("privileged", Version(1, 2)).equivalent(LevelVersion("privileged"))
    assert not LevelVersion("baseline", Version(1, 2)).equivalent(LevelVersion("baseline"))


@pytest.mark.parametrize(
    ("version", "server"),
    [
        (None, Version(1, 37)),
        (Version(1, 24), Version(1, 24)),
        (Version(1, 99), Version(1, 37)),
        (Version(1, 22), Version(1, 22)),
        (Version(1, 18), Version(1, 22)),
    ],
)
def test_an_unknown_server_version_gets_the_rules_of_the_nearest_one(
    version: Version | None, server: Version
) -> None:
    assert server_of(version) == server
