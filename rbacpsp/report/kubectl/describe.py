"""The pieces that all of kubectl's `describe` texts share.

Source: kubectl/pkg/describe/describe.go, 1.24 (tabbedString, printLabelsMultiline, printAnnotationsMultiline,
shorten).
"""

from collections.abc import Iterable, Iterator

from rbacpsp.model import ObjectMeta
from rbacpsp.report.tabwriter import align

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LONGEST = 140
"""Bytes of an annotation's line; what is longer gets lines of its own and is cut."""


def tabbed(lines: Iterable[str]) -> str:
    """The lines, each with its newline, in the columns of a description."""
    return align("".join(f"{line}\n" for line in lines), minwidth=0, padding=2)


def header(metadata: ObjectMeta) -> Iterator[str]:
    """The name, labels and annotations of an object; what `kubectl apply` noted down is ignored."""
    yield f"Name:\t{metadata.name}"
    yield from _labels(metadata.labels)
    yield from _annotations(metadata.annotations)


def _labels(labels: dict[str, str]) -> Iterator[str]:
    title = "Labels:"
    for key in sorted(labels):
        yield f"{title}\t{key}={labels[key]}"
        title = ""
    if title:
        yield f"{title}\t<none>"


def _annotations(annotations: dict[str, str]) -> Iterator[str]:
    title = "Annotations:"
    for key in sorted(annotations.keys() - {_LAST_APPLIED}):
        value = annotations[key].removesuffix("\n")
        if "\n" in value or len(value.encode()) + len(key.encode()) + 2 > _LONGEST:
            yield f"{title}\t{key}:"
            for line in value.split("\n"):
                yield f"\t  {_shortened(line, _LONGEST - 2)}"
        else:
            yield f"{title}\t{key}: {value}"
        title = ""
    if title:
        yield f"{title}\t<none>"


def _shortened(text: str, longest: int) -> str:
    """At most so many bytes of it; a character that the cut would split is shown as unreadable."""
    raw = text.encode()
    return text if len(raw) <= longest else raw[:longest].decode(errors="replace") + "..."
