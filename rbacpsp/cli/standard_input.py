"""Standard input for options that are read more than once: the bytes are kept for the run of the command."""

import sys
from collections.abc import Collection
from io import BytesIO

import click

from rbacpsp.sources.files import MOST

_KEPT = f"{__name__}.bytes"


def standard_input(paths: Collection[str]) -> BytesIO | None:
    """What stands on standard input, from its start, where one of the paths is `-`.

    None where none is, and where standard input is closed: whoever reads the path then says so.
    """
    stream = getattr(sys.stdin, "buffer", None)  # Python has no standard input where the shell closed it
    if "-" not in paths or stream is None:
        return None
    kept = click.get_current_context().meta  # one mapping for all contexts of a run
    if _KEPT not in kept:
        kept[_KEPT] = stream.read(MOST + 1)  # reading more is refused
    return BytesIO(kept[_KEPT])
