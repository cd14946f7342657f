"""Tests `rbacpsp migrate check` with files that a server would reject, or that decide nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main

pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
JSON = dict[str, Any]
CLUSTER = Path(__file__).parents[4] / "sample_clusters" / "psp-migration"
ADMISSION, GATEKEEPER = "admissionregistration.k8s.io/v1", "templates.gatekeeper.sh/v1"
POLICY = {
    "matchConstraints": {
        "resourceRules": [{"apiGroups": [""], "operations": ["CREATE"], "resources": ["pods"]}]
    },
    "validations": [{"expression": "true"}],
}
ENFORCE = "pod-security.kubernetes.io/enforce"
Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def call(*objects: JSON) -> Result:
        file = tmp_path / "generated.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        return CliRunner().invoke(main, ["migrate", "check", str(file), "-f", str(CLUSTER)])

    return call


def made(kind: str, api_version: str = "v1", name: Any = "x", **fields: Any) -> JSON:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def policy(**spec: Any) -> JSON:
    return made("ValidatingAdmissionPolicy", ADMISSION, spec={**POLICY, **spec})


def binding(name: str = "x", **spec: Any) -> JSON:
    spec = {"policyName": name, "validationActions": ["Deny"], **spec}
    return made("ValidatingAdmissionPolicyBinding", ADMISSION, spec=spec)


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([made("Namespace") | {"metadata": {}}], "a server rejects Namespace without a name: "),
        ([made("Namespace", name=5)], "a server rejects Namespace without a name: something is missing in"),
        ([{"apiVersion": "v1", "kind": "Namespace"}], "a server rejects Namespace without a name: "),
        (
            [made("Namespace") | {"metadata": {"name": "x", "labels": {"a": 5}}}],
            "a server rejects Namespace x: something is missing in metadata.labels",
        ),
        (
            [made("Namespace") | {"metadata": {"name": "x", "labels": {ENFORCE: "restrictde"}}}],
            f'a server rejects Namespace x: metadata.labels[{ENFORCE}]: Invalid value: "restrictde"',
        ),
        (
            [made("ConstraintTemplate", GATEKEEPER, spec={"crd": {"spec": {"names": None}}})],
            "a server rejects ConstraintTemplate x: something is missing in spec.crd.spec.names",
        ),
        (
            [made("Assign", "mutations.gatekeeper.sh/v1", spec={"parameters": {}, "location": 5})],
            "Assign x says more than is evaluated here",
        ),
        (
            [
                policy(variables=[{"name": "a", "expression": "1"}, {"name": "a", "expression": "2"}]),
                binding(),
            ],
            "the variable a is declared 2 times",
        ),
        ([policy(), binding(validationActions=[])], "validationActions must be some of Deny or Warn"),
        ([policy(), binding(validationActions=["deny"])], "validationActions must be some of Deny or Warn"),
        ([policy(), binding(validationActions=["Deny", "Warn"])], "validationActions must be some of Deny"),
        ([{"apiVersion": "rbacpsp.io/v1", "kind": "Migration"}], "objects of the Migration must be a list"),
        (
            [{"apiVersion": "rbacpsp.io/v1", "kind": "Migration", "objects": [None]}],
            "objects of the Migration must be a list of objects",
        ),
    ],
)
def test_objects_that_a_server_would_reject_are_an_error(
    check: Check, objects: list[JSON], words: str
) -> None:
    result = check(*objects)
    assert (result.exit_code, result.stdout) == (2, ""), result.exception
    assert words in result.stderr


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([made("ConfigMap")], "ConfigMap x is not evaluated here"),
        (
            [policy()],
            "ValidatingAdmissionPolicy x has no effect: no ValidatingAdmissionPolicyBinding names it",
        ),
        ([binding("y")], "x has no effect here: the ValidatingAdmissionPolicy y that it names is not there"),
        ([made("Namespace")], ""),
    ],
)
def test_files_that_decide_nothing_prove_nothing(check: Check, objects: list[JSON], words: str) -> None:
    result = check(*objects)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "there is nothing to compare" in result.stderr


def test_a_policy_without_a_binding_is_told_beside_others(check: Check) -> None:
    other = policy() | {"metadata": {"name": "y"}}
    result = check(policy(), binding(), other)
    assert "Warning: ValidatingAdmissionPolicy y has no effect" in result.stderr
    assert "6 judged" in result.stderr


def test_a_mutation_that_makes_an_invalid_pod_refuses_it(check: Check) -> None:
    parameters = {"assign": {"value": {"type": 5}}}
    spec = {"location": "spec.securityContext.seccompProfile", "parameters": parameters}
    result = check(made("Assign", "mutations.gatekeeper.sh/v1", spec=spec))
    assert result.exit_code == 0
    assert "a server rejects the pod that the mutations make: spec.securityContext" in result.stdout
