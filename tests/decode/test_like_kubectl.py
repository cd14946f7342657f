"""Tests that unusual input is read or refused as kubectl does."""

from io import BytesIO

import pytest

from rbacpsp.decode import LoadError, decode_objects
from rbacpsp.model import Objects
from rbacpsp.sources import read_files, read_manifests

POD = (
    '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", '
    '"image": "i", "resources": {"limits": {"cpu": %s}}, "readinessProbe": {"httpGet": {"port": %s}}, '
    '"securityContext": {"runAsUser": %s}}]}}'
)


def read(text: str) -> Objects:
    return read_files(["-"], stdin=BytesIO(text.encode())).objects


def refusal(text: str) -> str:
    with pytest.raises(LoadError) as caught:
        read(text)
    return str(caught.value)


def test_a_whole_number_may_have_an_exponent() -> None:
    (pod,) = read(POD % ('" 1 "', "8E1", "1e3"))
    (container,) = pod.body["spec"]["containers"]  # type: ignore[union-attr]
    assert container["securityContext"] == {"runAsUser": 1000}
    assert container["readinessProbe"]["httpGet"] == {"port": 80}


@pytest.mark.parametrize(
    ("cpu", "port", "user", "words"),
    [
        ('""', "80", "1", 'must be a quantity and is the string ""'),
        ("1", "-9223372036854775808", "1", "is -9223372036854775808, which does not fit into 32 bits"),
        ("1", "80", "1.5", "must be a whole number and is the number 1.5"),
        ("1", "80.5", "1", "must be a whole number or a string and is the number 80.5"),
        ("1", "80", "1e30", "must be a whole number and is the number 1e+30"),
    ],
)
def test_a_number_that_does_not_fit_is_refused(cpu: str, port: str, user: str, words: str) -> None:
    assert words in refusal(POD % (cpu, port, user))


def test_an_item_with_a_kind_does_not_get_the_apiversion_of_its_list() -> None:
    item = '{%s"metadata": {"name": "a", "namespace": "n"}}'
    whole = '{"apiVersion": "v1", "kind": "ServiceAccountList", "items": [%s]}'
    assert [obj.kind for obj in read(whole % item % "")] == ["ServiceAccount"]
    assert "there is no apiVersion" in refusal(whole % item % '"kind": "Namespace", ')


def test_the_apiversion_of_a_list_has_at_most_one_slash() -> None:
    text = '{"apiVersion": "a/b/c", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret"}]}'
    assert 'apiVersion must be GROUP/VERSION and is "a/b/c"' in refusal(text)


def test_a_tab_between_blank_lines_is_not_an_indent() -> None:
    assert "line 2: a tab is used to indent" in refusal("\n\t\n")


def test_a_tab_before_a_list_is_an_indent_and_before_an_object_is_not() -> None:
    assert "a tab is used to indent" in refusal(" \t\n[]")
    account = '{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}'
    assert [obj.kind for obj in read(f" \t\n{account}")] == ["ServiceAccount"]


@pytest.mark.parametrize("own", ['"apiVersion": "v1", ', '"kind": "ServiceAccount", '])
@pytest.mark.parametrize("start", ["", "# YAML\n"])
def test_an_item_of_a_typed_list_has_its_kind_and_apiversion_from_one_place(own: str, start: str) -> None:
    text = '%s{"apiVersion": "v1", "kind": "ServiceAccountList", "items": [{%s"metadata": {"name": "a"}}]}'
    missing = "kind" if "apiVersion" in own else "apiVersion"
    assert f"there is no {missing}" in refusal(text % (start, own))


@pytest.mark.parametrize("start", ["", "# YAML\n"])
def test_a_slash_may_precede_the_version_of_the_core_group(start: str) -> None:
    text = start + '{"apiVersion": "/v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}'
    (account,) = read(text)
    assert (account.kind, account.api_version) == ("ServiceAccount", "v1")
    (plain,) = read_manifests(["-"], BytesIO(text.encode()))
    assert plain["apiVersion"] == "v1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0.00001", "0.00001"),
        ("-1.5e-5", "-0.000015"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("0.5", 0.5),
        ("1e18", 10**18),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 9223372036854776000),
        ("-1.5e21", "-1.5e+21"),
    ],
)
def test_a_quantity_that_is_a_number_is_kept_as_kubectl_writes_it(given: str, kept: object) -> None:
    (pod,) = read(POD % (given, "80", "1"))
    (container,) = pod.body["spec"]["containers"]  # type: ignore[union-attr]
    assert repr(container["resources"]["limits"]["cpu"]) == repr(kept)


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400])
def test_a_quantity_is_no_number_that_json_cannot_hold(number: float) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"overhead": {"cpu": number}},
    }
    with pytest.raises(LoadError, match=r"spec\.overhead\.cpu must be a quantity"):
        decode_objects([pod])


@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\u2003", "\u3000", " \xa0\t"])
def test_blanks_of_unicode_may_precede_json(blank: str) -> None:
    text = '{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}\n'
    assert [obj.name for obj in read(blank + text)] == ["a"]
    assert [obj.name for obj in read(f"{blank}\n{text}")] == ["a"]
