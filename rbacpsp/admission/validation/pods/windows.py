"""The API server's validation of the options of Windows containers.

Source: pkg/apis/core/validation/validation.go validateWindowsSecurityContextOptions, 1.24 and 1.37.
"""

import re
from collections.abc import Iterator

from rbacpsp.admission.validation.checks import subdomain
from rbacpsp.model.field_error import FieldError, FieldPath, GoText, invalid, json_text
from rbacpsp.model.go_values import JSON_SINCE
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_LONGEST_SPEC_KIB = 64
_LONGEST_DOMAIN, _LONGEST_USER = 256, 104
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NET_BIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DNS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NOT_IN_USERS = re.compile(r'["/\\:;|=,+*?<>@\[\]]')


def windows_option_errors(context: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the `windowsOptions` of a security context."""
    options = context.get("windowsOptions")
    if not options:
        return
    at = path.child("windowsOptions")
    name, spec, user = (
        options.get(key) for key in ("gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName")
    )
    if name is not None:
        yield from subdomain(name, at.child("gmsaCredentialSpecName"), version)
    if spec is not None:
        if not spec:
            yield invalid(
                at.child("gmsaCredentialSpec"), spec, "gmsaCredentialSpec cannot be an empty string"
            )
        elif len(spec.encode()) > _LONGEST_SPEC_KIB * 1024:
            words = f"gmsaCredentialSpec size must be under {_LONGEST_SPEC_KIB} KiB"
            yield invalid(at.child("gmsaCredentialSpec"), spec, words)
    if user is not None:
        shown = GoText(json_text(user)) if version >= JSON_SINCE else user
        yield from (invalid(at.child("runAsUserName"), shown, words) for words in _user_problems(user))


def _user_problems(name: str) -> Iterator[str]:
    if not name:
        yield "runAsUserName cannot be an empty string"
        return
    if _CONTROL.search(name):
        yield "runAsUserName cannot contain control characters"
        return
    if name.count("\\") > 1:
        yield "runAsUserName cannot contain more than one backslash"
        return
    domain, slash, user = name.rpartition("\\")
    if len(domain.encode()) >= _LONGEST_DOMAIN:
        yield f"runAsUserName's Domain length must be under {_LONGEST_DOMAIN} characters"
    if slash and not (_NET_BIOS.fullmatch(domain) or _DNS.fullmatch(domain)):
        yield "runAsUserName's Domain doesn't match the NetBios nor the DNS format"
    if not user:
        yield "runAsUserName's User cannot be empty"
    elif len(user.encode()) > _LONGEST_USER:
        yield f"runAsUserName's User length must not be longer than {_LONGEST_USER} characters"
    if re.fullmatch("[. ]+", user):
        yield "runAsUserName's User cannot contain only periods or spaces"
    if _NOT_IN_USERS.search(user):
        yield r"""runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"""
