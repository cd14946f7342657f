"""Tests `rbacpsp psa label`: the server's dry run of labels on the loaded pods."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from rbacpsp.report.formats import TABULAR

Run = Callable[..., Result]
PREFIX = "pod-security.kubernetes.io/"


def namespace_with_modes(name: str, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {f"{PREFIX}{key.replace('_', '-')}": value for key, value in labels.items()},
        },
    }


def pod_with_container_main(name: str, namespace_name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace_name},
        "spec": {"containers": [{"name": "main", "image": "i"}], **spec},
    }


OBJECTS = [
    namespace_with_modes("empty"),
    namespace_with_modes("shop", enforce="baseline", enforce_version="v1.30"),
    pod_with_container_main("a", "shop"),
    pod_with_container_main("b", "shop"),
    pod_with_container_main("c", "shop", hostNetwork=True),
    pod_with_container_main("lost", "nowhere", hostPID=True),
]

SOFT = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
SHOP = (
    'Warning: existing pods in namespace "shop" violate the new PodSecurity enforce level '
    '"restricted:v1.30"\n'
    f"Warning: a (and 1 other pod): {SOFT}\n"
    f"Warning: c: host namespaces, {SOFT}\n"
    "namespace/shop labeled (server dry run)\n"
)


def test_the_warnings_are_those_of_the_server_and_the_version_label_is_kept(
    call: Run, write: Callable[..., str]
) -> None:
    result = call("psa", "label", "shop=restricted", "-f", write(OBJECTS))
    assert (result.stdout, result.stderr, result.exit_code) == (SHOP, "Kubernetes 1.37, assumed.\n", 1)


def test_all_namespaces_can_be_tried_at_once_or_some_by_name(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "label", "--all", "restricted", "nowhere=privileged", "-f", write(OBJECTS))
    assert (
        result.stdout
        == f"namespace/empty labeled (server dry run)\nnamespace/nowhere labeled (server dry run)\n{SHOP}"
    )
    assert result.stderr == (
        "Kubernetes 1.37, assumed.\n3 namespaces were tried; in 1 of them pods violate the level or the "
        "label is refused.\nNothing was judged in empty: no pod and no pod template was loaded there.\n"
    )


def test_a_namespace_that_has_the_label_already_is_reported(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "label", "shop=baseline:v1.30", "-f", write(OBJECTS))
    assert (result.stdout, result.exit_code) == ("namespace/shop not labeled (server dry run)\n", 0)


def test_an_invalid_label_is_refused_in_the_servers_words(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "label", "shop=strict:1.25", "-f", write(OBJECTS))
    assert result.stdout == (
        'The Namespace "shop" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid '
        'value: "strict": must be one of privileged, baseline, restricted, '
        "metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "
        '"1.25": must be "latest" or "v1.x"]\n'
    )
    assert result.exit_code == 1


def test_the_other_formats_have_a_row_for_each_warning(call: Run, write: Callable[..., str]) -> None:
    path = write(OBJECTS)
    arguments = ("psa", "label", "--all", "baseline:v1.30", "nowhere=strict", "-f", path)
    assert call(*arguments, "-o", "csv").stdout.splitlines() == [
        "namespace,enforce,verdict,message",
        "empty,baseline:v1.30,clean,",
        (
            "nowhere,strict:latest,refused,"
            '"Namespace ""nowhere"" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: '
            'Invalid value: ""strict"": must be one of privileged, baseline, restricted"'
        ),
        "shop,baseline:v1.30,clean,",
    ]
    assert call(*arguments, "-o", "name").stdout == "namespace/empty\nnamespace/shop\n"
    (item,) = json.loads(call("psa", "label", "shop=baseline:v1.31", "-o", "json", "-f", path).stdout)[
        "items"
    ]
    assert item == {
        "namespace": "shop",
        "enforce": "baseline:v1.31",
        "verdict": "violated",
        "allowed": True,
        "message": None,
        "warnings": [
            ('existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:v1.31"'),
            "c: host namespaces",
        ],
    }


def test_an_old_server_sends_no_warnings_and_this_is_reported(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "label", "shop=restricted", "--kubernetes-version", "1.21", "-f", write(OBJECTS))
    assert result.stdout == "namespace/shop labeled (server dry run)\n"
    assert result.stderr == (
        "Warning: Kubernetes 1.21 does not enable the PodSecurity plugin by default: choose another "
        "version with --kubernetes-version\nKubernetes 1.21.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "give a level: NAMESPACE=LEVEL, or --all LEVEL for every namespace"),
        (
            ["shop"],
            (
                '"shop" is not a label: write NAMESPACE=LEVEL or NAMESPACE=LEVEL:VERSION, for example '
                "default=restricted:v1.25"
            ),
        ),
        (["gone=baseline"], 'namespaces "gone" not found'),
    ],
)
def test_a_wrong_argument_is_a_one_line_error(
    call: Run, write: Callable[..., str], arguments: list[str], error: str
) -> None:
    result = call("psa", "label", *arguments, "-f", write(OBJECTS))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.splitlines()[0] == f"error: {error}"


@pytest.mark.parametrize("form", TABULAR)
@pytest.mark.parametrize("command", ["label", "suggest", "who-can-bypass"])
def test_no_control_character_is_printed(
    call: Run, write: Callable[..., str], command: str, form: str
) -> None:
    evil = "e\x1b[31m\u202e\x07|`<b>,=1\r\nroot"
    formula = "=x" if form == "csv" else "x"
    objects = [
        namespace_with_modes(evil, enforce=evil),
        pod_with_container_main(evil, evil, hostPID=True),
        namespace_with_modes(formula),
    ]
    arguments = ["--all", "restricted"] if command == "label" else []
    result = call("psa", command, *arguments, "-o", form, "--no-validate", "-f", write(objects))
    assert result.exit_code in {0, 1}
    assert result.stdout.replace("\n", "").isprintable()
    assert result.stderr.replace("\n", "").isprintable()
    assert not any(line.startswith(("root", "=")) for line in result.stdout.splitlines())


def test_a_namespace_has_one_level(call: Run) -> None:
    asked = ("psa", "label", "a=baseline", "a=restricted", "-f", "sample_clusters/pod-security-standards")
    result = call(*asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error: a is given two levels, baseline and restricted: write one\n" in result.stderr
