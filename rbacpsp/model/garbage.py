"""Pauses the cyclic garbage collector during long work on many objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector: over a large cluster it takes longer than the work itself.

    The work makes no reference cycles, so it would find nothing; other garbage is freed as usual.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _keep()
            gc.enable()


def _keep() -> None:
    """Mark all objects as old, since the next collection would otherwise visit every new object."""
    if not gc.get_freeze_count():  # others may have frozen theirs
        gc.freeze()
        gc.unfreeze()
