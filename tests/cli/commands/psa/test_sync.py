"""Tests `rbacpsp psa sync` on the sample cluster of OpenShift."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from rbacpsp.cli import main

SAMPLE = str(Path(__file__).parents[4] / "sample_clusters" / "scc-on-openshift")
BLOCKS = """\
apiVersion: v1
kind: Namespace
metadata:
  name: NAME
  labels: {LABELS}
  annotations: {openshift.io/sa.scc.mcs: "s0:c1,c2", openshift.io/sa.scc.uid-range: 1000/10}
"""


def call(*words: str, **options: str) -> Result:
    return CliRunner().invoke(main, ["psa", "sync", *words], **options)  # type: ignore[arg-type]


def test_each_namespace_has_its_level_and_what_it_comes_from() -> None:
    result = call("-f", SAMPLE)
    assert result.stdout == (
        "NAMESPACE    LEVEL        ENFORCE   AUDIT   WARN   BECAUSE                      WRITTEN\n"
        "legacy       baseline                              default may use restricted   yes\n"
        "monitoring   privileged                            agent may use privileged     yes\n"
        "shop         privileged                            terminal may use terminals   yes\n"
    )
    assert result.stderr == "OpenShift 4.21, with 12 standard constraints as it creates them.\n"
    assert result.exit_code == 0


def test_the_labels_that_are_written_are_in_the_json() -> None:
    (item,) = json.loads(call("legacy", "-f", SAMPLE, "-o", "json").stdout)["items"]
    assert item["labels"] == {
        "pod-security.kubernetes.io/audit": "baseline",
        "pod-security.kubernetes.io/audit-version": "latest",
        "pod-security.kubernetes.io/warn": "baseline",
        "pod-security.kubernetes.io/warn-version": "latest",
    }
    assert item["accounts"] == [
        {
            "account": "default",
            "constraints": [
                {"scc": "restricted", "level": "baseline"},
                {"scc": "restricted-v2", "level": "restricted"},
                {"scc": "restricted-v3", "level": "restricted"},
            ],
        }
    ]


def test_labels_that_are_not_changed_have_a_reason() -> None:
    away = (
        "security.openshift.io/scc.podSecurityLabelSync: 'false', pod-security.kubernetes.io/warn: baseline"
    )
    text = BLOCKS.replace("NAME", "away").replace("LABELS", away)
    result = call("away", "-f", "-", "--openshift-version", "4.21", input=text)
    assert result.stdout.splitlines()[1].split("   ")[-1].strip() == (
        "no: the namespace has the label security.openshift.io/scc.podSecurityLabelSync=false"
    )
    assert "baseline" in result.stdout


def test_a_namespace_without_blocks_has_no_level() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: bare}\n"
    result = call("bare", "-f", "-", "--openshift-version", "4.21", input=text)
    assert "<none>" in result.stdout
    assert (
        "bare: no level is derived: the namespace has no annotation openshift.io/sa.scc.uid-range, or an "
        "empty one" in result.stderr
    )


def test_a_missing_namespace_is_an_error() -> None:
    result = call("shpo", "-f", SAMPLE)
    assert (result.exit_code, result.stderr) == (
        2,
        'error: namespaces "shpo" not found; did you mean shop?\n',
    )


def test_without_constraints_nothing_is_derived() -> None:
    text = BLOCKS.replace("NAME", "bare").replace("LABELS", "")
    result = call("-f", "-", input=text)
    assert result.stdout == ""
    assert "No security context constraints were read." in result.stderr
