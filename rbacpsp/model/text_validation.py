"""Kubernetes' validation of ports, variables, keys and addresses, with its messages.

Source: apimachinery/pkg/util/validation/validation.go and ip.go, 0.24 and 0.37.
"""

import re
from ipaddress import IPv6Address, ip_address

from rbacpsp.model.names import regex_error, too_long_error
from rbacpsp.model.version import Version

_HIGHEST_PORT = (1 << 16) - 1
_LETTER_SINCE = Version(1, 26)
_RELAXED_SINCE = Version(1, 32)
"""Since then nearly every name of an environment variable is accepted."""
_ADDRESS_WORDS_SINCE = Version(1, 30)
"""Since then messages about addresses of pods are worded as those of services."""
_STRICT_SINCE = Version(1, 36)
"""Since then addresses with leading zeros and IPv4-mapped IPv6 addresses are refused."""

_LOCAL_FORM = "[a-z]([-a-z0-9]*[a-z0-9])?"
_ENV_FORM = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_KEY_FORM = "[-._a-zA-Z0-9]+"
_HEADER_FORM = "[-A-Za-z0-9]+"
_PERCENT_FORM = "[0-9]+%"
_PORT_CHARACTERS = re.compile("[-a-z0-9]+")


def port_number_errors(port: int) -> list[str]:
    """What is wrong with the number of a port."""
    return range_errors(port, 1, _HIGHEST_PORT)


def range_errors(value: int, lowest: int, highest: int) -> list[str]:
    """What is wrong with a number that must lie within bounds."""
    if lowest <= value <= highest:
        return []
    return [f"must be between {lowest} and {highest}, inclusive"]


def port_name_errors(name: str, version: Version) -> list[str]:
    """What is wrong with the name of a port."""
    words = too_long_error(name, 15)
    if not _PORT_CHARACTERS.fullmatch(name):
        words.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        required_character = "letter (a-z)" if version >= _LETTER_SINCE else "letter or number (a-z, 0-9)"
        words.append(f"must contain at least one {required_character}")
    if "--" in name:
        words.append("must not contain consecutive hyphens")
    if name and "-" in {name[0], name[-1]}:
        words.append("must not begin or end with a hyphen")
    return words


def env_name_errors(name: str, version: Version) -> list[str]:
    """What is wrong with the name of an environment variable, or with a prefix of such names."""
    if version >= _RELAXED_SINCE:
        if all(" " <= char <= "~" and char != "=" for char in name):
            return []
        return [
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
        ]
    form_description = (
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
        "and must not start with a digit"
    )
    words = (
        []
        if re.fullmatch(_ENV_FORM, name)
        else [regex_error(form_description, _ENV_FORM, "my.env-name", "MY_ENV.NAME", "MyEnvName1")]
    )
    return words + _folder_errors(name)


def config_key_errors(key: str) -> list[str]:
    """What is wrong with a key of a ConfigMap or a Secret."""
    words = too_long_error(key, 253)
    if not re.fullmatch(_KEY_FORM, key):
        form_description = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        words.append(regex_error(form_description, _KEY_FORM, "key.name", "KEY_NAME", "key-name"))
    return words + _folder_errors(key)


def _folder_errors(name: str) -> list[str]:
    """What is wrong with a name that becomes the name of a file."""
    if name in {".", ".."}:
        return [f"must not be '{name}'"]
    return ["must not start with '..'"] if name.startswith("..") else []


def http_header_errors(name: str) -> list[str]:
    """What is wrong with the name of an HTTP header."""
    if re.fullmatch(_HEADER_FORM, name):
        return []
    form_description = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [regex_error(form_description, _HEADER_FORM, "X-Header-Name")]


def percent_errors(text: str) -> list[str]:
    """What is wrong with a percentage."""
    if re.fullmatch(_PERCENT_FORM, text, re.ASCII):
        return []
    form_description = "a valid percent string must be a numeric string followed by an ending '%'"
    return [regex_error(form_description, _PERCENT_FORM, "1%", "93%")]


def old_label_errors(name: str, version: Version) -> list[str]:  # noqa: ARG001 - every NameCheck takes it
    """What is wrong with a DNS label of RFC 1035, which begins with a letter."""
    words = too_long_error(name, 63)
    if re.fullmatch(_LOCAL_FORM, name):
        return words
    form_description = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character"
    )
    return [*words, regex_error(form_description, _LOCAL_FORM, "my-name", "abc-123")]


def address_errors(text: str, version: Version, *, of_service: bool = False) -> list[str]:
    """What is wrong with an IP address in a field of a pod, or of a service."""
    address = sloppy_address(text)
    if address is None:
        if of_service or version >= _ADDRESS_WORDS_SINCE:
            return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
        return ["must be valid IP address"]
    if version < _STRICT_SINCE:
        return []
    words = ["must not have leading 0s"] if _has_leading_zeros(text) else []
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return [*words, "must not be an IPv4-mapped IPv6 address"] if mapped and not words else words


def sloppy_address(text: str) -> object | None:
    """An address as Go reads it, which ignores leading zeros; None if the text is not an address."""
    plain = re.sub(r"(?<![0-9A-Fa-f:])0+(?=[0-9])", "", text) if _has_leading_zeros(text) else text
    try:
        return ip_address(plain) if "%" not in plain else None
    except ValueError:
        return None


def _has_leading_zeros(text: str) -> bool:
    last = text.rpartition(":")[2]
    return "." in last and any(len(part) > 1 and part[0] == "0" for part in last.split("."))
