"""The API server's validation of DNS settings, host aliases and host names.

Source: pkg/apis/core/validation/validation.go validatePodDNSConfig, ValidateHostAliases, validatePodHostName
and validateSysctls, and component-helpers node/util/sysctl, 1.24 to 1.37.
"""

import re
from collections.abc import Iterator, Sequence

from rbacpsp.admission.validation.checks import subdomain
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    go_strings,
    invalid,
    required,
    too_long,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import regex_error, too_long_error
from rbacpsp.model.text_validation import address_errors
from rbacpsp.model.version import Version

_UNDERSCORE_SINCE = Version(1, 32)
_MANY_SEARCHES_SINCE = Version(1, 26)
_ALIASES_INDEXED_SINCE = Version(1, 30)
_OVERRIDE_SINCE = Version(1, 35)
_SLASH_SINCE = Version(1, 25)
_HOST_SYSCTLS_SINCE = Version(1, 29)
_MOST_SERVERS = 3
_LONGEST_HOSTNAME = 64
_LONGEST_SYSCTL = 253
_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_PART = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SEARCH_FORM = rf"{_PART}(\.{_PART})*"
_IPC = frozenset(
    {
        *("kernel.sem", "kernel.shm", "kernel.shmall", "kernel.shmmax", "kernel.shmmni"),
        *("kernel.shm_rmid_forced", "kernel.msg", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni"),
    }
)


def dns_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the DNS settings of a pod."""
    config = spec.get("dnsConfig")
    at = path.child("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            yield required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            words = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield required(at.child("nameservers"), words)
            return
    if config is None:
        return
    servers, searches = config.get("nameservers", ()), config.get("searches", ())
    if len(servers) > _MOST_SERVERS:
        servers_text = go_strings("string", tuple(servers), version)
        yield invalid(
            at.child("nameservers"), servers_text, f"must not have more than {_MOST_SERVERS} nameservers"
        )
    for index, address in enumerate(servers):
        for words in address_errors(address, version):
            yield invalid(at.child("nameservers").index(index), address, words)
    yield from _search_errors(searches, at.child("searches"), version)
    for index, option in enumerate(config.get("options", ())):
        if not option.get("name"):
            yield required(at.child("options").index(index), "must not be empty")


def _search_errors(searches: Sequence[str], path: FieldPath, version: Version) -> Iterator[FieldError]:
    most, longest = (32, 2048) if version >= _MANY_SEARCHES_SINCE else (6, 256)
    searches_text = go_strings("string", tuple(searches), version)
    if len(searches) > most:
        yield invalid(path, searches_text, f"must not have more than {most} search paths")
    if len(" ".join(searches).encode()) > longest:
        words = f"must not have more than {longest} characters (including spaces) in the search list"
        yield invalid(path, searches_text, words)
    for index, search in enumerate(searches):
        at = path.index(index)
        name = search.removesuffix(".")
        if version < _UNDERSCORE_SINCE:
            yield from subdomain(name, at, version)
        elif search != ".":
            yield from (invalid(at, name, words) for words in _underscored_errors(name))


def _underscored_errors(name: str) -> list[str]:
    """What is wrong with a DNS subdomain that may contain underscores."""
    words = too_long_error(name, 253)
    if re.fullmatch(_SEARCH_FORM, name):
        return words
    form_words = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
        "and must start and end with an alphanumeric character"
    )
    return [*words, regex_error(form_words, _SEARCH_FORM, "example.com")]


def alias_errors(aliases: Sequence[JSONObject], path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the host aliases; up to 1.29 the server does not say which one is wrong."""
    for index, alias in enumerate(aliases):
        indexed = version >= _ALIASES_INDEXED_SINCE
        at = path.index(index) if indexed else path
        address = alias.get("ip", "")
        yield from (invalid(at.child("ip"), address, words) for words in address_errors(address, version))
        for number, name in enumerate(alias.get("hostnames", ())):
            names = at.child("hostnames")
            yield from subdomain(name, names.index(number) if indexed else names, version)


def override_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a host name that replaces the pod's."""
    name = spec.get("hostnameOverride")
    if name is None or version < _OVERRIDE_SINCE:
        return
    at = path.child("hostnameOverride")
    if spec.get("setHostnameAsFQDN"):
        yield forbidden(at, "may not be specified when setHostnameAsFQDN is true")
    if spec.get("hostNetwork"):
        yield forbidden(at, "may not be specified when hostNetwork is true")
    if len(name.encode()) > _LONGEST_HOSTNAME:
        yield too_long(at, _LONGEST_HOSTNAME, version)
    yield from subdomain(name, at, version)


def sysctl_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the kernel parameters of a pod."""
    seen: set[str] = set()
    slash = version >= _SLASH_SINCE
    form = rf"({_SEGMENT}[\./])*{_SEGMENT}" if slash else rf"({_SEGMENT}\.)*{_SEGMENT}"
    for index, sysctl in enumerate(spec.get("securityContext", {}).get("sysctls", ())):
        at, name = path.index(index).child("name"), sysctl.get("name", "")
        if not name:
            yield required(at)
        elif len(name.encode()) > _LONGEST_SYSCTL or not re.fullmatch(form, name):
            words = f"must have at most {_LONGEST_SYSCTL} characters and match regex "
            yield invalid(at, name, words + (f"^{form}$" if slash else form))
        elif name in seen:
            yield duplicate(at, name)
        if version >= _HOST_SYSCTLS_SINCE:
            kind = _namespace_of(name)
            if spec.get("hostNetwork") and kind == "net":
                yield invalid(at, name, "may not be specified when 'hostNetwork' is true")
            elif spec.get("hostIPC") and kind == "ipc":
                yield invalid(at, name, "may not be specified when 'hostIPC' is true")
        seen.add(name)


def _namespace_of(name: str) -> str:
    """The kernel namespace of a sysctl; empty if the pod cannot share that namespace with the host."""
    if re.match("[^./]*/", name):
        name = name.translate(str.maketrans("./", "/."))
    name = name.partition("*")[0]
    if name in _IPC or name.startswith("fs.mqueue."):
        return "ipc"
    return "net" if name.startswith("net.") else ""
