"""`--admission-config`: what the PodSecurity plugin of a server is told.

Source: k8s.io/apiserver pkg/admission/config.go ReadAdmissionConfiguration, 0.24: a file that the
AdmissionConfiguration names is looked for from the folder of the AdmissionConfiguration.
"""

from pathlib import Path
from typing import Any

from rbacpsp.cli.errors import InputError
from rbacpsp.load import LoadError, read_manifests
from rbacpsp.pss import ConfigError, read_config

JSONObject = dict[str, Any]


def read_admission_config(path: str) -> JSONObject:
    """The configuration in a file, or in the file that it names for the plugin.

    Raises:
        InputError: A file cannot be read, or the server would not start with it.
    """
    named: list[JSONObject] = []

    def read(other: str) -> JSONObject:
        named.append(_object(str(Path(path).parent / other)))
        return named[0]

    config = _object(path)
    try:
        read_config(config, read)
    except ConfigError as error:
        raise InputError(f"{path}: {each}" for each in error.errors) from None
    return named[0] if named else config


def _object(path: str) -> JSONObject:
    try:
        found: list[JSONObject] = read_manifests([path])
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    if len(found) != 1:
        raise InputError([f"{path}: it must hold one object, an AdmissionConfiguration, not {len(found)}"])
    return found[0]
