"""Tests `--admission-config`, the configuration file of a server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

PLUGIN = """\
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
exemptions: {runtimeClasses: [kata]}
"""
INLINE = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    exemptions: {runtimeClasses: [kata]}
"""
NAMED = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins: [{name: PodSecurity, path: below/plugin.yaml}]
"""
POD = "kind: Pod\nmetadata: {name: p}\nspec: {hostPID: true, runtimeClassName: kata}\n"


@pytest.mark.parametrize("text", [PLUGIN, INLINE, NAMED], ids=["the plugin's own", "within", "named by path"])
def test_each_form_of_the_file_is_read(call: Run, tmp_path: Path, text: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text, encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "plugin.yaml").write_text(PLUGIN, encoding="utf-8")
    result = call("psa", "check", "-", "--admission-config", str(config), stdin=POD)
    assert result.stdout == "<stdin>:1: pod/p is exempt: its runtime class kata is\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("kind: Pod\n", "expected PodSecurityConfiguration or AdmissionConfiguration, got kind Pod"),
        (
            PLUGIN.replace("runtimeClasses: [kata]", "namespaces: [UPPER, kube-*]"),
            'exemptions.namespaces[0]: Invalid value: "UPPER": a lowercase RFC 1123 label must consist of',
        ),
        (f"{PLUGIN}---\n{PLUGIN}", "it must hold one object, an AdmissionConfiguration, not 2"),
        (f"{PLUGIN}unknown: 1\n", "unknown"),
    ],
)
def test_an_invalid_configuration_is_refused(call: Run, tmp_path: Path, text: str, error: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text, encoding="utf-8")
    result = call("psa", "check", "-", "--admission-config", str(config), stdin=POD)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith(f"error: {config}: ")
    assert error in result.stderr


def test_a_missing_configuration_file_is_a_one_line_error(call: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(NAMED, encoding="utf-8")
    for path in (tmp_path / "gone.yaml", config):
        result = call("psa", "check", "-", "--admission-config", str(path), stdin=POD)
        assert (result.stdout, result.exit_code) == ("", 2)
        assert "there is no such file; check the path" in result.stderr
