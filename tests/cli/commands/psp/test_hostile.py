"""Tests that no command about policies prints a control character from a cluster or a manifest."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.report.formats import TABULAR
from rbacpsp.testing import ClusterBuilder, pod
from tests.cli.policies import write_cluster

EVIL = "e\x1b[31m\u202e\x07|`<b>,=1\r\nroot"
ACCOUNT = "ServiceAccount/default:default"

COMMANDS: list[tuple[str, ...]] = [
    ("psp", "list"),
    ("psp", "describe"),
    ("psp", "describe", f"{EVIL}x"),
    ("psp", "users"),
    ("psp", "users", "--matrix"),
    ("psp", "users", EVIL),
    ("psp", "users", f"{EVIL}x", "-n", EVIL),
    ("psp", "compare", EVIL, f"{EVIL}2"),
    ("psp", "admit", "pod.json"),
    ("psp", "admit", "pod.json", "--as", EVIL, "--as-group", EVIL),
    ("psp", "admit", "refused.json"),
    ("psp", "admit", "nothing.json"),
    (
        "explain",
        f'pods "{EVIL}" is forbidden: PodSecurityPolicy: unable to admit pod: [{EVIL}: Forbidden: x]',
    ),
    ("explain", f'pods "{EVIL}-" is forbidden: PodSecurityPolicy: unable to admit pod: []', "-n", EVIL),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    notes = {
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames": f"{EVIL},{EVIL}",
        "seccomp.security.alpha.kubernetes.io/defaultProfileName": EVIL,
    }
    builder = (
        ClusterBuilder()
        .policy(EVIL, notes, allowedCapabilities=[EVIL], hostPID=True)
        .policy(f"{EVIL}2", volumes=[EVIL])
        .may_use(EVIL, ACCOUNT, f"User/{EVIL}", f"Group/{EVIL}", namespace="default")
        .bind(f"gone{EVIL}", f"User/{EVIL}", ACCOUNT, namespace="default")
        .add(pod(EVIL))
    )
    write_cluster(tmp_path, builder)
    for name, submitted in (
        ("pod.json", pod(EVIL, container={"name": EVIL, "image": EVIL})),
        ("refused.json", pod(EVIL, hostNetwork=True, volumes=[{"name": EVIL, "hostPath": {"path": EVIL}}])),
        ("nothing.json", {"kind": EVIL, "apiVersion": EVIL, "metadata": {"name": EVIL}}),
    ):
        (tmp_path / name).write_text(json.dumps(submitted), encoding="utf-8")
    return tmp_path


def harmless(result: Result) -> None:
    assert result.exit_code in {0, 1, 2}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout.replace("\n", "").isprintable()
    assert result.stderr.replace("\n", "").isprintable()
    assert not any(line.startswith(("root", "=")) for line in result.output.splitlines())


@pytest.mark.parametrize("form", TABULAR)
@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda words: " ".join(words).encode("unicode_escape").decode()
)
def test_no_control_character_is_printed(
    call: Callable[..., Result], here: Path, command: tuple[str, ...], form: str
) -> None:
    harmless(call(*command, "-o", form, "-f", str(here / "cluster.json")))


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("file", ["pod.json", "refused.json"])
def test_no_control_character_is_printed_in_a_grant(
    call: Callable[..., Result], here: Path, file: str, form: str
) -> None:
    refusing = ("--without", f"rolebinding/default/psp:{EVIL}")
    harmless(call("psp", "fix", file, "-o", form, "-f", str(here / "cluster.json"), *refusing))
