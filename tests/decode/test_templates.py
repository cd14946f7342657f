"""Tests that templates are one line for each file, and that placeholders are reported."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import load
from rbacpsp.decode import LoadError
from rbacpsp.decode.templates import placeholders
from rbacpsp.sources import read_judged

ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n"
TEMPLATES = [
    f"{{{{- if .Values.rbac }}}}\n{ROLE}---\n{ROLE}{{{{- end }}}}\n",
    f"{ROLE}---\n{ROLE}rules:\n  {{{{- toYaml .Values.rules | nindent 2 }}}}\n",
    "kind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n",
    "{{ if }}\n",
    "- {{ . }}\n",
    '{{- $x := dict "a" 1 }}\n{"kind": "Pod"}\n',
]


def refusal(path: Path) -> list[str]:
    with pytest.raises(LoadError) as raised:
        load(path)
    with pytest.raises(LoadError) as also:
        read_judged([path])
    assert str(raised.value) == str(also.value)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_helm_template_is_a_one_line_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "role.yaml"
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("{{")].count("\n") + 1
    assert refusal(path) == [f"{path}, line {line}: this is a Helm template; render it with helm template"]


def test_the_templates_of_a_chart_are_summed_up_in_twenty_lines(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.yaml").write_text(TEMPLATES[0], encoding="utf-8")
    lines = refusal(tmp_path)
    assert len(lines) == 21
    assert lines[-1] == "and 10 more such problems: render it with helm template"
    (tmp_path / "role.yaml").write_text(ROLE, encoding="utf-8")
    cluster = load(tmp_path, keep_going=True, bootstrap="never")
    assert list(cluster.objects.cluster_roles) == ["x"]
    assert cluster.warnings[:1] == (
        f"skipped: {tmp_path}/00.yaml, line 1: this is a Helm template; render it with helm template",
    )


def test_other_templates_are_reported_too(tmp_path: Path) -> None:
    path = tmp_path / "role.yaml"
    path.write_text("{% if x %}\nkind: Role\n{% endif %}\n", encoding="utf-8")
    (line,) = refusal(path)
    assert line == (
        f"{path}, line 1: this is a template; render it with helm template, or with the tool that fills it in"
    )


def test_an_action_inside_a_text_does_not_make_a_template(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text('kind: ConfigMap\napiVersion: v1\ndata:\n  alert: "{{ $value }}"\n', encoding="utf-8")
    assert load(path).warnings == ()


@given(st.sampled_from(["{{ .Values.x }}", "${NAME}", "${NAME:-x}", "$(NAME)", "$NAMESPACE"]), st.booleans())
def test_a_placeholder_in_a_name_is_reported(placeholder: str, alone: bool) -> None:
    text = placeholder if alone or placeholder.startswith("$N") else f"a-{placeholder}-b"
    body = {
        "metadata": {"name": text, "annotations": {"name": text}},
        "subjects": [{"kind": "User", "name": text}],
        "spec": {"containers": [{"command": ["sh", "-c", text], "env": [{"name": "X", "value": text}]}]},
    }
    assert [path for path, _ in placeholders(body)] == [("metadata", "name"), ("subjects", 0, "name")]


@pytest.mark.parametrize("name", ["in.yaml", "in.json"])
def test_a_placeholder_is_a_warning(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(
        '{"apiVersion": "v1", "kind": "List", "items": [\n'
        '{"apiVersion": "v1", "kind": "Namespace",\n "metadata": {"name": "${NAMESPACE}"}}]}',
        encoding="utf-8",
    )
    result = (
        f'{path}, document 1, line 3: Namespace ${{NAMESPACE}}: metadata.name "${{NAMESPACE}}" contains a'
        " placeholder that is not filled in; render it with helm template, or with the tool that fills it in"
    )
    assert load(path, validate=False).warnings == (result,)
    assert read_judged([path]).doubtful == (result.replace("Namespace ${NAMESPACE}: ", ""),)
