"""Tests that the PodSecurity configuration is read as strictly as by the API server."""

from typing import Any

import pytest

from rbacpsp.pss import ConfigError, Configuration, Exemptions, LevelVersion, Policy, read_config

V1 = "pod-security.admission.config.k8s.io/v1"


def plugin(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": V1, "kind": "PodSecurityConfiguration", **fields}


def admission(*plugins: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": list(plugins),
    }


FULL = plugin(
    defaults={"enforce": "baseline", "enforce-version": "v1.25", "warn": "restricted"},
    exemptions={"usernames": ["a"], "namespaces": ["kube-system"], "runtimeClasses": ["gvisor", "kata.qemu"]},
)
READ = Configuration(
    Policy(LevelVersion.parse("baseline:v1.25"), LevelVersion("privileged"), LevelVersion("restricted")),
    Exemptions(("a",), ("kube-system",), ("gvisor", "kata.qemu")),
)


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_a_plugin_configuration_sets_defaults_and_exemptions(version: str) -> None:
    assert read_config({**FULL, "apiVersion": f"pod-security.admission.config.k8s.io/{version}"}) == READ


def test_unset_fields_require_nothing_and_exempt_nobody() -> None:
    assert read_config(plugin()) == read_config(plugin(defaults=None)) == Configuration()


def test_an_admission_configuration_may_configure_other_plugins_too() -> None:
    other = {"name": "EventRateLimit", "path": "x.yaml"}
    assert read_config(admission(other, {"name": "PodSecurity", "configuration": FULL})) == READ
    assert read_config(admission(other)) == Configuration()
    assert read_config(admission({"name": "PodSecurity"})) == Configuration()


def test_an_admission_configuration_may_name_another_file() -> None:
    config = admission({"name": "PodSecurity", "path": "psa.yaml"})
    assert read_config(config, {"psa.yaml": FULL}.__getitem__) == READ
    with pytest.raises(ConfigError, match=r"configuration is in another file: pass psa\.yaml itself"):
        read_config(config)


def test_every_wrong_value_is_named_in_the_servers_words_and_order() -> None:
    with pytest.raises(ConfigError) as error:
        read_config(
            plugin(
                defaults={"enforce": "strict", "audit-version": "1.2", "warn": "x"},
                exemptions={
                    "namespaces": ["ok", "ok", "Not"],
                    "runtimeClasses": ["a_b", "x" * 254],
                    "usernames": ["", "u", "u"],
                },
            )
        )
    label = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
        " and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc',"
        " regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    )
    subdomain = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
        " and must start and end with an alphanumeric character (e.g. 'example.com',"
        r" regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )
    assert error.value.errors == (
        'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted',
        'defaults.warn: Invalid value: "x": must be one of privileged, baseline, restricted',
        'defaults.audit-version: Invalid value: "1.2": must be "latest" or "v1.x"',
        'exemptions.namespaces[1]: Duplicate value: "ok"',
        f'exemptions.namespaces[2]: Invalid value: "Not": {label}',
        f'exemptions.runtimeClasses[0]: Invalid value: "a_b": {subdomain}',
        f'exemptions.runtimeClasses[1]: Invalid value: "{"x" * 254}": must be no more than 253 characters',
        'exemptions.usernames[0]: Invalid value: "": username must not be empty',
        'exemptions.usernames[2]: Duplicate value: "u"',
    )


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({}, "expected PodSecurityConfiguration or AdmissionConfiguration, got an object without a kind"),
        ({"kind": "Pod"}, "expected PodSecurityConfiguration or AdmissionConfiguration, got kind Pod"),
        (
            {**plugin(), "apiVersion": "v1"},
            'no kind "PodSecurityConfiguration" is registered for version "v1"',
        ),
        (
            {**admission(), "apiVersion": None},
            'no kind "AdmissionConfiguration" is registered for version ""',
        ),
        (plugin(exemption={}), 'the configuration has a field "exemption", which is not known'),
        (plugin(defaults={"enforce": 1}), "defaults.enforce must be a string, not a whole number"),
        (admission({"name": "PodSecurity", "configuration": {}}), "expected PodSecurityConfiguration"),
    ],
)
def test_a_file_of_another_shape_is_refused(obj: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_config(obj)
    assert str(error.value).startswith(message)


def test_a_name_may_not_be_longer_than_the_api_allows() -> None:
    with pytest.raises(ConfigError, match=r"must be no more than 63 characters$"):
        read_config(plugin(exemptions={"namespaces": ["n" * 64]}))
