"""Standard input for options that are read more than once: the bytes are kept for the run of the command."""

import sys
from collections.abc import Collection
from io import BytesIO

import click

from rbacpsp.sources.files import MOST

_KEPT = f"{__name__}.bytes"


def standard_input(paths: Collection[str]) -> BytesIO | None:
    """Standard input from its start, if one of the paths is `-`.

    None otherwise, and if standard input is closed; then reading the path fails.
    """
    stream = getattr(sys.stdin, "buffer", None)  # Python has no standard input if the shell closed it
    if "-" not in paths or stream is None:
        return None
    meta = click.get_current_context().meta  # one mapping for all contexts of a run
    if _KEPT not in meta:
        meta[_KEPT] = stream.read(MOST + 1)  # reading more is refused
    return BytesIO(meta[_KEPT])
