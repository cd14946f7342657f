"""`--admission-config`: the configuration of a server's PodSecurity plugin.

Source: k8s.io/apiserver pkg/admission/config.go ReadAdmissionConfiguration, 0.24: the path of a file in an
AdmissionConfiguration is relative to the folder of the AdmissionConfiguration.
"""

from pathlib import Path

from rbacpsp.cli.errors import InputError, reporting_read_errors, warn
from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pss import ConfigError, Configuration, read_config
from rbacpsp.pss.config import names_plugin
from rbacpsp.sources import read_manifests


def read_admission_config(path: str) -> JSONObject:
    """The configuration in a file, or in the file that it names for the plugin.

    Raises:
        InputError: A file cannot be read, or the server would not start with it.
    """
    referenced: list[JSONObject] = []

    def read(file: str) -> JSONObject:
        referenced.append(_object(str(Path(path).parent / file)))
        return referenced[0]

    config = _object(path)
    try:
        read_config(config, read)
        if not names_plugin(config):
            warn(
                f"{path} does not configure the PodSecurity plugin, so its defaults apply: no level and "
                "no exemptions"
            )
    except ConfigError as error:
        raise InputError(f"{path}: {message}" for message in error.errors) from None
    return referenced[0] if referenced else config


def require_config(config: JSONObject | None, version: str | Version | None) -> Configuration:
    """The configuration for a server; without a file, the default configuration.

    Raises:
        InputError: A server of the version would not start with it.
    """
    if config is None:
        return Configuration()
    try:
        return read_config(config, version=Version.given(version))
    except ConfigError as error:
        raise InputError(f"--admission-config: {message}" for message in error.errors) from None


def _object(path: str) -> JSONObject:
    with reporting_read_errors():
        objects: list[JSONObject] = read_manifests([path])
    if len(objects) != 1:
        raise InputError([f"{path}: it must hold one object, an AdmissionConfiguration, not {len(objects)}"])
    return objects[0]
