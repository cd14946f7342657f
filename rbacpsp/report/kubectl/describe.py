"""The parts that all of kubectl's `describe` texts share.

Source: kubectl/pkg/describe/describe.go, 1.24 (tabbedString, printLabelsMultiline, printAnnotationsMultiline,
shorten).
"""

from collections.abc import Iterable, Iterator

from rbacpsp.model import ObjectMeta
from rbacpsp.report.tabwriter import align

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LONGEST = 140
"""The most bytes of an annotation's line; a longer value gets its own lines and is cut."""


def tabbed(lines: Iterable[str]) -> str:
    """The lines, each with its newline, in the columns of a description."""
    return align("".join(f"{line}\n" for line in lines), minwidth=0, padding=2)


def header(metadata: ObjectMeta) -> Iterator[str]:
    """The name, labels and annotations of an object, without the annotation of `kubectl apply`."""
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
    """The first bytes of a text; a character that the cut splits becomes a replacement character."""
    raw = text.encode()
    return text if len(raw) <= longest else raw[:longest].decode(errors="replace") + "..."
