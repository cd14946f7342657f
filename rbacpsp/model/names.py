"""Kubernetes' validation of names, label keys and label values, with its messages.

Source: apimachinery/pkg/util/validation/validation.go and pkg/api/validation/path/name.go, 0.24;
pkg/api/validate/content, 0.37. The words changed in 1.27 (dots in a label) and in 1.35 (bytes, label keys).
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial

from rbacpsp.model.version import Version

NameCheck = Callable[[str, Version], list[str]]
"""Returns everything that is wrong with a name; empty for a valid one."""

_LABEL_FORM = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN_FORM = rf"{_LABEL_FORM}(\.{_LABEL_FORM})*"
_KEY_FORM = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE_FORM = f"({_KEY_FORM})?"
_LABEL = re.compile(_LABEL_FORM)
_SUBDOMAIN = re.compile(_SUBDOMAIN_FORM)
_KEY = re.compile(_KEY_FORM)
_VALUE = re.compile(_VALUE_FORM)
_KEY_WORDS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character"
)
_DOTS_SINCE = Version(1, 27)
_BYTES_SINCE = Version(1, 35)


def label_errors(name: str, version: Version) -> list[str]:
    """What is wrong with a DNS label, such as the name of a namespace."""
    words = too_long_error(name, 63)
    if _LABEL.fullmatch(name):
        return words
    if version >= _DOTS_SINCE and _SUBDOMAIN.fullmatch(name):
        return [*words, "must not contain dots"]
    form_description = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
        "start and end with an alphanumeric character"
    )
    return [*words, regex_error(form_description, _LABEL_FORM, "my-name", "123-abc")]


def subdomain_errors(name: str, version: Version) -> list[str]:  # noqa: ARG001 - every NameCheck takes it
    """What is wrong with a DNS subdomain, which most names are."""
    words = too_long_error(name, 253)
    return words if _SUBDOMAIN.fullmatch(name) else [*words, _no_subdomain()]


def _no_subdomain() -> str:
    form_description = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
        "must start and end with an alphanumeric character"
    )
    return regex_error(form_description, _SUBDOMAIN_FORM, "example.com")


def path_segment_errors(name: str, version: Version) -> list[str]:  # noqa: ARG001 - every NameCheck takes it
    """What is wrong with a name that must only fit into a URL, such as that of a role or a binding."""
    if name in {".", ".."}:
        return [f"may not be '{name}'"]
    return [f"may not contain '{part}'" for part in "/%" if part in name]


def label_key_errors(key: str, version: Version) -> list[str]:
    """What is wrong with the key of a label or with a finalizer: a name, with or without `domain/`."""
    return list(_label_key_errors(key, version))


@lru_cache(maxsize=4096)
def _label_key_errors(key: str, version: Version) -> tuple[str, ...]:
    parts = key.split("/")
    name = parts[-1]
    words: list[str] = []
    if len(parts) > 2:
        key_kind = "a valid label key" if version >= _BYTES_SINCE else "a qualified name"
        form_description = regex_error(_KEY_WORDS, _KEY_FORM, "MyName", "my.name", "123-abc")
        sentence = f"{key_kind} {form_description} with an optional DNS subdomain prefix and '/'"
        return (f"{sentence} (e.g. 'example.com/MyName')",)
    if len(parts) == 2:
        if parts[0]:
            prefix = too_long_error(parts[0], 253, _counted(version))
            prefix += [] if _SUBDOMAIN.fullmatch(parts[0]) else [_no_subdomain()]
            words += (f"prefix part {problem}" for problem in prefix)
        else:
            words.append("prefix part must be non-empty")
    if not name:
        words.append("name part must be non-empty")
    words += (f"name part {problem}" for problem in too_long_error(name, 63, _counted(version)))
    if not _KEY.fullmatch(name):
        words.append("name part " + regex_error(_KEY_WORDS, _KEY_FORM, "MyName", "my.name", "123-abc"))
    return tuple(words)


def label_value_errors(value: str, version: Version) -> list[str]:
    """What is wrong with the value of a label."""
    words = too_long_error(value, 63, _counted(version))
    if _VALUE.fullmatch(value):
        return words
    form_description = (
        f"a valid label must be an empty string or consist{_KEY_WORDS.removeprefix('must consist')}"
    )
    return [*words, regex_error(form_description, _VALUE_FORM, "MyValue", "my_value", "12345")]


def generated(check: NameCheck) -> NameCheck:
    """The check of a `generateName`, which may end in a dash since the server appends to it."""
    return check if check is path_segment_errors else partial(_generated, check)


def _generated(check: NameCheck, name: str, version: Version) -> list[str]:
    # The server replaces the last two characters by one (maskTrailingDash).
    return check(f"{name[:-2]}a" if len(name) > 1 and name.endswith("-") else name, version)


def _counted(version: Version) -> str:
    """The unit in which messages count the length of a label; names are counted in characters."""
    return "bytes" if version >= _BYTES_SINCE else "characters"


def too_long_error(text: str, most: int, counted: str = "characters") -> list[str]:
    """What is wrong with a text that is longer than allowed, in bytes."""
    return [f"must be no more than {most} {counted}"] if len(text.encode()) > most else []


def regex_error(words: str, form: str, *examples: str) -> str:
    """A sentence about a form, with examples, as `RegexError` writes it."""
    shown = "".join(
        f"{'' if number == 0 else ' or '}'{example}', " for number, example in enumerate(examples)
    )
    return f"{words} ({'e.g. ' if shown else ''}{shown}regex used for validation is '{form}')"
